/** The smallest modify that brings an entry from what it holds to what an order wants, or the conflict that forbids it. */
import { Attribute, Change } from 'ldapts';
import { ConnectorError } from '../../errors.ts';
import { parseFormat, readBit, writeBit } from '../../value-formats.ts';
import { areSameDn } from '../session/dn.ts';
import type { RawEntry } from '../session/protocol.ts';
import { canDeleteByValue, type DirectorySchema } from '../session/schema.ts';
import { decodeValue, encodeValue, isSameValue, readValues } from './scalar-values.ts';
import type { ScalarPlan } from './target-plan.ts';

/** A scalar, or a link to one entry, to set; `expected` as in the order. */
export type AttributeWish =
  | {
      readonly kind: 'scalar';
      readonly scalar: ScalarPlan;
      readonly value: string | null;
      readonly expected?: string | null;
    }
  | {
      readonly kind: 'name';
      readonly property: string;
      readonly attribute: string;
      readonly value: string | null;
      readonly expected?: string | null;
    };

export interface ModifyPlan {
  /** Empty when the entry is as wanted already. */
  readonly changes: readonly Change[];
  /** Attributes that must still be without a value when the server gets to it. */
  readonly mustBeAbsent: readonly string[];
}

/** Plans the modify. Throws `conflict` for a property that holds neither the expected nor the wanted value. */
export function planModify(
  entry: RawEntry,
  wishes: readonly AttributeWish[],
  schema: DirectorySchema,
): ModifyPlan {
  const changes: Change[] = [];
  const mustBeAbsent: string[] = [];
  const masks = new Map<
    string,
    { readonly plan: ScalarPlan; before: string | null; after: string }
  >();
  for (const wish of wishes) {
    if (wish.kind === 'scalar' && wish.scalar.column.isBit) {
      planBit(entry, wish, masks);
      continue;
    }
    const attribute = wish.kind === 'scalar' ? wish.scalar.column.attribute : wish.attribute;
    const current = readValues(entry, attribute);
    if (isFulfilled(wish, current)) continue;
    checkExpected(wish, current, entry.dn);
    const wanted =
      wish.kind === 'scalar' ? encodeValue(wish.scalar, wish.value) : encodeName(wish.value);
    changes.push(...changeValues(attribute, current, wanted, schema));
    if (wish.expected === null && current.length === 0) mustBeAbsent.push(attribute);
  }
  for (const { plan, before, after } of masks.values()) {
    if (before === after) continue;
    const current = before === null ? [] : [Buffer.from(before)];
    changes.push(...changeValues(plan.column.attribute, current, [Buffer.from(after)], schema));
  }
  return { changes, mustBeAbsent };
}

/** Values for a new entry by attribute; flags of one number are put together. */
export function encodeNewValues(
  wishes: readonly AttributeWish[],
): ReadonlyMap<string, readonly Buffer[]> {
  const values = new Map<string, readonly Buffer[]>();
  for (const wish of wishes) {
    const attribute = wish.kind === 'scalar' ? wish.scalar.column.attribute : wish.attribute;
    const key = [...values.keys()].find((name) => name.toLowerCase() === attribute.toLowerCase());
    if (wish.kind === 'scalar' && wish.scalar.column.isBit) {
      const before = key === undefined ? null : (values.get(key)?.[0]?.toString() ?? null);
      values.set(key ?? attribute, [Buffer.from(flipBit(wish.scalar, before, wish.value))]);
      continue;
    }
    const encoded =
      wish.kind === 'scalar' ? encodeValue(wish.scalar, wish.value) : encodeName(wish.value);
    if (encoded.length > 0) values.set(key ?? attribute, encoded);
  }
  return values;
}

/** The values of a link to one entry. */
export function encodeName(dn: string | null): readonly Buffer[] {
  return dn === null || dn === '' ? [] : [Buffer.from(dn, 'utf8')];
}

