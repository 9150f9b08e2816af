/** The values an order wants in the entry itself. */
import { ConnectorError } from '../../errors.ts';
import type { ProvisioningOrder } from '../../order.ts';
import type { AttributeWish } from './attribute-changes.ts';
import type { TargetPlan } from './target-plan.ts';

/**
 * Scalars and links to one entry, but for those that name the entry. Throws `unsupported` for a property that the mapping
 * does not bring to an attribute: it would be lost otherwise.
 */
export function collectWishes(
  order: ProvisioningOrder,
  plan: TargetPlan,
): readonly AttributeWish[] {
  const wishes: AttributeWish[] = [];
  for (const change of order.changes) {
    const { property } = change;
    if (property === plan.dnProperty || property === plan.parentProperty) continue;
    if (change.kind === 'set') {
      const scalar = plan.scalars.get(property);
      if (scalar === undefined) {
        // A name alone, such as a property without column that is flagged IsRDNProperty, is no attribute.
        if (property === plan.namingProperty) continue;
        throw unmapped(property, plan);
      }
      wishes.push({
        kind: 'scalar',
        scalar,
        value: change.value,
        ...(change.expected === undefined ? {} : { expected: change.expected }),
      });
    } else {
      const link = plan.links.get(property);
      if (link === undefined) throw unmapped(property, plan);
      if (change.kind !== 'link' || link.writes !== 'own') continue;
      const name = (values: Readonly<Record<string, string | null>> | undefined) =>
        values?.[link.linkedProperty] ?? null;
      wishes.push({
        kind: 'name',
        property,
        attribute: link.attribute,
        value: name(change.value?.values),
        ...(change.expected === undefined ? {} : { expected: name(change.expected?.values) }),
      });
    }
  }
  return wishes;
}

function unmapped(property: string, plan: TargetPlan): ConnectorError {
  return new ConnectorError(
    'unsupported',
    `The property "${property}" of "${plan.resourceType}" has no attribute in the directory; nothing was written.`,
    { hint: 'Map the property to a column of the connection.', details: { property } },
  );
}
