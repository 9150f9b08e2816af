/** What the connected systems hold while a random history goes on, and how it changes. */
import type { CompanyData } from '../company.fixture.ts';
import { targetShapes } from './configuration.fixture.ts';
import type { PolicyChoices } from './policy.fixture.ts';

export interface Person {
  readonly first: string | null;
  readonly last: string | null;
  readonly photo: string | null;
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
/** A resource of a managed system: scalars but for the key, keys of linked resources. */
export interface Account {
  readonly values: Readonly<Record<string, string | null>>;
  readonly links: Readonly<Record<string, readonly string[]>>;
}
export interface Space {
  readonly group: string | null;
  /** A department. */
  readonly place: string | null;
  /** Spaces it is in, and what it is among the boxes. */
  readonly in: readonly string[];
  readonly boxes: readonly string[];
}
export interface Team {
  readonly above: readonly string[];
  /** A department. */
  readonly site: string | null;
}
export interface World {
  readonly people: Map<string, Person>;
  readonly records: Map<string, PersonRecord>;
  readonly departments: Map<string, Department>;
  /** By entity type and key. */
  readonly accounts: ReadonlyMap<string, Map<string, Account>>;
  readonly spaces: Map<string, Space>;
  /** Of boxes. */
  readonly teams: Map<string, Team>;
}

/** One thing that happens. Everything in it is told, so that a history can be written down and played again. */
export type Edit =
  | { readonly kind: 'person'; readonly key: string; readonly value: Person | null }
  | { readonly kind: 'record'; readonly key: string; readonly value: PersonRecord | null }
  | { readonly kind: 'department'; readonly key: string; readonly value: Department | null }
  | {
      readonly kind: 'account';
      readonly entityType: string;
      readonly key: string;
      readonly value: Account | null;
    }
  | { readonly kind: 'space'; readonly key: string; readonly value: Space | null }
  | { readonly kind: 'team'; readonly key: string; readonly value: Team | null }
  /** From now on what is held indirectly stays as it is, or is computed again. */
  | { readonly kind: 'freeze'; readonly isFrozen: boolean }
  /** Backwards too: clocks are set. */
  | { readonly kind: 'time'; readonly minutes: number }
  | { readonly kind: 'rules'; readonly choices: PolicyChoices }
  /** The next evaluation holds back what it orders: of all, or of resource types that ask for it. */
  | { readonly kind: 'hold'; readonly everything: boolean }
  | { readonly kind: 'provision'; readonly seed: number }
  | { readonly kind: 'review'; readonly pick: number; readonly decision: ReviewChoice }
  | { readonly kind: 'gap'; readonly pick: number; readonly decision: GapChoice }
  | { readonly kind: 'orphan'; readonly pick: number; readonly decision: OrphanChoice }
  /** What was there before the policy is tagged. */
  | { readonly kind: 'pre-existing' }
  | {
      readonly kind: 'role';
      readonly pick: number;
      readonly wish: RoleWish;
      readonly end: string | null;
      readonly department: string | null;
    };
export type ReviewChoice = 'approve' | 'decline' | 'unblock' | 'postpone' | 'reopen';
export type GapChoice = 'keep' | 'accept' | 'delete';
export type OrphanChoice = 'bind' | 'authorize' | 'delete';
export type RoleWish = 'ask' | 'deny' | 'approve' | 'decline' | 'cancel' | 'prolong' | 'complete';

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
export const letters = 'abcdefghijklmnop';

/** In each population two people with a contract each and one account; two departments. */
export function firstWorld(populations: number): World {
  const users = new Map<string, Account>();
  const world: World = {
    people: new Map(),
    records: new Map(),
    departments: new Map([
      ['FIN', { name: 'Money', parent: null }],
      ['IT', { name: 'Machines', parent: 'FIN' }],
    ]),
    accounts: new Map(
      Object.keys(targetShapes).map((type) => [type, type === 'Wiki_User' ? users : new Map()]),
    ),
    spaces: new Map([
      ['finance', { group: 'x', place: 'FIN', in: ['everybody'], boxes: [] }],
      ['everybody', { group: null, place: null, in: [], boxes: ['1a@box'] }],
    ]),
    teams: new Map([
      ['crew', { above: ['board'], site: 'FIN' }],
      ['board', { above: [], site: null }],
    ]),
  };
  for (const letter of letters.slice(0, populations)) {
    const person = { first: 'Ana', last: `Roy${letter}`, photo: null, start: null, end: null };
    const manager = `2${letter}`;
    world.people.set(`1${letter}`, { ...person, department: 'FIN', manager });
    const ben = { ...person, first: 'Ben', last: `Ode${letter}`, manager: null };
    world.people.set(manager, { ...ben, department: 'IT' });
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
    users.set(`aroy${letter}`, {
      values: { Mail: `1${letter}@example.test`, FullName: `Ana Roy${letter}` },
      links: { Spaces: ['finance'] },
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
    case 'account':
      put(accountsOf(world, edit.entityType), edit.key, edit.value);
      break;
    case 'space':
      put(world.spaces, edit.key, edit.value);
      break;
    case 'team':
      put(world.teams, edit.key, edit.value);
      break;
    case 'freeze':
    case 'time':
    case 'rules':
    case 'hold':
    case 'provision':
    case 'review':
    case 'gap':
    case 'orphan':
    case 'pre-existing':
    case 'role':
      break;
  }
}

export function accountsOf(world: World, entityType: string): Map<string, Account> {
  const found = world.accounts.get(entityType);
  if (found === undefined) throw new Error(`Nobody manages ${entityType}.`);
  return found;
}

function put<T>(values: Map<string, T>, key: string, value: T | null): void {
  if (value === null) values.delete(key);
  else values.set(key, value);
}

export type Arrange = <T>(rows: readonly T[]) => readonly T[];

/** What a reading of all systems finds, in an order that `arrange` may change. */
export function readWorld(world: World, arrange: Arrange = (rows) => rows): CompanyData {
  const people = arrange([...world.people]);
  const records = arrange([...world.records]);
  const departments = arrange([...world.departments]);
  const spaces = arrange([...world.spaces]);
  const teams = arrange([...world.teams]);
  const pairs = (
    rows: readonly (readonly [string, string | null])[],
  ): readonly (readonly [string, string])[] =>
    arrange(rows.flatMap(([one, other]) => (other === null ? [] : [[one, other] as const])));
  const many = (
    rows: readonly (readonly [string, readonly string[]])[],
  ): readonly (readonly [string, string])[] =>
    arrange(rows.flatMap(([one, others]) => others.map((other) => [one, other] as const)));
  const managed = readAccounts(world, arrange);
  return {
    entities: {
      HR_Person: people.map(([number, p]) => ({
        Number: number,
        FirstName: p.first,
        LastName: p.last,
        Photo: p.photo,
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
      Wiki_Space: spaces.map(([Name, { group }]) => ({ Name, Group: group })),
      Mail_Team: teams.map(([Name]) => ({ Name })),
      ...managed.entities,
    },
    links: {
      HR_Person_Department: pairs(people.map(([number, p]) => [number, p.department])),
      HR_Person_Manager: pairs(people.map(([number, p]) => [number, p.manager])),
      HR_Department_Parent: pairs(departments.map(([code, d]) => [code, d.parent])),
      HR_Record_Person: pairs(records.map(([key, r]) => [key, r.person])),
      HR_Record_Department: pairs(records.map(([key, r]) => [key, r.department])),
      HR_Record_Category: pairs(records.map(([key, r]) => [key, r.category])),
      Wiki_Space_Place: pairs(spaces.map(([name, { place }]) => [name, place])),
      Wiki_Space_In: many(spaces.map(([name, space]) => [name, space.in])),
      Wiki_Space_Box: many(spaces.map(([name, { boxes }]) => [name, boxes])),
      Mail_Team_Above: many(teams.map(([name, { above }]) => [name, above])),
      Mail_Team_Site: pairs(teams.map(([name, { site }]) => [name, site])),
      ...managed.links,
    },
  };
}

function readAccounts(world: World, arrange: Arrange): CompanyData {
  const entities: { [entityType: string]: CompanyData['entities'][string] } = {};
  const links: { [association: string]: CompanyData['links'][string] } = {};
  for (const [entityType, shape] of Object.entries(targetShapes)) {
    const rows = arrange([...accountsOf(world, entityType)]);
    entities[entityType] = rows.map(([key, { values }]) => ({ [shape.key]: key, ...values }));
    for (const [property, { association }] of Object.entries(shape.links)) {
      links[association] = arrange(
        rows.flatMap(([key, account]) =>
          (account.links[property] ?? []).map((other) => [key, other] as const),
        ),
      );
    }
  }
  return { entities, links };
}
