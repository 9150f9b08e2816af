/** Outputs of the commands about mail. */
import { choice, count, flag, id, list, nullable, object, text, timestamp } from './parts.ts';

const mail = object({
  id,
  kind: choice('tickets', 'password'),
  status: choice('waiting', 'sent', 'refused', 'nobody'),
  recipients: list(text),
  subject: text,
  createdAt: timestamp,
  endedAt: nullable(timestamp),
  attempts: count,
  nextAttemptAt: nullable(timestamp),
  code: nullable(text),
  message: nullable(text),
  orderId: nullable(id),
});

export const mailOutputs = {
  'mail list': object({
    mails: list(mail),
    counts: object({ waiting: count, sent: count, refused: count, nobody: count }),
    next: nullable(id),
  }),
  'mail check': object({
    found: text,
    recipients: list(text),
    leftOut: list(text),
    isSent: flag,
  }),
  'mail send': object({
    sent: count,
    refused: count,
    postponed: count,
    waiting: count,
    code: nullable(text),
    message: nullable(text),
  }),
};
