/** One column of two readings, row by row: has its form changed rather than its content? */

import { readMoment } from './date-family.ts';
import { families } from './families.ts';
import type { Family } from './family.ts';
import { isMostOf, isMostOfToday, leastTouched } from './limits.ts';
import { describeShape, findDominant } from './shape.ts';

/** What one key held before and holds now. */
export interface ValuePair {
  readonly before: string | null;
  readonly now: string | null;
}

/** What happened to a column; `examples` are shapes of values, never values. */
export interface ColumnDrift {
  readonly kind:
    | 'format'
    | 'shift'
    | 'emptied'
    | 'filler'
    | 'cut'
    | 'constant'
    | 'shape'
    | 'replaced';
  /** Completes "the column … ". */
  readonly what: string;
  readonly touched: number;
  readonly compared: number;
  readonly examples: readonly string[];
}

type Filled = { readonly before: string; readonly now: string };
type Judge = (pairs: readonly ValuePair[], filled: readonly Filled[]) => ColumnDrift | null;

/** Null when the column changed as columns do. */
export function judgeColumn(pairs: readonly ValuePair[]): ColumnDrift | null {
  if (!pairs.some((pair) => pair.before !== pair.now)) return null;
  const filled = pairs.filter((pair): pair is Filled => pair.before !== null && pair.now !== null);
  const judges: readonly Judge[] = [
    judgeEmptied,
    judgeFiller,
    judgeConstant,
    judgeForms,
    judgeShift,
    judgeCut,
    judgeShapes,
    judgeReplaced,
  ];
  for (const judge of judges) {
    const drift = judge(pairs, filled);
    if (drift !== null) return drift;
  }
  return null;
}

const fillers: ReadonlySet<string> = new Set(
  'null,(null),n/a,na,#n/a,none,nil,undefined,-,--,?,.,nan,(blank),#ref!,#value!,#name?,#div/0!,########,1900-01-00,0001-01-01'.split(
    ',',
  ),
);

