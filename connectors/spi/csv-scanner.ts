/**
 * Finds the fields of delimited text in its bytes, without making text of them. Files between steps run to hundreds of
 * megabytes of which most bytes only move on; reading them as text costs ten times as much (`docs/decisions/0033`).
 */

/** What stands at a position: a whole record, the beginning of one, or something RFC 4180 does not allow. */
export type ScanOutcome = 'record' | 'cut' | 'malformed';

const comma = 44;
const quote = 34;
const lineFeed = 10;
const carriageReturn = 13;

/** Describes the record found last. Positions are those of the bytes given to `scan`. */
export class CsvScanner {
  /** Where the record starts. */
  start = 0;
  /** Where the next record starts. */
  next = 0;
  /** How many fields it has; `ends` knows only the first of them, up to its length. */
  fields = 0;
  /** Where each field ends; it starts after the end of the one before and a separator. */
  ends: Int32Array;
  /** Line breaks in quoted fields. */
  lineBreaks = 0;
  hasNul = false;
  /** A quote stands doubled in some field. */
  hasEscapes = false;
  /** The record ends in `\r\n`. */
  endsInReturn = false;
  /** A carriage return stands in a field without quotes. */
  hasLoneReturn = false;
  /** Some field is in quotes that it does not need. */
  hasSpareQuotes = false;

  constructor(width = 64) {
    this.ends = new Int32Array(width);
  }

  /** `bytes[end]` must be a line feed, put there by the caller: the loops run into it instead of counting. */
  scan(bytes: Uint8Array, from: number, end: number): ScanOutcome {
    let ends = this.ends;
    let at = from;
    let field = 0;
    this.start = from;
    this.lineBreaks = 0;
    this.hasNul = false;
    this.hasEscapes = false;
    this.endsInReturn = false;
    this.hasLoneReturn = false;
    this.hasSpareQuotes = false;
    for (;;) {
      if (bytes[at] === quote) {
        at = this.#skipQuoted(bytes, at, end);
        if (at === -1) return 'cut';
        const byte = bytes[at];
        const isEnd = byte === lineFeed || (byte === carriageReturn && bytes[at + 1] === lineFeed);
        if (byte !== comma && !isEnd) return at >= end ? 'cut' : 'malformed';
      } else {
        at = this.#skipPlain(bytes, at);
        if (at === -1) return 'malformed';
      }
      if (field === ends.length) ends = this.#widen();
      ends[field] = at;
      field += 1;
      const byte = bytes[at];
      if (byte === comma) {
        at += 1;
        continue;
      }
      this.endsInReturn = byte === carriageReturn;
      const feed = this.endsInReturn ? at + 1 : at;
      if (feed >= end) return 'cut';
      this.fields = field;
      this.next = feed + 1;
      return 'record';
    }
  }

  /** Where a field of the record starts. */
  startOf(field: number): number {
    return field === 0 ? this.start : (this.ends[field - 1] ?? 0) + 1;
  }

  /** The text of a field, without its quotes. */
  textOf(bytes: Buffer, field: number): string {
    const start = this.startOf(field);
    const end = this.ends[field] ?? start;
    if (bytes[start] !== quote || end === start) return bytes.toString('utf8', start, end);
    const inner = bytes.toString('utf8', start + 1, end - 1);
    return this.hasEscapes ? inner.replaceAll('""', '"') : inner;
  }

  /** Position of what ends the field; -1 for a quote that does not belong there. */
  #skipPlain(bytes: Uint8Array, from: number): number {
    let at = from;
    for (;;) {
      // Four at a time, a fifth quicker than one. Every byte looked at is there: the line feed after the end stops the loop.
      for (;;) {
        if ((bytes[at] as number) <= comma) break;
        at += 1;
        if ((bytes[at] as number) <= comma) break;
        at += 1;
        if ((bytes[at] as number) <= comma) break;
        at += 1;
        if ((bytes[at] as number) <= comma) break;
        at += 1;
      }
      const byte = bytes[at];
      if (byte === comma || byte === lineFeed) return at;
      if (byte === quote) return -1;
      if (byte === carriageReturn) {
        if (bytes[at + 1] === lineFeed) return at;
        this.hasLoneReturn = true;
      } else if (byte === 0) this.hasNul = true;
      at += 1;
    }
  }

  /** Position after the closing quote; -1 when it is not there. */
  #skipQuoted(bytes: Uint8Array, from: number, end: number): number {
    let at = from + 1;
    let isNeeded = false;
    for (;;) {
      while ((bytes[at] as number) > comma) at += 1;
      const byte = bytes[at];
      if (byte === quote) {
        if (bytes[at + 1] !== quote) break;
        this.hasEscapes = true;
        isNeeded = true;
        at += 1;
      } else if (byte === comma || byte === carriageReturn) {
        isNeeded = true;
      } else if (byte === lineFeed) {
        if (at >= end) return -1;
        this.lineBreaks += 1;
        isNeeded = true;
      } else if (byte === 0) this.hasNul = true;
      at += 1;
    }
    if (!isNeeded) this.hasSpareQuotes = true;
    return at + 1;
  }

  #widen(): Int32Array {
    const wider = new Int32Array(this.ends.length * 2);
    wider.set(this.ends);
    this.ends = wider;
    return wider;
  }
}
