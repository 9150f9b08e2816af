/** The list of workloads; each is loaded when it is asked for. */
import type { Contest, Size } from './harness.ts';

export interface Workload {
  readonly description: string;
  readonly prepare: (size: Size) => Promise<readonly Contest[]>;
}

export const workloads: ReadonlyMap<string, Workload> = new Map([
  [
    'expressions',
    {
      description: 'compiled expressions against the same functions written by hand',
      prepare: async (size: Size) => (await import('./expressions.ts')).prepareExpressions(size),
    },
  ],
]);
