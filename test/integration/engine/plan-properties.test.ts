/** What must hold of plans for all inputs: equal inputs, equal plans; one byte moved, refused; done and undone, as before. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import {
  applyPlan,
  makePlan,
  makeUndo,
  type PlannedOrder,
  type Workspace,
} from '../../../engine/index.ts';
import {
  type Company,
  type CompanyData,
  loadData,
  openCompany,
} from '../../../engine/job/company.fixture.ts';
import type { StoreSettings } from '../../../engine/store/index.ts';
import { describeOnFreshStores } from './fresh-stores.ts';

/** Cases of each property; a soak run sets more. */
const cases = Number(process.env['LOCKSTEP_SOAK_PLANS'] ?? 6);

/** The same numbers for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed + 1;
  return (below) => {
    state = (Math.imul(state, 48_271) >>> 0) % 2_147_483_647;
    return state % below;
  };
}

const departments = ['FIN', 'IT', 'OPS'];
const firstNames = ['Ana', 'Ben', 'Cid', 'Dora'];
const lastNames = ['Roy', 'Ode', 'Lee', 'Ito', 'Fry', 'Poe'];

function randomPeople(random: (below: number) => number): CompanyData {
  const numbers = [1, 2, 3, 4, 5, 6].filter(() => random(4) > 0);
  const people = numbers.map((number) => ({
    Number: String(number),
    FirstName: firstNames[random(firstNames.length)] ?? '',
    LastName: `${lastNames[number - 1]}`,
    StartDate: '20200101000000',
    EndDate: random(5) === 0 ? '20210101000000' : null,
  }));
  return {
    entities: {
      HR_Person: people,
      HR_Department: departments.map((code, index) => ({
        Code: code,
        Name: `${code} ${index === 0 ? random(3) : ''}`,
      })),
    },
    links: {
      HR_Person_Department: people.map(({ Number: number }) => [
        number,
        departments[random(departments.length)] ?? '',
      ]),
    },
  };
}

interface Wiki {
  readonly users: Map<string, Record<string, string | null>>;
  readonly spaces: Set<string>;
}

const columns = { Login: 'login', Mail: 'mail', FullName: 'full_name', Unit: 'unit', Boss: 'boss' };
const spaces = ['finance', 'everybody', 'FIN', 'IT', 'OPS'];

class Bench implements AsyncDisposable {
  readonly company: Company;
  readonly folder: string;
  readonly #database: DatabaseSync;

  private constructor(company: Company, folder: string) {
    this.company = company;
    this.folder = folder;
    this.#database = new DatabaseSync(join(folder, 'wiki.db'));
    this.#database.exec(
      `create table users (login text primary key, mail text, full_name text, unit text, boss text);
       create table spaces (name text primary key);
       create table user_spaces (login text, space text, primary key (login, space));`,
    );
    for (const space of spaces) this.#database.exec(`insert into spaces values ('${space}')`);
  }

  static async open(store?: StoreSettings): Promise<Bench> {
    const folder = await mkdtemp(join(tmpdir(), 'lockstep-plans-'));
    const company = await openCompany(store === undefined ? {} : { store });
    const bench = new Bench(company, folder);
    Object.assign(company.workspace, {
      settings: {
        ...company.workspace.settings,
        connections: new Map([
          ['WikiDb', { ConnectionString: `Data Source=${join(folder, 'wiki.db')}` }],
        ]),
      },
    });
    return bench;
  }

  get workspace(): Workspace {
    return this.company.workspace;
  }

  get wiki(): Wiki {
    const users = this.#database.prepare('select * from users').all();
    const links = this.#database.prepare('select * from user_spaces').all();
    return {
      users: new Map(
        users.map((row) => [
          String(row['login']),
          Object.fromEntries(
            Object.entries(columns).map(([property, column]) => [
              property,
              row[column] === null ? null : String(row[column]),
            ]),
          ),
        ]),
      ),
      spaces: new Set(links.map((row) => `${row['login']} in ${row['space']}`)),
    };
  }

  /** What the people's system and the wiki hold now is read. */
  async read(people: CompanyData | null): Promise<void> {
    this.company.clock += 60_000;
    const { users, spaces: links } = this.wiki;
    const data: CompanyData = {
      entities: {
        ...people?.entities,
        Wiki_User: [...users.values()],
        Wiki_Space: spaces.map((name) => ({ Name: name })),
      },
      links: {
        ...people?.links,
        Wiki_User_Space: [...links].map((text) => {
          const [login = '', space = ''] = text.split(' in ');
          return [login, space];
        }),
      },
    };
    await loadData(this.company, data);
    this.company.clock += 60_000;
  }

  /** Plans and applies; gives what the wiki should hold according to the plan, and the run. */
  async run(): Promise<{ readonly expected: Wiki; readonly runId: number | null }> {
    const path = join(this.folder, 'do.plan');
    const orders: PlannedOrder[] = [];
    const before = this.wiki;
    await makePlan(this.workspace, {
      hypothesis: {},
      scope: { entityTypes: [] },
      person: 'ana',
      path,
      see: (order) => orders.push(order),
    });
    const { status, runId } = await applyPlan(this.workspace, { ...request, path });
    expect(status).toBe('applied');
    for (const order of orders) carryOut(before, order);
    return { expected: before, runId };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database.close();
    await this.company[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }
}

const request = { person: 'ana', comment: null, force: true, isDryRun: false };

