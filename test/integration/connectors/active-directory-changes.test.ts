import { afterAll, beforeAll, expect, it } from 'vitest';
import { runSambaTool, type Samba, startSamba } from '../../servers/samba.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import {
  AppliedTables,
  changeLdif,
  type Exported,
  entriesTable,
  memberTable,
  type RunOptions,
  runExport,
  settingsFor,
} from './active-directory-forest.ts';

/*
 * A forest that changes at random, by the tools of Samba: what increments make of the first complete reading must be what a
 * complete reading gives, entries and links alike.
 *
 *   Scenario  5,000 people in 40 units, 200 groups (one with half of the people) ── 1,000 changes in 10 rounds
 *   Result    after every round: complete before + increments = complete now
 */
const userCount = Number(process.env['LOCKSTEP_AD_USERS'] ?? 5_000);
const groupCount = Math.max(10, Math.round(userCount / 25));
const changeCount = Number(process.env['LOCKSTEP_AD_CHANGES'] ?? 1_000);
const seed = Number(process.env['LOCKSTEP_AD_SEED'] ?? 20_261_121);
const rounds = 5;
const tables = [entriesTable, memberTable];

/** A generator whose numbers are the same in every run. */
function createRandom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** What the changes know of the forest: names of today. */
class Forest {
  readonly base: string;
  readonly units: string[] = [];
  readonly users = new Map<string, string>();
  readonly groups = new Map<string, string>();
  readonly members = new Map<string, Set<string>>();
  readonly #random: (limit: number) => number;
  #next = 0;

  constructor(base: string, random: (limit: number) => number) {
    this.base = base;
    this.#random = random;
  }

  fill(): string {
    const lines: string[] = [];
    for (let index = 0; index < 40; index += 1) {
      const parent = index < 10 ? this.base : (this.units[index - 10] ?? this.base);
      const unit = `OU=Unit ${index},${parent}`;
      this.units.push(unit);
      lines.push(`dn: ${unit}`, 'objectClass: organizationalUnit', '');
    }
    for (let index = 0; index < userCount; index += 1) lines.push(this.addUser());
    const ids = [...this.users.keys()];
    for (let index = 0; index < groupCount; index += 1) {
      const id = `g${this.#count()}`;
      const dn = `CN=Group ${id},${this.unit()}`;
      const size = index === 0 ? Math.floor(userCount / 2) : this.#random(40);
      const members = new Set(
        Array.from({ length: size }, () => ids[this.#random(ids.length)] ?? ''),
      );
      this.groups.set(id, dn);
      this.members.set(id, members);
      const names = [...members].map((member) => `member: ${this.users.get(member)}`);
      lines.push(
        [`dn: ${dn}`, 'objectClass: group', `sAMAccountName: ${id}`, ...names, ''].join('\n'),
      );
    }
    return lines.join('\n');
  }

  addUser(): string {
    const id = `u${this.#count()}`;
    const dn = `CN=${id}\\, Ana,${this.unit()}`;
    const manager = this.users.size > 0 && this.#random(3) === 0 ? this.user() : undefined;
    this.users.set(id, dn);
    return [
      ...[`dn: ${dn}`, 'objectClass: user', `sAMAccountName: ${id}`, 'title: Clerk'],
      ...(manager === undefined ? [] : [`manager: ${this.users.get(manager)}`]),
      '',
    ].join('\n');
  }

  #count(): number {
    this.#next += 1;
    return this.#next;
  }

  unit(): string {
    return this.units[this.#random(this.units.length)] ?? this.base;
  }

  user(): string {
    return [...this.users.keys()][this.#random(this.users.size)] ?? '';
  }

  group(): string {
    return [...this.groups.keys()][this.#random(this.groups.size)] ?? '';
  }

  /** One change as a record of LDIF. */
  change(): string {
    const kind = this.#random(100);
    if (kind < 18) return this.#changeAttribute();
    if (kind < 45) return this.#changeMembers();
    if (kind < 55) return this.#renameUser();
    if (kind < 65) return this.#moveUser();
    if (kind < 72) return this.#removeUser();
    if (kind < 82) return this.addUser().replace('\n', '\nchangetype: add\n');
    if (kind < 83) return this.#moveUnit();
    if (kind < 90) return this.#renameGroup();
    if (kind < 93) return this.#clearMembers();
    if (kind < 96) return this.#recreateUser();
    return this.#changeManager();
  }

  #changeAttribute(): string {
    const dn = this.users.get(this.user());
    const value = this.#random(3) === 0 ? [] : [`title: Title ${this.#random(1_000)}`];
    return [`dn: ${dn}`, 'changetype: modify', 'replace: title', ...value, ''].join('\n');
  }

  #changeManager(): string {
    const [of, by] = [this.user(), this.user()];
    const value = this.#random(3) === 0 ? [] : [`manager: ${this.users.get(by)}`];
    const head = [`dn: ${this.users.get(of)}`, 'changetype: modify', 'replace: manager'];
    return [...head, ...value, ''].join('\n');
  }

  #changeMembers(): string {
    const id = this.group();
    const members = this.members.get(id) ?? new Set<string>();
    const come = new Set<string>();
    const go = new Set<string>();
    for (let count = 1 + this.#random(5); count > 0; count -= 1) {
      const user = this.user();
      if (members.has(user)) go.add(user);
      else come.add(user);
    }
    for (const user of go) members.delete(user);
    for (const user of come) members.add(user);
    const part = (operation: string, users: ReadonlySet<string>): string[] =>
      users.size === 0
        ? []
        : [
            `${operation}: member`,
            ...[...users].map((user) => `member: ${this.users.get(user)}`),
            '-',
          ];
    return [
      ...[`dn: ${this.groups.get(id)}`, 'changetype: modify'],
      ...part('delete', go),
      ...part('add', come),
      '',
    ].join('\n');
  }

  #clearMembers(): string {
    const id = this.group();
    this.members.get(id)?.clear();
    return `dn: ${this.groups.get(id)}\nchangetype: modify\nreplace: member\n`;
  }

