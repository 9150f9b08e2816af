/** Carries out orders in a system in memory; each fault breaks one promise, as connectors do when nobody looks. */
import {
  type ConnectorContext,
  ConnectorError,
  type Executed,
  type FoundTarget,
  type Fulfiller,
  type FulfillerFactory,
  type PropertyChange,
  type ProvisioningOrder,
} from '../../../connectors/index.ts';
import type { FindSystem } from './export.ts';
import type { Faults } from './faults.ts';
import type { MemoryObject, MemorySystem } from './memory-system.ts';
import type { MemorySettings } from './settings.ts';
import { breakWritten } from './written-faults.ts';

export function createMemoryFulfiller(
  find: FindSystem,
  faults: Faults,
): FulfillerFactory<MemorySettings> {
  const shared: { latest?: MemorySystem } = {};
  return {
    async checkConnection(settings, context) {
      find(settings, context);
      return faults.has('connection-works') ? '' : 'The system takes orders.';
    },
    async openFulfiller(settings, _targets, context) {
      const system = find(settings, context);
      shared.latest = system;
      return new MemoryFulfiller({ system, settings, context, faults, shared });
    },
  };
}

interface FulfillerParts {
  readonly system: MemorySystem;
  readonly settings: MemorySettings;
  readonly context: ConnectorContext;
  readonly faults: Faults;
  readonly shared: { latest?: MemorySystem };
}

/** What an order wants of its object, by property. */
interface Wish {
  readonly texts: ReadonlyMap<string, string | null>;
  readonly changes: readonly PropertyChange[];
}

class MemoryFulfiller implements Fulfiller {
  readonly #parts: FulfillerParts;
  readonly #faults: Faults;
  readonly #wasStopped: boolean;
  #isOpen = true;

  constructor(parts: FulfillerParts) {
    this.#parts = parts;
    this.#faults = parts.faults;
    this.#wasStopped = parts.context.signal.aborted;
    parts.system.opened += 1;
  }

