/** Resets that waited for the word of a second person go with the next fulfilment: all of them, or none. */
import type { ProvisioningOrder } from '../../../connectors/index.ts';
import {
  allocateIds,
  listOrderEvents,
  lockAssignments,
  readOrders,
  releaseHeldOrder,
  type StoreTransaction,
  startRun,
} from '../../store/index.ts';
import type { Workspace } from '../workspace.ts';
import { keepDecisions, type ResetDecision, toOrder } from './ask-resets.ts';
import { checkReset, type ResettableAccount } from './check-reset.ts';
import { PasswordError } from './errors.ts';

/** Looks at the accounts again, and sends the orders as they are now. */
export async function approvePasswordResets(
  { store, model, effects }: Workspace,
  orderIds: readonly number[],
  { person, comment, isDryRun }: ResetDecision,
): Promise<readonly number[]> {
  const ids = [...new Set(orderIds)];
  const now = effects.now();
  const at = new Date(now).toISOString();
  return store.transaction(async (t) => {
    const orders = await readHeld(t, ids, person);
    const locked = await lockAssignments(
      t,
      orders.map(({ row }) => row.assigned_resource_type_id),
    );
    const approved: { account: ResettableAccount; orderId: number; order: ProvisioningOrder }[] =
      [];
    for (const { row, order } of orders) {
      const assignment = locked.find(({ id }) => id === row.assigned_resource_type_id);
      if (assignment === undefined)
        throw notHeld(row.id, 'is of an account that is not known any more');
      const passwordReset = order.passwordReset ?? { mustChange: false, isTold: true };
      const account = await checkReset(t, model, assignment, {
        now,
        isTold: passwordReset.isTold,
        ownOrder: row.id,
      });
      const fresh = toOrder({ model }, account, passwordReset, order.id);
      approved.push({ account, orderId: row.id, order: fresh });
    }
    if (isDryRun) return ids;
    const position = await allocateIds(t, 1);
    for (const { orderId, order } of approved)
      await releaseHeldOrder(t, orderId, { payload: JSON.stringify(order), position, at });
    const runId = await startRun(t, {
      kind: 'decision',
      subject: 'password approve',
      configurationHash: model.hash,
      startedAt: at,
    });
    await keepDecisions(t, approved, {
      ...{ kind: 'password approve', person, comment, at, runId },
      event: 'approved',
    });
    return ids;
  });
}

async function readHeld(t: StoreTransaction, ids: readonly number[], person: string) {
  const rows = new Map((await readOrders(t, ids)).map((row) => [row.id, row]));
  const held = [];
  for (const id of ids) {
    const row = rows.get(id);
    if (row === undefined) throw notHeld(id, 'is not there');
    if (row.resets_password !== 1) throw notHeld(id, 'resets no password');
    if (row.status !== 'held') throw notHeld(id, `is ${row.status}`);
    const asked = (await listOrderEvents(t, id)).find(({ kind }) => kind === 'asked');
    if (asked?.person?.toLowerCase() === person.toLowerCase())
      throw new PasswordError(
        'PASSWORD_RESET_OWN',
        `${person} asked for order ${id}, and cannot approve it as well.`,
        {
          hint: 'Nothing was changed. Somebody else approves it; BlockProvisioning="false" on the resource type lets resets go without.',
          details: { orderId: id },
        },
      );
    // Written when it was asked for.
    held.push({ row, order: JSON.parse(row.payload) as ProvisioningOrder });
  }
  return held;
}

function notHeld(orderId: number, why: string): PasswordError {
  return new PasswordError('PASSWORD_RESET_NOT_HELD', `Order ${orderId} ${why}.`, {
    hint: 'Nothing was changed. "lockstep order list --status held" shows what waits for an approval.',
    details: { orderId },
  });
}
