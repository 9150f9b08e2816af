/** What directories do differently with accounts: how one begins, and how its password is written. */
import type { OrderPassword, ProvisioningOrder } from '../../order.ts';
import type { RawAttribute } from '../session/protocol.ts';
import { checkPassword, type PasswordPlace, writePassword } from './passwords.ts';

/** A new entry as it is added, and what makes it the one that was ordered. */
export interface NewAccount {
  readonly attributes: readonly RawAttribute[];
  /** After the password has been written. */
  readonly finish?: () => Promise<void>;
}

export interface AccountHooks {
  /** Throws before anything is written when the password of the order cannot be. */
  checkPassword(order: ProvisioningOrder, place: PasswordPlace): void;
  writePassword(dn: string, password: OrderPassword, place: PasswordPlace): Promise<void>;
  /** An account may only be switched on once it has a password. */
  readonly setsPasswordFirst: boolean;
  startAccount(
    dn: string,
    attributes: readonly RawAttribute[],
    order: ProvisioningOrder,
    place: PasswordPlace,
  ): NewAccount;
}

/** Directories without rules of their own: an entry is added as it is ordered. */
export const plainAccounts: AccountHooks = {
  checkPassword,
  writePassword,
  setsPasswordFirst: false,
  startAccount: (_dn, attributes) => ({ attributes }),
};
