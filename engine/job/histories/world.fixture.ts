/** What the connected systems hold while a random history goes on, and how it changes. */
import type { CompanyData } from '../company.fixture.ts';
import { choiceCounts, type PolicyChoices } from './policy.fixture.ts';

export interface Person {
  readonly first: string | null;
  readonly last: string | null;
  readonly start: string | null;
  readonly end: string | null;
  readonly department: string | null;
  readonly manager: string | null;
}
/** One row of somebody's contract and position. */
export interface PersonRecord {
  readonly person: string | null;
  readonly contractStart: string | null;
  readonly contractEnd: string | null;
  readonly jobStart: string | null;
  readonly jobEnd: string | null;
  readonly job: string | null;
  readonly rank: string | null;
  readonly department: string | null;
  readonly category: string | null;
}
export interface Department {
  readonly name: string;
  readonly parent: string | null;
}
export interface User {
  readonly mail: string | null;
  readonly fullName: string | null;
  readonly unit: string | null;
  readonly spaces: readonly string[];
}
export interface World {
  readonly people: Map<string, Person>;
  readonly records: Map<string, PersonRecord>;
  readonly departments: Map<string, Department>;
  readonly users: Map<string, User>;
  readonly spaces: Set<string>;
}

/** One thing that happens. Everything in it is told, so that a history can be written down and played again. */
export type Edit =
  | { readonly kind: 'person'; readonly key: string; readonly value: Person | null }
  | { readonly kind: 'record'; readonly key: string; readonly value: PersonRecord | null }
  | { readonly kind: 'department'; readonly key: string; readonly value: Department | null }
  | { readonly kind: 'user'; readonly key: string; readonly value: User | null }
  | { readonly kind: 'space'; readonly key: string }
  /** Backwards too: clocks are set. */
  | { readonly kind: 'time'; readonly minutes: number }
  | { readonly kind: 'rules'; readonly choices: PolicyChoices }
  | { readonly kind: 'provision'; readonly seed: number }
  | { readonly kind: 'review'; readonly pick: number; readonly decision: ReviewChoice }
  | { readonly kind: 'gap'; readonly pick: number; readonly decision: GapChoice }
  | { readonly kind: 'role'; readonly pick: number; readonly wish: RoleWish };
export type ReviewChoice = 'approve' | 'decline' | 'unblock';
export type GapChoice = 'keep' | 'accept' | 'delete';
export type RoleWish = 'ask' | 'deny' | 'approve' | 'decline';

/** What happens between two evaluations. */
export type Step = readonly Edit[];
export interface History {
  readonly choices: PolicyChoices;
  readonly populations: number;
  readonly steps: readonly Step[];
}

/**
 * Several populations live in one company, so that one evaluation plays the histories of all: people, records and accounts
 * are their own, told apart by a letter; departments, rules, decisions, orders and time are common to them.
 */
const letters = 'abcdefghijklmnop';

interface Population {
  readonly numbers: readonly string[];
  readonly keys: readonly string[];
  readonly lasts: readonly string[];
  readonly logins: readonly string[];
}

function populationOf(letter: string): Population {
  const own = (names: readonly string[]): readonly string[] => names.map((name) => name + letter);
  return {
    numbers: own(['1', '2', '3', '4']),
    keys: own(['r1', 'r2', 'r3', 'r4', 'r5']),
    lasts: own(['Roy', 'Ode', 'Fay']),
    logins: own(['aroy', 'bode', 'afay', 'zz']),
  };
}

const codes = ['FIN', 'IT', 'TAX', 'everybody'];
const firsts = ['Ana', 'Ben'];
const spaceNames = ['finance', 'everybody', 'IT', 'FIN'];
/** Around the clock of a history, which starts on 15 June 2025 at noon. */
const dates = [
  '20250101000000',
  '20250612000000',
  '20250615130000',
  '20250616000000',
  '20250618000000',
  '20250620000000',
  '20790606000000',
];