function isFiller(text: string | null): boolean {
  return text !== null && (fillers.has(text.toLowerCase()) || /^#+$/.test(text));
}

function judgeEmptied(pairs: readonly ValuePair[]): ColumnDrift | null {
  const held = pairs.filter(({ before }) => before !== null && !isFiller(before));
  const lost = held.filter(({ now }) => now === null || isFiller(now));
  if (!isMostOfToday(lost.length, held.length, pairs.length)) return null;
  return describe('emptied', 'has lost its values', lost, pairs);
}

function judgeFiller(pairs: readonly ValuePair[]): ColumnDrift | null {
  const empty = pairs.filter(({ before }) => before === null);
  const filled = empty.filter(({ now }) => isFiller(now));
  if (!isMostOfToday(filled.length, empty.length, pairs.length)) return null;
  return describe('filler', 'has a word where its cells were empty', filled, pairs);
}

function judgeConstant(pairs: readonly ValuePair[], filled: readonly Filled[]): ColumnDrift | null {
  const values = new Set(filled.map(({ before }) => before));
  const changed = filled.filter(({ before, now }) => before !== now);
  const now = findDominant(filled.map((pair) => pair.now));
  if (values.size < 5 || now === null || now.share < 0.95) return null;
  if (!isMostOfToday(changed.length, filled.length, pairs.length)) return null;
  return describe('constant', 'has one and the same value in nearly every row', changed, pairs);
}

function judgeForms(pairs: readonly ValuePair[], filled: readonly Filled[]): ColumnDrift | null {
  for (const family of families) {
    const drift = judgeFamily(family, pairs, filled);
    if (drift !== null) return drift;
  }
  return null;
}

interface Transition {
  readonly from: string;
  readonly to: string;
  readonly touched: Filled[];
}

function judgeFamily(
  family: Family,
  pairs: readonly ValuePair[],
  filled: readonly Filled[],
): ColumnDrift | null {
  const transitions = new Map<string, Transition>();
  const isSame = family.isSame ?? ((a, b) => a === b);
  for (const pair of filled) {
    if (pair.before === pair.now) continue;
    for (const [from, said] of family.read(pair.before)) {
      for (const [to, says] of family.read(pair.now)) {
        if (from === to || !isSame(said, says)) continue;
        const name = `${from}\n${to}`;
        const transition = transitions.get(name) ?? { from, to, touched: [] };
        transitions.set(name, transition);
        transition.touched.push(pair);
      }
    }
  }
  const likely = [...transitions.values()].sort((a, b) => b.touched.length - a.touched.length);
  for (const { from, to, touched } of likely) {
    if (touched.length < leastTouched(pairs.length)) return null;
    const { before, now } = countSusceptible(family, filled, from, to);
    const n = touched.length;
    if (!isMostOf(n, before, pairs.length) && !isMostOfToday(n, now, pairs.length)) continue;
    return describe('format', `changed its ${family.aspect} from ${from} to ${to}`, touched, pairs);
  }
  return null;
}

/** Rows that are written in `from` before and in `to` now, without those that read the same in both and stayed. */
function countSusceptible(
  family: Family,
  filled: readonly Filled[],
  from: string,
  to: string,
): { readonly before: number; readonly now: number } {
  let before = 0;
  let now = 0;
  for (const pair of filled) {
    const said = family.read(pair.before).find(([format]) => format === from);
    const says = family.read(pair.now).find(([format]) => format === to);
    const isNeutral = pair.before === pair.now && said?.[1] === says?.[1];
    if (isNeutral) continue;
    if (said !== undefined) before += 1;
    if (says !== undefined) now += 1;
  }
  return { before, now };
}

const hourMs = 3_600_000;
/** Days between the two calendars spreadsheets count from. */
const spreadsheetCalendarsMs = 1_462 * 24 * hourMs;

/** All dates moved by the same time: a time zone or another calendar. One date for all rows is a date of the file. */
function judgeShift(pairs: readonly ValuePair[], filled: readonly Filled[]): ColumnDrift | null {
  const dated = filled.flatMap((pair) => {
    const from = readMoment(pair.before);
    const to = readMoment(pair.now);
    return from === null || to === null ? [] : [{ pair, from, by: to - from }];
  });
  if (new Set(dated.map(({ from }) => from)).size < leastTouched(pairs.length)) return null;
  const common = findDominant(dated.map(({ by }) => String(by)));
  const by = Number(common?.text ?? 0);
  const isLikely = Math.abs(by) <= 26 * hourMs || Math.abs(by) === spreadsheetCalendarsMs;
  if (by === 0 || !isLikely) return null;
  const moved = dated.filter((each) => each.by === by);
  if (!isMostOf(moved.length, dated.length, pairs.length)) return null;
  return describe(
    'shift',
    `has all its dates ${by > 0 ? 'later' : 'earlier'} by ${Math.abs(by) / hourMs} hours`,
    moved.map(({ pair }) => pair),
    pairs,
  );
}

/** Long values end where they never ended before, all at one length. */
function judgeCut(pairs: readonly ValuePair[], filled: readonly Filled[]): ColumnDrift | null {
  const cut = filled.filter(({ before, now }) => before !== now && before.startsWith(now));
  const length = Math.max(0, ...cut.map(({ now }) => now.length));
  const atLength = cut.filter(({ now }) => now.length === length);
  const long = filled.filter(({ before }) => before.length > length);
  if (length < 2 || !isMostOf(atLength.length, long.length, pairs.length)) return null;
  return describe('cut', `has its values cut after ${length} characters`, atLength, pairs);
}

function judgeShapes(pairs: readonly ValuePair[], filled: readonly Filled[]): ColumnDrift | null {
  const changed = filled.filter(({ before, now }) => before !== now);
  if (!isMostOfToday(changed.length, filled.length, pairs.length)) return null;
  const before = findDominant(filled.map((pair) => describeShape(pair.before)));
  const now = findDominant(filled.map((pair) => describeShape(pair.now)));
  if (before === null || now === null || before.text === now.text) return null;
  if (before.share < 0.8 || now.share < 0.8) return null;
  return describe('shape', `holds values of another shape`, changed, pairs);
}

/** Nearly all values are others: nothing says that it is wrong, and thresholds count it. */
function judgeReplaced(pairs: readonly ValuePair[], filled: readonly Filled[]): ColumnDrift | null {
  const changed = filled.filter(({ before, now }) => before !== now);
  const isOfFile = new Set(filled.map(({ now }) => now)).size === 1;
  if (isOfFile || changed.length < 20 || changed.length < filled.length * 0.8) return null;
  return describe('replaced', 'has other values in most rows', changed, pairs);
}

function describe(
  kind: ColumnDrift['kind'],
  what: string,
  touched: readonly ValuePair[],
  pairs: readonly ValuePair[],
): ColumnDrift {
  const show = (text: string | null): string => (text === null ? '(empty)' : describeShape(text));
  const examples = touched.slice(0, 20).map(({ before, now }) => `${show(before)} → ${show(now)}`);
  return {
    kind,
    what,
    touched: touched.length,
    compared: pairs.length,
    examples: [...new Set(examples)].slice(0, 3),
  };
}
