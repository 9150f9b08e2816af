/** The orders of a run, taken back: computed from what is stored about them, applied like any other plan. */
import { randomUUID } from 'node:crypto';
import { type Model, workflowStates } from '../../config/index.ts';
import type { ProvisioningOrder, Values } from '../../connectors/index.ts';
import {
  completed,
  findOwnAccounts,
  type GenerateOptions,
  runClock,
  runRecorded,
  type TaskOutcome,
  tellBlockedByInvariants,
  type Workspace,
} from '../job/index.ts';
import { InvariantCheck, refuseUnknownOverrides, unoverridden } from '../provision/index.ts';
import {
  type AssignedResourceTypeRow,
  allocateIds,
  checkFence,
  countPastOrders,
  digestData,
  findUndone,
  insertOrders,
  listOrdersOfRun,
  type ProvisioningOrderRow,
  readAssignedResourceTypes,
  readOrdersById,
  readRun,
  recordDecisions,
  type StoreTransaction,
} from '../store/index.ts';
import { PlanError } from './errors.ts';
import { type Inverse, invertOrder } from './inverse-order.ts';
import { lookAtTargets } from './look-at-targets.ts';
import { digestItems } from './make-plan.ts';
import {
  hashPlan,
  OrderDigests,
  type Plan,
  type PlanHead,
  type PlanTail,
  PlanWriter,
  startHead,
} from './plan-file.ts';
import { digestOrder, type PlannedOrder, toPlannedOrder } from './planned-order.ts';
import { Summary } from './summarize.ts';
import { UndoNotes } from './undo-notes.ts';
import { findUnusual, lookBack } from './unusual.ts';
import { nothingWaits } from './waiting.ts';

/** Orders looked at together. */
const pageSize = 500;

export interface UndoRequest {
  readonly runId: number;
  readonly person: string;
  readonly path?: string;
  readonly see?: (order: PlannedOrder, index: number) => void;
}

/** The plan that takes back what a run ordered and systems carried out. Writes nothing to the store. */
export async function makeUndo(workspace: Workspace, request: UndoRequest): Promise<Plan> {
  const head = startHead({
    id: randomUUID(),
    kind: 'undo',
    createdAt: new Date(workspace.effects.now()).toISOString(),
    createdBy: request.person,
    scope: { entityTypes: [] },
    undoes: request.runId,
  });
  const run = await workspace.store.read((t) => readRun(t, request.runId));
  if (run === undefined)
    throw new PlanError('RUN_UNKNOWN', `There is no run ${request.runId}.`, {
      hint: 'See the runs with "lockstep run list".',
    });
  await using writer =
    request.path === undefined ? undefined : await PlanWriter.open(request.path, head);
  const tail = await computeUndo(workspace, head, async (order, _digest, index) => {
    request.see?.(order, index);
    await writer?.write(order);
  });
  if (tail.orders.count === 0 && tail.notes.length === 0)
    throw new PlanError(
      'UNDO_NOTHING',
      `Run ${request.runId} (${run.kind}) ordered nothing that could be taken back.`,
      {
        hint: 'Name the run that made the orders: "lockstep order list" and "lockstep run list" show it.',
      },
    );
  await writer?.finish(tail);
  return { head, tail };
}

