/** Promise 4: an incremental run ends where a complete one would, whatever happened before. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { provisioningStates } from '../../config/index.ts';
import { decideGaps, decideReview, listGaps, listReviewItems } from '../provision/index.ts';
import {
  moveOrderedAssignments,
  recordAssignmentChanges,
  startRun,
  writeIntents,
  writeOutcome,
} from '../store/index.ts';
import {
  type Company,
  type CompanyData,
  configuration,
  dumpAssignments,
  loadData,
  openCompany,
  readKeys,
} from './company.fixture.ts';
import { computeCorrelationKeys } from './tasks/compute-correlation-keys.ts';
import { evaluatePolicy } from './tasks/evaluate-policy.ts';
import { generateOrders } from './tasks/generate-orders.ts';
import { updatePropertyExpressions } from './tasks/update-property-expressions.ts';

interface Person {
  first: string | null;
  last: string | null;
  start: string | null;
  end: string | null;
  department: string | null;
  manager: string | null;
}
interface User {
  mail: string | null;
  fullName: string | null;
  unit: string | null;
  boss: string | null;
  spaces: readonly string[];
}
interface World {
  readonly people: Map<string, Person>;
  readonly departments: Map<string, { name: string; parent: string | null }>;
  readonly users: Map<string, User>;
  readonly spaces: Set<string>;
}

const numbers = ['1', '2', '3', '4'];
const codes = ['FIN', 'IT', 'TAX', 'everybody'];
const firsts = ['Ana', 'Ben'];
const lasts = ['Roy', 'Ode', 'Fay'];
const dates = ['20250101000000', '20250616000000', '20250620000000'];
const logins = ['aroy', 'bode', 'afay', 'zz'];
const spaceNames = ['finance', 'everybody', 'IT', 'FIN'];

const orNull = <T>(values: readonly T[]): fc.Arbitrary<T | null> =>
  fc.option(fc.constantFrom(...values), { nil: null });

const edit = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('person' as const),
      number: fc.constantFrom(...numbers),
      person: fc.record({
        first: orNull(firsts),
        last: orNull(lasts),
        start: orNull(dates),
        end: orNull(dates),
        department: orNull(codes),
        manager: orNull(numbers),
      }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('leave' as const),
      number: fc.constantFrom(...numbers),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('department' as const),
      code: fc.constantFrom(...codes),
      department: fc.option(
        fc.record({ name: fc.constantFrom('Money', 'Machines'), parent: orNull(codes) }),
        { nil: null, freq: 4 },
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('user' as const),
      login: fc.constantFrom(...logins),
      user: fc.option(
        fc.record({
          mail: orNull(numbers.map((number) => `${number}@example.test`)),
          fullName: orNull([...lasts, 'Ana Roy']),
          unit: orNull(['Money']),
          boss: fc.constant(null),
          spaces: fc.uniqueArray(fc.constantFrom(...spaceNames), { maxLength: 2 }),
        }),
        { nil: null, freq: 4 },
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('space' as const),
      name: fc.constantFrom(...spaceNames),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('time' as const),
      days: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('provision' as const), seed: fc.nat(1_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('decide' as const),
      pick: fc.nat(5),
      review: fc.constantFrom('approve' as const, 'decline' as const, 'unblock' as const),
      gap: fc.constantFrom('keep' as const, 'accept' as const, 'delete' as const),
      isGap: fc.boolean(),
    }),
  },
);
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;
const history = fc.array(fc.array(edit, { minLength: 1, maxLength: 3 }), {
  minLength: 1,
  maxLength: 6,
});

function toData(world: World): CompanyData {
  const people = [...world.people];
  return {
    entities: {
      HR_Person: people.map(([number, p]) => ({
        Number: number,
        FirstName: p.first,
        LastName: p.last,
        StartDate: p.start,
        EndDate: p.end,
      })),
      HR_Department: [...world.departments].map(([Code, { name }]) => ({ Code, Name: name })),
      Wiki_User: [...world.users].map(([Login, u]) => ({
        Login,
        Mail: u.mail,
        FullName: u.fullName,
        Unit: u.unit,
        Boss: u.boss,
      })),
      Wiki_Space: [...world.spaces].map((Name) => ({ Name })),
    },
    links: {
      HR_Person_Department: people.flatMap(([n, p]) =>
        p.department === null ? [] : [[n, p.department] as const],
      ),
      HR_Person_Manager: people.flatMap(([n, p]) =>
        p.manager === null ? [] : [[n, p.manager] as const],
      ),
      HR_Department_Parent: [...world.departments].flatMap(([c, d]) =>
        d.parent === null ? [] : [[c, d.parent] as const],
      ),
      Wiki_User_Space: [...world.users].flatMap(([login, u]) =>
        u.spaces.map((space) => [login, space] as const),
      ),
    },
  };
}

/** Orders, and what becomes of them; the same for both companies, and told to the world once. */
async function provision(
  company: Company,
  world: World,
  seed: number,
  tellsWorld: boolean,
): Promise<string> {
  await generateOrders(company.workspace, { resourceTypes: [], force: true, isDryRun: false });
  return company.store.transaction(async (t) => {
    const keyOf = await readKeys(t);
    const orders = await t.tx('provisioning_orders').where({ status: 'generated' });
    const told = orders.map((order) => ({ order, key: keyOf(JSON.parse(order.payload).owner.id) }));
    told.sort((a, b) => (a.key < b.key ? -1 : 1) || a.order.id - b.order.id);
    const at = new Date(company.clock).toISOString();
    const runId = await startRun(t, {
      kind: 'fulfil',
      subject: '',
      configurationHash: '',
      startedAt: at,
    });
    const lines: string[] = [];
    for (const [index, { order, key }] of told.entries()) {
      const payload = JSON.parse(order.payload);
      lines.push(
        `${key} ${order.change_type} ${JSON.stringify(payload.changes.map((c: { property: string; value: unknown }) => [c.property, typeof c.value === 'string' ? c.value : null]))}`,
      );
      const fate = (seed + index) % 4;
      if (fate === 3) continue;
      await writeIntents(t, [order.id], { at, fence: 1 });
      const status = fate === 2 ? 'errored' : 'executed';
      await writeOutcome(t, order.id, ['intent'], {
        status,
        at,
        message: 'x',
        errorCode: null,
        writtenValues: null,
        decidedBy: null,
      });
      await moveOrderedAssignments(t, order, {
        provisioningState: fate === 2 ? provisioningStates.errored : provisioningStates.executed,
        at,
        lastError: fate === 2 ? 'x' : null,
        runId,
      });
      await recordAssignmentChanges(t, company.model, [order.assigned_resource_type_id], runId);
      if (fate === 0 && tellsWorld) carryOut(world, payload);
    }
    return lines.join('\n');
  });
}

