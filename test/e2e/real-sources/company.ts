/** A company as sets of facts: what every source of it holds in its own form. */
import { createRandom, type Tables } from '../employees/tables.ts';

export interface Person {
  readonly first: string;
  readonly last: string;
  /** `2024-03-05`. */
  readonly hired: string;
}

export interface Company {
  /** By number. */
  readonly people: ReadonlyMap<string, Person>;
  /** Name by code. */
  readonly departments: ReadonlyMap<string, string>;
  /** `code/number`: who ever was in a department, and who ever led it. */
  readonly members: ReadonlySet<string>;
  readonly managers: ReadonlySet<string>;
}

export function readCompany(tables: Tables): Company {
  const pairs = (rows: Tables['dept_emp']['rows']): ReadonlySet<string> =>
    new Set(rows.map(([number, code]) => `${code}/${number}`));
  return {
    people: new Map(
      tables.employees.rows.map(([number = '', , first = '', last = '', , hired = '']) => [
        number,
        { first, last, hired },
      ]),
    ),
    departments: new Map(tables.departments.rows.map(([code = '', name = '']) => [code, name])),
    members: pairs(tables.dept_emp.rows),
    managers: pairs(tables.dept_manager.rows),
  };
}

/** The company a day later: people leave, join, marry and move, a department is founded, another one gets a name. */
export function changeCompany(before: Company, seed: number): Company {
  const random = createRandom(seed);
  const people = new Map(before.people);
  const departments = new Map(before.departments);
  const members = new Set(before.members);
  const managers = new Set(before.managers);
  const leading = new Set([...managers].map((pair) => pair.slice(pair.indexOf('/') + 1)));
  const choices = [...people.keys()].filter((number) => !leading.has(number));
  const take = (count: number): readonly string[] =>
    Array.from({ length: count }, () => {
      const [number = ''] = choices.splice(Math.floor(random() * choices.length), 1);
      return number;
    });
  const codes = [...departments.keys()];
  const anyCode = (): string => codes[Math.floor(random() * codes.length)] ?? '';

  for (const number of take(60)) {
    people.delete(number);
    for (const code of codes) members.delete(`${code}/${number}`);
  }
  for (const number of take(80)) {
    const person = people.get(number);
    if (person !== undefined) people.set(number, { ...person, last: `Müller-${person.last}, Dr.` });
  }
  for (const number of take(20)) {
    const person = people.get(number);
    if (person !== undefined) people.set(number, { ...person, hired: '2001-02-03' });
  }
  for (const number of take(100)) {
    for (const code of codes) members.delete(`${code}/${number}`);
    members.add(`${anyCode()}/${number}`);
  }
  for (let index = 0; index < 50; index += 1) {
    const number = String(600_000 + seed * 1_000 + index);
    people.set(number, { first: 'Zoë', last: `O'Neil ${index}`, hired: '2024-02-29' });
    members.add(`${anyCode()}/${number}`);
  }
  const founded = `d9${seed}`;
  const [leader = '', ...staff] = take(10);
  departments.set(founded, `Founded on day ${seed} "new", with a comma`);
  for (const number of [leader, ...staff]) members.add(`${founded}/${number}`);
  managers.add(`${founded}/${leader}`);
  departments.set(codes[seed % codes.length] ?? '', `Renamed on day ${seed}`);
  return { people, departments, members, managers };
}

/** One line per fact, sorted: what a store must hold, whatever the source. */
export function describeCompany(company: Company): readonly string[] {
  return [
    ...[...company.people].map(([number, { first, last, hired }]) =>
      JSON.stringify(['person', number, first, last, `${hired.replaceAll('-', '')}000000`]),
    ),
    ...[...company.departments].map(([code, name]) => JSON.stringify(['department', code, name])),
    ...[...company.members].map((pair) => JSON.stringify(['member', ...pair.split('/')])),
    ...[...company.managers].map((pair) => JSON.stringify(['manager', ...pair.split('/')])),
  ].sort();
}
