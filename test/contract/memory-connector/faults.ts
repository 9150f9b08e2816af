/** Which promises the connector in memory breaks: ids of cases of the contract. The sound one breaks none. */
export type Faults = ReadonlySet<string>;

export const noFaults: Faults = new Set();
