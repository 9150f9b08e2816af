/** What arrives for one search, until its reader takes it. */
import type { IntermediateResponse, LdapMessage, LdapResult } from './protocol.ts';
import type { WireEntry } from './wire-entry.ts';

/** What a search gives as it arrives; the last item is its result. */
export type SearchItem =
  | { readonly kind: 'entries'; readonly entries: readonly WireEntry[] }
  | { readonly kind: 'reference'; readonly urls: readonly string[] }
  | { readonly kind: 'intermediate'; readonly response: IntermediateResponse }
  | { readonly kind: 'result'; readonly result: LdapResult };

/** A search that has been sent. */
export interface RunningSearch {
  /** What arrives, in order; a reader that lags stops the socket. To be read once. */
  items(): AsyncGenerator<SearchItem, void, undefined>;
  /** Drops what has not been read; if the answer is still under way, the connection goes with it. */
  abandon(): void;
}

const chunkSize = 1000;

/** Entries come in parts of up to a thousand, and in the order of what stands between them. */
export class Inbox {
  #entries: WireEntry[] = [];
  /** What comes before `#entries`, where something stands between entries whose order may matter. */
  #before: SearchItem[] = [];
  readonly #rest: SearchItem[] = [];
  #isFinished = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;
  readonly #onTaken: (entries: number) => void;

  /** `onTaken` is told how many entries wait no longer. */
  constructor(onTaken: (entries: number) => void) {
    this.#onTaken = onTaken;
  }

  /** Gives how many entries wait because of it. */
  put(message: LdapMessage): number {
    const isEntry = message.kind === 'entry';
    if (isEntry) this.#entries.push(message.entry);
    else this.#putOther(message);
    this.#wake?.();
    return isEntry ? 1 : 0;
  }

  fail(error: unknown): void {
    this.#failure = { error };
    this.#wake?.();
  }

  /** Nobody reads any more. */
  drop(): void {
    this.#onTaken(countEntries(this.#before) + this.#entries.length);
    this.#before = [];
    this.#entries = [];
  }

  /** What arrives, in order; ends with the result. To be read once. */
  async *items(): AsyncGenerator<SearchItem, void, undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      const earlier = this.#before.shift();
      if (earlier !== undefined) {
        yield earlier;
        this.#onTaken(countEntries([earlier]));
      } else if (
        this.#entries.length >= chunkSize ||
        (this.#isFinished && this.#entries.length > 0)
      ) {
        const chunk = this.#entries;
        this.#entries = [];
        yield { kind: 'entries', entries: chunk };
        this.#onTaken(chunk.length);
      } else if (this.#isFinished) {
        yield* this.#rest;
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  #putOther(message: Exclude<LdapMessage, { readonly kind: 'entry' }>): void {
    switch (message.kind) {
      case 'reference':
        this.#rest.push(message);
        return;
      case 'intermediate':
        if (this.#entries.length > 0) {
          this.#before.push({ kind: 'entries', entries: this.#entries });
          this.#entries = [];
        }
        this.#before.push({ kind: 'intermediate', response: message.response });
        return;
      case 'result':
        this.#rest.push({ kind: 'result', result: message.result });
        this.#isFinished = true;
        return;
    }
  }
}

function countEntries(items: readonly SearchItem[]): number {
  let count = 0;
  for (const item of items) if (item.kind === 'entries') count += item.entries.length;
  return count;
}
