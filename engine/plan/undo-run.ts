/** The orders of a run, taken back: computed from what is stored about them, applied like any other plan. */
import { randomUUID } from 'node:crypto';
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
import {
  InvariantCheck,
  type InvariantOverride,
  refuseUnknownOverrides,
  unoverridden,
} from '../provision/index.ts';
import {
  allocateIds,
  checkFence,
  countPastOrders,
  digestData,
  insertOrders,
  readRun,
  recordDecisions,
  type StoreTransaction,
} from '../store/index.ts';
import { PlanError } from './errors.ts';
import { type Inverted, invertRun } from './invert-run.ts';
import { digestItems, type PlanWatch } from './make-plan.ts';
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
  const tail = await computeUndo(workspace, head, {
    see: async (order, _digest, index) => {
      request.see?.(order, index);
      await writer?.write(order);
    },
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

/** The same, order by order, the last order of the run first. Invariants are asked where somebody wants to be told of them. */
export async function computeUndo(
  workspace: Workspace,
  head: Pick<PlanHead, 'kind' | 'scope' | 'undoes'>,
  { see, seeHeld, override }: Pick<PlanWatch, 'see' | 'seeHeld' | 'override'>,
): Promise<PlanTail> {
  const { store, model, effects } = workspace;
  const openCheck = seeHeld === undefined ? null : await openInvariants(workspace, override);
  const { internal: now } = runClock(effects.now());
  return store.read(async (t) => {
    const summary = new Summary();
    const digests = new OrderDigests();
    const notes = new UndoNotes(model);
    const invariants = openCheck?.();
    for await (const page of invertRun(t, model, head.undoes ?? 0, effects.signal)) {
      for (const { inverse, isWanted, row } of page) {
        notes.see(row, inverse, isWanted);
        if (inverse.order === null) continue;
        const planned = toPlannedOrder(model, inverse.order);
        const digest = digestOrder(planned);
        const index = digests.count;
        digests.add(digest);
        summary.see(planned);
        invariants?.see(inverse.order);
        await see(planned, digest, index);
      }
    }
    const violations = unoverridden((await invariants?.finish(t, now)) ?? [], override);
    if (violations.length > 0) seeHeld?.(tellBlockedByInvariants(violations, digests.count));
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

/** What the orders are held against, begun anew by each call. Throws for the name of an invariant that there is not. */
async function openInvariants(
  workspace: Workspace,
  override: InvariantOverride | undefined,
): Promise<() => InvariantCheck> {
  const accounts = await findOwnAccounts(workspace);
  refuseUnknownOverrides(workspace.model, accounts, override?.invariants ?? []);
  return () => new InvariantCheck(workspace.model, accounts);
}

/** Makes the orders of an undo, as order generation makes those of a run. */
export async function makeUndoOrders(
  workspace: Workspace,
  head: PlanHead,
  { override, observe, confirm }: Pick<GenerateOptions, 'override' | 'observe' | 'confirm'>,
): Promise<TaskOutcome> {
  const { store, model, effects } = workspace;
  const undoes = head.undoes ?? 0;
  const openCheck = await openInvariants(workspace, override);
  return runRecorded(workspace, 'undo', String(undoes), async (runId, lease) => {
    const clock = runClock(effects.now());
    return store.transaction(async (t): Promise<TaskOutcome> => {
      await checkFence(t, lease);
      const invariants = openCheck();
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
