/** Mails into the queue of the store, in the transaction of what they tell. */
import { randomUUID } from 'node:crypto';
import { type Certificate, decryptBytes, encryptBytes } from '../../../config/index.ts';
import type { MailAddress, MailMessage } from '../../../connectors/index.ts';
import type { MailRow, NewMail } from '../../store/index.ts';

const sealedAs = 'lockstep-mail';

export interface QueuedMail extends Omit<MailMessage, 'messageId' | 'date'> {
  readonly kind: MailRow['kind'];
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly orderId: number | null;
  readonly runId: number | null;
  /** Whoever reads the store must not read the mail. */
  readonly certificate: Certificate | null;
  /** Address that mails come from, where it is known. */
  readonly from: string | null;
}

/** A mail as the store keeps it. */
export async function toNewMail(mail: QueuedMail): Promise<NewMail> {
  const { kind, at, orderId, runId, certificate, from, ...message } = mail;
  const domain = from === null ? '' : from.slice(from.lastIndexOf('@') + 1);
  const token = randomUUID();
  const content = JSON.stringify(message);
  return {
    kind,
    messageId: (id) => `lockstep-${id}.${token}@${domain === '' ? 'lockstep.invalid' : domain}`,
    recipients: [...message.to, ...message.cc].map(({ address }) => address),
    subject: message.subject,
    content:
      certificate === null
        ? content
        : await encryptBytes(Buffer.from(content, 'utf8'), certificate, sealedAs),
    isSealed: certificate !== null,
    orderId,
    runId,
    at: new Date(at).toISOString(),
  };
}

/** `null`: it cannot be read with this certificate. */
export async function openQueued(
  row: MailRow,
  certificate: Certificate | null,
): Promise<MailMessage | null> {
  const text = await readContent(row, certificate);
  if (text === null) return null;
  // Written by `toNewMail`.
  const message = JSON.parse(text) as Omit<MailMessage, 'messageId' | 'date'>;
  return { ...message, messageId: row.message_id, date: Date.parse(row.created_at) };
}

async function readContent(row: MailRow, certificate: Certificate | null): Promise<string | null> {
  if (row.is_sealed !== 1) return row.content;
  if (certificate === null || row.content === null) return null;
  const opened = await decryptBytes(row.content, certificate, sealedAs);
  return opened.status === 'read' ? Buffer.from(opened.bytes).toString('utf8') : null;
}

/** An address with the name that belongs to it. */
export function toAddress(address: string, name = ''): MailAddress {
  return name === '' ? { address } : { address, name };
}
