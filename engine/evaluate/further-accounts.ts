/**
 * Accounts that people ask for beside the one that an owner has or is given: of a resource type that allows several, with
 * parameters of their own. Each is one row from its request to its end; rules neither take it over nor keep it.
 */
import type { ResourceType, ResourceView } from '../../config/index.ts';
import type { AssignedResourceType, Matches, PolicyValues } from './types.ts';

export function isFurtherAccount(
  resourceType: Pick<ResourceType, 'correlateMultipleResources'> | undefined,
  row: AssignedResourceType | null,
): boolean {
  if (resourceType?.correlateMultipleResources !== true || row?.request !== 'assign') return false;
  return Object.keys(row.parameters).length > 0;
}

/**
 * Whether this is the account that the row orders, or is about to: of several that a rule finds, each belongs to the row it
 * was made for. By its keys; where the policy gives none, by all texts that rules give.
 */
export function namesTarget(
  resourceType: ResourceType,
  { policyValues }: Pick<AssignedResourceType, 'policyValues'>,
  target: ResourceView,
  keys: readonly string[],
): boolean {
  const isText = (property: string): boolean => typeof policyValues[property] === 'string';
  const given = keys.filter(isText);
  const scalars = resourceType.scalarRules.map(({ property }) => property).filter(isText);
  const compared = given.length > 0 ? given : scalars;
  return (
    compared.length > 0 &&
    compared.every((property) => fold(policyValues[property]) === fold(target.scalar(property)))
  );
}

/** Of rows without a target, the one that this target belongs to; `undefined`: any that is none of these accounts. */
export function rowOfTarget(
  about: {
    readonly resourceType: ResourceType;
    readonly keys: readonly string[];
    readonly matches: Matches;
  },
  rows: readonly AssignedResourceType[],
  target: ResourceView,
): AssignedResourceType | undefined {
  const { resourceType, keys, matches } = about;
  const isOwn = (row: AssignedResourceType): boolean => isFurtherAccount(resourceType, row);
  const [first] = rows;
  if (!rows.some(isOwn)) return first;
  return (
    rows.find((row) => row.id !== null && matches.reported?.(row.id)?.id === target.id) ??
    rows.find((row) => namesTarget(resourceType, row, target, keys)) ??
    rows.find((row) => !isOwn(row))
  );
}

/** The keys of the accounts that one owner has and is given, so that none is ordered twice. */
export class AccountKeys {
  readonly #keys: readonly string[];
  readonly #taken = new Set<string>();

  constructor(keys: readonly string[]) {
    this.#keys = keys;
  }

  add(target: ResourceView | null, values: PolicyValues): void {
    for (const key of this.#keys) {
      const value = fold(target === null ? values[key] : target.scalar(key));
      if (value !== null) this.#taken.add(`${key}:${value}`);
    }
  }

  /** Why a creation with these values would make an account that is there already; `null`: it would not. */
  refuse(values: PolicyValues): string | null {
    for (const key of this.#keys) {
      const value = fold(values[key]);
      if (value === null || !this.#taken.has(`${key}:${value}`)) continue;
      return `It would be made with the ${key} ${String(values[key])}, which another account of the owner has or gets. Ask with parameters that give another one, or take the request back.`;
    }
    return null;
  }
}

function fold(value: PolicyValues[string] | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value.toLowerCase() : null;
}
