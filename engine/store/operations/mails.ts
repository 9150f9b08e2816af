/** The queue of mails. A mail is held while it is sent; a holder that died lets go of it when its time is over. */
import type { StoreTransaction } from '../open-store.ts';
import type { MailRow } from '../tables.ts';
import { allocateIds } from './allocate-ids.ts';
import { rawRows } from './raw-rows.ts';

export interface NewMail {
  readonly kind: MailRow['kind'];
  /** Given the id of the mail. */
  readonly messageId: (id: number) => string;
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly content: string;
  readonly isSealed: boolean;
  readonly orderId: number | null;
  readonly runId: number | null;
  readonly at: string;
}

const columns = [
  'id',
  'message_id',
  'kind',
  'status',
  'created_at',
  'attempts',
  'next_attempt_at',
  'recipients',
  'subject',
  'content',
  'is_sealed',
  'order_id',
  'run_id',
] as const;

/** They wait to be sent from now on. Returns their ids. */
export async function insertMails(
  transaction: StoreTransaction,
  mails: readonly NewMail[],
): Promise<readonly number[]> {
  if (mails.length === 0) return [];
  const first = await allocateIds(transaction, mails.length);
  const ids = mails.map((_, index) => first + index);
  await transaction.dialect.insertRows(
    transaction.tx,
    'mails',
    columns,
    mails.map((mail, index) => [
      first + index,
      mail.messageId(first + index),
      mail.kind,
      'waiting',
      mail.at,
      0,
      mail.at,
      JSON.stringify(mail.recipients),
      mail.subject,
      mail.content,
      mail.isSealed ? 1 : 0,
      mail.orderId,
      mail.runId,
    ]),
  );
  return ids;
}

/** Holds the mails that are due, the oldest first; nobody else gets them until `until`. */
export async function claimMails(
  { tx, dialect }: StoreTransaction,
  { now, until, limit }: { readonly now: string; readonly until: string; readonly limit: number },
): Promise<readonly MailRow[]> {
  const due = tx<MailRow>('mails')
    .where('status', 'waiting')
    .where('next_attempt_at', '<=', now)
    .where((free) => free.whereNull('claimed_until').orWhere('claimed_until', '<=', now))
    .orderBy('id')
    .limit(limit);
  const rows = await (dialect.forUpdate === '' ? due : due.forUpdate().skipLocked());
  const ids = rows.map((row) => row.id);
  await tx('mails').whereIn('id', ids).update({ claimed_until: until });
  return rows.map((row) => ({ ...row, id: Number(row.id) }));
}

/** Whether a mail is due, or somebody has to be told of tickets. */
export async function hasMailWork({ tx }: StoreTransaction, now: string): Promise<boolean> {
  const due = tx('mails').where('status', 'waiting').where('next_attempt_at', '<=', now);
  if ((await due.first('id')) !== undefined) return true;
  return (await tx('ticket_notices').first('order_id')) !== undefined;
}

export interface MailOutcome {
  readonly id: number;
  readonly status: MailRow['status'];
  readonly at: string;
  /** `null`: it does not wait any more. */
  readonly nextAttemptAt: string | null;
  readonly isCounted: boolean;
  readonly errorCode: string | null;
  readonly message: string | null;
}

/** What came of a mail; its text is kept only while it waits. */
export async function writeMailOutcome(
  { tx }: StoreTransaction,
  outcome: MailOutcome,
): Promise<void> {
  const { id, status, at, nextAttemptAt, isCounted, errorCode, message } = outcome;
  const isWaiting = status === 'waiting';
  await tx('mails')
    .where({ id, status: 'waiting' })
    .update({
      status,
      next_attempt_at: nextAttemptAt,
      claimed_until: null,
      ended_at: isWaiting ? null : at,
      error_code: errorCode,
      message,
      ...(isWaiting ? {} : { content: null }),
      ...(isCounted ? { attempts: tx.raw('attempts + 1') } : {}),
    });
}

/** Makes waiting mails due at once; all of them without ids. Returns how many there were. */
export async function makeMailsDue(
  { tx }: StoreTransaction,
  ids: readonly number[] | null,
  now: string,
): Promise<number> {
  const waiting = tx('mails').where('status', 'waiting');
  if (ids !== null) waiting.whereIn('id', [...ids]);
  return waiting.update({ next_attempt_at: now, claimed_until: null });
}

export interface MailFilter {
  readonly status?: MailRow['status'];
}

/** Without their texts, the newest first. */
export async function listMails(
  { tx }: StoreTransaction,
  filter: MailFilter,
  { before, limit }: { readonly before: number | null; readonly limit: number },
): Promise<readonly Omit<MailRow, 'content'>[]> {
  const rows = tx<MailRow>('mails')
    .where(filter)
    .orderBy('id', 'desc')
    .limit(limit)
    .select(
      'id',
      'message_id',
      'kind',
      'status',
      'created_at',
      'attempts',
      'next_attempt_at',
      'claimed_until',
      'ended_at',
      'recipients',
      'subject',
      'is_sealed',
      'error_code',
      'message',
      'order_id',
      'run_id',
    );
  if (before !== null) rows.where('id', '<', before);
  return (await rows).map((row) => ({
    ...row,
    id: Number(row.id),
    order_id: row.order_id === null ? null : Number(row.order_id),
  }));
}

/** By status. */
export async function countMails({ tx }: StoreTransaction): Promise<ReadonlyMap<string, number>> {
  const rows = rawRows(await tx.raw('select status, count(*) as n from mails group by status'));
  return new Map(rows.map((row) => [String(row['status']), Number(row['n'])]));
}

/** Forgets mails that ended before a time. */
export async function removeEndedMails({ tx }: StoreTransaction, before: string): Promise<void> {
  await tx('mails').whereNot('status', 'waiting').where('ended_at', '<', before).delete();
}

/** Tickets that were opened, until somebody has been told. */
export async function addTicketNotices(
  { tx, dialect }: StoreTransaction,
  orderIds: readonly number[],
  at: string,
): Promise<void> {
  await dialect.insertRows(
    tx,
    'ticket_notices',
    ['order_id', 'opened_at'],
    orderIds.map((id) => [id, at]),
  );
}

/** Takes them off the list, the oldest first. */
export async function takeTicketNotices(
  { tx }: StoreTransaction,
  limit: number,
): Promise<readonly number[]> {
  const rows = await tx('ticket_notices').orderBy('order_id').limit(limit).select('order_id');
  const ids = rows.map((row) => Number(row.order_id));
  await tx('ticket_notices').whereIn('order_id', ids).delete();
  return ids;
}
