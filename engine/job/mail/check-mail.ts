/** Whether mail works: the settings, the server, and a mail to look at. */
import { randomUUID } from 'node:crypto';
import { isMailAddress, restrictRecipients } from '../../../connectors/index.ts';
import { JobError } from '../errors.ts';
import type { Project } from '../workspace.ts';
import { type MailPurpose, openProjectMailer, readMailSettings } from './mail-settings.ts';
import { renderBlocks } from './mail-texts.ts';

export interface MailCheckRequest {
  readonly purpose: MailPurpose;
  /** Gets a mail; absent: only the way to the server is tried. */
  readonly to?: string;
  /** Only settings are looked at. */
  readonly isDryRun: boolean;
}

export interface MailCheck {
  /** What was found. */
  readonly found: string;
  /** Who got the mail, or would get it. */
  readonly recipients: readonly string[];
  readonly leftOut: readonly string[];
  readonly isSent: boolean;
}

/** Throws `MAIL_SETTINGS_MISSING`, `MAIL_SETTINGS_INVALID`, `MAIL_ADDRESS_INVALID`, or a `ConnectorError`. */
export async function checkMail(project: Project, request: MailCheckRequest): Promise<MailCheck> {
  const { purpose, to, isDryRun } = request;
  const settings = await readMailSettings(project, purpose);
  if (settings === null) {
    throw new JobError('MAIL_SETTINGS_MISSING', 'No settings say how mail is sent.', {
      hint: 'Write MailSettings with Host and FromAddress into appsettings.agent.json. Until then mail waits in the store.',
    });
  }
  if (to !== undefined && !isMailAddress(to)) {
    throw new JobError('MAIL_ADDRESS_INVALID', `This is no address: ${JSON.stringify(to)}.`, {
      hint: 'Give one address, such as --to it@example.com.',
    });
  }
  const wanted = { to: to === undefined ? [] : [{ address: to }], cc: [] };
  const { to: kept, leftOut } = restrictRecipients(wanted, settings);
  const recipients = to === undefined ? [] : kept.map(({ address }) => address);
  const place = settings.UseSpecifiedPickupDirectory
    ? `the folder ${settings.PickupDirectory}`
    : `${settings.Host}, as ${settings.FromAddress}`;
  if (isDryRun)
    return { found: `Mail would go through ${place}.`, recipients, leftOut, isSent: false };
  await using mailer = await openProjectMailer(project, settings);
  const found = await mailer.check();
  if (to === undefined) return { found, recipients, leftOut, isSent: false };
  const sent = await mailer.send({
    ...wanted,
    messageId: `lockstep-check.${randomUUID()}@${settings.FromAddress.slice(settings.FromAddress.lastIndexOf('@') + 1)}`,
    date: project.effects.now(),
    subject: 'Lockstep: mail works',
    language: 'en',
    ...renderBlocks([
      [{ kind: 'paragraph', text: 'This mail was sent by "lockstep mail check". Mail works.' }],
    ]),
  });
  return { found, recipients, leftOut: sent.leftOut, isSent: sent.status === 'sent' };
}
