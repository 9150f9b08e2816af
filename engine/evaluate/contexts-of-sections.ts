/**
 * Contexts from records with sections: time is cut wherever an instance of any section starts or ends; each slice gives one
 * context per combination of the instances that hold in it.
 */
import type { RecordSection, ResourceView } from '../../config/index.ts';
import {
  type BoundDimension,
  type Context,
  dimensionValues,
  type RecordReading,
} from './context-values.ts';
import { fromEdges, mergePeriods, type Period } from './periods.ts';
import {
  carriedInto,
  hasValue,
  holds,
  type Instance,
  type InstancedSection,
  instancesIn,
  readSections,
  type Slice,
  spanOfInstances,
} from './section-instances.ts';

/** So many contexts no identity has; data that would give more are wrong, and would fill the memory. */
const maxContexts = 10_000;

/** Which instance each section has in a context; none where the section has none in the slice. */
type Combination = ReadonlyMap<RecordSection, Instance>;

/**
 * The contexts of these records, unordered; neighbouring ones with the same dimension values are one. Outside the span of
 * the section that bounds the validity there is none. Throws for a date that is none, or for far too many contexts.
 */
export function contextsOfSections(
  reading: RecordReading,
  sections: readonly RecordSection[],
  records: readonly ResourceView[],
): readonly Context[] {
  const read = readSections(reading, sections, records);
  const boundaries = read.find(({ section }) => section.isBoundaries);
  const validity = boundaries === undefined ? null : spanOfInstances(boundaries);
  if (validity === null) return [];
  const bound = reading.rule.dimensions.map((dimension) => ({
    dimension,
    holder: read.find(({ section }) => section.properties.has(dimension.property ?? '')),
  }));
  const used = read.filter((one) => bound.some(({ holder }) => holder === one));
  const readValues = rememberValues(reading);
  const periodsByValues = new Map<string, { periods: Period[]; values: Context['dimensions'] }>();
  let count = 0;
  for (const slice of slicesOf(read, validity)) {
    if (!read.every((one) => isFilled(one, slice))) continue;
    for (const combination of combinationsIn(used, slice)) {
      count += 1;
      if (count > maxContexts) {
        throw new Error(`The records of the identity give more than ${maxContexts} contexts.`);
      }
      const values = new Map(
        bound.map(({ dimension, holder }) => {
          const record =
            holder === undefined ? null : recordFor(reading, holder, combination, dimension, slice);
          return [dimension.dimension, record === null ? [] : readValues(dimension, record)];
        }),
      );
      const name = [...values.values()].map((each) => each.map(({ id }) => id).join()).join('|');
      const known = periodsByValues.get(name) ?? { periods: [], values };
      periodsByValues.set(name, known);
      known.periods.push(fromEdges(slice.start, slice.end));
    }
  }
  return [...periodsByValues.values()].flatMap(({ periods, values }) =>
    mergePeriods(periods).map((period) => ({ ...period, dimensions: values })),
  );
}

/** Ascending, without a gap, over the whole validity. */
function slicesOf(read: readonly InstancedSection[], validity: Slice): readonly Slice[] {
  const edges = read.flatMap(({ instances }) =>
    instances.flatMap(({ start, end }) => [start, end]),
  );
  const inside = edges.filter((edge) => validity.start <= edge && edge <= validity.end);
  const cuts = [...new Set([validity.start, validity.end, ...inside])].sort();
  return cuts.slice(1).map((end, index) => ({ start: cuts[index] ?? validity.start, end }));
}

/**
 * Whether the slice counts as far as this section goes: it has an instance there, values are carried there, or its values
 * may be missing, as those of a section that is never extended. The section that bounds the validity may not be missing.
 */
function isFilled(one: InstancedSection, slice: Slice): boolean {
  if (one.instances.some((instance) => holds(instance, slice))) return true;
  const { isExtendable, isBoundaries, properties } = one.section;
  if (!isExtendable) return !isBoundaries;
  const hasCarried = [...properties.values()].some((isCarried) => isCarried);
  return hasCarried && carriedInto(one, slice, () => true) !== null;
}

/**
 * What holds together. A record says which instances belong together; those it lacks come from all others. A record that
 * says nothing another one does not say as well adds nothing.
 */
function combinationsIn(
  sections: readonly InstancedSection[],
  slice: Slice,
): readonly Combination[] {
  const present = sections.map((one) => ({ one, byKey: instancesIn(one, slice) }));
  const found = new Map<string, Combination>();
  for (const anchor of anchorsIn(sections, slice)) {
    let combinations: readonly Combination[] = [new Map()];
    for (const [index, { one, byKey }] of present.entries()) {
      const key = anchor[index] ?? null;
      const own = key === null ? undefined : byKey.get(key);
      const choices = own === undefined ? [...byKey.values()] : [own];
      if (choices.length === 0) continue;
      if (combinations.length * choices.length > maxContexts) {
        throw new Error(`The records of the identity give more than ${maxContexts} contexts.`);
      }
      combinations = combinations.flatMap((before) =>
        choices.map((instance) => new Map([...before, [one.section, instance]])),
      );
    }
    for (const combination of combinations) {
      const names = sections.map(({ section }) => combination.get(section)?.key ?? null);
      found.set(JSON.stringify(names), combination);
    }
  }
  return [...found].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, one]) => one);
}

/** By section: the key of the instance the record has in the slice, `null` for none. */
type Anchor = readonly (string | null)[];

function anchorsIn(sections: readonly InstancedSection[], slice: Slice): readonly Anchor[] {
  const byRecord = new Map<number, (string | null)[]>();
  for (const [index, { instances }] of sections.entries()) {
    for (const instance of instances) {
      if (!holds(instance, slice)) continue;
      const { id } = instance.record;
      const keys = byRecord.get(id) ?? sections.map(() => null);
      byRecord.set(id, keys);
      keys[index] = instance.key;
    }
  }
  const distinct = new Map([...byRecord.values()].map((keys) => [JSON.stringify(keys), keys]));
  const anchors = [...distinct.values()];
  const isPartOf = (part: Anchor, whole: Anchor): boolean =>
    part !== whole && part.every((key, index) => key === null || key === whole[index]);
  const maximal = anchors.filter((part) => !anchors.some((whole) => isPartOf(part, whole)));
  return maximal.length === 0 ? [[]] : maximal;
}

/** The record that gives the dimension its value here; `null`: it has none. */
function recordFor(
  reading: RecordReading,
  holder: InstancedSection,
  combination: Combination,
  { property = '' }: BoundDimension,
  slice: Slice,
): ResourceView | null {
  const own = combination.get(holder.section)?.record ?? null;
  if (own !== null && hasValue(reading, own, property)) return own;
  if (holder.section.properties.get(property) !== true) return own;
  const carried = carriedInto(holder, slice, (record) => hasValue(reading, record, property));
  return carried?.record ?? own;
}

/** One record is read once per dimension, however many slices it is in. */
function rememberValues(
  reading: RecordReading,
): (bound: BoundDimension, record: ResourceView) => readonly ResourceView[] {
  const known = new Map<string, readonly ResourceView[]>();
  return (bound, record) => {
    const name = `${record.id} ${bound.dimension}`;
    const values = known.get(name) ?? dimensionValues(reading, bound, record);
    known.set(name, values);
    return values;
  };
}
