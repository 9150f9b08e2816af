/** Whom an entry names, by attribute that is followed: read in one pass over its bytes. */
import type { RawEntry } from '../session/protocol.ts';
import { readRange } from '../session/ranges.ts';
import { type EntryVisitor, type WireEntry, walkEntry } from '../session/wire-entry.ts';
import { type NamedObject, readExtendedName } from './extended-names.ts';

export interface EntryLinks {
  readonly self: NamedObject;
  /** By lower-case attribute; absent where the entry has no value. */
  readonly links: ReadonlyMap<string, readonly NamedObject[]>;
}

/** Reads entry after entry. */
export class LinkReader implements EntryVisitor {
  readonly #followed: ReadonlySet<string>;
  readonly #attributeOf = new Map<string, string | undefined>();
  #entry: WireEntry | undefined;
  #self = '';
  #links = new Map<string, NamedObject[]>();
  #current: NamedObject[] | undefined;

  constructor(followed: ReadonlySet<string>) {
    this.#followed = followed;
  }

  /** The entry must have come whole. */
  read(entry: WireEntry): EntryLinks {
    this.#entry = entry;
    this.#links = new Map();
    walkEntry(entry, this);
    return { self: readExtendedName(this.#self), links: this.#links };
  }

  /** The same of an entry that was completed. */
  readWhole(entry: RawEntry): EntryLinks {
    const links = new Map<string, readonly NamedObject[]>();
    for (const { type, values } of entry.attributes) {
      const attribute = this.#followedAttribute(type);
      if (attribute === undefined || values.length === 0) continue;
      links.set(
        attribute,
        values.map((value) => readExtendedName(value.toString('utf8'))),
      );
    }
    return { self: readExtendedName(entry.dn), links };
  }

  name(start: number, end: number): void {
    this.#self = this.#text(start, end);
  }

  attribute(start: number, end: number): boolean {
    const attribute = this.#followedAttribute(this.#text(start, end));
    this.#current = undefined;
    if (attribute === undefined) return false;
    this.#current = this.#links.get(attribute) ?? [];
    this.#links.set(attribute, this.#current);
    return true;
  }

  value(start: number, end: number): void {
    this.#current?.push(readExtendedName(this.#text(start, end)));
  }

  #text(start: number, end: number): string {
    return this.#entry?.chunk.bytes.toString('utf8', start, end) ?? '';
  }

  #followedAttribute(type: string): string | undefined {
    if (this.#attributeOf.has(type)) return this.#attributeOf.get(type);
    const plain = (readRange(type)?.attribute ?? type).toLowerCase().split(';')[0] ?? '';
    const attribute = this.#followed.has(plain) ? plain : undefined;
    // A server knows a few thousand attributes; more spellings than that are not remembered.
    if (this.#attributeOf.size < 10_000) this.#attributeOf.set(type, attribute);
    return attribute;
  }
}
