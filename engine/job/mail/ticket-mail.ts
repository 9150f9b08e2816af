/** Tells people that tickets were opened: one mail per address for all of a run, in the transaction that forgets what is told. */
import type { Model } from '../../../config/index.ts';
import type { FulfilReport } from '../../fulfil/index.ts';
import {
  addTicketNotices,
  insertMails,
  type ProvisioningOrderRow,
  readOrders,
  type StoreTransaction,
  takeTicketNotices,
} from '../../store/index.ts';
import type { Workspace } from '../workspace.ts';
import { readMailSettings } from './mail-settings.ts';
import { type Block, findTexts, type MailTexts, renderBlocks } from './mail-texts.ts';
import { toNewMail } from './queue-mails.ts';
import { findForTicket } from './ticket-people.ts';

/** Tickets that one mail lists; it counts the others. */
const maxListed = 50;
/** Tickets told of in one transaction. */
const maxTold = 10_000;

/** Remembers the tickets of a batch that somebody is to be told of, in the transaction that opens them. */
export async function noticeTickets(
  t: StoreTransaction,
  { model, settings, effects }: Workspace,
  reports: readonly FulfilReport[],
): Promise<void> {
  const { notified } = settings.manualProvisioning;
  const opened = reports.flatMap((report) => {
    if (report.kind !== 'settled' || report.outcome.status !== 'ticket') return [];
    const { row } = report.turn;
    return findForTicket(notified, model, row).length === 0 ? [] : [row.id];
  });
  if (opened.length === 0) return;
  await addTicketNotices(t, opened, new Date(effects.now()).toISOString());
}

/** Makes mails of what was remembered; returns how many. Tickets that have been answered since are not told of. */
export async function queueTicketMails(
  workspace: Workspace,
  runId: number | null,
): Promise<number> {
  const { store, model, settings, effects } = workspace;
  const { notified } = settings.manualProvisioning;
  const from = (await readMailSettings(workspace, 'tickets').catch(() => null))?.FromAddress;
  return store.transaction(async (t) => {
    const ids = await takeTicketNotices(t, maxTold);
    if (ids.length === 0) return 0;
    const rows = (await readOrders(t, ids)).filter((row) => row.status === 'ticket');
    const byAddress = new Map<string, ProvisioningOrderRow[]>();
    for (const row of rows)
      for (const address of findForTicket(notified, model, row))
        byAddress.set(address, [...(byAddress.get(address) ?? []), row]);
    const parts = findTexts(settings.notificationCultures);
    const mails = [...byAddress].map(([address, tickets]) =>
      toNewMail({
        kind: 'tickets',
        at: effects.now(),
        orderId: null,
        runId,
        certificate: null,
        from: from ?? null,
        to: [{ address }],
        cc: [],
        subject: parts[0]?.texts.ticketsSubject(tickets.length) ?? '',
        language: parts[0]?.language ?? 'en',
        ...renderBlocks(parts.map(({ texts }) => describeTickets(model, tickets, texts))),
      }),
    );
    await insertMails(t, await Promise.all(mails));
    return mails.length;
  });
}

function describeTickets(
  model: Model,
  tickets: readonly ProvisioningOrderRow[],
  texts: MailTexts,
): readonly Block[] {
  const listed = tickets.slice(0, maxListed);
  const rest = tickets.length - listed.length;
  return [
    { kind: 'paragraph', text: texts.ticketsIntroduction(tickets.length) },
    {
      kind: 'table',
      headers: texts.ticketHeaders,
      rows: listed.map((row) => describeTicket(model, row, texts)),
    },
    ...(rest === 0 ? [] : [{ kind: 'paragraph', text: texts.ticketsMore(rest) } as const]),
    { kind: 'paragraph', text: texts.ticketsClosing },
  ];
}

function describeTicket(
  model: Model,
  row: ProvisioningOrderRow,
  texts: MailTexts,
): readonly string[] {
  const type = model.resourceTypes.get(row.resource_type);
  const minutes = type?.transmittedStateValidityMinutes ?? 0;
  const due =
    minutes === 0
      ? ''
      : new Date(Date.parse(row.generated_at) + minutes * 60_000)
          .toISOString()
          .slice(0, 16)
          .replace('T', ' ');
  // Written by order generation. Values stay in the store: a mail names the ticket, not what is in it.
  const { owner } = JSON.parse(row.payload) as { readonly owner: { readonly displayName: string } };
  return [
    String(row.id),
    texts.operations[row.resets_password === 1 ? 'reset' : row.change_type],
    type?.displayName ?? row.resource_type,
    owner.displayName,
    due === '' ? '' : `${due} UTC`,
  ];
}
