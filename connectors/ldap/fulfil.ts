/** Carries out orders in a directory; how is the same for all of them. */
import { directoryFulfiller } from '../spi/directory/orders/directory-fulfiller.ts';
import type { FulfillerFactory } from '../spi/package.ts';
import type { LdapSettings } from './settings.ts';

export const ldapFulfiller: FulfillerFactory<LdapSettings> = directoryFulfiller;
