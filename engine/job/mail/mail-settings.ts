/** The way from the settings of a project to a mailer. */
import { resolveSetting, type SettingObject } from '../../../config/index.ts';
import {
  checkMailSettings,
  loadMailer,
  type Mailer,
  type MailSettings,
} from '../../../connectors/index.ts';
import { JobError } from '../errors.ts';
import type { Project, Workspace } from '../workspace.ts';

type Settled = Pick<Project | Workspace, 'settings' | 'effects'>;
export type MailPurpose = 'tickets' | 'password';

/** `null`: nothing says how mail is sent. Throws `MAIL_SETTINGS_INVALID` with all findings. */
export async function readMailSettings(
  { settings, effects }: Settled,
  purpose: MailPurpose,
): Promise<MailSettings | null> {
  const { usual, passwords } = settings.mail;
  const isOwn = purpose === 'password' && passwords !== undefined;
  const raw: SettingObject | undefined = isOwn ? passwords : usual;
  if (raw === undefined) return null;
  const section = isOwn ? 'PasswordResetSettings.MailSettings' : 'MailSettings';
  const resolved = await resolveSetting(raw, {
    folder: settings.folder,
    environment: effects.environment,
  });
  const check = checkMailSettings(resolved);
  if (check.status === 'valid') return check.settings;
  const list = check.findings
    .map(({ message, hint }) => (hint === undefined ? message : `${message} ${hint}`))
    .join('\n  ');
  throw new JobError('MAIL_SETTINGS_INVALID', `The settings of mail are not right:\n  ${list}`, {
    hint: `Correct the section ${section} of appsettings.agent.json, then see with "lockstep mail check".`,
    details: { section, findings: check.findings },
  });
}

export function openProjectMailer(
  { settings, effects }: Settled,
  mailSettings: MailSettings,
): Promise<Mailer> {
  return loadMailer(mailSettings, { projectFolder: settings.folder, signal: effects.signal });
}
