/** The files of a made-up company, any size, the same on every machine: people of the HR system on two days, units, accounts. */
import { type FileHandle, open, rename } from 'node:fs/promises';
import { makeDraw, makePermutation } from './generate-numbers.ts';
import { firstNames, lastNames, places, titles, unitNames } from './generate-words.ts';

/** Header of the people file, in order. `EmployeeId` is the key; `Manager` names another person's, `Unit` a department's. */
export const peopleColumns = [
  'EmployeeId',
  'FirstName',
  'LastName',
  'Login',
  'Email',
  'Title',
  'Unit',
  'Site',
  'Manager',
  'StartDate',
  'EndDate',
  'Badge',
] as const;

export const departmentColumns = ['Code', 'Name', 'Parent', 'Site'] as const;

/** Header of the accounts file. `Login` is the key; `EmployeeId` names a person, or nobody for one account in a hundred. */
export const accountColumns = ['Login', 'EmployeeId', 'DisplayName', 'Unit', 'IsEnabled'] as const;

export interface PeopleOptions {
  /** People of the first day. */
  readonly rows: number;
  /** The second day lacks some people, has as many new ones and others changed. */
  readonly day: 1 | 2;
  /** Share of people who are not the same on the second day: a seventh each gone and new, five sevenths changed. */
  readonly changedShare?: number;
  /** Rows without key (0.2 %), keys that come twice (0.3 %), names in both normal forms, line breaks in values (1 %). */
  readonly dirt?: boolean;
  readonly byteOrderMark?: boolean;
  readonly lineBreak?: '\n' | '\r\n';
}

export interface Generated {
  readonly rows: number;
  readonly bytes: number;
}

const defaultChangedShare = 0.07;
/** So that a million people have 8,000 departments. */
const peoplePerDepartment = 125;

/** Writes the people of one day in an order that has nothing to do with their keys; about 116 bytes a row. */
export async function generatePeople(path: string, options: PeopleOptions): Promise<Generated> {
  const { rows, day, dirt = false, lineBreak = '\n' } = options;
  const share = (options.changedShare ?? defaultChangedShare) / 7;
  const gone = Math.round(rows * share);
  const changed = Math.round(rows * share * 5);
  // Who is gone, changed or new is one order of the people, where their rows stand another.
  const fate = makePermutation(rows, 11);
  const order = makePermutation(rows, 23);
  const mark = options.byteOrderMark === true ? '\ufeff' : '';
  const output = await Output.open(path, `${mark}${peopleColumns.join(',')}${lineBreak}`);
  for (let position = 0; position < rows; position += 1) {
    const person = order(position);
    const rank = fate(person);
    if (day === 2 && rank < gone) continue;
    const isChanged = day === 2 && rank < gone + changed;
    const line = formatPerson(person, rows, isChanged, dirt);
    const draw = makeDraw(person, 5);
    if (dirt && draw(1_000) < 2) await output.write(line.slice(line.indexOf(',')) + lineBreak);
    else await output.write(line + lineBreak);
    if (!dirt || draw(1_000) >= 3) continue;
    // Half of the keys that come again say something else.
    const again = draw(2) === 0 ? line : formatPerson(person, rows, !isChanged, dirt);
    await output.write(again + lineBreak);
  }
  for (let one = 0; day === 2 && one < gone; one += 1) {
    await output.write(formatPerson(rows + one, rows, false, dirt) + lineBreak);
  }
  return output.finish();
}

/** Writes a tree of departments, seven levels deep at most; people of `generatePeople` with as many `people` are in them. */
export async function generateDepartments(
  path: string,
  options: { readonly people: number },
): Promise<Generated> {
  const count = countDepartments(options.people);
  const output = await Output.open(path, `${departmentColumns.join(',')}\n`);
  for (let index = 0; index < count; index += 1) {
    const draw = makeDraw(index, 7);
    const parent = index === 0 ? '' : nameDepartment(Math.floor((index - 1) / 6));
    const name = `${unitNames[draw(unitNames.length)]} ${index}`;
    await output.write(`${nameDepartment(index)},${name},${parent},${nameSite(draw(60))}\n`);
  }
  return output.finish();
}

