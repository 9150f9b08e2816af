/**
 * Where a domain controller stood when it was read, to find out later whether a bookmark of then still leads on: not when the
 * controller was put back to an earlier state, and not when deletions may have been forgotten since.
 */
import Type, { type Static } from 'typebox';
import { ConnectorError } from '../../errors.ts';
import type { ConnectorContext } from '../../package.ts';
import type { LdapSession } from '../session/session.ts';

export const standing = Type.Object({
  /** The database of this controller; another one, or one that was restored as it should be, has another. */
  invocationId: Type.String(),
  /** Its last number of a change. */
  usn: Type.String({ pattern: '^\\d{1,20}$' }),
  /** Milliseconds since 1970, by the clock of the export. */
  seenAt: Type.Optional(Type.Integer()),
});
export type Standing = Readonly<Static<typeof standing>>;

const dayMs = 86_400_000;
/** How long deletions are remembered where the directory does not say. */
const defaultLifetimeDays = 60;

/** `undefined` where the directory does not say. */
export async function readStanding(
  session: LdapSession,
  context: ConnectorContext,
): Promise<Standing | undefined> {
  const root = await readTexts(session, '', ['highestCommittedUSN', 'dsServiceName']);
  const usn = root('highestCommittedUSN');
  const service = root('dsServiceName');
  if (usn === undefined || service === undefined || !/^\d{1,20}$/.test(usn)) return undefined;
  const entry = await session.readEntry(service, ['invocationId']);
  const invocationId = entry?.attributes[0]?.values[0]?.toString('hex');
  if (invocationId === undefined) return undefined;
  return { invocationId, usn, seenAt: context.now() };
}

/** Throws `conflict` when changes since then cannot be told any more. */
export async function refuseOutdated(
  session: LdapSession,
  then: Standing,
  now: Standing | undefined,
): Promise<void> {
  const isSame = now?.invocationId === then.invocationId;
  if (isSame && BigInt(now.usn) < BigInt(then.usn)) {
    throw outdated(
      `${session.name} has fewer changes than when it was read last: it was put back to an earlier state`,
    );
  }
  if (then.seenAt === undefined || now?.seenAt === undefined) return;
  const ageDays = (now.seenAt - then.seenAt) / dayMs;
  // Asked only where it may matter: no directory forgets within two days.
  if (ageDays < 2) return;
  const lifetimeDays = await readLifetime(session);
  // A day less, as clocks differ.
  if (ageDays > lifetimeDays - 1) {
    throw outdated(
      `${session.name} was last read ${Math.floor(ageDays)} days ago, and forgets deletions after ${lifetimeDays}`,
    );
  }
}

function outdated(what: string): ConnectorError {
  return new ConnectorError('conflict', `${what}.`, { hint: 'Everything is read again.' });
}

/** Days. https://learn.microsoft.com/windows/win32/adschema/a-tombstonelifetime */
async function readLifetime(session: LdapSession): Promise<number> {
  const root = await readTexts(session, '', ['configurationNamingContext']);
  const configuration = root('configurationNamingContext');
  if (configuration === undefined) return defaultLifetimeDays;
  const dn = `CN=Directory Service,CN=Windows NT,CN=Services,${configuration}`;
  const days = Number((await readTexts(session, dn, ['tombstoneLifetime']))('tombstoneLifetime'));
  return Number.isInteger(days) && days > 0 ? days : defaultLifetimeDays;
}

async function readTexts(
  session: LdapSession,
  dn: string,
  attributes: readonly string[],
): Promise<(name: string) => string | undefined> {
  const entry = await session.readEntry(dn, attributes);
  return (name) =>
    entry?.attributes
      .find(({ type }) => type.toLowerCase() === name.toLowerCase())
      ?.values[0]?.toString('utf8');
}