  #renameUser(): string {
    const id = this.user();
    const dn = this.users.get(id) ?? '';
    const name = `CN=${id} ${this.#random(1_000)}\\, Ana`;
    this.users.set(id, `${name},${parentOf(dn)}`);
    return rename(dn, name);
  }

  #moveUser(): string {
    const id = this.user();
    const dn = this.users.get(id) ?? '';
    // Sometimes out of what is read, and sometimes back.
    const target =
      this.#random(5) === 0 ? `CN=Users,${this.base.replace(/^.*?,/, '')}` : this.unit();
    const name = firstOf(dn);
    this.users.set(id, `${name},${target}`);
    return parentOf(dn) === target ? this.#changeAttribute() : rename(dn, name, target);
  }

  #renameGroup(): string {
    const id = this.group();
    const dn = this.groups.get(id) ?? '';
    const name = `CN=Group ${id} ${this.#random(1_000)}`;
    this.groups.set(id, `${name},${parentOf(dn)}`);
    return rename(dn, name);
  }

  /** With everything below it, of which nothing is told. */
  #moveUnit(): string {
    const dn = this.unit();
    const target = this.#random(2) === 0 ? parentOf(dn) : this.unit();
    if (target === dn || target.endsWith(`,${dn}`)) return this.#changeAttribute();
    const name = `OU=Unit ${this.#count()}`;
    const moved = `${name},${target}`;
    const follow = (text: string): string =>
      text === dn || text.endsWith(`,${dn}`)
        ? text.slice(0, text.length - dn.length) + moved
        : text;
    for (const [index, unit] of this.units.entries()) this.units[index] = follow(unit);
    for (const list of [this.users, this.groups]) {
      for (const [id, text] of list) list.set(id, follow(text));
    }
    return rename(dn, name, target);
  }

  #removeUser(): string {
    const id = this.user();
    const dn = this.users.get(id);
    this.users.delete(id);
    for (const members of this.members.values()) members.delete(id);
    return `dn: ${dn}\nchangetype: delete\n`;
  }

  /** The same name, another object. */
  #recreateUser(): string {
    const id = this.user();
    const dn = this.users.get(id) ?? '';
    for (const members of this.members.values()) members.delete(id);
    const add = [`dn: ${dn}`, 'changetype: add', 'objectClass: user', `sAMAccountName: ${id}`, ''];
    return `dn: ${dn}\nchangetype: delete\n\n${add.join('\n')}`;
  }
}

function parentOf(dn: string): string {
  return dn.slice(firstOf(dn).length + 1);
}

function firstOf(dn: string): string {
  return /^(?:\\.|[^,])*/.exec(dn)?.[0] ?? '';
}

function rename(dn: string, name: string, target = parentOf(dn)): string {
  const lines = [`newrdn: ${name}`, 'deleteoldrdn: 1', `newsuperior: ${target}`, ''];
  return [`dn: ${dn}`, 'changetype: modrdn', ...lines].join('\n');
}

describeWithServer('samba', 'a forest that changes', () => {
  let samba: Samba;
  let forest: Forest;

  beforeAll(async () => {
    const base = 'OU=Changing,DC=example,DC=test';
    forest = new Forest(base, createRandom(seed));
    const unit = `dn: ${base}\nobjectClass: organizationalUnit\n\n`;
    // A domain of its own: it is kept as it is before the changes, as thousands of entries take a minute to add.
    samba = await startSamba({ content: unit + forest.fill() });
  }, 600_000);
  afterAll(async () => {
    await samba?.[Symbol.asyncDispose]();
  });

  const settings = (rest: Readonly<Record<string, unknown>> = {}) =>
    settingsFor(samba, { Servers: [{ Server: samba.host, BaseDN: forest.base }], ...rest });
  const exportAs = async (options: RunOptions, rest = {}): Promise<Exported> => {
    const exported = await runExport(settings(rest), tables, options);
    if (exported.error !== undefined) throw exported.error;
    return exported;
  };
  const change = async (count: number): Promise<void> => {
    const records = Array.from({ length: count }, () => forest.change());
    await changeLdif(samba, records.join('\n'));
  };

  /** With the tool that administrators use; it takes seconds. */
  const addByTool = async (name: string): Promise<void> => {
    await runSambaTool(samba, 'samba-tool', [
      ...['user', 'create', name, 'Pass-word-4711'],
      `--userou=${forest.unit().replace(/,DC=.*/, '')}`,
    ]);
    await runSambaTool(samba, 'samba-tool', ['group', 'addmembers', 'Domain Admins', name]);
  };

  it('is the same by increments and by a complete reading, after every round of changes', async () => {
    const first = await exportAs({ mode: 'complete' });
    const applied = new AppliedTables();
    applied.take(first);
    expect(applied.entries.length).toBe(userCount + groupCount + 41);
    let { cookie } = first;

    for (let round = 0; round < rounds; round += 1) {
      await change(Math.round(changeCount / rounds));
      if (round % 4 === 0) await addByTool(`tool${round}`);
      const next = await exportAs({ mode: 'incremental', cookie });
      expect([next.isChanges('AD_entries'), next.isChanges('AD_member')]).toEqual([true, true]);
      applied.take(next);
      cookie = next.cookie;
      const complete = new AppliedTables();
      complete.take(await exportAs({ mode: 'complete' }));
      expect(applied.entries).toEqual(complete.entries);
      expect(applied.links).toEqual(complete.links);
    }
  }, 600_000);
});
