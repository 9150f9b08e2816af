/** Takes the output of listings as bytes and gives entries, folder by folder. Holds one line and up to 500 entries. */
import { type LineMeaning, RightsListing, readPlainLine, type ShareEntry } from './listing-text.ts';

/** `folder` counts from 0, in the order asked for. An `end` without `trouble` proves that the folder was read whole. */
export type ListingResult =
  | { readonly kind: 'entries'; readonly folder: number; readonly entries: readonly ShareEntry[] }
  | {
      readonly kind: 'end';
      readonly folder: number;
      /** A status of the server, or `GARBLED`: names that the listing cannot tell apart from its own lines. */
      readonly trouble?: string;
    };

export interface ListingOptions {
  readonly count: number;
  /** Each folder comes twice: with the rights of its entries, then without. */
  readonly withRights: boolean;
  /** Ends each listing. */
  readonly marker: string;
}

const entriesAtOnce = 500;
const maxLineBytes = 65_536;

export class ListingReader {
  readonly #options: ListingOptions;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #rest: Buffer = Buffer.alloc(0);
  #folder = 0;
  #isSecond = false;
  #listing = new RightsListing();
  #entries: ShareEntry[] = [];
  #trouble: string | undefined;
  /** What came last, for errors. */
  readonly lastLines: string[] = [];

  constructor(options: ListingOptions) {
    this.#options = options;
  }

  /** Every folder has come to its end. */
  get isWhole(): boolean {
    return this.#folder === this.#options.count;
  }

  *take(bytes: Buffer): Generator<ListingResult, void, undefined> {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let start = 0;
    for (let end = all.indexOf(10); end !== -1; end = all.indexOf(10, start)) {
      yield* this.#takeLine(this.#decode(all.subarray(start, end)));
      start = end + 1;
    }
    this.#rest = all.subarray(start);
    if (this.#rest.length <= maxLineBytes) return;
    this.#trouble ??= 'GARBLED';
    this.#rest = Buffer.alloc(0);
  }

  #decode(line: Buffer): string | undefined {
    try {
      return this.#decoder.decode(line);
    } catch {
      return undefined;
    }
  }

  *#takeLine(line: string | undefined): Generator<ListingResult, void, undefined> {
    if (this.isWhole) return;
    if (line === `${this.#options.marker}: command not found`) {
      yield* this.#endListing();
      return;
    }
    if (line === undefined) {
      this.#trouble ??= 'GARBLED';
      return;
    }
    this.lastLines.push(line);
    if (this.lastLines.length > 5) this.lastLines.shift();
    const { withRights } = this.#options;
    const isPlain = this.#isSecond || !withRights;
    yield* this.#keep(isPlain ? readPlainLine(line) : this.#listing.take(line));
  }

  *#keep(meaning: LineMeaning): Generator<ListingResult, void, undefined> {
    if (meaning.kind === 'trouble') this.#trouble ??= meaning.status ?? 'GARBLED';
    if (meaning.kind !== 'entry') return;
    // The second time only the form of the lines counts: entries may come and go in between.
    if (this.#isSecond) return;
    this.#entries.push(meaning.entry);
    if (this.#entries.length >= entriesAtOnce) yield this.#flush();
  }

  *#endListing(): Generator<ListingResult, void, undefined> {
    const { withRights } = this.#options;
    if (withRights && !this.#isSecond) {
      yield* this.#keep(this.#listing.end());
      if (this.#entries.length > 0) yield this.#flush();
      this.#isSecond = true;
      return;
    }
    if (this.#entries.length > 0) yield this.#flush();
    const trouble = this.#trouble;
    yield { kind: 'end', folder: this.#folder, ...(trouble === undefined ? {} : { trouble }) };
    this.#folder += 1;
    this.#isSecond = false;
    this.#listing = new RightsListing();
    this.#trouble = undefined;
  }

  #flush(): ListingResult {
    const entries = this.#entries;
    this.#entries = [];
    return { kind: 'entries', folder: this.#folder, entries };
  }
}
