/** Random histories: the same seed gives the same one. */
import { choiceCounts, type PolicyChoices } from './policy.fixture.ts';
import {
  type Account,
  type Edit,
  type History,
  letters,
  type Person,
  type PersonRecord,
} from './world.fixture.ts';

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
const teamNames = ['crew', 'board', 'guild'];
/** Boxes of the first two populations; not all of them are there. */
const boxNames = ['1a@box', '2a@box', 'aroya@box', '1b@box'];
/** Two files, and a text that is none. */
const photos = ['AAEC', 'AAED', 'no file!'];
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
    ...(random() < 0.5 ? [randomMembershipEdit(random)] : []),
    ...Array.from({ length: 1 + Math.floor(random() * 2) }, () => randomCommonEdit(random)),
  ]);
  return { choices: randomChoices(random), populations, steps };
}

/** The first choice of a place is the plain one: others meet each other more easily where it is frequent. */
function randomChoices(random: () => number): PolicyChoices {
  return choiceCounts.map((count) => (random() < 0.3 ? 0 : Math.floor(random() * count)));
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
  if (kind < 0.38) {
    const value = isGone ? null : randomPerson(pick, own);
    return { kind: 'person', key: pick.from(own.numbers), value };
  }
  if (kind < 0.7) {
    const value = isGone ? null : randomRecord(pick, own);
    return { kind: 'record', key: pick.from(own.keys), value };
  }
  if (kind < 0.9) {
    const value = isGone ? null : randomUser(pick, own);
    return { kind: 'account', entityType: 'Wiki_User', key: pick.from(own.logins), value };
  }
  return randomOther(pick, own, isGone);
}

/** Around the clock of a history, of the managed systems that hold less. */
function randomOther({ from, maybe }: Pick, own: Population, isGone: boolean): Edit {
  const names = [...own.numbers.slice(0, 2), ...own.logins.slice(0, 2)];
  if (from([true, false])) {
    const value: Account = {
      values: { Owner: maybe(names), Quota: maybe(['FIN', 'ITIT', 'Money']) },
      links: {
        Site: [maybe(codes)].filter((code) => code !== null),
        Teams: some(maybe, teamNames, 0.5),
      },
    };
    const key = `${from(names)}@box`;
    return { kind: 'account', entityType: 'Mail_Box', key, value: isGone ? null : value };
  }
  const value: Account = { values: { Holder: maybe(own.logins) }, links: {} };
  const key = from(names);
  return { kind: 'account', entityType: 'Door_Card', key, value: isGone ? null : value };
}

/** Of groups within groups, and of whether anybody looks at them. */
function randomMembershipEdit(random: () => number): Edit {
  const pick = pickWith(random);
  const kind = random();
  if (kind < 0.55) return randomSpace(random, pick);
  if (kind < 0.85) {
    const { from, maybe } = pick;
    const value = { above: some(maybe, teamNames, 0.5), site: maybe(codes, 0.6) };
    return { kind: 'team', key: from(teamNames), value: random() < 0.8 ? value : null };
  }
  return { kind: 'freeze', isFrozen: random() < 0.5 };
}

function randomSpace(random: () => number, { from, maybe }: Pick): Edit {
  const value = {
    group: maybe(['x', 'y'], 0.6),
    place: maybe(codes),
    in: some(maybe, spaceNames, 0.6),
    boxes: some(maybe, boxNames, 0.4),
  };
  return { kind: 'space', key: from(spaceNames), value: random() < 0.7 ? value : null };
}

/** Up to two of them. */
function some(maybe: Pick['maybe'], names: readonly string[], share: number): readonly string[] {
  const chosen = [maybe(names, share), maybe(names, share)].filter((name) => name !== null);
  return [...new Set(chosen)];
}

function randomCommonEdit(random: () => number): Edit {
  const { from, maybe } = pickWith(random);
  const kind = random();
  if (kind < 0.13) {
    const value = { name: from(['Money', 'Machines']), parent: maybe(codes) };
    return { kind: 'department', key: from(codes), value: random() < 0.8 ? value : null };
  }
  if (kind < 0.19) return randomSpace(random, { from, maybe });
  if (kind < 0.39)
    return { kind: 'time', minutes: from([1, 59, 60, 720, 1440, 2880, 7200, -5, -60, -1440]) };
  if (kind < 0.5) return { kind: 'rules', choices: randomChoices(random) };
  if (kind < 0.52) return { kind: 'hold', everything: random() < 0.5 };
  if (kind < 0.67) return { kind: 'provision', seed: Math.floor(random() * 1000) };
  if (kind < 0.68) return { kind: 'pre-existing' };
  return randomDecision(random, kind);
}

/** `kind` from 0.68 on. */
function randomDecision(random: () => number, kind: number): Edit {
  const { from, maybe } = pickWith(random);
  const pick = Math.floor(random() * 60);
  if (kind < 0.77) {
    const decision = from(['approve', 'decline', 'unblock', 'postpone', 'reopen'] as const);
    return { kind: 'review', pick, decision };
  }
  if (kind < 0.85) {
    return { kind: 'gap', pick, decision: from(['keep', 'accept', 'delete'] as const) };
  }
  if (kind < 0.88) {
    return { kind: 'orphan', pick, decision: from(['bind', 'authorize', 'delete'] as const) };
  }
  const wishes = ['ask', 'ask', 'deny', 'approve', 'decline', 'cancel', 'prolong', 'complete'];
  return {
    kind: 'role',
    pick,
    wish: from(wishes) as Extract<Edit, { kind: 'role' }>['wish'],
    end: maybe(dates, 0.4),
    department: maybe(codes, 0.4),
  };
}

function randomPerson({ maybe }: Pick, own: Population): Person {
  return {
    first: maybe(firsts),
    last: maybe(own.lasts),
    photo: maybe(photos, 0.4),
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

function randomUser({ maybe }: Pick, own: Population): Account {
  const spaces = [maybe(spaceNames), maybe(spaceNames)].filter((name) => name !== null);
  return {
    values: {
      Mail: maybe(own.numbers.map((number) => `${number}@example.test`)),
      FullName: maybe([...own.lasts, ...own.lasts.map((last) => `Ana ${last}`).slice(0, 1)]),
      Unit: maybe(['Money', 'gone']),
      Alias: maybe([...own.lasts, 'RÖY'], 0.4),
      Token: maybe(firsts, 0.3),
      Photo: maybe(photos, 0.3),
    },
    links: {
      Spaces: [...new Set(spaces)],
      Home: [maybe(spaceNames, 0.3)].filter((name) => name !== null),
      Boxes: some(maybe, [...own.numbers.slice(0, 2), ...own.logins.slice(0, 1)], 0.3).map(
        (name) => `${name}@box`,
      ),
    },
  };
}
