/** What takes back the orders of a run, page by page. */
import { type Model, workflowStates } from '../../config/index.ts';
import type { ProvisioningOrder, Values } from '../../connectors/index.ts';
import {
  type AssignedResourceTypeRow,
  findUndone,
  listOrdersOfRun,
  type ProvisioningOrderRow,
  readAssignedResourceTypes,
  readOrdersById,
  type StoreTransaction,
} from '../store/index.ts';
import { type Inverse, invertOrder } from './inverse-order.ts';
import { lookAtTargets } from './look-at-targets.ts';

/** Orders looked at together. */
const pageSize = 500;

export interface Inverted {
  readonly row: ProvisioningOrderRow;
  readonly inverse: Inverse;
  /** The policy still asks for what is taken back. */
  readonly isWanted: boolean;
}

/** Pages of a run's orders, the last first, each with what takes it back. */
export async function* invertRun(
  t: StoreTransaction,
  model: Model,
  runId: number,
  signal: AbortSignal,
): AsyncGenerator<readonly Inverted[]> {
  const ids: { readonly id: number; readonly position: number }[] = [];
  for (let after: number | undefined = runId; after !== undefined; ) {
    const page: readonly ProvisioningOrderRow[] = await listOrdersOfRun(t, runId, {
      after,
      limit: pageSize,
    });
    ids.push(...page.map(({ id, position }) => ({ id, position })));
    after = page.at(-1)?.id;
  }
  ids.sort((a, b) => b.position - a.position || b.id - a.id);
  for (let end = 0; end < ids.length; end += pageSize) {
    signal.throwIfAborted();
    const chunk = ids.slice(end, end + pageSize).map(({ id }) => id);
    yield invertPage(t, model, chunk);
  }
}

async function invertPage(
  t: StoreTransaction,
  model: Model,
  ids: readonly number[],
): Promise<readonly Inverted[]> {
  const rows = await readOrdersById(t, ids);
  const undone = await findUndone(t, ids);
  const assignmentIds = [...rows.values()].map((row) => row.assigned_resource_type_id);
  const assigned = new Map(
    (await readAssignedResourceTypes(t, [...new Set(assignmentIds)])).map((row) => [row.id, row]),
  );
  const executed = [...rows.values()]
    .filter((row) => row.status === 'executed' && !undone.has(row.id))
    .map((row) => ({
      row,
      // Written by order generation, and by the package that carried it out.
      order: JSON.parse(row.payload) as ProvisioningOrder,
      written: JSON.parse(row.written_values ?? '{}') as Values,
      targetId: assigned.get(row.assigned_resource_type_id)?.target_id ?? null,
    }));
  const targets = await lookAtTargets(t, model, executed);
  const inverses = new Map<number, Inverse>();
  for (const { row, order, written } of executed) {
    const now = targets.get(row.id);
    if (now !== undefined) inverses.set(row.id, invertOrder(model, order, written, now));
  }
  return ids.flatMap((id): Inverted[] => {
    const row = rows.get(id);
    if (row === undefined) return [];
    const isWanted = isStillWanted(assigned.get(row.assigned_resource_type_id));
    return [{ row, isWanted, inverse: inverses.get(id) ?? leaveOut(row, undone.has(id)) }];
  });
}

function leaveOut(row: ProvisioningOrderRow, isUndone: boolean): Inverse {
  let why = 'Its entity type is not configured any more.';
  if (row.status !== 'executed') why = `It was not carried out (${row.status}).`;
  if (isUndone) why = 'It was taken back before.';
  return { order: null, conflicts: [why], losses: [] };
}

function isStillWanted(row: AssignedResourceTypeRow | undefined): boolean {
  const { inactive, cancellation } = workflowStates;
  if (row === undefined || row.is_denied === 1) return false;
  return row.workflow_state !== inactive && row.workflow_state !== cancellation;
}