function isFulfilled(wish: AttributeWish, current: readonly Buffer[]): boolean {
  if (!holds(wish, current, wish.value)) return false;
  if (wish.kind === 'name') return true;
  // A second value behind the one that is exported is a difference, too.
  const isList = wish.scalar.column.isJoined || wish.scalar.separator !== undefined;
  return isList || current.length <= 1;
}

/** Whether values read from an entry are what the store has for a property. */
export function holds(
  wish: AttributeWish,
  current: readonly Buffer[],
  value: string | null,
): boolean {
  if (wish.kind === 'scalar') {
    return isSameValue(wish.scalar, decodeValue(wish.scalar, current), value);
  }
  if (value === null || value === '') return current.length === 0;
  return current.length === 1 && areSameDn(current[0]?.toString('utf8') ?? '', value);
}

function checkExpected(wish: AttributeWish, current: readonly Buffer[], dn: string): void {
  if (wish.expected === undefined || holds(wish, current, wish.expected)) return;
  throw conflict(wish.kind === 'scalar' ? wish.scalar.property : wish.property, dn);
}

function conflict(property: string, dn: string): ConnectorError {
  return new ConnectorError(
    'conflict',
    `The property "${property}" of "${dn}" was changed in the directory in the meantime; nothing was written.`,
    {
      hint: 'Export the directory again and compute the orders anew.',
      details: { property, dn },
    },
  );
}

/** Explicit values are deleted and added, so that the server refuses when they changed under our hands. */
function changeValues(
  attribute: string,
  current: readonly Buffer[],
  wanted: readonly Buffer[],
  schema: DirectorySchema,
): readonly Change[] {
  if (!canDeleteByValue(schema, attribute)) return [change('replace', attribute, wanted)];
  const removed = current.filter((value) => !wanted.some((other) => other.equals(value)));
  const added = wanted.filter((value) => !current.some((other) => other.equals(value)));
  return [
    ...(removed.length === 0 ? [] : [change('delete', attribute, removed)]),
    ...(added.length === 0 ? [] : [change('add', attribute, added)]),
  ];
}

/** One part of a modify request. */
export function change(
  operation: 'add' | 'delete' | 'replace',
  attribute: string,
  values: readonly Buffer[],
): Change {
  return new Change({
    operation,
    modification: new Attribute({ type: attribute, values: [...values] }),
  });
}

function planBit(
  entry: RawEntry,
  wish: Extract<AttributeWish, { kind: 'scalar' }>,
  masks: Map<string, { readonly plan: ScalarPlan; before: string | null; after: string }>,
): void {
  const { scalar } = wish;
  const key = scalar.column.attribute.toLowerCase();
  const before = readValues(entry, scalar.column.attribute)[0]?.toString('utf8') ?? null;
  const bit = parseFormat(scalar.format ?? '')?.bit;
  if (bit !== undefined && wish.expected !== undefined) {
    const now = readBit(before ?? '0', bit);
    const isWanted = now === normaliseFlag(wish.value);
    if (!isWanted && now !== normaliseFlag(wish.expected)) {
      throw conflict(scalar.property, entry.dn);
    }
  }
  const known = masks.get(key) ?? { plan: scalar, before, after: before ?? '0' };
  known.after = flipBit(scalar, known.after, wish.value);
  masks.set(key, known);
}

function normaliseFlag(value: string | null): string {
  return /^(?:true|1|t|y|yes)$/i.test((value ?? '').trim()) ? '1' : '0';
}

function flipBit(scalar: ScalarPlan, mask: string | null, value: string | null): string {
  const bit = parseFormat(scalar.format ?? '')?.bit;
  const changed = bit === undefined ? undefined : writeBit(mask, bit, value);
  if (changed !== undefined) return changed;
  throw new ConnectorError(
    'invalid-value',
    `The flag "${scalar.property}" cannot be written: it is no truth value, or its attribute holds no number.`,
    { hint: 'Check the rule that computes the flag, and the attribute in its connection column.' },
  );
}