/** The same, order by order, the last order of the run first. */
export async function computeUndo(
  { store, model, effects }: Workspace,
  head: Pick<PlanHead, 'kind' | 'scope' | 'undoes'>,
  see: (order: PlannedOrder, digest: string, index: number) => void | Promise<void>,
): Promise<PlanTail> {
  return store.read(async (t) => {
    const summary = new Summary();
    const digests = new OrderDigests();
    const notes = new UndoNotes(model);
    for await (const page of invertRun(t, model, head.undoes ?? 0, effects.signal)) {
      for (const { inverse, isWanted, row } of page) {
        notes.see(row, inverse, isWanted);
        if (inverse.order === null) continue;
        const planned = toPlannedOrder(model, inverse.order);
        const digest = digestOrder(planned);
        const index = digests.count;
        digests.add(digest);
        summary.see(planned);
        await see(planned, digest, index);
      }
    }
    const parts = {
      configuration: model.hash,
      data: await digestData(t, effects.signal),
      orders: { count: digests.count, sha256: digests.finish() },
    };
    const { systems } = summary;
    const past = await countPastOrders(t, lookBack);
    return {
      ...parts,
      systems,
      unusual: findUnusual(systems, past),
      notes: notes.lines,
      // Its orders wait for nobody: whoever applies the plan has looked at them.
      waiting: nothingWaits,
      items: digestItems(model),
      hash: hashPlan(head, parts),
    };
  });
}

/** Makes the orders of an undo, as order generation makes those of a run. */
export async function makeUndoOrders(
  workspace: Workspace,
  head: PlanHead,
  { override, observe, confirm }: Pick<GenerateOptions, 'override' | 'observe' | 'confirm'>,
): Promise<TaskOutcome> {
  const { store, model, effects } = workspace;
  const undoes = head.undoes ?? 0;
  const accounts = await findOwnAccounts(workspace);
  refuseUnknownOverrides(model, accounts, override?.invariants ?? []);
  return runRecorded(workspace, 'undo', String(undoes), async (runId, lease) => {
    const clock = runClock(effects.now());
    return store.transaction(async (t): Promise<TaskOutcome> => {
      await checkFence(t, lease);
      const invariants = new InvariantCheck(model, accounts);
      const made: Inverted[] = [];
      for await (const page of invertRun(t, model, undoes, effects.signal))
        for (const inverted of page) {
          const { order } = inverted.inverse;
          if (order === null) continue;
          invariants.see(order);
          await observe?.(order);
          made.push(inverted);
        }
      const broken = await invariants.finish(t, clock.internal);
      const violations = unoverridden(broken, override);
      if (violations.length > 0) return tellBlockedByInvariants(violations, made.length);
      await insertInverses(t, made, runId, clock.timestamp);
      if (override !== undefined)
        await recordDecisions(
          t,
          broken.map(({ invariant }) => ({
            kind: 'override-invariant',
            assigned_resource_type_id: 0,
            subject: invariant,
            decided_by: override.person,
            decided_at: clock.timestamp,
            comment: override.comment,
            run_id: runId,
          })),
        );
      await confirm?.(t, runId);
      return completed(`${made.length} orders that take back run ${undoes}.`, {
        undoes,
        orders: made.length,
      });
    });
  });
}

async function insertInverses(
  t: StoreTransaction,
  made: readonly Inverted[],
  runId: number,
  at: string,
): Promise<void> {
  if (made.length === 0) return;
  const firstId = await allocateIds(t, made.length);
  // Orders that could be carried out side by side can be taken back side by side.
  let position = firstId;
  let before: number | null = null;
  const rows = made.map(({ row, inverse }, index) => {
    if (before !== null && before !== row.position) position = firstId + index;
    before = row.position;
    const id = firstId + index;
    return {
      id,
      assigned_resource_type_id: row.assigned_resource_type_id,
      resource_type: row.resource_type,
      connector: row.connector,
      connection: row.connection,
      change_type: inverse.order?.changeType ?? row.change_type,
      position,
      payload: JSON.stringify({ ...inverse.order, id: String(id) }),
      generated_at: at,
      run_id: runId,
      owner_id: row.owner_id,
      undoes: row.id,
    };
  });
  await insertOrders(t, rows);
}

interface Inverted {
  readonly row: ProvisioningOrderRow;
  readonly inverse: Inverse;
  /** The policy still asks for what is taken back. */
  readonly isWanted: boolean;
}

/** Pages of a run's orders, the last first, each with what takes it back. */
async function* invertRun(
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
