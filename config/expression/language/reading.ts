/** Reads properties along a path of navigations, `p.Manager?.Site.Name`, in one go instead of link by link. */
import { failed } from '../expression-error.ts';
import type { ResourceView } from '../values.ts';
import type { Typed } from './check-state.ts';
import type { Link, Reading, ReadingEnd } from './plan.ts';
import type { Frame, Run, Value } from './runtime.ts';
import { readDateValue, readSmall, readStored } from './stored-value.ts';

/** The slot a value is read from as it is, or `undefined`. */
export function slotOf(value: Typed): number | undefined {
  const { plan } = value;
  // A conversion changes `run`, and with it what a plan says no longer holds.
  return plan?.kind === 'slot' && plan.run === value.run ? plan.slot : undefined;
}

function readingOf(value: Typed): Reading | undefined {
  const { plan } = value;
  return plan?.kind === 'reading' && plan.run === value.run ? plan.reading : undefined;
}

/** The property of the owner: how to compute it, and its plan where the owner has one. */
export function planReading(
  owner: Typed,
  property: string,
  subject: string,
  end: ReadingEnd,
): Pick<Typed, 'run' | 'plan'> {
  const link: Link = { property, subject, isOptional: false };
  const slot = slotOf(owner);
  if (slot !== undefined) return planned({ slot, links: [link], end });
  const before = readingOf(owner);
  // `(a?.b).c` fails where there is no a; `a?.b.c` does not: only the latter may be joined, and is below.
  if (before?.end === 'one' && before.links.every((one) => !one.isOptional)) {
    return planned({ slot: before.slot, links: [...before.links, link], end });
  }
  const { run } = owner;
  if (end === 'String') {
    return {
      run: (frame) => {
        const found = run(frame);
        // Of an entity type nothing else is an object; the empty text is no value.
        if (typeof found === 'object' && found !== null) {
          return (found as ResourceView).scalar(property) || null;
        }
        return noResource(link);
      },
    };
  }
  const read = readerOf(link, end);
  return {
    run: (frame) => {
      const found = run(frame);
      // Of an entity type nothing else is an object.
      if (typeof found === 'object' && found !== null) return read(found as ResourceView);
      return noResource(link);
    },
  };
}

/** `target?.rest`, where both are paths and the rest begins at the slot of the target's value. */
export function joinReadings(
  target: Typed,
  rest: Typed,
  slot: number,
): Pick<Typed, 'run' | 'plan'> | undefined {
  const after = readingOf(rest);
  if (after === undefined || after.slot !== slot) return undefined;
  const [first, ...others] = after.links;
  if (first === undefined) return undefined;
  const links = [{ ...first, isOptional: true }, ...others];
  const own = slotOf(target);
  if (own !== undefined) return planned({ slot: own, links, end: after.end });
  const before = readingOf(target);
  if (before?.end !== 'one') return undefined;
  return planned({ slot: before.slot, links: [...before.links, ...links], end: after.end });
}

/** `value == wanted` for a text or condition read of a variable, in one go; `undefined` for others. */
export function compareReading(
  value: Typed,
  wanted: Value,
): ((frame: Frame) => boolean) | undefined {
  const reading = readingOf(value);
  const [link, next] = reading?.links ?? [];
  if (reading === undefined || link === undefined || next !== undefined) return undefined;
  const { slot, end } = reading;
  const { property, subject } = link;
  if (end === 'String') {
    return (frame) =>
      ((ownerIn(frame, slot) ?? noOwner(link))?.scalar(property) || null) === wanted;
  }
  if (end !== 'Bool') return undefined;
  return (frame) =>
    readBoolean((ownerIn(frame, slot) ?? noOwner(link))?.scalar(property) ?? null, subject) ===
    wanted;
}

function planned(reading: Reading): Pick<Typed, 'run' | 'plan'> {
  const run = runReading(reading);
  return { run, plan: { kind: 'reading', run, reading } };
}