/** Numbers from 0 up to 1 that depend on the seed alone. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A history of so many populations, at most 16. */
export function randomHistory(seed: number, populations = 1): History {
  const random = randomFrom(seed);
  const steps = Array.from({ length: 2 + Math.floor(random() * 5) }, () => [
    ...[...letters.slice(0, populations)].flatMap((letter) =>
      Array.from({ length: Math.floor(random() * 3) }, () => randomDataEdit(random, letter)),
    ),
    ...Array.from({ length: 1 + Math.floor(random() * 2) }, () => randomCommonEdit(random)),
  ]);
  return { choices: randomChoices(random), populations, steps };
}

function randomChoices(random: () => number): PolicyChoices {
  return choiceCounts.map((count) => Math.floor(random() * count));
}

interface Pick {
  readonly from: <T>(values: readonly T[]) => T;
  readonly maybe: <T>(values: readonly T[], share?: number) => T | null;
}

function pickWith(random: () => number): Pick {
  const from = <T>(values: readonly T[]): T => {
    const value = values[Math.floor(random() * values.length)];
    if (value === undefined) throw new Error('There is nothing to pick from.');
    return value;
  };
  return { from, maybe: (values, share = 0.75) => (random() < share ? from(values) : null) };
}

function randomDataEdit(random: () => number, letter: string): Edit {
  const pick = pickWith(random);
  const own = populationOf(letter);
  const kind = random();
  const isGone = random() < 0.13;
  if (kind < 0.4) {
    const value = isGone ? null : randomPerson(pick, own);
    return { kind: 'person', key: pick.from(own.numbers), value };
  }
  if (kind < 0.78) {
    const value = isGone ? null : randomRecord(pick, own);
    return { kind: 'record', key: pick.from(own.keys), value };
  }
  const value = {
    mail: pick.maybe(own.numbers.map((number) => `${number}@example.test`)),
    fullName: pick.maybe([...own.lasts, `Ana Roy${letter}`]),
    unit: pick.maybe(['Money', 'gone']),
    spaces: [...new Set([pick.maybe(spaceNames), pick.maybe(spaceNames)])].filter(
      (name) => name !== null,
    ),
  };
  return { kind: 'user', key: pick.from(own.logins), value: isGone ? null : value };
}

function randomCommonEdit(random: () => number): Edit {
  const { from, maybe } = pickWith(random);
  const kind = random();
  if (kind < 0.15) {
    const value = { name: from(['Money', 'Machines']), parent: maybe(codes) };
    return { kind: 'department', key: from(codes), value: random() < 0.8 ? value : null };
  }
  if (kind < 0.2) return { kind: 'space', key: from(spaceNames) };
  if (kind < 0.42)
    return { kind: 'time', minutes: from([1, 59, 60, 720, 1440, 2880, 7200, -5, -60, -1440]) };
  if (kind < 0.55) return { kind: 'rules', choices: randomChoices(random) };
  if (kind < 0.72) return { kind: 'provision', seed: Math.floor(random() * 1000) };
  const pick = Math.floor(random() * 30);
  if (kind < 0.82) {
    return { kind: 'review', pick, decision: from(['approve', 'decline', 'unblock'] as const) };
  }
  if (kind < 0.91) {
    return { kind: 'gap', pick, decision: from(['keep', 'accept', 'delete'] as const) };
  }
  return { kind: 'role', pick, wish: from(['ask', 'deny', 'approve', 'decline'] as const) };
}

function randomPerson({ maybe }: Pick, own: Population): Person {
  return {
    first: maybe(firsts),
    last: maybe(own.lasts),
    start: maybe(dates),
    end: maybe(dates),
    department: maybe(codes),
    manager: maybe(own.numbers, 0.5),
  };
}

function randomRecord({ maybe }: Pick, own: Population): PersonRecord {
  return {
    person: maybe(own.numbers, 0.95),
    contractStart: maybe(dates, 0.5),
    contractEnd: maybe(dates, 0.5),
    jobStart: maybe(dates, 0.6),
    jobEnd: maybe(dates, 0.6),
    job: maybe(['J1', 'J2'], 0.7),
    rank: maybe(['A', 'B', 'C', 'X'], 0.6),
    department: maybe(codes),
    category: maybe(codes),
  };
}

