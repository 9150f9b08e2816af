/**
 * What must hold whenever orders are made and answered, whatever went before: a generation that is broken off leaves nothing,
 * a second one finds nothing to do, every order can be traced to what asked for it, and no answer counts twice.
 */
import { createHash } from 'node:crypto';
import type { PropertyChange, ProvisioningOrder } from '../../../connectors/index.ts';
import {
  type AssignedResourceTypeRow,
  type ProvisioningOrderRow,
  type Store,
  type StoreTransaction,
  writeOutcome,
} from '../../store/index.ts';
import type { Company } from '../company.fixture.ts';
import { generateOrders } from '../tasks/generate-orders.ts';

export class BrokenInvariant extends Error {}

class BrokenOff extends Error {}

const everything = { resourceTypes: [], force: true, isDryRun: false };

/** Makes the orders that are due; throws `BrokenInvariant`. */
export async function generateSafely({ workspace, store }: Company, seed: number): Promise<void> {
  const before = await readDeliveries(store);
  if (seed % 3 === 0) await breakOff(workspace, before);
  await generateOrders(workspace, everything);
  const after = await readDeliveries(store);
  await generateOrders(workspace, everything);
  mustEqual(after, await readDeliveries(store), 'Generating again changed something');
  const fresh = after.orders.slice(before.orders.length);
  await store.read((t) => mustBeTraceable(t, fresh));
}

interface Deliveries {
  readonly orders: readonly ProvisioningOrderRow[];
  /** What each assignment and value waits for. */
  readonly states: readonly object[];
}

function readDeliveries(store: Store): Promise<Deliveries> {
  return store.read(async ({ tx }) => {
    const states: object[] = [];
    for (const table of ['assigned_resource_types', 'assigned_values'])
      states.push(
        ...(await tx(table)
          .orderBy('id')
          .select('id', 'workflow_state', 'provisioning_state', 'order_id', 'state_since')),
      );
    return { orders: await tx('provisioning_orders').orderBy('id'), states };
  });
}

function mustEqual(left: Deliveries, right: Deliveries, message: string): void {
  if (JSON.stringify(left) !== JSON.stringify(right)) throw new BrokenInvariant(`${message}.`);
}

/** The process dies just before what it did is kept: nothing of it is. */
async function breakOff(workspace: Company['workspace'], before: Deliveries): Promise<void> {
  const { store } = workspace;
  const dying: Store = {
    dialect: store.dialect,
    place: store.place,
    note: (work) => store.note(work),
    read: (work) => store.read(work),
    openCopy: (options) => store.openCopy(options),
    transaction: (work) =>
      store.transaction(async (t) => {
        const done = await work(t);
        const counted = await t.tx('provisioning_orders').count({ n: '*' }).first();
        if (Number(counted?.n) > before.orders.length) throw new BrokenOff();
        return done;
      }),
    [Symbol.asyncDispose]: async () => {},
  };
  await generateOrders({ ...workspace, store: dying }, everything).catch((error: unknown) => {
    if (!(error instanceof BrokenOff)) throw error;
  });
  mustEqual(before, await readDeliveries(store), 'A generation that was broken off left something');
}

/** Given before: a rule or a person had given what is taken back. */
const givenStates = [5, 16, 18, 24, 27, 116, 118];
const [inactive, cancellation] = [19, 20];

async function mustBeTraceable(
  t: StoreTransaction,
  orders: readonly ProvisioningOrderRow[],
): Promise<void> {
  for (const order of orders) {
    const id = order.assigned_resource_type_id;
    const row: AssignedResourceTypeRow = await t
      .tx('assigned_resource_types')
      .where({ id })
      .first();
    // Written by the generation.
    const payload = JSON.parse(order.payload) as ProvisioningOrder;
    if (payload.changeType === 'deleted') await mustBeTakenBack(t, row);
    else
      for (const change of payload.changes)
        if (!isPolicy(row, change))
          throw new BrokenInvariant(
            `Order ${order.id} writes ${JSON.stringify(change)}, and the policy wants ${row.policy_values}.`,
          );
  }
}

/** What is written is what rules gave, with their parameters and decisions; what is removed they give no more. */
function isPolicy(row: AssignedResourceTypeRow, change: PropertyChange): boolean {
  // Written by the evaluation.
  const policy = JSON.parse(row.policy_values) as Record<string, unknown>;
  const wanted = policy[change.property] ?? null;
  switch (change.kind) {
    case 'set':
      return wanted === change.value || wanted === digestOf(change.value ?? '');
    case 'link':
      return toId(wanted) === toId(change.value?.id ?? null);
    case 'add':
      return Array.isArray(wanted) && wanted.map(String).includes(String(change.value.id));
    case 'remove':
      return !Array.isArray(wanted) || !wanted.map(String).includes(String(change.value.id));
  }
}

/** A file travels in the order and is kept as its digest. */
function digestOf(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}:${bytes.length}`;
}

/** Mono-valued links are kept as a list of one, or as text. */
function toId(value: unknown): string | null {
  const [first] = Array.isArray(value) ? value : [value];
  return first === null || first === undefined ? null : String(first);
}

/** Only what was given before is taken back by itself; anything else a person decided, or a rule in his place. */
async function mustBeTakenBack({ tx }: StoreTransaction, row: AssignedResourceTypeRow) {
  const { id, workflow_state: state } = row;
  const former = await tx('assigned_resource_type_versions')
    .where('id', id)
    .whereIn('workflow_state', givenStates)
    .first('id');
  const decided = await tx('decisions')
    .where({ assigned_resource_type_id: id })
    .where((q) => q.where('kind', 'like', '%delete%').orWhere('kind', 'automation decline'))
    .first('id');
  const isCaused =
    (state === inactive && former !== undefined) ||
    (state === cancellation && decided !== undefined);
  if (!isCaused && !(state === inactive && (await hasClockGoneBack(tx))))
    throw new BrokenInvariant(
      `Assignment ${id} is deleted in state ${state}, and nothing says why.`,
    );
}

/** Of what was true later than now, no former version is kept: there the history is no witness. */
async function hasClockGoneBack(tx: StoreTransaction['tx']): Promise<boolean> {
  const runs = await tx('runs').orderBy('id').select('started_at');
  return runs.some((run, index) => index > 0 && run.started_at < runs[index - 1]?.started_at);
}

/** An answer to an order that is settled, or to none, is no answer; throws `BrokenInvariant`. */
export async function answerLate(
  t: StoreTransaction,
  order: ProvisioningOrderRow,
  at: string,
): Promise<void> {
  const late = {
    status: 'errored' as const,
    at,
    message: 'late',
    ...{ errorCode: null, writtenValues: null, decidedBy: null },
  };
  for (const id of [order.id, 2_000_000_000])
    if (await writeOutcome(t, id, ['intent'], late))
      throw new BrokenInvariant(`A late answer to order ${id} counted.`);
}