/** What an order says, done to what the wiki holds: told independently of any connector. */
function carryOut({ users, spaces: links }: Wiki, order: PlannedOrder): void {
  if (order.changeType === 'deleted') {
    users.delete(order.resource);
    for (const link of links) if (link.startsWith(`${order.resource} in `)) links.delete(link);
    return;
  }
  const empty = Object.fromEntries(Object.keys(columns).map((name) => [name, null]));
  const user = { ...(users.get(order.resource) ?? empty) };
  for (const { kind, property, value } of order.changes) if (kind === 'set') user[property] = value;
  const login = user['Login'] ?? order.resource;
  users.delete(order.resource);
  users.set(login, user);
  for (const link of links) {
    const [owner, space] = link.split(' in ');
    if (owner !== order.resource || login === order.resource) continue;
    links.delete(link);
    links.add(`${login} in ${space}`);
  }
  for (const { kind, value } of order.changes) {
    if (kind === 'add') links.add(`${login} in ${value}`);
    if (kind === 'remove') links.delete(`${login} in ${value}`);
  }
}

function textOf({ users, spaces: links }: Wiki): string {
  return JSON.stringify([[...users].sort(([a], [b]) => (a < b ? -1 : 1)), [...links].sort()]);
}

it('brings systems to what the plan says, and back again', async () => {
  let changed = 0;
  for (let seed = 0; seed < cases; seed += 1) {
    await using bench = await Bench.open();
    const random = randomOf(seed);
    await bench.read(randomPeople(random));
    await bench.run();
    await bench.read(null);
    await bench.run();
    await bench.read(null);
    const before = textOf(bench.wiki);

    await bench.read(randomPeople(random));
    const { expected, runId } = await bench.run();
    expect(textOf(bench.wiki), `seed ${seed}`).toBe(textOf(expected));
    if (textOf(bench.wiki) === before || runId === null) continue;

    changed += 1;
    if (seed % 2 === 0) await bench.read(null);
    const path = join(bench.folder, 'undo.plan');
    await makeUndo(bench.workspace, { runId, person: 'ana', path });
    await applyPlan(bench.workspace, { ...request, path });
    expect(textOf(bench.wiki), `seed ${seed}, taken back`).toBe(before);
  }
  expect(changed).toBeGreaterThan(cases / 2);
}, 3_600_000);

it('gives one hash for one set of data, in whatever order and place it comes', async () => {
  const people = randomPeople(randomOf(7));
  const place = { zone: process.env['TZ'], language: process.env['LC_ALL'] };
  const hashes = new Set<string>();
  for (let seed = 0; seed < cases; seed += 1) {
    process.env['TZ'] = ['UTC', 'Asia/Kolkata', 'America/St_Johns'][seed % 3];
    process.env['LC_ALL'] = ['C', 'tr_TR.UTF-8', 'de_DE.UTF-8'][seed % 3];
    await using bench = await Bench.open();
    const random = randomOf(seed);
    const shuffle = <T>(rows: readonly T[]): readonly T[] =>
      rows
        .map((row) => [random(1_000), row] as const)
        .sort(([a], [b]) => a - b)
        .map(([, row]) => row);
    await bench.read({
      entities: Object.fromEntries(
        Object.entries(people.entities).map(([name, rows]) => [name, shuffle(rows)]),
      ),
      links: Object.fromEntries(
        Object.entries(people.links).map(([name, rows]) => [name, shuffle(rows)]),
      ),
    });
    const { tail } = await makePlan(bench.workspace, {
      hypothesis: {},
      scope: { entityTypes: [] },
      person: String(seed),
    });
    expect(tail.orders.count).toBeGreaterThan(2);
    hashes.add(tail.hash);
  }
  restore('TZ', place.zone);
  restore('LC_ALL', place.language);
  expect(hashes.size).toBe(1);
}, 3_600_000);

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

describeOnFreshStores((makeStore) => {
  it('refuses a plan after any byte of the data has changed, and holds again without the change', async () => {
    await using place = await makeStore();
    await changeBytes(place.settings);
  }, 3_600_000);
});

async function changeBytes(store: StoreSettings): Promise<void> {
  await using bench = await Bench.open(store);
  const people = randomPeople(randomOf(3));
  await bench.read(people);
  const path = join(bench.folder, 'plan');
  const scope = { entityTypes: [] };
  await makePlan(bench.workspace, { hypothesis: {}, scope, person: 'ana', path });
  const random = randomOf(11);

  for (let seed = 0; seed < cases; seed += 1) {
    await bench.read(changeOneByte(people, random));
    await expect(
      applyPlan(bench.workspace, { ...request, path }),
      `seed ${seed}`,
    ).rejects.toMatchObject({ code: 'PLAN_STALE', details: { cause: 'data' } });
  }

  await bench.read(people);
  const checked = await applyPlan(bench.workspace, { ...request, path, isDryRun: true });
  expect(checked.status).toBe('checked');
}

/** One character of one value of one resource, or of one end of one link. */
function changeOneByte(data: CompanyData, random: (below: number) => number): CompanyData {
  const entityType = ['HR_Person', 'HR_Department'][random(2)] ?? '';
  const rows = data.entities[entityType] ?? [];
  const chosen = random(rows.length);
  const changed = rows.map((row, index) => {
    if (index !== chosen) return row;
    const properties = Object.keys(row).filter((name) => row[name] && !/Date$/.test(name));
    const property = properties[random(properties.length)] ?? '';
    const value = row[property] ?? '';
    const at = random(value.length);
    const other = value[at] === 'x' ? 'y' : 'x';
    return { ...row, [property]: `${value.slice(0, at)}${other}${value.slice(at + 1)}` };
  });
  return { ...data, entities: { ...data.entities, [entityType]: changed } };
}