/** In each population two people with a contract each and one account; two departments. */
export function firstWorld(populations: number): World {
  const world: World = {
    people: new Map(),
    records: new Map(),
    departments: new Map([
      ['FIN', { name: 'Money', parent: null }],
      ['IT', { name: 'Machines', parent: 'FIN' }],
    ]),
    users: new Map(),
    spaces: new Set(['finance', 'everybody']),
  };
  for (const letter of letters.slice(0, populations)) {
    const person = { first: 'Ana', last: `Roy${letter}`, start: null, end: null, manager: null };
    const manager = `2${letter}`;
    world.people.set(`1${letter}`, { ...person, department: 'FIN', manager });
    world.people.set(manager, { ...person, first: 'Ben', last: `Ode${letter}`, department: 'IT' });
    const record = {
      contractStart: '20250101000000',
      contractEnd: null,
      jobStart: null,
      jobEnd: null,
      job: 'J1',
      rank: 'B',
      category: 'IT',
    };
    world.records.set(`r1${letter}`, { ...record, person: `1${letter}`, department: 'FIN' });
    world.records.set(`r2${letter}`, { ...record, person: manager, department: 'IT' });
    world.users.set(`aroy${letter}`, {
      mail: `1${letter}@example.test`,
      fullName: `Ana Roy${letter}`,
      unit: null,
      spaces: ['finance'],
    });
  }
  return world;
}

/** Makes a change of data; anything else is left to who plays the history. */
export function changeWorld(world: World, edit: Edit): void {
  switch (edit.kind) {
    case 'person':
      put(world.people, edit.key, edit.value);
      break;
    case 'record':
      put(world.records, edit.key, edit.value);
      break;
    case 'department':
      put(world.departments, edit.key, edit.value);
      break;
    case 'user':
      put(world.users, edit.key, edit.value);
      break;
    case 'space':
      if (!world.spaces.delete(edit.key)) world.spaces.add(edit.key);
      break;
    case 'time':
    case 'rules':
    case 'provision':
    case 'review':
    case 'gap':
    case 'role':
      break;
  }
}

function put<T>(values: Map<string, T>, key: string, value: T | null): void {
  if (value === null) values.delete(key);
  else values.set(key, value);
}

/** What a reading of all systems finds, in an order that `arrange` may change. */
export function readWorld(world: World, arrange: Arrange = (rows) => rows): CompanyData {
  const people = arrange([...world.people]);
  const records = arrange([...world.records]);
  const departments = arrange([...world.departments]);
  const users = arrange([...world.users]);
  const pairs = (
    rows: readonly (readonly [string, string | null])[],
  ): readonly (readonly [string, string])[] =>
    arrange(rows.flatMap(([one, other]) => (other === null ? [] : [[one, other] as const])));
  return {
    entities: {
      HR_Person: people.map(([number, p]) => ({
        Number: number,
        FirstName: p.first,
        LastName: p.last,
        StartDate: p.start,
        EndDate: p.end,
      })),
      HR_Record: records.map(([Key, r]) => ({
        Key,
        ContractStart: r.contractStart,
        ContractEnd: r.contractEnd,
        JobStart: r.jobStart,
        JobEnd: r.jobEnd,
        Job: r.job,
        Rank: r.rank,
      })),
      HR_Department: departments.map(([Code, { name }]) => ({ Code, Name: name })),
      Wiki_User: users.map(([Login, u]) => ({
        Login,
        Mail: u.mail,
        FullName: u.fullName,
        Unit: u.unit,
      })),
      Wiki_Space: arrange([...world.spaces]).map((Name) => ({ Name })),
    },
    links: {
      HR_Person_Department: pairs(people.map(([number, p]) => [number, p.department])),
      HR_Person_Manager: pairs(people.map(([number, p]) => [number, p.manager])),
      HR_Department_Parent: pairs(departments.map(([code, d]) => [code, d.parent])),
      HR_Record_Person: pairs(records.map(([key, r]) => [key, r.person])),
      HR_Record_Department: pairs(records.map(([key, r]) => [key, r.department])),
      HR_Record_Category: pairs(records.map(([key, r]) => [key, r.category])),
      Wiki_User_Space: pairs(
        users.flatMap(([login, u]) => u.spaces.map((space) => [login, space] as const)),
      ),
    },
  };
}

export type Arrange = <T>(rows: readonly T[]) => readonly T[];
