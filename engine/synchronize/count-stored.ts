/** How much of a connector's data the store holds: what guards and percentages look at, and what initial mode must not find. */
import type { Model } from '../../config/index.ts';
import type { TableMap } from '../store/index.ts';
import { SynchronizeError } from './errors.ts';

/** By `entity:<identifier>` and `association:<identifier>`, for every mapping of the connector that is deployed. */
export function countStored(
  tables: TableMap,
  model: Model,
  connector: string,
): ReadonlyMap<string, number> {
  const stored = new Map<string, number>();
  for (const { identifier, connector: owner } of model.entityTypeMappings.values()) {
    const entity = tables.entities.get(identifier);
    if (owner === connector && entity !== undefined)
      stored.set(`entity:${identifier}`, entity.rowCount);
  }
  for (const { identifier, connector: owner } of model.associationMappings.values()) {
    const links = tables.associations.get(identifier);
    if (owner === connector && links !== undefined)
      stored.set(`association:${identifier}`, links.rowCount);
  }
  return stored;
}

/** Initial mode inserts without comparing: a second time everything would be there twice. */
export function refuseInitial(connector: string, name: string, stored: number): SynchronizeError {
  const [kind, identifier = ''] = name.split(':');
  return new SynchronizeError(
    'SYNCHRONIZE_INITIAL_NOT_EMPTY',
    `${identifier} already has ${stored} ${kind === 'entity' ? 'resources' : 'links'}; initial mode is for a connector of which nothing is stored.`,
    {
      hint: `Use --mode complete for connector ${connector}. Nothing was changed.`,
      details: { connector, identifier, stored },
    },
  );
}
