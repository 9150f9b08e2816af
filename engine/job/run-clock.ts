/** One instant in the two forms the product writes. */
export interface RunClock {
  /** `yyyyMMddHHmmss`, UTC: as property values hold dates. */
  readonly internal: string;
  /** Fixed-width UTC ISO text: as our own timestamps are. */
  readonly timestamp: string;
}

/** Clocks of two machines may be apart by so much without its being another time. */
const toleratedSkewMs = 15 * 60_000;

/**
 * The clock of an evaluation after one as of `last` (UTC ISO). Time does not run backwards: a clock that is a little behind
 * stands still until it has caught up. One that is far behind is believed, and then nothing that was found out about
 * later times holds: `isBack`.
 */
export function clockAfter(
  milliseconds: number,
  last: string | null,
): { readonly clock: RunClock; readonly isBack: boolean } {
  const before = last === null ? Number.NEGATIVE_INFINITY : Date.parse(last);
  const behindMs = before - milliseconds;
  return behindMs > 0 && behindMs <= toleratedSkewMs
    ? { clock: runClock(before), isBack: false }
    : { clock: runClock(milliseconds), isBack: behindMs > 0 };
}

export function runClock(milliseconds: number): RunClock {
  const timestamp = new Date(milliseconds).toISOString();
  return { internal: timestamp.replaceAll(/\D/g, '').slice(0, 14), timestamp };
}
