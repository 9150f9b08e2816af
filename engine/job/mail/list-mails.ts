/** The queue of mails as people see it. */
import { countMails, listMails, type MailRow, makeMailsDue } from '../../store/index.ts';
import type { Project, Workspace } from '../workspace.ts';

export interface ShownMail {
  readonly id: number;
  readonly kind: MailRow['kind'];
  readonly status: MailRow['status'];
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly attempts: number;
  readonly nextAttemptAt: string | null;
  readonly code: string | null;
  readonly message: string | null;
  readonly orderId: number | null;
}

export interface MailPage {
  readonly mails: readonly ShownMail[];
  /** Of the whole queue, by status. */
  readonly counts: Readonly<Record<MailRow['status'], number>>;
  /** Where the next page begins; `null`: this was the last. */
  readonly next: number | null;
}

/** The newest first. */
export async function listMailPage(
  { store }: Project | Workspace,
  filter: { readonly status?: MailRow['status'] },
  page: { readonly before: number | null; readonly limit: number },
): Promise<MailPage> {
  return store.read(async (t) => {
    const rows = await listMails(t, filter, { ...page, limit: page.limit + 1 });
    const counts = await countMails(t);
    const shown = rows.slice(0, page.limit);
    const of = (status: MailRow['status']): number => counts.get(status) ?? 0;
    return {
      mails: shown.map(showMail),
      counts: {
        waiting: of('waiting'),
        sent: of('sent'),
        refused: of('refused'),
        nobody: of('nobody'),
      },
      next: rows.length > page.limit ? (shown.at(-1)?.id ?? null) : null,
    };
  });
}

/** Waiting mails are tried at once, whatever the time of their next attempt. */
export async function hastenMails({ store, effects }: Project | Workspace): Promise<number> {
  const now = new Date(effects.now()).toISOString();
  return store.transaction((t) => makeMailsDue(t, null, now));
}

function showMail(row: Omit<MailRow, 'content'>): ShownMail {
  return {
    id: row.id,
    kind: row.kind,
    status: row.status,
    // Written by ourselves as a list of texts.
    recipients: JSON.parse(row.recipients) as readonly string[],
    subject: row.subject,
    createdAt: row.created_at,
    endedAt: row.ended_at,
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at,
    code: row.error_code,
    message: row.message,
    orderId: row.order_id,
  };
}