  get #system(): MemorySystem {
    const { shared, system } = this.#parts;
    return this.#faults.has('fulfillers-apart') ? (shared.latest ?? system) : system;
  }

  async fulfil(order: ProvisioningOrder): Promise<Executed> {
    this.#stopWhenTold();
    const { context, settings } = this.#parts;
    const signal = this.#faults.has('order-stopped-while-waiting') ? undefined : context.signal;
    try {
      await this.#system.answer(settings.TimeoutMs, signal);
    } catch (error) {
      throw this.#spoil(error);
    }
    if (order.password !== undefined && !this.#faults.has('password-of-order-hidden')) {
      throw new ConnectorError('unsupported', 'The system keeps no passwords.', {
        hint: 'Take PasswordResetSettings off the mapping.',
      });
    }
    context.logger.debug({ orderId: order.id }, 'carrying out an order');
    switch (order.changeType) {
      case 'added':
        this.#add(order);
        break;
      case 'modified':
        this.#modify(order);
        break;
      case 'deleted':
        this.#delete(order);
        break;
    }
    const status = this.#faults.has('order-carried-out') ? 'ticket-opened' : 'executed';
    const shown = order.password?.value.reveal();
    return { status, ...(shown === undefined ? {} : { message: `The password is ${shown}.` }) };
  }

  #stopWhenTold(): void {
    const { signal } = this.#parts.context;
    const isMissed = this.#wasStopped
      ? this.#faults.has('orders-stopped-before')
      : this.#faults.has('orders-stopped-between');
    if (!isMissed) signal.throwIfAborted();
  }

  #spoil(error: unknown): unknown {
    if (!(error instanceof ConnectorError)) return error;
    const isBroken =
      (error.kind === 'rate-limited' && this.#faults.has('order-throttled')) ||
      (error.kind === 'timeout' && this.#faults.has('order-times-out'));
    if (!isBroken) return error;
    return new ConnectorError('unexpected', 'Something happened.', { hint: 'Look closer.' });
  }

  #read(order: ProvisioningOrder): Wish {
    const known = ['key', 'name', 'note', 'place', 'groups'];
    const unknown = order.changes.find(({ property }) => !known.includes(property));
    if (unknown !== undefined && !this.#faults.has('unknown-property-refused')) {
      throw new ConnectorError('invalid-value', `The property ${unknown.property} is not mapped.`, {
        hint: 'Map it, or take it out of the rules.',
      });
    }
    const texts = new Map<string, string | null>();
    for (const change of order.changes) {
      if (change.kind !== 'set') continue;
      texts.set(change.property, breakWritten(change.value, this.#faults));
    }
    return { texts, changes: order.changes };
  }

  #keyOf(order: ProvisioningOrder): string {
    const named = order.resource?.values['key'];
    if (typeof named === 'string') return named;
    const change = order.changes.find(({ property }) => property === 'key');
    return change?.kind === 'set' ? (change.value ?? '') : '';
  }

  #add(order: ProvisioningOrder): void {
    const { texts } = this.#read(order);
    const key = this.#keyOf(order);
    if (this.#system.objects.has(key) && !this.#faults.has('added-twice-refused')) {
      throw new ConnectorError('already-exists', 'There is an object with this key.', {
        hint: 'Correlate it with its owner.',
        details: { key },
      });
    }
    const isForgotten = this.#faults.has('object-added') && key.startsWith('ADD');
    this.#system.write({
      key,
      name: texts.get('name') ?? null,
      note: isForgotten ? null : (texts.get('note') ?? null),
      values: [],
      groups: [],
      place: 'first',
    });
    if (this.#faults.has('empty-added') && texts.get('note') === null) {
      this.#system.write({ ...this.#must(key), note: '' });
    }
  }

  #must(key: string): MemoryObject {
    const found = this.#system.objects.get(key);
    if (found !== undefined) return found;
    if (this.#faults.has('missing-not-changed')) {
      return { key, name: null, note: null, values: [], groups: [], place: 'first' };
    }
    throw new ConnectorError('not-found', 'There is no such object.', {
      ...(this.#faults.has('errors-are-of-connectors') ? {} : { hint: 'Synchronize first.' }),
      details: { key },
    });
  }

  #modify(order: ProvisioningOrder): void {
    const { texts, changes } = this.#read(order);
    const key = this.#keyOf(order);
    const found = this.#must(key);
    this.#checkExpected(found, changes);
    const isSame =
      changes.length > 0 && [...texts].every(([name, text]) => textOf(found, name) === text);
    if (isSame && texts.size > 0 && this.#faults.has('changed-twice-same')) {
      throw new ConnectorError('conflict', 'Nothing would change.', { hint: 'Look closer.' });
    }
    const renamed = texts.get('key') ?? key;
    const isClearing = this.#faults.has('rest-left-alone') && texts.size > 0;
    const note = isClearing ? null : found.note;
    const cleared = this.#faults.has('null-clears') ? '' : null;
    this.#system.write({
      ...found,
      key: renamed,
      name: texts.has('name') ? (texts.get('name') ?? null) : found.name,
      note: texts.has('note') ? (texts.get('note') ?? cleared) : note,
      place: this.#faults.has('moved') ? found.place : (texts.get('place') ?? found.place),
      groups: this.#changeGroups(found.groups, changes),
    });
    if (renamed !== key && !this.#faults.has('renamed')) this.#system.remove(key);
  }

  #checkExpected(found: MemoryObject, changes: readonly PropertyChange[]): void {
    for (const change of changes) {
      if (change.kind !== 'set' || change.expected === undefined) continue;
      const isMet = textOf(found, change.property) === change.expected;
      const fault = change.expected === null ? 'conflict-with-nothing-refused' : 'conflict-refused';
      const isRefused = isMet
        ? this.#faults.has('expected-value-changed')
        : !this.#faults.has(fault);
      if (!isRefused) continue;
      const shown = this.#faults.has('errors-without-values') ? ` It is ${found.note}.` : '';
      throw new ConnectorError('conflict', `The value of ${change.property} is another.${shown}`, {
        hint: 'Look who changed it.',
      });
    }
  }

  #changeGroups(groups: readonly string[], changes: readonly PropertyChange[]): readonly string[] {
    let next = groups;
    let added = 0;
    for (const change of changes) {
      if (change.kind !== 'add' && change.kind !== 'remove') continue;
      const group = change.value.values['key'] ?? '';
      if (change.kind === 'add') {
        added += 1;
        const isThere = next.includes(group) && !this.#faults.has('link-there-already');
        const isLost = added > 1 && this.#faults.has('links-added');
        if (!isThere && !isLost) next = [...next, group];
        continue;
      }
      if (!next.includes(group) && this.#faults.has('link-gone-already')) {
        throw new ConnectorError('not-found', 'There is no such link.', { hint: 'Synchronize.' });
      }
      next = this.#faults.has('link-removed') ? [] : next.filter((one) => one !== group);
    }
    return next;
  }

  #delete(order: ProvisioningOrder): void {
    const key = this.#keyOf(order);
    if (!this.#system.objects.has(key) && this.#faults.has('deleted-twice-done')) this.#must(key);
    if (!this.#faults.has('object-deleted')) this.#system.remove(key);
    if (!this.#faults.has('others-left-alone')) return;
    for (const { key: other } of this.#system.list()) {
      if (other.startsWith(key)) this.#system.remove(other);
    }
  }

  async read(order: ProvisioningOrder): Promise<FoundTarget | null> {
    const isAdded = order.changeType === 'added';
    if (isAdded && this.#faults.has('read-after-adding')) return null;
    const found = this.#system.objects.get(this.#keyOf(order));
    if (found === undefined) {
      return this.#faults.has('read-of-nothing') ? { values: {}, links: {} } : null;
    }
    const note = this.#faults.has('read-as-written') ? null : found.note;
    return {
      values: { key: found.key, name: found.name, note },
      links: { groups: found.groups },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOpen) {
      if (this.#faults.has('closed-twice')) throw new Error('It is closed already.');
      return;
    }
    this.#isOpen = false;
    if (!this.#faults.has('closing-releases')) this.#parts.system.opened -= 1;
  }
}

function textOf(found: MemoryObject, property: string): string | null | undefined {
  switch (property) {
    case 'key':
      return found.key;
    case 'name':
      return found.name;
    case 'note':
      return found.note;
    case 'place':
      return found.place;
    default:
      return undefined;
  }
}