interface Payload {
  readonly changeType: 'added' | 'modified' | 'deleted';
  readonly resource?: { readonly values: Readonly<{ [property: string]: string | null }> };
  readonly changes: readonly {
    readonly kind: string;
    readonly property: string;
    readonly value: unknown;
  }[];
}

function carryOut(world: World, order: Payload): void {
  const scalar = (property: string): string | null | undefined =>
    order.changes.find((c) => c.property === property)?.value as string | null | undefined;
  const login = order.resource?.values['Login'] ?? scalar('Login');
  if (typeof login !== 'string') return;
  if (order.changeType === 'deleted') {
    world.users.delete(login);
    return;
  }
  const known = world.users.get(login) ?? {
    mail: null,
    fullName: null,
    unit: null,
    boss: null,
    spaces: [],
  };
  const spaces = new Set(known.spaces);
  for (const change of order.changes) {
    const linked = change.value as { values?: { Name?: string } } | null;
    if (change.kind === 'add' && linked?.values?.Name !== undefined) spaces.add(linked.values.Name);
    if (change.kind === 'remove' && linked?.values?.Name !== undefined)
      spaces.delete(linked.values.Name);
  }
  const pick = (property: string, former: string | null): string | null => {
    const value = scalar(property);
    return value === undefined ? former : value;
  };
  world.users.delete(login);
  world.users.set(pick('Login', login) ?? login, {
    mail: pick('Mail', known.mail),
    fullName: pick('FullName', known.fullName),
    unit: pick('Unit', known.unit),
    boss: pick('Boss', known.boss),
    spaces: [...spaces],
  });
}

async function decide(company: Company, what: Extract<Edit, { kind: 'decide' }>): Promise<string> {
  const { store, model, workspace } = company;
  const about = {
    person: 'p',
    comment: null,
    at: new Date(workspace.effects.now()).toISOString(),
    isDryRun: false,
  };
  if (what.isGap) {
    const gaps = (await listGaps(store, model)).filter((gap) => gap.assignmentId !== null);
    const open = gaps.map((gap) => ({
      gap,
      name: JSON.stringify([gap.owner?.key, gap.property, gap.current]),
    }));
    open.sort((a, b) => (a.name < b.name ? -1 : 1));
    const chosen = open[what.pick % Math.max(1, open.length)];
    if (chosen === undefined) return 'none';
    const { gap } = chosen;
    try {
      await decideGaps(store, model, {
        ...about,
        decision: what.gap,
        assignmentIds: [gap.assignmentId ?? 0],
        ...(gap.property === null ? {} : { property: gap.property }),
      });
    } catch {
      return `${chosen.name} refused`;
    }
    return chosen.name;
  }
  const items = (await listReviewItems(store, model)).map((item) => ({
    item,
    name: JSON.stringify([item.owner.key, item.target?.key, item.kind]),
  }));
  items.sort((a, b) => (a.name < b.name ? -1 : 1));
  const chosen = items[what.pick % Math.max(1, items.length)];
  if (chosen === undefined) return 'none';
  try {
    await decideReview(store, model, {
      ...about,
      decision: what.review,
      assignmentIds: [chosen.item.assignmentId],
    });
  } catch {
    return `${chosen.name} refused`;
  }
  return chosen.name;
}

