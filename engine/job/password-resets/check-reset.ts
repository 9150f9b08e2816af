/** Whether the password of an account can be replaced now, and who would be told. */
import {
  type Model,
  makesPasswords,
  type PasswordReset,
  provisioningStates,
  type ReadPair,
  type ResourceType,
  type ResourceTypeMapping,
  type ResourceView,
} from '../../../config/index.ts';
import type { ConnectorPackage, ProvisioningOrder } from '../../../connectors/index.ts';
import { isLeaving, keyPropertiesOf } from '../../provision/index.ts';
import {
  type AssignedResourceTypeRow,
  listOrdersUnderWay,
  type ProvisioningOrderRow,
  ResourceGraph,
  type StoreTransaction,
} from '../../store/index.ts';
import { findConnection, packageOf } from '../connection-access.ts';
import { recipientsOf } from '../mail/password-mail.ts';
import { PasswordError } from './errors.ts';

export interface ResettableAccount {
  readonly row: AssignedResourceTypeRow;
  readonly resourceType: ResourceType;
  readonly mapping: ResourceTypeMapping;
  readonly connector: string;
  /** What it is recognised by in its system. */
  readonly key: string;
  /** A person carries it out, and chooses the password. */
  readonly isTicket: boolean;
  /** `null` for tickets. */
  readonly settings: PasswordReset | null;
  readonly owner: ResourceView | null;
  readonly target: ResourceView;
  /** Whom the settings name; `null`: they tell nobody. */
  readonly told: { readonly address: string; readonly name: string } | null;
}

/** @param ownOrder an order of its own that is not in the way */
export async function checkReset(
  t: StoreTransaction,
  model: Model,
  row: AssignedResourceTypeRow,
  options: { readonly now: number; readonly isTold: boolean; readonly ownOrder?: number },
): Promise<ResettableAccount> {
  const resourceType = model.resourceTypes.get(row.resource_type);
  const mapping = resourceType?.mapping;
  if (resourceType === undefined || mapping === undefined)
    throw notConfigured(row, 'no mapping says which connection carries its orders out', {
      hint: 'Give the resource type a mapping with a Connection.',
    });
  const connection = findConnection(model, mapping.connection);
  const definition = packageOf(connection);
  const isTicket = definition.manual === true;
  const settings = isTicket ? null : checkSettings(row, mapping, definition);
  const { owner, target } = await readAccount(t, model, { row, resourceType, settings });
  if (target === null) throw missing(row);
  checkStates(row);
  await checkOrders(t, model, row, options.ownOrder);
  const told =
    settings?.notifies === true && options.isTold ? tellWhom(row, settings, owner, options) : null;
  const [key = ''] = model.entityModel.entityTypes.get(resourceType.targetEntityType)?.keys ?? [];
  return {
    ...{ row, resourceType, mapping, isTicket, settings, owner, target, told },
    connector: connection.connector,
    key: target.scalar(key) ?? '',
  };
}

function checkSettings(
  row: AssignedResourceTypeRow,
  { passwordReset, connection }: ResourceTypeMapping,
  { setsPasswords, displayName }: ConnectorPackage,
): PasswordReset {
  if (setsPasswords !== true)
    throw new PasswordError(
      'PASSWORD_RESET_UNSUPPORTED',
      `${displayName}, the package of connection ${connection}, sets no passwords.`,
      {
        hint: 'Nothing was changed. Reset it in the system itself, or let a connection do it that can.',
        details: { resourceType: row.resource_type, connection },
      },
    );
  if (passwordReset === undefined)
    throw notConfigured(row, 'its mapping names no PasswordResetSetting', {
      hint: 'Declare PasswordResetSettings, and name them in the mapping.',
    });
  const { identifier, mode } = passwordReset;
  if (mode !== 'One-Way')
    throw notConfigured(
      row,
      mode === 'Disabled'
        ? `Mode of ${identifier} is Disabled`
        : `Mode of ${identifier} is Two-Way, and there is no page on which people confirm`,
      { hint: `Write Mode="One-Way" into the PasswordResetSettings ${identifier}.` },
    );
  if (!makesPasswords(passwordReset))
    throw notConfigured(row, `${identifier} says neither AutoGenerate nor DefaultPassword`, {
      hint: 'Write AutoGenerate="true", or a DefaultPassword.',
    });
  return passwordReset;
}

function checkStates(row: AssignedResourceTypeRow): void {
  const { transmitted, executed } = provisioningStates;
  const isGoing = [transmitted, executed].some((state) => state === row.provisioning_state);
  if (isLeaving(row.workflow_state) && isGoing)
    throw notReady(row, 'it is being deleted', {
      hint: 'If that was wrong, let the next synchronization and evaluation bring it back first.',
    });
  const reasons = JSON.parse(row.blocked_by) as readonly string[];
  if (reasons.includes('confidence'))
    throw notReady(row, 'nobody has decided yet whose it is', {
      hint: 'Decide with "lockstep review": the password would be told to somebody who may not be its owner.',
    });
}

