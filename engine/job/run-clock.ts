/** One instant in the two forms the product writes. */
export interface RunClock {
  /** `yyyyMMddHHmmss`, UTC: as property values hold dates. */
  readonly internal: string;
  /** Fixed-width UTC ISO text: as our own timestamps are. */
  readonly timestamp: string;
}

export function runClock(milliseconds: number): RunClock {
  const timestamp = new Date(milliseconds).toISOString();
  return { internal: timestamp.replaceAll(/\D/g, '').slice(0, 14), timestamp };
}
