/** What each data test found last. */
import type { Model } from '../../../config/index.ts';
import {
  listOpenSessions,
  readAppliedSession,
  type StoreTransaction,
  type SynchronizationSessionRow,
} from '../../store/index.ts';
import { describeOutcome, parseRecorded, type RecordedDataTest } from '../../synchronize/index.ts';

export interface LastDataTest {
  readonly identifier: string;
  readonly entityType: string;
  readonly severity: 'Warn' | 'Block';
  readonly status: 'passed' | 'failed';
  readonly failures: number;
  /** What was found, with the first keys. */
  readonly message: string;
  readonly run: number;
  /** What was looked at: the resources of the store, or changes that are held and not in the store. */
  readonly of: 'store' | 'held';
}

/** In the order of the configuration. A test that no synchronization has run yet is not among them. */
export async function readDataTests(
  transaction: StoreTransaction,
  model: Model,
): Promise<readonly LastDataTest[]> {
  if (model.dataTests.length === 0) return [];
  const found = new Map<string, LastDataTest>();
  const take = (session: SynchronizationSessionRow | undefined, of: LastDataTest['of']): void => {
    for (const result of session === undefined ? [] : parseRecorded(session.details)) {
      const known = found.get(result.identifier);
      if (known === undefined || known.run < result.runId)
        found.set(result.identifier, show(result, of));
    }
  };
  for (const connector of model.connectors.keys()) {
    take(await readAppliedSession(transaction, connector), 'store');
    const open = await listOpenSessions(transaction, connector);
    take(
      open.find((session) => session.status === 'blocked'),
      'held',
    );
  }
  return model.dataTests.flatMap(({ identifier }) => found.get(identifier) ?? []);
}

function show(result: RecordedDataTest, of: LastDataTest['of']): LastDataTest {
  const { identifier, entityType, severity, status, failures, runId } = result;
  const message = describeOutcome(result);
  return { identifier, entityType, severity, status, failures, message, run: runId, of };
}
