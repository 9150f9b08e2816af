/** Orders that replace passwords of accounts, because a person asks for it: all of them, or none. */
import type { PasswordResetRequest, ProvisioningOrder } from '../../../connectors/index.ts';
import { buildReset } from '../../provision/index.ts';
import {
  allocateIds,
  finishRun,
  insertOrders,
  lockAssignments,
  recordDecisions,
  recordOrderEvents,
  type StoreTransaction,
  startRun,
} from '../../store/index.ts';
import { toResourceType } from '../tasks/assignment-rows.ts';
import type { Workspace } from '../workspace.ts';
import { checkReset, type ResettableAccount } from './check-reset.ts';
import { PasswordError } from './errors.ts';
import { findAccount } from './find-account.ts';

export interface ResetDecision {
  readonly person: string;
  readonly comment: string | null;
  readonly isDryRun: boolean;
}

export interface ResetsAsked extends ResetDecision {
  /** `EntityType:key` of accounts or of their owners. */
  readonly accounts: readonly string[];
  /** Of several accounts of one owner, the one of this type. */
  readonly resourceType: string | null;
  /** `null`: as the settings say. */
  readonly mustChange: boolean | null;
  /** A mail tells the password to whom the settings name. */
  readonly isTold: boolean;
}

export interface PasswordResetOrder {
  /** `null`: a dry run made none. */
  readonly orderId: number | null;
  /** `held`: another person approves it first. */
  readonly status: 'generated' | 'held';
  readonly account: {
    readonly entityType: string;
    readonly key: string;
  };
  readonly owner: { readonly id: number; readonly key: string; readonly name: string };
  readonly resourceType: string;
  readonly connection: string;
  readonly connector: string;
  /** A person chooses the password and sets it. */
  readonly isTicket: boolean;
  readonly mustChange: boolean;
  /** Mail address that learns the password; `null`: nobody is told. */
  readonly toldTo: string | null;
}

/** What is carried out is read again when its turn comes; the password is made then. */
export async function askPasswordResets(
  { store, model, effects }: Workspace,
  asked: ResetsAsked,
): Promise<readonly PasswordResetOrder[]> {
  const { isTold, person, comment, isDryRun } = asked;
  const rows = new Map<number, string>();
  for (const reference of asked.accounts) {
    const row = await findAccount(store, model, reference, asked.resourceType);
    rows.set(row.id, reference);
  }
  const at = new Date(effects.now()).toISOString();
  return store.transaction(async (t) => {
    const locked = await lockAssignments(t, [...rows.keys()]);
    const gone = [...rows].find(([id]) => !locked.some((row) => row.id === id));
    if (gone !== undefined)
      throw new PasswordError('PASSWORD_ACCOUNT_UNKNOWN', `"${gone[1]}" has just been changed.`, {
        hint: 'Nothing was changed. Look at it with "lockstep resource show", and ask again.',
      });
    const made: Made[] = [];
    for (const row of locked) {
      const account = await checkReset(t, model, row, { now: effects.now(), isTold });
      made.push(prepare({ model }, account, asked));
    }
    if (isDryRun) return made.map(({ account, order }) => describe(account, order, null));
    const runId = await startRun(t, {
      kind: 'decision',
      subject: 'password reset',
      configurationHash: model.hash,
      startedAt: at,
    });
    const described = await insertResets(t, made, { runId, at });
    await keepDecisions(t, described, {
      ...{ kind: 'password reset', person, comment, at, runId },
      event: 'asked',
    });
    return described.map(({ account, order, orderId }) => describe(account, order, orderId));
  });
}

interface Made {
  readonly account: ResettableAccount;
  readonly order: ProvisioningOrder;
}

function prepare(
  { model }: Pick<Workspace, 'model'>,
  account: ResettableAccount,
  { mustChange, isTold }: Pick<ResetsAsked, 'mustChange' | 'isTold'>,
): Made {
  const passwordReset = {
    mustChange: mustChange ?? account.settings?.mustChange ?? false,
    isTold: isTold && account.told !== null,
  };
  return { account, order: toOrder({ model }, account, passwordReset, '0') };
}

export function toOrder(
  { model }: Pick<Workspace, 'model'>,
  account: ResettableAccount,
  passwordReset: PasswordResetRequest,
  id: string,
): ProvisioningOrder {
  const { row, resourceType, owner, target } = account;
  const assignment = toResourceType(row, []);
  return buildReset({ id, model, resourceType, assignment, owner, target, passwordReset });
}

async function insertResets(
  t: StoreTransaction,
  made: readonly Made[],
  { runId, at }: { readonly runId: number; readonly at: string },
): Promise<readonly (Made & { readonly orderId: number })[]> {
  const firstId = await allocateIds(t, made.length);
  const numbered = made.map((one, index) => ({ ...one, orderId: firstId + index }));
  for (const status of ['generated', 'held'] as const) {
    const some = numbered.filter(({ account }) => statusOf(account) === status);
    await insertOrders(
      t,
      some.map(({ account, order, orderId }) => ({
        id: orderId,
        assigned_resource_type_id: account.row.id,
        resource_type: account.row.resource_type,
        connector: account.connector,
        connection: account.mapping.connection,
        change_type: order.changeType,
        // Behind what is on its way for the same account; accounts may be reset side by side.
        position: firstId,
        payload: JSON.stringify({ ...order, id: String(orderId) }),
        generated_at: at,
        run_id: runId,
        owner_id: account.row.owner_id,
        resets_password: 1 as const,
      })),
      status,
    );
  }
  return numbered;
}

/** Ends the run. */
export async function keepDecisions(
  t: StoreTransaction,
  orders: readonly { readonly account: ResettableAccount; readonly orderId: number }[],
  decision: {
    readonly kind: 'password reset' | 'password approve';
    readonly event: 'asked' | 'approved';
    readonly person: string;
    readonly comment: string | null;
    readonly at: string;
    readonly runId: number;
  },
): Promise<void> {
  const { kind, event, person, comment, at, runId } = decision;
  await recordDecisions(
    t,
    orders.map(({ account, orderId }) => ({
      kind,
      assigned_resource_type_id: account.row.id,
      subject: `order ${orderId}`,
      decided_by: person,
      decided_at: at,
      comment,
      run_id: runId,
      owner_type: account.resourceType.sourceEntityType,
      owner_id: account.row.owner_id,
      item: account.row.resource_type,
    })),
  );
  await recordOrderEvents(
    t,
    orders.map(({ orderId }) => ({
      ...{ order_id: orderId, kind: event, at, error_code: null, message: comment, person },
    })),
  );
  await finishRun(t, runId, {
    status: 'done',
    finishedAt: at,
    details: { orders: orders.length, person },
  });
}

/** Where orders of the type wait for a review, this one waits for somebody else's word. */
function statusOf({ resourceType }: ResettableAccount): PasswordResetOrder['status'] {
  return resourceType.blockProvisioning ? 'held' : 'generated';
}

function describe(
  account: ResettableAccount,
  order: ProvisioningOrder,
  orderId: number | null,
): PasswordResetOrder {
  const { resourceType, mapping, connector, isTicket, told } = account;
  return {
    orderId,
    status: statusOf(account),
    account: { entityType: resourceType.targetEntityType, key: account.key },
    owner: {
      id: account.row.owner_id,
      key: order.owner.identifier,
      name: order.owner.displayName,
    },
    resourceType: resourceType.identifier,
    connection: mapping.connection,
    connector,
    isTicket,
    mustChange: order.passwordReset?.mustChange ?? false,
    toldTo: told?.address ?? null,
  };
}
