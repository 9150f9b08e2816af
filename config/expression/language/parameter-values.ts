/** `assignment.ParametersValues`: the values of the parameters of an assigned role or resource type, by name. */
import type { ValueObject } from './runtime.ts';

export class ParameterValues implements ValueObject {
  readonly isObject = true;
  readonly #values: ReadonlyMap<string, string | null>;

  constructor(values: ReadonlyMap<string, string | null>) {
    this.#values = values;
  }

  /** Null for a parameter without a value, and for one that does not exist. */
  get(name: string): string | null {
    return this.#values.get(name) ?? null;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }
}
