import type { MailSettings } from './mail-settings.ts';
import type { Mailer, MailerContext } from './open-mailer.ts';

export type { Mailer, Sent } from './open-mailer.ts';

/** A way to send mails; the library behind it is loaded now. Throws a `ConnectorError` for settings that cannot work. */
export async function loadMailer(settings: MailSettings, context: MailerContext): Promise<Mailer> {
  const { openMailer } = await import('./open-mailer.ts');
  return openMailer(settings, context);
}
