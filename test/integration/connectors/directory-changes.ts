/** A directory that changes at random by the server's own tools, and what two ways to read it make of that. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type {
  Exporter,
  ExportRequest,
  Row,
  TableBatch,
  TableRequest,
} from '../../../connectors/index.ts';
import { formatRelativeName } from '../../../connectors/spi/directory/session/dn.ts';
import { createRandom } from '../../e2e/employees/tables.ts';
import { createContext } from './ldap-directory.ts';

const execute = promisify(execFile);

export interface ToolLogin {
  readonly port: number;
  readonly rootDn: string;
  readonly rootPassword: string;
  /** Over TLS, without a look at the certificate; absent: on the port of this machine. */
  readonly tlsHost?: string;
}

/** Carries out LDIF by `ldapmodify`; fails with what it says. */
export async function modifyByTool(login: ToolLogin, ldif: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-ldif-'));
  try {
    const file = join(folder, 'changes.ldif');
    const password = join(folder, 'password');
    await writeFile(file, ldif);
    await writeFile(password, login.rootPassword);
    const { tlsHost } = login;
    const url = `${tlsHost === undefined ? 'ldap://127.0.0.1' : `ldaps://${tlsHost}`}:${login.port}`;
    const parameters = ['-x', '-H', url, '-D', login.rootDn, '-y', password, '-f', file];
    await execute('ldapmodify', parameters, {
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, LDAPTLS_REQCERT: 'never' },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Lines of an LDIF record; values are written in Base64, so that any of them may stand there. */
export function ldifRecord(
  dn: string,
  lines: readonly (readonly [string, string | Buffer])[],
): string {
  const encode = (text: string | Buffer): string => Buffer.from(text).toString('base64');
  return [
    `dn:: ${encode(dn)}`,
    ...lines.map(([name, value]) => line(name, value, encode)),
    '',
    '',
  ].join('\n');
}

function line(
  name: string,
  value: string | Buffer,
  encode: (text: string | Buffer) => string,
): string {
  if (name === '-') return '-';
  const isPlain = typeof value === 'string' && /^[A-Za-z0-9=,][A-Za-z0-9=, ]*$/.test(value);
  return isPlain ? `${name}: ${value}` : `${name}:: ${encode(value)}`;
}

/** Names in five scripts, and with every character that a name in a directory must escape. */
const firstNames = ['Ana', 'Ελένη', 'Юлия', 'فاطمة', '李明', 'Zoë', 'Ōta', 'Đặng'];
const pieces = [
  ...['Roy', 'Παππάς', 'Соколова', 'حسن', '王', "O'Neil", 'd’Arc'],
  ...[', ', '+', '"', '\\', '<', '>', ';', '=', '#', '/', '*', '(x)', ' - ', '\\2C'],
];

interface Named {
  readonly id: number;
  dn: string;
}

/** What the tree holds, as the changes that were made say. */
export class RandomTree {
  readonly #random: () => number;
  readonly #base: string;
  readonly #groups: readonly string[];
  readonly #people: Named[] = [];
  readonly #units: Named[] = [];
  #next = 1;

  readonly #tails: readonly string[];
  readonly #renamesUnits: boolean;

  /**
   * `keepsSpaces`: names may end in an escaped space; 389 Directory Server loses it when an entry is renamed. `renamesUnits`:
   * entries with others below them get other names and places; Apache Directory refuses to change them ever after.
   */
  constructor(seed: number, base: string, { keepsSpaces = true, renamesUnits = true } = {}) {
    this.#renamesUnits = renamesUnits;
    this.#tails = keepsSpaces ? ['\\', ' ', '+'] : ['\\', '+'];
    this.#random = createRandom(seed);
    this.#base = base;
    this.#groups = [0, 1, 2].map((index) => `cn=group ${index},${base}`);
  }

  get people(): readonly string[] {
    return this.#people.map(({ dn }) => dn);
  }

  /** The groups, some units, some people. */
  begin(people: number): string {
    const groups = this.#groups.map((dn, index) =>
      ldifRecord(dn, [
        ['changetype', 'add'],
        ['objectClass', 'groupOfNames'],
        ['cn', `group ${index}`],
        ['member', this.#base],
      ]),
    );
    const records = [...groups, ...Array.from({ length: 4 }, () => this.#addUnit())];
    for (let count = 0; count < people; count += 1) records.push(this.#addPerson());
    return records.join('');
  }

  /** That many changes, each of a kind chosen at random. */
  change(count: number): string {
    return Array.from({ length: count }, () => this.#changeOnce()).join('');
  }

  #changeOnce(): string {
    const roll = this.#pick(100);
    if (roll < 20 || this.#people.length < 5) return this.#addPerson();
    if (roll < 45) return this.#modifyPerson();
    if (roll < 58) return this.#deletePerson();
    if (roll < 68) return this.#renamePerson();
    if (roll < 78) return this.#movePerson();
    if (roll < 82) return this.#addUnit();
    if (roll < 87 && this.#renamesUnits) return this.#renameUnit();
    if (roll < 90 && this.#renamesUnits) return this.#moveUnit();
    return this.#changeMembers();
  }

  #addPerson(): string {
    const person = { id: this.#next, dn: '' };
    this.#next += 1;
    const name = this.#name(person.id);
    person.dn = `${formatRelativeName('cn', name)},${this.#parent()}`;
    this.#people.push(person);
    return ldifRecord(person.dn, [
      ['changetype', 'add'],
      ['objectClass', 'inetOrgPerson'],
      ['cn', name],
      ['sn', this.#one(pieces)],
      ['uid', `u${person.id}`],
    ]);
  }

  #modifyPerson(): string {
    const { dn } = this.#one(this.#people);
    const value = `${this.#one(pieces)} ${this.#pick(1_000)}`;
    return ldifRecord(dn, [
      ['changetype', 'modify'],
      ['replace', this.#pick(2) === 0 ? 'description' : 'title'],
      ...(this.#pick(6) === 0 ? [] : [['description', value] as const]),
    ]).replace(/replace: title\ndescription/, 'replace: title\ntitle');
  }

  #deletePerson(): string {
    const index = this.#pick(this.#people.length);
    const [person] = this.#people.splice(index, 1);
    const dn = person?.dn ?? '';
    return ldifRecord(dn, [['changetype', 'delete']]);
  }

  #renamePerson(): string {
    const person = this.#one(this.#people);
    const before = person.dn;
    const relative = formatRelativeName('cn', this.#name(person.id));
    person.dn = `${relative},${parentOf(before)}`;
    return rename(before, relative);
  }

  #movePerson(): string {
    const person = this.#one(this.#people);
    const before = person.dn;
    const parent = this.#parent();
    const relative = formatRelativeName('cn', this.#name(person.id));
    person.dn = `${relative},${parent}`;
    return rename(before, relative, parent);
  }

  #addUnit(): string {
    const unit = { id: this.#next, dn: '' };
    this.#next += 1;
    const name = this.#name(unit.id);
    unit.dn = `${formatRelativeName('ou', name)},${this.#parent()}`;
    this.#units.push(unit);
    return ldifRecord(unit.dn, [
      ['changetype', 'add'],
      ['objectClass', 'organizationalUnit'],
      ['ou', name],
    ]);
  }

  #renameUnit(): string {
    const unit = this.#one(this.#units);
    const relative = formatRelativeName('ou', this.#name(unit.id));
    const before = unit.dn;
    this.#carry(before, `${relative},${parentOf(before)}`);
    return rename(before, relative);
  }

  #moveUnit(): string {
    const unit = this.#one(this.#units);
    const before = unit.dn;
    const others = [this.#base, ...this.#units.map(({ dn }) => dn)].filter(
      (dn) => dn !== before && !dn.endsWith(`,${before}`),
    );
    const parent = this.#one(others);
    const relative = formatRelativeName('ou', this.#name(unit.id));
    this.#carry(before, `${relative},${parent}`);
    return rename(before, relative, parent);
  }

  /** Names of people who are there; what becomes of them afterwards is the server's affair. */
  #changeMembers(): string {
    const members = Array.from({ length: 1 + this.#pick(5) }, () => this.#one(this.#people).dn);
    return ldifRecord(this.#one(this.#groups), [
      ['changetype', 'modify'],
      ['replace', 'member'],
      ...[...new Set([this.#base, ...members])].map((dn) => ['member', dn] as const),
    ]);
  }

  /** Everything below a unit gets a new name with it. */
  #carry(before: string, after: string): void {
    for (const named of [...this.#units, ...this.#people]) {
      const old = named.dn;
      if (old === before) named.dn = after;
      else if (old.endsWith(`,${before}`)) {
        named.dn = `${old.slice(0, old.length - before.length)}${after}`;
      }
    }
  }

  #name(id: number): string {
    const parts = Array.from({ length: 1 + this.#pick(3) }, () => this.#one(pieces));
    const lead = this.#pick(8) === 0 ? this.#one(['#', ' ', '"']) : '';
    const tail = this.#pick(8) === 0 ? this.#one(this.#tails) : '';
    // A name must tell apart: directories fold spaces and letter case.
    return `${lead}${this.#one(firstNames)} ${parts.join('')} ${id}x${this.#pick(10_000)}${tail}`;
  }

  #parent(): string {
    return this.#units.length === 0 || this.#pick(5) === 0 ? this.#base : this.#one(this.#units).dn;
  }

  #pick(below: number): number {
    return Math.floor(this.#random() * below);
  }

  #one<T>(items: readonly T[]): T {
    const item = items[this.#pick(items.length)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  }
}

function parentOf(dn: string): string {
  for (let at = 0; at < dn.length; at += 1) {
    if (dn[at] === '\\') at += 1;
    else if (dn[at] === ',') return dn.slice(at + 1);
  }
  return '';
}

function rename(before: string, relative: string, parent?: string): string {
  return ldifRecord(before, [
    ['changetype', 'modrdn'],
    ['newrdn', relative],
    ['deleteoldrdn', '1'],
    ...(parent === undefined ? [] : [['newsuperior', parent] as const]),
  ]);
}

/** One export, to its end. */
export interface Reading {
  readonly tables: ReadonlyMap<string, TableReading>;
  readonly cookie: Uint8Array | undefined;
  readonly warnings: readonly { readonly message: string; readonly fields: unknown }[];
}
export interface TableReading {
  readonly rows: readonly Row[];
  readonly isComplete: boolean;
  /** The rows are changes. */
  readonly hasCommands: boolean;
}

export async function readDirectory<S>(
  exporter: Exporter<S>,
  request: Omit<ExportRequest<S>, 'connection'>,
): Promise<Reading> {
  const context = createContext();
  const tables = new Map<string, { rows: Row[]; isComplete: boolean; hasCommands: boolean }>();
  let cookie: Uint8Array | undefined;
  const find = (name: string) => {
    const known = tables.get(name) ?? { rows: [], isComplete: false, hasCommands: false };
    tables.set(name, known);
    return known;
  };
  const batches: AsyncIterable<TableBatch> = exporter.exportTables(
    { ...request, connection: 'Dir' },
    context,
  );
  for await (const batch of batches) {
    if (batch.kind === 'rows') find(batch.table).rows.push(...batch.rows);
    if (batch.kind === 'cookie') cookie = batch.cookie;
    if (batch.kind !== 'end') continue;
    const table = find(batch.table);
    table.isComplete = true;
    table.hasCommands = batch.commandColumn !== undefined;
  }
  return { tables, cookie, warnings: context.warnings };
}

/** Rows by key after changes; a deletion of what is not there is no fault, an insertion of what is there is one. */
export function applyChanges(
  before: ReadonlyMap<string, Row>,
  table: TableReading | undefined,
  keyColumn: string,
): ReadonlyMap<string, Row> {
  const after = new Map(before);
  for (const { Command, ...row } of table?.rows ?? []) {
    const key = row[keyColumn] ?? '';
    if (key === '') throw new Error('a change has no key');
    if (Command === 'Delete') after.delete(key);
    else after.set(key, row);
  }
  return after;
}

export function byKey(
  table: TableReading | undefined,
  keyColumn: string,
): ReadonlyMap<string, Row> {
  return new Map((table?.rows ?? []).map((row) => [row[keyColumn] ?? '', row]));
}

/** All rows as sorted texts, for a comparison that does not depend on order. */
export function textsOf(rows: Iterable<Row>): readonly string[] {
  return [...rows].map((row) => JSON.stringify(Object.entries(row).sort())).sort();
}

export function tableRequest(
  name: string,
  columns: readonly string[],
  keyColumns?: readonly string[],
): TableRequest {
  return {
    name: `Dir_${name}`,
    suffix: name,
    columns,
    formats: {},
    ...(keyColumns === undefined ? {} : { keyColumns }),
  };
}
