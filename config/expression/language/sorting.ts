/** `OrderBy`, `ThenBy` and their like: stable, null first, texts by code units. */
import { areEqual } from './are-equal.ts';
import type { SortKey } from './plan.ts';
import { charge, type Frame, type Value } from './runtime.ts';

/** Up to so many items are sorted by insertion, which calls nothing. */
const fewItems = 12;

/** The item that sorting would put first, `undefined` when there is none. */
export function firstInOrder(
  frame: Frame,
  items: readonly Value[],
  key: SortKey,
): Value | undefined {
  let best: Value | undefined;
  let bestKey: Value = null;
  for (let index = 0; index < items.length; index++) {
    const found = readKey(frame, items[index] ?? null, key);
    if (index > 0) {
      const order = compareKeys(found, bestKey);
      if (key.isDescending ? order <= 0 : order >= 0) continue;
    }
    best = items[index];
    bestKey = found;
  }
  return best;
}

const ordering = Symbol('ordering');

/** What a collection was sorted from: the keys of each item, and their directions. */
interface Ordering {
  readonly items: readonly Value[];
  readonly columns: readonly Column[];
}

interface Column {
  readonly keys: readonly Value[];
  readonly isDescending: boolean;
}

/** A sorted array of its own. */
export function sortItems(
  frame: Frame,
  items: readonly Value[],
  by: readonly SortKey[],
): readonly Value[] {
  return sort(items, readColumns(frame, items, by));
}

/** The same, and the array remembers what it was sorted from, for a `ThenBy` that only sees the array. */
export function sortRemembering(
  frame: Frame,
  items: readonly Value[] & { readonly [ordering]?: Ordering },
  by: readonly SortKey[],
  isNext: boolean,
): readonly Value[] {
  const before = isNext ? items[ordering] : undefined;
  const own = before?.items ?? items;
  const columns = [...(before?.columns ?? []), ...readColumns(frame, own, by)];
  const sorted: Value[] & { [ordering]?: Ordering } = sort(own, columns);
  sorted[ordering] = { items: own, columns };
  return sorted;
}

function readColumns(
  frame: Frame,
  items: readonly Value[],
  by: readonly SortKey[],
): readonly Column[] {
  return by.map((key) => ({
    keys: readKeys(frame, items, key),
    isDescending: key.isDescending,
  }));
}

function sort(items: readonly Value[], columns: readonly Column[]): Value[] {
  if (items.length < 2) return items.slice();
  const compare = (a: number, b: number): number => {
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index];
      const result = compareKeys(column?.keys[a] ?? null, column?.keys[b] ?? null);
      if (result !== 0) return column?.isDescending === true ? -result : result;
    }
    return 0;
  };
  const order: number[] = [];
  for (let index = 0; index < items.length; index++) order.push(index);
  if (order.length > fewItems) order.sort(compare);
  else insert(order, compare);
  const sorted: Value[] = [];
  for (const index of order) sorted.push(items[index] ?? null);
  return sorted;
}

function insert(order: number[], compare: (a: number, b: number) => number): void {
  for (let next = 1; next < order.length; next++) {
    const moved = order[next] ?? 0;
    let at = next;
    while (at > 0 && compare(order[at - 1] ?? 0, moved) > 0) {
      order[at] = order[at - 1] ?? 0;
      at--;
    }
    order[at] = moved;
  }
}

function readKeys(frame: Frame, items: readonly Value[], key: SortKey): readonly Value[] {
  const keys: Value[] = [];
  for (let index = 0; index < items.length; index++) {
    keys.push(readKey(frame, items[index] ?? null, key));
  }
  return keys;
}

function readKey(frame: Frame, item: Value, { slot, body }: SortKey): Value {
  charge(frame, 2);
  frame.slots[slot] = item;
  const key = body(frame);
  // Sorting compares a key many times: a long one costs more than to walk over.
  if (typeof key === 'string' && key.length > 15) charge(frame, key.length >> 4);
  return key;
}

/** Order of two keys of one scalar type. */
export function compareKeys(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  if (typeof a !== 'number' && typeof a !== 'string' && areEqual(a, b)) return 0;
  return a < b ? -1 : 1;
}
