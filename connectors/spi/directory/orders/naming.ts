/** The name an order gives to its entry. */
import { ConnectorError } from '../../errors.ts';
import type { ProvisioningOrder } from '../../order.ts';
import {
  areSameDn,
  firstRelativeName,
  formatPart,
  formatRelativeName,
  joinDn,
  parentOf,
  parseDn,
} from '../session/dn.ts';
import type { TargetPlan } from './target-plan.ts';

/** A name to give, cut at its first unescaped comma. */
export interface NewName {
  readonly relativeName: string;
  readonly parent: string;
  readonly dn: string;
}

/** The value an order sets, `undefined` when it does not mention the property. Links give the value of `linkedProperty`. */
export function readWish(
  order: ProvisioningOrder,
  property: string | undefined,
  linkedProperty = 'dn',
): string | null | undefined {
  if (property === undefined) return undefined;
  for (const change of order.changes) {
    if (change.property !== property) continue;
    if (change.kind === 'set') return change.value;
    if (change.kind === 'link') return readLinkedDn(change.value?.values, linkedProperty);
  }
  return undefined;
}

/** The value an order expects to find, `undefined` when it expects none in particular. */
function readExpected(
  order: ProvisioningOrder,
  property: string | undefined,
  linkedProperty = 'dn',
): string | null | undefined {
  const change = order.changes.find((one) => one.property === property);
  if (change?.kind === 'set') return change.expected;
  if (change?.kind !== 'link' || change.expected === undefined) return undefined;
  return readLinkedDn(change.expected?.values, linkedProperty);
}

function readLinkedDn(
  values: Readonly<Record<string, string | null>> | undefined,
  linkedProperty: string,
): string | null {
  if (values === undefined) return null;
  const exact = values[linkedProperty];
  if (exact !== undefined) return exact;
  const name = Object.keys(values).find((key) => key.toLowerCase() === 'dn');
  return name === undefined ? null : (values[name] ?? null);
}

/** The name of a new entry. Throws `invalid-value` when the order does not give one. */
export function nameNewEntry(order: ProvisioningOrder, plan: TargetPlan): NewName {
  const dn = readWish(order, plan.dnProperty);
  if (dn !== undefined && dn !== null && dn !== '') return splitName(dn);
  const value = readWish(order, plan.namingProperty);
  const parent = readWish(order, plan.parentProperty, plan.parentLinkedProperty);
  if (value && parent) {
    parseDn(parent);
    const relativeName = formatRelativeName(plan.namingAttribute, value);
    return { relativeName, parent, dn: joinDn(relativeName, parent) };
  }
  throw new ConnectorError(
    'invalid-value',
    `The order for "${plan.resourceType}" does not say where the new entry goes.`,
    {
      hint: `Compute the property mapped to dn, or both the one mapped to parentdn and the one mapped to ${plan.namingAttribute}.`,
    },
  );
}

/**
 * The name of an existing entry after the order; `undefined` when it stays. Throws `conflict` when someone else has moved
 * the entry and the order moves it elsewhere; `isThere` tells whether the directory has an entry.
 */
export async function renameEntry(
  order: ProvisioningOrder,
  plan: TargetPlan,
  currentDn: string,
  isThere: (dn: string) => Promise<boolean>,
): Promise<NewName | undefined> {
  const wanted = findWantedName(order, plan, currentDn);
  if (wanted === undefined || isSameName(currentDn, wanted)) return undefined;
  const moved = findMove(order, plan, currentDn, wanted);
  // The place has another name by now, or is gone: everything in it was moved with it.
  if (moved === undefined || !(await isThere(moved.place))) return wanted;
  throw new ConnectorError(
    'conflict',
    `The entry expected at "${moved.expected}" was moved to "${currentDn}" in the meantime; nothing was written.`,
    {
      hint: 'Export the directory again and compute the orders anew.',
      details: { property: moved.property, dn: currentDn },
    },
  );
}

interface Move {
  readonly property: string | undefined;
  readonly expected: string;
  /** Where the entry would still have to be. */
  readonly place: string;
}

/** The name or the place that the order expects, where the entry has neither that one nor the one it is given. */
function findMove(
  order: ProvisioningOrder,
  plan: TargetPlan,
  currentDn: string,
  wanted: NewName,
): Move | undefined {
  const parent = parentOf(currentDn);
  const expectedDn = readExpected(order, plan.dnProperty);
  if (expectedDn && !areSameDn(expectedDn, currentDn)) {
    const isOnlyMoved = areSameDn(firstRelativeName(expectedDn), firstRelativeName(currentDn));
    const place = isOnlyMoved ? parentOf(expectedDn) : parent;
    return { property: plan.dnProperty, expected: expectedDn, place };
  }
  const place = readExpected(order, plan.parentProperty, plan.parentLinkedProperty);
  if (!place || areSameDn(place, parent) || areSameDn(wanted.parent, parent)) return undefined;
  const expected = joinDn(firstRelativeName(currentDn), place);
  return { property: plan.parentProperty, expected, place };
}

function findWantedName(
  order: ProvisioningOrder,
  plan: TargetPlan,
  currentDn: string,
): NewName | undefined {
  const dn = readWish(order, plan.dnProperty);
  if (dn !== undefined && dn !== null && dn !== '') return splitName(dn);
  const parent =
    readWish(order, plan.parentProperty, plan.parentLinkedProperty) || parentOf(currentDn);
  const relativeName = renameParts(order, plan, currentDn);
  if (relativeName === undefined && areSameDn(parent, parentOf(currentDn))) return undefined;
  parseDn(parent);
  const first = relativeName ?? firstRelativeName(currentDn);
  return { relativeName: first, parent, dn: joinDn(first, parent) };
}

/** The first relative name with the values that the order sets; `undefined` when none of them changes. */
function renameParts(
  order: ProvisioningOrder,
  plan: TargetPlan,
  currentDn: string,
): string | undefined {
  const parts = parseDn(currentDn)[0] ?? [];
  let hasChanged = false;
  const renamed = parts.map((part) => {
    const value = findNamingValue(order, plan, part.type);
    if (!value || value === part.value) return formatPart(part);
    hasChanged = true;
    return formatRelativeName(part.type, value);
  });
  return hasChanged ? renamed.join('+') : undefined;
}

function findNamingValue(
  order: ProvisioningOrder,
  plan: TargetPlan,
  type: string,
): string | null | undefined {
  const isNamingType = type.toLowerCase() === plan.namingAttribute.toLowerCase();
  const named = isNamingType ? readWish(order, plan.namingProperty) : undefined;
  if (named !== undefined) return named;
  for (const scalar of plan.scalars.values()) {
    if (scalar.column.attribute.toLowerCase() === type.toLowerCase()) {
      return readWish(order, scalar.property);
    }
  }
  return undefined;
}

function splitName(dn: string): NewName {
  if (parseDn(dn).length === 0) {
    throw new ConnectorError('invalid-value', 'An entry cannot have the empty name.', {
      hint: 'Check the rule that computes the name of the entry.',
    });
  }
  return { relativeName: firstRelativeName(dn), parent: parentOf(dn), dn };
}

/** Same entry, and the first name spelled alike: a change of case only is a rename, too. */
function isSameName(currentDn: string, wanted: NewName): boolean {
  if (!areSameDn(currentDn, wanted.dn)) return false;
  const current = parseDn(currentDn)[0] ?? [];
  const next = parseDn(wanted.relativeName)[0] ?? [];
  return current.every((part) =>
    next.some(
      (other) => other.type.toLowerCase() === part.type.toLowerCase() && other.value === part.value,
    ),
  );
}