async function compute(company: Company, dirty: boolean): Promise<void> {
  await updatePropertyExpressions(company.workspace, { entityTypes: [], dirty });
  await computeCorrelationKeys(company.workspace, { dirty });
  await evaluatePolicy(company.workspace, {
    entityTypes: [],
    dirty,
    blockProvisioning: false,
    blockAllResourceTypeProvisioning: false,
  });
}

/** The boss is who comes first by name among the others of the department, with how many spaces there are. */
const bossByQuery = `C#:person:
  var peers = queryHandler.Select<HR_Person>($"join Department d select LastName where (d.Code = {person.Department?.Code} and Id != {person.Id}) order by LastName desc");
  var spaces = queryHandler.Select<Wiki_Space>("select Id").Count();
  return peers.FirstOrDefault()?.LastName + "/" + spaces;`;
/** The login has the number of the first person with the same last name. */
const loginByQuery = `C#:person:
  var first = queryHandler.Select<HR_Person>($"select Number where LastName = {person.LastName} order by Number asc").First();
  return (person.FirstName.Substring(0, 1) + person.LastName).ToLower() + (first.Number == person.Number ? "" : first.Number);`;
/** Correlation by a department that a query finds. */
const mailByQuery = `C#:person:
  var code = queryHandler.Select<HR_Department>($"select Code where Code = {person.Department?.Code}").FirstOrDefault()?.Code;
  return (code == null ? "2" : person.Number) + "@example.test";`;

function withQueries(): string {
  const as = (attribute: string, code: string) => (): string =>
    `${attribute}="${code.replaceAll('"', '&quot;').replaceAll('<', '&lt;')}"`;
  return configuration()
    .replace('Binding="Manager.Department.Parent.Name"', as('Expression', bossByQuery))
    .replace(/(?<=Property="Login" )Expression="[^"]*"/, as('Expression', loginByQuery))
    .replace(/SourceExpression="[^"]*"/, as('SourceExpression', mailByQuery));
}

async function play(history: readonly (readonly Edit[])[], rules: string): Promise<void> {
  await using incremental = await openCompany({ configuration: rules });
  await using complete = await openCompany({ configuration: rules });
  const companies = [incremental, complete] as const;
  const world: World = {
    people: new Map([
      ['1', { first: 'Ana', last: 'Roy', start: null, end: null, department: 'FIN', manager: '2' }],
      ['2', { first: 'Ben', last: 'Ode', start: null, end: null, department: 'IT', manager: null }],
    ]),
    departments: new Map([
      ['FIN', { name: 'Money', parent: null }],
      ['IT', { name: 'Machines', parent: 'FIN' }],
    ]),
    users: new Map([
      [
        'aroy',
        {
          mail: '1@example.test',
          fullName: 'Ana Roy',
          unit: null,
          boss: null,
          spaces: ['finance'],
        },
      ],
    ]),
    spaces: new Set(['finance', 'everybody']),
  };
  const settle = async (): Promise<void> => {
    for (const company of companies) await loadData(company, toData(world));
    await compute(incremental, true);
    await compute(complete, false);
    expect(await dumpAssignments(incremental)).toEqual(await dumpAssignments(complete));
  };
  await settle();
  for (const edits of history) {
    for (const one of edits) {
      switch (one.kind) {
        case 'person':
          world.people.set(one.number, { ...one.person });
          break;
        case 'leave':
          world.people.delete(one.number);
          break;
        case 'department':
          if (one.department === null) world.departments.delete(one.code);
          else world.departments.set(one.code, one.department);
          break;
        case 'user':
          if (one.user === null) world.users.delete(one.login);
          else world.users.set(one.login, one.user);
          break;
        case 'space':
          if (!world.spaces.delete(one.name)) world.spaces.add(one.name);
          break;
        case 'time':
          for (const company of companies) company.clock += one.days * 86_400_000;
          break;
        case 'provision': {
          const [first, second] = [
            await provision(incremental, world, one.seed, true),
            await provision(complete, world, one.seed, false),
          ];
          expect(first).toBe(second);
          break;
        }
        case 'decide': {
          expect(await decide(incremental, one)).toBe(await decide(complete, one));
          break;
        }
      }
    }
    for (const company of companies) company.clock += 60_000;
    await settle();
  }
}

const runs = Number(process.env['LOCKSTEP_HISTORIES'] ?? 20);

describe('incremental evaluation', () => {
  it('ends in the same assignments as a complete one, after any history', async () => {
    await fc.assert(
      fc.asyncProperty(history, (edits) => play(edits, configuration())),
      { numRuns: runs, interruptAfterTimeLimit: 600_000 },
    );
  }, 600_000);

  it('ends there too where rules look through everybody with queries', async () => {
    await fc.assert(
      fc.asyncProperty(history, (edits) => play(edits, withQueries())),
      { numRuns: Math.ceil(runs / 6), interruptAfterTimeLimit: 600_000 },
    );
  }, 600_000);
});
