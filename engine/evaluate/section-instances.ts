/** Instances of record sections: what each record says in each section, and from when to when. */
import type { RecordSection, ResourceView } from '../../config/index.ts';
import { asDate, type RecordReading } from './context-values.ts';
import {
  earlier,
  endOf,
  fromEdges,
  isEmpty,
  later,
  readEnd,
  readStart,
  startOf,
} from './periods.ts';

/** One record's part of a section. Edges as `startOf` and `endOf` give them. */
export interface Instance {
  readonly record: ResourceView;
  /** Tells concurrent instances of the section apart; empty without an expression. */
  readonly key: string;
  readonly sortKey: string;
  readonly start: string;
  readonly end: string;
  /** The keys of the record: decides where nothing else does, so that ids never do. */
  readonly name: string;
}

/** A section with its instances, in an order that depends on the data alone. */
export interface InstancedSection {
  readonly section: RecordSection;
  readonly instances: readonly Instance[];
}

/** From the start of one boundary to the next; edges as in `Instance`. */
export interface Slice {
  readonly start: string;
  readonly end: string;
}

/**
 * The instances of all sections. A record has none in a section other than the default one when it has neither dates nor
 * any value there, and none where its end is not after its start. Throws for a date that is none.
 */
export function readSections(
  reading: RecordReading,
  sections: readonly RecordSection[],
  records: readonly ResourceView[],
): readonly InstancedSection[] {
  const read = (section: RecordSection, bounds: Slice): InstancedSection => ({
    section,
    instances: records
      .map((record) => readInstance(reading, section, record, bounds))
      .filter((instance) => instance !== null)
      .toSorted(byStrength),
  });
  const always: Slice = { start: '', end: '~' };
  const defaultSection = sections.find((section) => section.isDefault);
  const first = defaultSection === undefined ? null : read(defaultSection, always);
  const bounds = first === null ? always : (spanOfInstances(first) ?? always);
  return sections.map((section) =>
    first !== null && section === defaultSection
      ? first
      : read(section, section.boundaryKind === 'Kept' ? always : bounds),
  );
}

/** From the first start to the last end; `null` when there is no instance. */
export function spanOfInstances({ instances }: InstancedSection): Slice | null {
  const [first] = instances;
  if (first === undefined) return null;
  return {
    start: instances.map((one) => one.start).reduce(earlier, first.start),
    end: instances.map((one) => one.end).reduce(later, first.end),
  };
}

function readInstance(
  reading: RecordReading,
  section: RecordSection,
  record: ResourceView,
  bounds: Slice,
): Instance | null {
  const startDate = dateOf(record, section.startProperty, 'start');
  const endDate = dateOf(record, section.endProperty, 'end');
  const hasDates = startDate !== null || endDate !== null;
  if (!section.isDefault && !hasDates && !hasAnyValue(reading, section, record)) return null;
  const start =
    startDate === null ? bounds.start : startOf({ startDate: readStart(startDate), endDate: null });
  const end = endDate === null ? bounds.end : endOf({ startDate: null, endDate: readEnd(endDate) });
  if (isEmpty(fromEdges(start, end))) return null;
  const keys = reading.model.entityModel.entityTypes.get(record.entityType)?.keys ?? [];
  return {
    record,
    key: textOf(reading, section.instanceKey, record),
    sortKey: textOf(reading, section.sortKey, record),
    start,
    end,
    name: keys.map((key) => record.scalar(key) ?? '').join('\u0000'),
  };
}

function dateOf(
  record: ResourceView,
  property: string | undefined,
  name: 'start' | 'end',
): string | null {
  const text = property === undefined ? null : asDate(record.scalar(property), name);
  return text === '' ? null : text;
}

function textOf(
  { clock }: RecordReading,
  expression: RecordSection['sortKey'],
  record: ResourceView,
): string {
  const result = expression?.evaluate(record, clock);
  return result?.kind === 'text' ? (result.value ?? '') : '';
}

function hasAnyValue(
  reading: RecordReading,
  section: RecordSection,
  record: ResourceView,
): boolean {
  return [...section.properties.keys()].some((property) => hasValue(reading, record, property));
}

/** The property holds something, whatever it leads to. */
export function hasValue(
  { model }: RecordReading,
  record: ResourceView,
  property: string,
): boolean {
  const declared = model.entityModel.entityTypes.get(record.entityType)?.properties.get(property);
  if (declared?.kind !== 'navigation') return (record.scalar(property) ?? '') !== '';
  return declared.isCollection ? record.many(property).length > 0 : record.one(property) !== null;
}

/** The highest sort key first; then the one that starts last, that ends last, by name. */
function byStrength(left: Instance, right: Instance): number {
  return (
    compare(right.sortKey, left.sortKey) ||
    compare(right.start, left.start) ||
    compare(right.end, left.end) ||
    compare(left.name, right.name) ||
    left.record.id - right.record.id
  );
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

export function holds({ start, end }: Instance, slice: Slice): boolean {
  return start <= slice.start && slice.end <= end;
}

/** The strongest instance of each key that holds all through the slice, by key. */
export function instancesIn(
  { instances }: InstancedSection,
  slice: Slice,
): ReadonlyMap<string, Instance> {
  const found = new Map<string, Instance>();
  for (const instance of instances) {
    if (holds(instance, slice) && !found.has(instance.key)) found.set(instance.key, instance);
  }
  return new Map([...found].toSorted(([left], [right]) => compare(left, right)));
}

/**
 * The instance whose values are carried into the slice: of those whose sort key is not below the threshold the one with the
 * highest, then the last that ended before, then the first that starts after. `isWanted` says which have what is looked for.
 */
export function carriedInto(
  { section, instances }: InstancedSection,
  slice: Slice,
  isWanted: (record: ResourceView) => boolean,
): Instance | null {
  if (!section.isExtendable) return null;
  const threshold = section.sortKey === undefined ? '' : (section.extendedSortKey ?? '');
  const candidates = instances.filter(
    ({ start, end, sortKey, record }) =>
      sortKey >= threshold && (end <= slice.start || start >= slice.end) && isWanted(record),
  );
  const isBefore = (one: Instance): boolean => one.end <= slice.start;
  const nearer = (left: Instance, right: Instance): number => {
    if (isBefore(left) !== isBefore(right)) return isBefore(left) ? -1 : 1;
    return isBefore(left) ? compare(right.end, left.end) : compare(left.start, right.start);
  };
  const [best] = candidates.toSorted(
    (left, right) =>
      compare(right.sortKey, left.sortKey) ||
      nearer(left, right) ||
      compare(left.key, right.key) ||
      byStrength(left, right),
  );
  return best ?? null;
}
