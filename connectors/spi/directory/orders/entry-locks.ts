/** Writes to one entry wait for each other. */
import { dnKey } from '../session/dn.ts';

export interface EntryLocks {
  /** Runs `work` once every earlier work on any of these entries has ended, whatever came of it. */
  run<T>(dns: readonly string[], work: () => Promise<T>): Promise<T>;
}

/** Locks of one fulfiller; holds one promise per entry that is being written. */
export function createEntryLocks(): EntryLocks {
  const tails = new Map<string, Promise<void>>();
  return {
    async run(dns, work) {
      const keys = [...new Set(dns.map(dnKey))];
      const earlier = keys.map((key) => tails.get(key));
      const turn = Promise.withResolvers<void>();
      for (const key of keys) tails.set(key, turn.promise);
      await Promise.all(earlier);
      try {
        return await work();
      } finally {
        turn.resolve();
        for (const key of keys) if (tails.get(key) === turn.promise) tails.delete(key);
      }
    },
  };
}
