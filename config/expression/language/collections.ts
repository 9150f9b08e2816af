/** Collections that code can change: sets, dictionaries; and the entries of dictionaries and groups. */
import { failed } from '../expression-error.ts';
import { toUpperInvariant } from '../functions/letter-case.ts';
import type { Value, ValueObject } from './runtime.ts';

/** What tells values apart: resources by type and id, pairs and objects by themselves, all else by value. */
export function identityOf(value: Value): Value {
  if (typeof value !== 'object' || value === null || !('entityType' in value)) return value;
  return `${value.entityType}\0${value.id}`;
}

/** Identity of texts that ignores their case. */
export function identityIgnoringCase(value: Value): Value {
  return typeof value === 'string' ? toUpperInvariant(value) : identityOf(value);
}

type Identify = (value: Value) => Value;

/** The identity a `StringComparer` stands for; ordinal without one. */
export function identityFor(comparer: Value | undefined): Identify {
  const ignoresCase = typeof comparer === 'string' && comparer.endsWith('IgnoreCase');
  return ignoresCase ? identityIgnoringCase : identityOf;
}

/** `HashSet<T>`: items in the order they were added. */
export class ValueSet implements ValueObject {
  readonly isObject = true;
  readonly #items = new Map<Value, Value>();
  readonly #identify: Identify;

  constructor(identify: Identify = identityOf) {
    this.#identify = identify;
  }

  get size(): number {
    return this.#items.size;
  }

  [Symbol.iterator](): Iterator<Value> {
    return this.#items.values();
  }

  has(value: Value): boolean {
    return this.#items.has(this.#identify(value));
  }

  /** True when the item is new. */
  add(value: Value): boolean {
    const identity = this.#identify(value);
    if (this.#items.has(identity)) return false;
    this.#items.set(identity, value);
    return true;
  }

  delete(value: Value): boolean {
    return this.#items.delete(this.#identify(value));
  }

  clear(): void {
    this.#items.clear();
  }
}

/** One entry of a dictionary. */
export class ValuePair implements ValueObject {
  readonly isObject = true;
  readonly key: Value;
  readonly value: Value;

  constructor(key: Value, value: Value) {
    this.key = key;
    this.value = value;
  }
}

/** What GroupBy gives. */
export class ValueGroup implements ValueObject {
  readonly isObject = true;
  readonly key: Value;
  readonly items: Value[] = [];

  constructor(key: Value) {
    this.key = key;
  }

  [Symbol.iterator](): Iterator<Value> {
    return this.items[Symbol.iterator]();
  }
}

/** `Dictionary<K, V>`: entries in the order they were added. */
export class ValueMap implements ValueObject {
  readonly isObject = true;
  readonly #entries = new Map<Value, ValuePair>();
  readonly #identify: Identify;

  constructor(identify: Identify = identityOf) {
    this.#identify = identify;
  }

  get size(): number {
    return this.#entries.size;
  }

  [Symbol.iterator](): Iterator<Value> {
    return this.#entries.values();
  }

  get(key: Value): Value | undefined {
    return this.#entries.get(this.#keyOf(key))?.value;
  }

  has(key: Value): boolean {
    return this.#entries.has(this.#keyOf(key));
  }

  set(key: Value, value: Value): void {
    const identity = this.#keyOf(key);
    const kept = this.#entries.get(identity)?.key ?? key;
    this.#entries.set(identity, new ValuePair(kept, value));
  }

  delete(key: Value): boolean {
    return this.#entries.delete(this.#keyOf(key));
  }

  clear(): void {
    this.#entries.clear();
  }

  entries(): Iterable<ValuePair> {
    return this.#entries.values();
  }

  #keyOf(key: Value): Value {
    if (key === null) throw failed('a dictionary is given a key that is empty.');
    return this.#identify(key);
  }
}
