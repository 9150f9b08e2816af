/** The data of a test into the store, as if every system had just been read completely. */
import type { Model } from '../../../config/index.ts';
import {
  applyEntityChanges,
  applyLinkChanges,
  readTableMap,
  recordSynchronized,
  resolveLinks,
  type StagedLink,
  type StagedRow,
  type StoreTransaction,
  stageEntities,
  stageLinks,
  startRun,
} from '../../store/index.ts';
import type { Company } from './company.ts';

/** `isOurs` tells the connectors whose data the company holds; the others are read from tables. */
export async function loadCompany(
  t: StoreTransaction,
  company: Company,
  request: {
    readonly model: Model;
    readonly isOurs: (connector: string) => boolean;
    readonly at: string;
  },
): Promise<void> {
  const { model, at } = request;
  const tables = await readTableMap(t);
  const run = { id: await beginRun(t, model, 'synchronize', at), at };
  const touched = company.takeTouched();
  for (const mapping of model.entityTypeMappings.values()) {
    const entity = tables.entities.get(mapping.identifier);
    if (!request.isOurs(mapping.connector) || entity === undefined) continue;
    if (touched.has(mapping.identifier)) {
      const properties = mapping.properties.map(({ identifier }) => identifier);
      const rows = company
        .rows(mapping.identifier, properties)
        .map(([key, ...values]): StagedRow => [key, null, ...values]);
      const given = {
        kind: 'complete',
        properties,
        rows: batch(rows),
        deletions: batch([]),
      } as const;
      await applyEntityChanges(t, await stageEntities(t, entity, given), run);
    }
    await recordSynchronized(t, mapping.identifier, at, run.id);
  }
  for (const mapping of model.associationMappings.values()) {
    const association = model.entityModel.associations.get(mapping.identifier);
    const links = tables.associations.get(mapping.identifier);
    if (association === undefined || links === undefined || !request.isOurs(mapping.connector))
      continue;
    if (!touched.has(association.type1) && !touched.has(association.type2)) continue;
    const pairs = company
      .pairs(mapping.identifier)
      .map(([one, other]): StagedLink => [one, other, null]);
    const given = { kind: 'complete', rows: batch(pairs), deletions: batch([]) } as const;
    const stage = await stageLinks(t, { links, association, mapping }, given);
    await applyLinkChanges(t, stage, tables, run);
    await resolveLinks(t, tables, association, mapping, run);
  }
}

export function beginRun(
  t: StoreTransaction,
  model: Model,
  kind: string,
  startedAt: string,
): Promise<number> {
  return startRun(t, { kind, subject: '', configurationHash: model.hash, startedAt });
}

async function* batch<T>(rows: readonly T[]): AsyncGenerator<readonly T[]> {
  if (rows.length > 0) yield rows;
}