function noResource({ isOptional, subject, property }: Link): null {
  if (isOptional) return null;
  throw failed(
    `${subject} is read of a resource that is empty.`,
    `Write ?.${property} where there may be no resource.`,
  );
}

function runReading({ slot, links, end }: Reading): Run {
  const link = links.at(-1);
  if (link === undefined) return () => null;
  const { property, subject } = link;
  if (links.length > 1) return runPath(slot, links, readerOf(link, end));
  // One property of a variable is by far the most common: nothing stands between the frame and the resource.
  switch (end) {
    case 'one':
      return (frame) => (ownerIn(frame, slot) ?? noOwner(link))?.one(property) ?? null;
    case 'many':
      return (frame) => (ownerIn(frame, slot) ?? noOwner(link))?.many(property) ?? null;
    case 'String':
    case 'Option':
    case 'Bytes':
    case 'Binary':
      return (frame) => (ownerIn(frame, slot) ?? noOwner(link))?.scalar(property) || null;
    case 'Bool':
      return (frame) =>
        readBoolean((ownerIn(frame, slot) ?? noOwner(link))?.scalar(property) ?? null, subject);
    case 'Int32':
      return (frame) =>
        readInt((ownerIn(frame, slot) ?? noOwner(link))?.scalar(property) ?? null, subject);
    case 'DateTime':
      return (frame) =>
        readDateValue((ownerIn(frame, slot) ?? noOwner(link))?.scalar(property) ?? null, subject);
    case 'Byte':
    case 'Int16':
    case 'Int64':
    case 'Double':
    case 'Guid':
      return (frame) =>
        readStored(end, (ownerIn(frame, slot) ?? noOwner(link))?.scalar(property) ?? null, subject);
  }
}

function ownerIn(frame: Frame, slot: number): ResourceView | null {
  const found = frame.slots[slot];
  // Of an entity type nothing else is an object.
  return typeof found === 'object' && found !== null ? (found as ResourceView) : null;
}

function noOwner(link: Link): ResourceView | null {
  return noResource(link);
}

function runPath(slot: number, links: readonly Link[], read: (owner: ResourceView) => Value): Run {
  const last = links.length - 1;
  const [first, second, third] = links;
  if (first !== undefined && second !== undefined && third === undefined) {
    const { property } = first;
    return (frame) => {
      const owner = ownerIn(frame, slot);
      if (owner === null) return noResource(first);
      const next = owner.one(property);
      return next === null ? noResource(second) : read(next);
    };
  }
  return (frame) => {
    let owner = ownerIn(frame, slot);
    for (let index = 0; index <= last; index++) {
      const link = links[index];
      if (link === undefined) return null;
      if (owner === null) return noResource(link);
      if (index < last) owner = owner.one(link.property);
    }
    return owner === null ? null : read(owner);
  };
}

/** Reads the last property of a path. */
function readerOf({ property, subject }: Link, end: ReadingEnd): (owner: ResourceView) => Value {
  switch (end) {
    case 'one':
      return (owner) => owner.one(property);
    case 'many':
      return (owner) => owner.many(property);
    case 'String':
    case 'Option':
    case 'Bytes':
    case 'Binary':
      // Stored as it is: the empty text is no value.
      return (owner) => owner.scalar(property) || null;
    case 'Bool':
      return (owner) => readBoolean(owner.scalar(property), subject);
    case 'Int32':
      return (owner) => readInt(owner.scalar(property), subject);
    case 'DateTime':
      return (owner) => readDateValue(owner.scalar(property), subject);
    case 'Byte':
    case 'Int16':
    case 'Int64':
    case 'Double':
    case 'Guid':
      return (owner) => readStored(end, owner.scalar(property), subject);
  }
}

function readBoolean(text: string | null, subject: string): Value {
  if (text === 'true') return true;
  if (text === 'false') return false;
  return readStored('Bool', text, subject);
}

function readInt(text: string | null, subject: string): Value {
  return (text === null ? undefined : readSmall(text)) ?? readStored('Int32', text, subject);
}
