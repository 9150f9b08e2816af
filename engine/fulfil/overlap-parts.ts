/** Work in parts that are begun and settled as a whole, two of them at a time. */
import type { PartSize } from './part-size.ts';

export interface PartWork<Row, Turn, Report> {
  /** Turns at work at a time. */
  readonly workers: number;
  readonly size: PartSize;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** True: no further part is begun. */
  readonly isStopped: () => boolean;
  /** What is to be done for these rows; may be less. */
  begin(rows: readonly Row[]): Promise<readonly Turn[]>;
  carryOut(turn: Turn): Promise<Report>;
  /** All of one part, in the order of its turns. One part after the other. */
  settle(reports: readonly Report[]): Promise<void>;
}

interface Part<Report> {
  readonly reports: Report[];
  left: number;
  readonly begunAt: number;
  readonly end: PromiseWithResolvers<void>;
}

/**
 * While the last turns of one part are at work, the next is begun; a third waits until the first is settled. Once anything has
 * failed, what is at work is awaited and no other turn is given out; then that failure is thrown.
 */
export async function overlapParts<Row, Turn, Report>(
  rows: readonly Row[],
  work: PartWork<Row, Turn, Report>,
): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  const failed = Promise.withResolvers<void>();
  let settling: Promise<void> = Promise.resolve();

  async function* giveOut() {
    let former: Promise<void> | undefined;
    for (let start = 0; start < rows.length && failure === undefined && !work.isStopped(); ) {
      const taken = rows.slice(start, start + work.size.orders);
      start += taken.length;
      const begunAt = work.now();
      const turns = await work.begin(taken);
      if (turns.length === 0) continue;
      const end = Promise.withResolvers<void>();
      const part: Part<Report> = { reports: [], left: turns.length, begunAt, end };
      for (const [index, turn] of turns.entries()) yield { part, turn, index };
      // Where something has failed, not every part comes to its end.
      await Promise.race([former, failed.promise]);
      former = end.promise;
    }
  }

  const settle = async (part: Part<Report>): Promise<void> => {
    const settled = settling.then(() => work.settle(part.reports));
    settling = settled.catch(() => {});
    await settled;
    work.size.learn(part.reports.length, work.now() - part.begunAt);
    part.end.resolve();
  };

  const items = giveOut();
  const worker = async (): Promise<void> => {
    try {
      for (;;) {
        const next = await items.next();
        if (next.done === true || failure !== undefined) return;
        const { part, turn, index } = next.value;
        part.reports[index] = await work.carryOut(turn);
        part.left -= 1;
        if (part.left === 0) await settle(part);
      }
    } catch (error) {
      failure ??= { error };
      failed.resolve();
    }
  };
  await Promise.all(Array.from({ length: work.workers }, worker));
  if (failure !== undefined) throw failure.error;
}
