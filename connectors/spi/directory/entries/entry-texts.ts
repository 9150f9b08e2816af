/** The values of one entry as text, by attribute asked for: read in one pass over its bytes, into places that are used again. */

import { respellDn } from '../session/dn.ts';
import { MalformedMessageError } from '../session/malformed-message.ts';
import type { RawEntry } from '../session/protocol.ts';
import { readRange } from '../session/ranges.ts';
import {
  type EntryVisitor,
  type WireChunk,
  type WireEntry,
  walkEntry,
} from '../session/wire-entry.ts';
import type { AttributeColumn, EntryColumn } from './entry-column.ts';

/** One attribute, read in one way. */
interface Slot {
  /** Lower case; with options where they are asked for by name. */
  readonly attribute: string;
  readonly isBinary: boolean;
  readonly isName: boolean;
}

type Texts = string | string[] | undefined;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Spellings of attributes that are remembered; a server that sends more is answered without memory. */
const maxKnownTypes = 10_000;
const noSlots: readonly number[] = [];

/**
 * Reads entry after entry. Options are folded into the plain name unless asked for by name. Bytes that are no text, though the
 * schema says so, are given in Base64, and marked.
 */
export class EntryTexts implements EntryVisitor {
  readonly #slots: readonly Slot[];
  readonly #askedFor: ReadonlySet<string>;
  /** Slots by attribute as the server spells it; `undefined` for a part of a long list. */
  readonly #slotsOfType = new Map<string, readonly number[] | undefined>();
  /** The attributes of the entry before, as they came. */
  readonly #lastOrder: { readonly type: string; readonly slots: readonly number[] | undefined }[] =
    [];
  #position = 0;
  readonly #texts: Texts[];
  readonly #isForeign: boolean[];
  #chunk: WireChunk | undefined;
  #current: readonly number[] = noSlots;
  #dn = '';
  #hasRanges = false;
  readonly #readName: (text: string) => string;
  readonly #readDn: (text: string) => string;

  /** `readName` makes a name of what a server writes that adds more to it. */
  constructor(columns: readonly EntryColumn[], readName?: (text: string) => string) {
    this.#readName = readName ?? respellDn;
    this.#readDn = readName ?? ((text) => text);
    const slots = new Map<string, Slot>();
    for (const column of columns) {
      if (column.kind === 'attribute') slots.set(keyOf(column), toSlot(column));
    }
    this.#slots = [...slots.values()];
    this.#askedFor = new Set(this.#slots.map(({ attribute }) => attribute));
    this.#texts = this.#slots.map(() => undefined);
    this.#isForeign = this.#slots.map(() => false);
  }

  /** Where the values of a column are found after each `read`. */
  slotOf(column: AttributeColumn): number {
    return this.#slots.findIndex((slot) => keyOf(slot) === keyOf(column));
  }

  get dn(): string {
    return this.#dn;
  }

  /** `undefined`, the only value, or all of them in the order of the server. */
  textsAt(slot: number): Texts {
    return this.#texts[slot];
  }

  isForeignAt(slot: number): boolean {
    return this.#isForeign[slot] ?? false;
  }

  /** False when an attribute came in part: the entry is to be completed, and given to `fill`. Throws `MalformedMessageError`. */
  read(entry: WireEntry): boolean {
    this.#clear();
    this.#chunk = entry.chunk;
    walkEntry(entry, this);
    this.#chunk = undefined;
    return !this.#hasRanges;
  }

  fill(entry: RawEntry): void {
    this.#clear();
    this.#dn = this.#readDn(entry.dn);
    for (const { type, values } of entry.attributes) {
      for (const slot of this.#findSlots(type) ?? noSlots) {
        for (const value of values) this.#add(slot, value, 0, value.length);
      }
    }
  }

  name(start: number, end: number): void {
    const text =
      this.#chunk === undefined ? '' : readText(this.#chunk.bytes, start, end, this.#chunk);
    if (text === undefined) throw new MalformedMessageError('The name of an entry is not UTF-8.');
    this.#dn = this.#readDn(text);
  }

  attribute(start: number, end: number): boolean {
    const text = this.#chunk?.text ?? '';
    // Servers send the attributes of most entries in one order: comparing costs a third of looking up.
    let known = this.#lastOrder[this.#position];
    if (known?.type.length !== end - start || !text.startsWith(known.type, start)) {
      const type = text.slice(start, end);
      known = { type, slots: this.#findSlots(type) };
      if (this.#position < maxKnownTypes) this.#lastOrder[this.#position] = known;
    }
    this.#position += 1;
    if (known.slots === undefined) this.#hasRanges = true;
    this.#current = known.slots ?? noSlots;
    return this.#current.length > 0;
  }

  value(start: number, end: number): void {
    const chunk = this.#chunk;
    if (chunk === undefined) return;
    for (const slot of this.#current) this.#add(slot, chunk.bytes, start, end, chunk);
  }

  #clear(): void {
    this.#hasRanges = false;
    this.#position = 0;
    this.#dn = '';
    this.#texts.fill(undefined);
    this.#isForeign.fill(false);
  }

  #add(slot: number, bytes: Buffer, start: number, end: number, chunk?: WireChunk): void {
    const text = this.#readValue(slot, bytes, start, end, chunk);
    const before = this.#texts[slot];
    if (before === undefined) this.#texts[slot] = text;
    else if (typeof before === 'string') this.#texts[slot] = [before, text];
    else before.push(text);
  }

  #readValue(slot: number, bytes: Buffer, start: number, end: number, chunk?: WireChunk): string {
    const how = this.#slots[slot];
    const text = how?.isBinary === true ? undefined : readText(bytes, start, end, chunk);
    if (text !== undefined) return how?.isName === true ? this.#readName(text) : text;
    // The schema called it text; Base64 loses nothing, and the caller says so.
    if (how?.isBinary !== true) this.#isForeign[slot] = true;
    return bytes.toString('base64', start, end);
  }

  #findSlots(type: string): readonly number[] | undefined {
    if (this.#slotsOfType.has(type)) return this.#slotsOfType.get(type);
    const slots = readRange(type) === undefined ? this.#listSlots(type) : undefined;
    if (this.#slotsOfType.size < maxKnownTypes) this.#slotsOfType.set(type, slots);
    return slots;
  }

  #listSlots(type: string): readonly number[] {
    const name = type.toLowerCase();
    const key = this.#askedFor.has(name) ? name : (name.split(';')[0] ?? name);
    return this.#slots.flatMap(({ attribute }, slot) => (attribute === key ? [slot] : []));
  }
}

function toSlot({ attribute, isBinary, isName }: AttributeColumn): Slot {
  return { attribute: attribute.toLowerCase(), isBinary, isName };
}

function keyOf({ attribute, isBinary, isName }: Slot): string {
  return `${attribute.toLowerCase()} ${isBinary} ${isName}`;
}

/** Strict UTF-8; `undefined` for bytes that are none. With `chunk` the bytes are its own. */
function readText(
  bytes: Buffer,
  start: number,
  end: number,
  chunk: WireChunk | undefined,
): string | undefined {
  let all = 0;
  for (let at = start; at < end; at += 1) all |= bytes[at] ?? 0x80;
  if (all < 0x80) return chunk?.text.slice(start, end) ?? bytes.toString('latin1', start, end);
  // A third of the time of the strict decoder, which is asked where something may have been replaced.
  const text = bytes.toString('utf8', start, end);
  if (!text.includes('\ufffd')) return text;
  try {
    return strictUtf8.decode(bytes.subarray(start, end));
  } catch {
    return undefined;
  }
}
