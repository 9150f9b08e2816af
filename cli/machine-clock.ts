/** The clock of this machine, which can be set by the one that all machines of a store share. */
export function createMachineClock(): {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly setClock: (byMs: number) => void;
} {
  let behindMs = 0;
  return {
    now: () => Date.now() + behindMs,
    setClock: (byMs) => {
      behindMs += byMs;
    },
  };
}
