/** The root entry of a server: what it says about itself. https://www.rfc-editor.org/rfc/rfc4512#section-5.1 */
import { PresenceFilter } from 'ldapts';
import type { LdapConnection } from './connection.ts';
import { describeResult, resultCodes } from './failure.ts';
import { collect, runSearch } from './search.ts';

/** What the server says about itself; empty sets when it does not show its root entry to this login. */
export interface RootDse {
  readonly controls: ReadonlySet<string>;
  readonly extensions: ReadonlySet<string>;
  readonly namingContexts: readonly string[];
  readonly subschemaDn: string | undefined;
  /** Who made the server, in its own words. */
  readonly vendorName: string | undefined;
}

/** The vendor of Apache Directory, which differs where its name is used. */
export const apacheVendor = 'Apache Software Foundation';

export async function readRootDse(connection: LdapConnection): Promise<RootDse> {
  const { entries, result } = await collect(
    runSearch(connection, {
      baseDn: '',
      scope: 'base',
      filter: new PresenceFilter({ attribute: 'objectClass' }),
      attributes: [
        ...['supportedControl', 'supportedExtension', 'namingContexts', 'subschemaSubentry'],
        'vendorName',
      ],
    }),
  );
  // A server may hide its root entry; everything that depends on it then goes without.
  const isHidden =
    result.code === resultCodes.noSuchObject || result.code === 50 || result.code === 1;
  if (result.code !== resultCodes.success && !isHidden) {
    throw describeResult(result, { server: connection.server, action: 'reading its root entry' });
  }
  const read = (name: string): readonly string[] =>
    (entries[0]?.attributes ?? [])
      .filter(({ type }) => type.toLowerCase() === name.toLowerCase())
      .flatMap(({ values }) => values.map((value) => value.toString('utf8')));
  return {
    controls: new Set(read('supportedControl')),
    extensions: new Set(read('supportedExtension')),
    namingContexts: read('namingContexts'),
    subschemaDn: read('subschemaSubentry')[0],
    vendorName: read('vendorName')[0],
  };
}
