/** Carries out orders in Active Directory: each one on the server whose base holds the entry. */
import { windowsAccounts } from '../spi/directory/orders/account-control.ts';
import { openDirectoryFulfiller } from '../spi/directory/orders/directory-fulfiller.ts';
import { dnKey } from '../spi/directory/session/dn.ts';
import { ConnectorError } from '../spi/errors.ts';
import type { ProvisioningOrder } from '../spi/order.ts';
import type { Executed, FoundTarget, Fulfiller, FulfillerFactory } from '../spi/package.ts';
import { checkAll } from './export.ts';
import { type ActiveDirectorySettings, toDirectories } from './settings.ts';

export const activeDirectoryFulfiller: FulfillerFactory<ActiveDirectorySettings> = {
  checkConnection: checkAll,
  openFulfiller: (settings, targets, context) => {
    const places = toDirectories(settings).map((directory) => ({
      base: dnKey(directory.Tables[0]?.BaseDN ?? ''),
      fulfiller: openDirectoryFulfiller(directory, targets, context, windowsAccounts),
    }));
    const [only] = places;
    // Nothing is opened before the first order, so there is nothing to wait for.
    return Promise.resolve(
      places.length === 1 && only !== undefined ? only.fulfiller : new ForestFulfiller(places),
    );
  },
};

interface Place {
  /** Its base, in the form that names are compared in. */
  readonly base: string;
  readonly fulfiller: Fulfiller;
}

/** Several pairs of server and base, as one. */
class ForestFulfiller implements Fulfiller {
  readonly #places: readonly Place[];

  constructor(places: readonly Place[]) {
    this.#places = places;
  }

  async fulfil(order: ProvisioningOrder): Promise<Executed> {
    return (await this.#choose(order)).fulfil(order);
  }

  async read(order: ProvisioningOrder): Promise<FoundTarget | null> {
    const chosen = await this.#choose(order);
    return chosen.read === undefined ? null : chosen.read(order);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { fulfiller } of this.#places) await fulfiller[Symbol.asyncDispose]();
  }

  /** By the names in the order; an entry that is no longer where it was known is looked for everywhere. */
  async #choose(order: ProvisioningOrder): Promise<Fulfiller> {
    const named = this.#findNamed(order);
    if (order.changeType === 'added') {
      if (named !== undefined) return named.fulfiller;
      throw new ConnectorError(
        'invalid-value',
        'The new entry is below none of the bases of the connection; nothing was written.',
        { hint: 'Correct the rule that computes its name, or add the base to Servers.' },
      );
    }
    const likely = named === undefined ? this.#places : [named, ...this.#places];
    for (const { fulfiller } of new Set(likely)) {
      if ((await fulfiller.read?.(order)) !== null) return fulfiller;
    }
    const [first] = likely;
    if (first === undefined) throw new Error('a connection has no server');
    return first.fulfiller;
  }

  #findNamed(order: ProvisioningOrder): Place | undefined {
    const texts =
      order.changeType === 'added'
        ? order.changes.flatMap((change) => {
            if (change.kind === 'set') return [change.value];
            return change.kind === 'link' ? Object.values(change.value?.values ?? {}) : [];
          })
        : Object.values(order.resource?.values ?? {});
    const keys = texts.flatMap((text) => (text === null ? [] : keyOf(text)));
    return this.#places
      .filter(({ base }) => keys.some((key) => key === base || key.endsWith(`,${base}`)))
      .toSorted((a, b) => b.base.length - a.base.length)[0];
  }
}

/** A text that is no name says nothing. */
function keyOf(text: string): readonly string[] {
  if (!text.includes('=')) return [];
  try {
    return [dnKey(text)];
  } catch (error) {
    if (error instanceof ConnectorError) return [];
    throw error;
  }
}
