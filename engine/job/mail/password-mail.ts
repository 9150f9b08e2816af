/** The mail that tells somebody the password of an account: of a new one, or a new one of an old one. */
import type { Certificate, PasswordReset, ReadPair, ResourceView } from '../../../config/index.ts';
import type { OrderPassword, ProvisioningOrder } from '../../../connectors/index.ts';
import {
  type NewMail,
  type ProvisioningOrderRow,
  ResourceGraph,
  type StoreTransaction,
} from '../../store/index.ts';
import type { Workspace } from '../workspace.ts';
import { readMailSettings } from './mail-settings.ts';
import { type Block, findTexts, type MailTexts, renderBlocks } from './mail-texts.ts';
import { toAddress, toNewMail } from './queue-mails.ts';

export interface ToldAccount {
  readonly row: ProvisioningOrderRow;
  readonly settings: PasswordReset;
  readonly password: OrderPassword;
}

/** Encrypted: who reads the store learns no password. */
export async function passwordMails(
  t: StoreTransaction,
  workspace: Workspace,
  {
    accounts,
    certificate,
    runId,
  }: {
    readonly accounts: readonly ToldAccount[];
    readonly certificate: Certificate;
    readonly runId: number;
  },
): Promise<readonly NewMail[]> {
  const owners = await loadOwners(t, workspace, accounts);
  // Settings that are wrong are told when mails are sent; until then this one waits.
  const mailSettings = await readMailSettings(workspace, 'password').catch(() => null);
  const mails: NewMail[] = [];
  for (const account of accounts) {
    const { row, settings } = account;
    // Written by order generation.
    const order = JSON.parse(row.payload) as ProvisioningOrder;
    const recipients = recipientsOf(settings, owners(account), workspace.effects.now());
    const parts = findTexts(workspace.settings.notificationCultures);
    const type = workspace.model.resourceTypes.get(row.resource_type)?.displayName ?? '';
    const isReset = order.passwordReset !== undefined;
    const isBeneficiary = recipients.told === recipients.beneficiary;
    const owner = isBeneficiary
      ? ''
      : recipients.beneficiary.name === ''
        ? order.owner.displayName
        : recipients.beneficiary.name;
    const introduce = (texts: MailTexts, ...about: readonly [string, string]): string =>
      isReset ? texts.resetIntroduction(...about) : texts.passwordIntroduction(...about);
    const blocks = parts.map(({ texts }): readonly Block[] => [
      { kind: 'paragraph', text: texts.greeting(recipients.told.name) },
      { kind: 'paragraph', text: introduce(texts, type, owner) },
      ...keysOf(workspace, order).map(
        (key): Block => ({
          kind: 'value',
          label: `${texts.account} (${key.property})`,
          value: key.value,
        }),
      ),
      { kind: 'value', label: texts.password, value: account.password.value.reveal() },
      ...(account.password.mustChange
        ? [{ kind: 'paragraph', text: texts.mustChange } as const]
        : []),
      { kind: 'paragraph', text: texts.keepSecret },
    ]);
    mails.push(
      await toNewMail({
        kind: 'password',
        at: workspace.effects.now(),
        orderId: row.id,
        runId,
        certificate,
        from: mailSettings?.FromAddress ?? null,
        to:
          recipients.told.address === ''
            ? []
            : [toAddress(recipients.told.address, recipients.told.name)],
        cc: settings.notificationCc.map((address) => ({ address })),
        subject:
          (isReset
            ? parts[0]?.texts.resetSubject(type, owner)
            : parts[0]?.texts.passwordSubject(type, owner)) ?? type,
        language: parts[0]?.language ?? 'en',
        ...renderBlocks(blocks),
      }),
    );
  }
  return mails;
}

interface Person {
  readonly address: string;
  readonly name: string;
}

/** Who is told: the person named for that, else the one the account is for. */
export function recipientsOf(
  { bindings }: PasswordReset,
  owner: ResourceView | null,
  now: number,
): { readonly told: Person; readonly beneficiary: Person } {
  const moment = `${new Date(now).toISOString().replace(/\D/g, '').slice(0, 14)}`;
  const textOf = (binding: keyof PasswordReset['bindings']): string => {
    try {
      const result = bindings[binding]?.evaluate(owner, { now: moment });
      return result?.kind === 'text' ? (result.value ?? '').trim() : '';
    } catch {
      // Nobody is told rather than somebody wrong; the queue says that there was no address.
      return '';
    }
  };
  const beneficiary = {
    address: textOf('BeneficiaryEmailBinding'),
    name: textOf('BeneficiaryFullNameBinding'),
  };
  if (bindings.NotifiedEmailBinding === undefined) return { told: beneficiary, beneficiary };
  const notified = {
    address: textOf('NotifiedEmailBinding'),
    name: textOf('NotifiedFullNameBinding'),
  };
  return { told: notified, beneficiary };
}

/** What the account is recognised by in its system, as ordered; of one that is there, as last read. */
function keysOf(
  { model }: Workspace,
  order: ProvisioningOrder,
): readonly { readonly property: string; readonly value: string }[] {
  const { targetEntityType } = order.resourceType;
  const type = model.entityModel.entityTypes.get(targetEntityType);
  const keys = new Set(type?.keys ?? []);
  if (order.changeType === 'modified')
    return Object.entries(order.resource?.values ?? {}).flatMap(([property, value]) =>
      value !== null && keys.has(property) ? [{ property, value }] : [],
    );
  return order.changes.flatMap((change) =>
    change.kind === 'set' && change.value !== null && keys.has(change.property)
      ? [{ property: change.property, value: change.value }]
      : [],
  );
}

/** The owners of the accounts with what leads to addresses and names. */
async function loadOwners(
  t: StoreTransaction,
  { model }: Workspace,
  accounts: readonly ToldAccount[],
): Promise<(account: ToldAccount) => ResourceView | null> {
  const reads = new Set<ReadPair>();
  for (const { settings } of accounts)
    for (const binding of Object.values(settings.bindings))
      for (const pair of binding.reads) reads.add(pair);
  const typeOf = ({ row }: ToldAccount): string =>
    model.resourceTypes.get(row.resource_type)?.sourceEntityType ?? '';
  const graph = await ResourceGraph.open(t, model.entityModel, reads);
  for (const [type, own] of Map.groupBy(accounts, typeOf)) {
    const ids = own.map(({ row }) => row.owner_id).filter((id) => id !== null);
    await graph.load(t, type, ids);
  }
  return (account) =>
    account.row.owner_id === null ? null : graph.view(typeOf(account), account.row.owner_id);
}