/** Writes one account for each person, and accounts of nobody for one in a hundred. */
export async function generateAccounts(
  path: string,
  options: { readonly people: number },
): Promise<Generated> {
  const { people } = options;
  const order = makePermutation(people, 31);
  const output = await Output.open(path, `${accountColumns.join(',')}\n`);
  for (let position = 0; position < people; position += 1) {
    const person = order(position);
    const draw = makeDraw(person, 3);
    const first = firstNames[draw(firstNames.length)];
    const last = lastNames[draw(lastNames.length)];
    const owner = makeDraw(person, 13)(100) === 0 ? '' : nameEmployee(person);
    const unit = nameDepartment(draw(countDepartments(people)));
    const isEnabled = makeDraw(person, 17)(50) !== 0;
    await output.write(`u${person + 1},${owner},${first} ${last},${unit},${isEnabled}\n`);
  }
  return output.finish();
}

/** Key of a person, from 0. */
export function nameEmployee(person: number): string {
  return `E${String(person + 1).padStart(7, '0')}`;
}

function formatPerson(person: number, rows: number, isChanged: boolean, dirt: boolean): string {
  const draw = makeDraw(person, 3);
  const [firstIndex, lastIndex] = [draw(firstNames.length), draw(lastNames.length)];
  let first = firstNames[firstIndex] ?? '';
  const last = lastNames[lastIndex] ?? '';
  const mail = `${firstAddresses[firstIndex]}.${lastAddresses[lastIndex]}.${person + 1}`;
  let unit = draw(countDepartments(rows));
  let title = titles[draw(titles.length)] ?? '';
  if (draw(100) < 2) title = `"${title}, senior"`;
  else if (dirt && draw(100) < 1) title = `"${title}\ndeputy"`;
  if (isChanged) {
    unit = (unit + 1) % countDepartments(rows);
    title = title.startsWith('"') ? `"Lead ${title.slice(1)}` : `Lead ${title}`;
  }
  if (dirt && draw(2) === 0) first = first.normalize('NFD');
  const login = `u${person + 1}`;
  const manager = person === 0 ? '' : nameEmployee(draw(Math.max(1, Math.floor(person / 12))));
  const start = `20${two(draw(26))}${two(1 + draw(12))}${two(1 + draw(28))}`;
  const end = draw(20) === 0 ? `20${27 + draw(9)}1231` : '';
  const site = nameSite(draw(60));
  const badge = `B${(person * 7_919 + 13).toString(36)}`;
  return `${nameEmployee(person)},${first},${last},${login},${mail}@example.com,${title},${nameDepartment(unit)},${site},${manager},${start},${end},${badge}`;
}

/** Names as addresses write them. */
const [firstAddresses = [], lastAddresses = []] = [firstNames, lastNames].map((names) =>
  names.map((name) =>
    name
      .normalize('NFD')
      .replace(/[^a-z]/gi, '')
      .toLowerCase(),
  ),
);

function countDepartments(people: number): number {
  return Math.max(1, Math.ceil(people / peoplePerDepartment));
}

function nameDepartment(index: number): string {
  return `D${String(index + 1).padStart(5, '0')}`;
}

function nameSite(index: number): string {
  return `${places[index % places.length]} ${1 + Math.floor(index / places.length)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** A file that is there when it is whole. */
class Output {
  readonly #path: string;
  readonly #file: FileHandle;
  #pending: string;
  #rows = 0;
  #bytes = 0;

  private constructor(path: string, file: FileHandle, header: string) {
    this.#path = path;
    this.#file = file;
    this.#pending = header;
  }

  static async open(path: string, header: string): Promise<Output> {
    return new Output(path, await open(`${path}.part`, 'w'), header);
  }

  async write(line: string): Promise<void> {
    this.#rows += 1;
    this.#pending += line;
    if (this.#pending.length > 1_000_000) await this.#flush();
  }

  async finish(): Promise<Generated> {
    await this.#flush();
    await this.#file.close();
    await rename(`${this.#path}.part`, this.#path);
    return { rows: this.#rows, bytes: this.#bytes };
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.from(this.#pending, 'utf8');
    this.#pending = '';
    this.#bytes += bytes.length;
    await this.#file.writeFile(bytes);
  }
}
