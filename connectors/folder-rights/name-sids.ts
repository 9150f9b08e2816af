/** Names of security identifiers: known everywhere, of this machine's Unix accounts, or of the file servers that were scanned. */
import { unixGroupPrefix, unixUserPrefix } from '../spi/acl/access-rights.ts';
import { findWellKnownName } from '../spi/acl/well-known-names.ts';
import { ConnectorError } from '../spi/errors.ts';
import type { ConnectorContext } from '../spi/package.ts';
import { programEnvironment } from '../spi/process/environment.ts';
import { runProgram } from '../spi/process/run-program.ts';
import type { ShareClient } from '../spi/smb/share-client.ts';

/** Identifiers that one program is asked for. */
const atOnce = 100;
const maxOutputBytes = 4_000_000;
const timeoutMs = 60_000;

/**
 * The names that are known, by identifier. Throws when somebody who should know does not answer: a name that is missing then
 * would look like one that was taken away.
 */
export async function nameSids(
  sids: readonly string[],
  servers: readonly ShareClient[],
  context: ConnectorContext,
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const sid of sids) {
    const name = findWellKnownName(sid);
    if (name !== undefined) names.set(sid, name);
  }
  await addUnixNames('passwd', unixUserPrefix, sids, names, context);
  await addUnixNames('group', unixGroupPrefix, sids, names, context);
  for (const server of servers) {
    const unknown = sids.filter((sid) => /^S-1-\d+-/.test(sid) && !names.has(sid));
    for (let start = 0; start < unknown.length; start += atOnce) {
      context.signal.throwIfAborted();
      const found = await server.lookUpNames(unknown.slice(start, start + atOnce));
      for (const [sid, name] of found) names.set(sid, name);
    }
  }
  return names;
}

async function addUnixNames(
  database: 'passwd' | 'group',
  prefix: string,
  sids: readonly string[],
  names: Map<string, string>,
  context: ConnectorContext,
): Promise<void> {
  const ids = sids.filter((sid) => sid.startsWith(prefix)).map((sid) => sid.slice(prefix.length));
  for (let start = 0; start < ids.length; start += atOnce) {
    const finished = await runProgram({
      program: 'getent',
      args: [database, ...ids.slice(start, start + atOnce)],
      folder: context.workFolder,
      environment: programEnvironment(context.environment ?? {}, { LC_ALL: 'C' }),
      signal: context.signal,
      timeoutMs,
      maxOutputBytes,
      mayLeaveOthers: false,
    });
    // 2: some of them are not known.
    if (finished.exitCode !== 0 && finished.exitCode !== 2) throw describeGetent(database);
    for (const line of finished.stdout.toString('utf8').split('\n')) {
      const [name = '', , id = ''] = line.split(':');
      if (name !== '' && ids.includes(id)) names.set(`${prefix}${id}`, name);
    }
  }
}

function describeGetent(database: string): ConnectorError {
  return new ConnectorError(
    'unexpected',
    `The list "${database}" of this machine cannot be read.`,
    {
      hint: 'Run getent by hand to see what is wrong with its sources (nsswitch.conf).',
    },
  );
}
