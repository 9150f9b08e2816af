/** Lists of people by what a ticket is about. */
import type { Model } from '../../../config/index.ts';
import type { ProvisioningOrderRow } from '../../store/index.ts';

/**
 * The list of the resource type of a ticket, else of its connection, else of the entity type of its owners; empty when there
 * is none. Identifiers are found whatever their case.
 */
export function findForTicket(
  lists: ReadonlyMap<string, readonly string[]>,
  model: Model,
  row: Pick<ProvisioningOrderRow, 'resource_type' | 'connection'>,
): readonly string[] {
  if (lists.size === 0) return [];
  const owners = model.resourceTypes.get(row.resource_type)?.sourceEntityType ?? '';
  for (const wanted of [row.resource_type, row.connection, owners]) {
    for (const [identifier, people] of lists)
      if (identifier.toLowerCase() === wanted.toLowerCase()) return people;
  }
  return [];
}
