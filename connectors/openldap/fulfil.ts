/** Carries out orders in OpenLDAP, as in any directory. */
import { checkConnection } from '../spi/directory/entries/check-connection.ts';
import { directoryFulfiller } from '../spi/directory/orders/directory-fulfiller.ts';
import type { FulfillerFactory, FulfilTarget } from '../spi/package.ts';
import { type OpenLdapSettings, readSuffix, toDirectorySettings } from './settings.ts';

export const openLdapFulfiller: FulfillerFactory<OpenLdapSettings> = {
  checkConnection: (settings, context) =>
    checkConnection(toDirectorySettings(settings, []), context),
  openFulfiller(settings, targets, context) {
    const suffixes = targets.flatMap(({ links }) => links.map(({ tableSuffix }) => tableSuffix));
    const shared = toDirectorySettings(settings, suffixes);
    return directoryFulfiller.openFulfiller(shared, targets.map(renameTables), context);
  },
};

function renameTables(target: FulfilTarget): FulfilTarget {
  return {
    ...target,
    tableSuffix: readSuffix(target.tableSuffix),
    links: target.links.map((link) => ({ ...link, tableSuffix: readSuffix(link.tableSuffix) })),
  };
}