/** Another reset, or an order after which the account is gone or found under another key. */
async function checkOrders(
  t: StoreTransaction,
  model: Model,
  row: AssignedResourceTypeRow,
  ownOrder: number | undefined,
): Promise<void> {
  const orders = (await listOrdersUnderWay(t, row.id)).filter(({ id }) => id !== ownOrder);
  const reset = orders.find((order) => order.resets_password === 1);
  if (reset !== undefined)
    throw new PasswordError(
      'PASSWORD_RESET_WAITING',
      `The password of this account of ${row.resource_type} is being reset already: order ${reset.id} (${reset.status}).`,
      {
        hint: `Nothing was changed. See "lockstep order show ${reset.id}"${reset.status === 'intent' ? '; the next fulfilment goes on with it' : `; "lockstep ${reset.status === 'ticket' ? 'ticket fail' : 'order cancel'} ${reset.id}" takes it back`}.`,
        details: { orderId: reset.id, status: reset.status },
      },
    );
  const type = model.resourceTypes.get(row.resource_type)?.targetEntityType ?? '';
  const keys = new Set(keyPropertiesOf(model, type));
  const before = orders.find((order) => movesAccount(order, keys));
  if (before !== undefined)
    throw notReady(row, `order ${before.id} is about to delete it or to change its key`, {
      hint: `Carry that out first: "lockstep order show ${before.id}".`,
    });
}

function movesAccount(order: ProvisioningOrderRow, keys: ReadonlySet<string>): boolean {
  if (order.change_type !== 'modified') return true;
  // Written by order generation.
  const { changes } = JSON.parse(order.payload) as ProvisioningOrder;
  return changes.some(({ property }) => keys.has(property));
}

function tellWhom(
  row: AssignedResourceTypeRow,
  settings: PasswordReset,
  owner: ResourceView | null,
  { now }: { readonly now: number },
): { readonly address: string; readonly name: string } {
  const { told } = recipientsOf(settings, owner, now);
  if (told.address !== '') return told;
  throw new PasswordError(
    'PASSWORD_ADDRESS_MISSING',
    `Nobody would learn the new password of this account of ${row.resource_type}: the bindings of ${settings.identifier} give no mail address.`,
    {
      hint: 'Nothing was changed. Fill the address, correct NotifiedEmailBinding or BeneficiaryEmailBinding, or give --untold to lock everybody out.',
      details: { resourceType: row.resource_type, settings: settings.identifier },
    },
  );
}

async function readAccount(
  t: StoreTransaction,
  model: Model,
  about: {
    readonly row: AssignedResourceTypeRow;
    readonly resourceType: ResourceType;
    readonly settings: PasswordReset | null;
  },
): Promise<{ readonly owner: ResourceView | null; readonly target: ResourceView | null }> {
  const { row, resourceType, settings } = about;
  const { sourceEntityType, targetEntityType } = resourceType;
  const reads = new Set<ReadPair>(
    Object.values(settings?.bindings ?? {}).flatMap((binding) => [...binding.reads]),
  );
  for (const type of [sourceEntityType, targetEntityType])
    for (const property of model.entityModel.entityTypes.get(type)?.properties.values() ?? [])
      if (property.kind === 'scalar' && property.type !== 'Binary')
        reads.add(`${type}:${property.identifier}`);
  const graph = await ResourceGraph.open(t, model.entityModel, reads);
  await graph.load(t, sourceEntityType, [row.owner_id]);
  if (row.target_id !== null) await graph.load(t, targetEntityType, [row.target_id]);
  return {
    owner: graph.view(sourceEntityType, row.owner_id),
    target: row.target_id === null ? null : graph.view(targetEntityType, row.target_id),
  };
}

function missing(row: AssignedResourceTypeRow): PasswordError {
  return notReady(row, 'no reading has shown it yet', {
    hint: 'A new account gets its password when it is created; the next synchronization shows it.',
  });
}

function notReady(
  row: AssignedResourceTypeRow,
  why: string,
  { hint }: { readonly hint: string },
): PasswordError {
  return new PasswordError(
    'PASSWORD_ACCOUNT_NOT_READY',
    `The password of this account of ${row.resource_type} cannot be reset now: ${why}.`,
    { hint: `Nothing was changed. ${hint}`, details: { resourceType: row.resource_type } },
  );
}

function notConfigured(
  row: AssignedResourceTypeRow,
  why: string,
  { hint }: { readonly hint: string },
): PasswordError {
  return new PasswordError(
    'PASSWORD_RESET_NOT_CONFIGURED',
    `Passwords of ${row.resource_type} are not reset here: ${why}.`,
    { hint: `Nothing was changed. ${hint}`, details: { resourceType: row.resource_type } },
  );
}
