/** The same work as ever, with nothing kept: everything a dry run writes to the store is rolled back at its end. */
import type { Store, StoreTransaction } from '../store/index.ts';
import type { Workspace } from './workspace.ts';

class DryRunEnd extends Error {}

/**
 * Runs `work` on a workspace whose transactions are all one, which is undone. The work sees its own changes as it goes on,
 * so that what it reports is exactly what a real run would do. Only for work that touches nothing but the store.
 */
export async function dryRun<T>(
  workspace: Workspace,
  work: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  let done: { readonly value: T } | undefined;
  try {
    await workspace.store.transaction(async (transaction) => {
      const store: Store = {
        ...workspace.store,
        transaction: <R>(inner: (t: StoreTransaction) => Promise<R>) => inner(transaction),
        note: <R>(inner: (t: StoreTransaction) => Promise<R>) => inner(transaction),
        // What the work has done so far is what it looks at.
        read: <R>(inner: (t: StoreTransaction) => Promise<R>) => inner(transaction),
      };
      done = { value: await work({ ...workspace, store }) };
      throw new DryRunEnd();
    });
  } catch (error) {
    if (!(error instanceof DryRunEnd)) throw error;
  }
  if (done === undefined) throw new TypeError('A dry run ended without a result.');
  return done.value;
}
