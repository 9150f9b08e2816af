/** Attributes with more values than a server sends at once: `member;range=0-1499` and the requests for the rest. */
import type { Control } from 'ldapts';
import { ConnectorError } from '../../errors.ts';
import type { RawAttribute, RawEntry } from './protocol.ts';
import type { LdapSession } from './session.ts';

const rangePattern = /^(.+?);range=(\d+)-(\d+|\*)$/i;

export interface Range {
  readonly attribute: string;
  /** Position of the first value still to be read; `undefined` when the last one is here. */
  readonly next: number | undefined;
}

/** What an attribute name says about a range; `undefined` when it says nothing. */
export function readRange(type: string): Range | undefined {
  const match = rangePattern.exec(type);
  if (match?.[1] === undefined) return undefined;
  return { attribute: match[1], next: match[3] === '*' ? undefined : Number(match[3]) + 1 };
}

/** How the rest of an entry is asked for, where that differs from how its name says it. */
export interface RangeReading {
  readonly dn: string;
  readonly controls: readonly Control[];
}

/** The entry with every ranged attribute complete, under its plain name. `openSession` is asked only when more must be read. */
export async function completeRanges(
  entry: RawEntry,
  openSession: () => Promise<LdapSession>,
  reading: RangeReading = { dn: entry.dn, controls: [] },
): Promise<RawEntry> {
  const attributes: RawAttribute[] = [];
  for (const attribute of entry.attributes) {
    const range = readRange(attribute.type);
    if (range === undefined) {
      // Active Directory sends the plain name too, without values.
      const isShadow =
        attribute.values.length === 0 &&
        entry.attributes.some((other) => isRangeOf(other.type, attribute.type));
      if (!isShadow) attributes.push(attribute);
      continue;
    }
    const values = [...attribute.values];
    let next = range.next;
    while (next !== undefined) {
      const session = await openSession();
      const part = await readPart(session, reading, range.attribute, next);
      values.push(...part.values);
      next = part.next;
    }
    attributes.push({ type: range.attribute, values });
  }
  return { dn: entry.dn, attributes };
}

async function readPart(
  session: LdapSession,
  { dn, controls }: RangeReading,
  attribute: string,
  from: number,
): Promise<{ readonly values: readonly Buffer[]; readonly next: number | undefined }> {
  const asked = [`${attribute};range=${from}-*`];
  const entry = await session.readEntry(dn, asked, undefined, controls);
  const found = entry?.attributes.find(({ type }) => isRangeOf(type, attribute));
  const range = found === undefined ? undefined : readRange(found.type);
  const isStuck = range?.next !== undefined && range.next <= from;
  if (found === undefined || range === undefined || isStuck) {
    throw new ConnectorError(
      'incomplete',
      `The directory ${session.name} stopped sending the values of "${attribute}" of "${dn}".`,
      { hint: 'The entry changed while it was read; run the export again.' },
    );
  }
  return { values: found.values, next: range.next };
}

function isRangeOf(type: string, attribute: string): boolean {
  return readRange(type)?.attribute.toLowerCase() === attribute.toLowerCase();
}
