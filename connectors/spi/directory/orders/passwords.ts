/** Passwords of accounts: by the extended operation where the server has it, which then hashes them; else as an attribute. */
import { BerWriter } from 'ldapts';
import { ConnectorError } from '../../errors.ts';
import type { OrderPassword, ProvisioningOrder } from '../../order.ts';
import { apacheVendor } from '../session/root-dse.ts';
import type { DirectorySchema } from '../session/schema.ts';
import { isLoopback } from '../session/server-address.ts';
import type { LdapSession } from '../session/session.ts';
import type { DirectorySettings } from '../settings.ts';
import { change } from './attribute-changes.ts';

/** https://www.rfc-editor.org/rfc/rfc3062 */
const passwordModifyOid = '1.3.6.1.4.1.4203.1.11.1';
/** https://datatracker.ietf.org/doc/html/draft-behera-ldap-password-policy */
const mustChangeAttribute = 'pwdReset';

export interface PasswordPlace {
  readonly session: LdapSession;
  readonly schema: DirectorySchema;
  readonly settings: DirectorySettings;
}

/** Throws `unsupported` when the password of the order, if it has one, cannot be set here; nothing has been written then. */
export function checkPassword(order: ProvisioningOrder, place: PasswordPlace): void {
  const { password } = order;
  if (password === undefined) return;
  const { session, schema, settings } = place;
  if (!settings.IsLdapPasswordReset) {
    throw refuse(
      'its connection does not set passwords',
      'Set IsLdapPasswordReset of the connection to true.',
    );
  }
  const isPrivate =
    session.isEncrypted || session.server.AllowClearPassword || isLoopback(session.server);
  if (!isPrivate) {
    throw refuse('the connection is not encrypted', 'Set EnableSSL (SSL) or StartTls.');
  }
  if (password.mustChange && !schema.has(mustChangeAttribute.toLowerCase())) {
    throw refuse(
      `the server knows no ${mustChangeAttribute}, so nobody could be made to change it`,
      'Load a password policy in the server, or set MustChange of the password reset settings to false.',
    );
  }
}

function refuse(reason: string, hint: string): ConnectorError {
  return new ConnectorError(
    'unsupported',
    `The order sets a password, and ${reason}; nothing was written.`,
    { hint },
  );
}

/** Replaces the password of an entry; setting the same one again succeeds, unless a policy of the server forbids it. */
export async function writePassword(
  dn: string,
  { value, mustChange }: OrderPassword,
  { session }: PasswordPlace,
): Promise<void> {
  const { extensions, vendorName } = session.rootDse;
  // The operation of Apache Directory refuses an entry that has no password yet; it hashes the attribute as well.
  if (extensions.has(passwordModifyOid) && vendorName !== apacheVendor) {
    const action = `setting the password of "${dn}"`;
    await session.extend(passwordModifyOid, encodeRequest(dn, value.reveal()), action);
  } else {
    const bytes = Buffer.from(value.reveal(), 'utf8');
    await session.modify(dn, [change('replace', 'userPassword', [bytes])]);
  }
  if (!mustChange) return;
  await session.modify(dn, [change('replace', mustChangeAttribute, [Buffer.from('TRUE')])]);
}

function encodeRequest(dn: string, password: string): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeString(dn, 0x80);
  writer.writeString(password, 0x82);
  writer.endSequence();
  return writer.buffer;
}
