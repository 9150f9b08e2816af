/** A resource as it was at some time: values, links, and what it had been given. */
import type { Model } from '../../../config/index.ts';
import {
  type AssignedResourceTypeRow,
  type AssignedRoleRow,
  type AssignedValueRow,
  type AssignmentVersion,
  findByKeys,
  findFormerIds,
  findFormerIdsByProperty,
  findRuns,
  listAssignmentVersions,
  listNeighboursAt,
  listResourceVersions,
  type ResourceVersion,
  readPurgeMark,
  readResourcesAt,
  readTableMap,
  type Store,
  type StoreTransaction,
  type TableMap,
} from '../../store/index.ts';
import { listIndirectAt } from './history-indirect.ts';
import { nameOf, namesOf } from './history-names.ts';
import {
  findResource,
  parseReference,
  type ResourceDetails,
  ResourceError,
  type ResourceReference,
  scalarsOf,
  summarize,
} from './resources.ts';
import { describeRoleState } from './role-state.ts';

/** Throws `RESOURCE_UNKNOWN`, `RESOURCE_AMBIGUOUS` or `RESOURCE_THEN_UNKNOWN`. */
export async function readResourceAt(
  store: Store,
  model: Model,
  reference: string,
  at: string,
): Promise<ResourceDetails> {
  const found = await store.read((t) => findAt(t, model, reference, at));
  const chosen = found ?? (await findResource(store, model, reference, { former: true }));
  return store.read(async (t) => {
    const tables = await readTableMap(t);
    const entity = tables.entities.get(chosen.entityType);
    const type = model.entityModel.entityTypes.get(chosen.entityType);
    const row =
      entity === undefined
        ? undefined
        : (await readResourcesAt(t, entity, [chosen.id], at)).get(chosen.id);
    if (entity === undefined || type === undefined || row === undefined)
      throw await notThere(t, model, tables, chosen, reference, at);
    const { key, name } = nameOf(model.entityModel, entity, row);
    return {
      ...chosen,
      key,
      displayName: name,
      properties: scalarsOf(type, entity.columns, row),
      links: await linksAt(t, model, tables, chosen, at),
      ...(await assignedAt(t, model, chosen, at)),
      run: { id: row.run_id, at: row.valid_from },
      asOf: at,
    };
  });
}

/** Who went by the key at that time: not always who does now. */
async function findAt(
  t: StoreTransaction,
  model: Model,
  reference: string,
  at: string,
): Promise<ResourceReference | null> {
  const tables = await readTableMap(t);
  const { types, key } = parseReference(model, reference);
  const found: ResourceReference[] = [];
  for (const type of types) {
    const entity = tables.entities.get(type.identifier);
    if (entity === undefined) continue;
    const columns = [
      'mapping_key',
      ...type.keys.map((k) => entity.columns.get(k) ?? 'mapping_key'),
    ];
    const then = async (ids: readonly number[]): Promise<readonly ResourceVersion[]> =>
      [...(await readResourcesAt(t, entity, ids, at)).values()].filter((row) =>
        columns.some((column) => row[column] === key),
      );
    // Most have the key they had; only for the others history is searched.
    let rows = await then([...(await findByKeys(t, entity, type.keys, [key])).values()]);
    if (rows.length === 0) rows = await then(await findFormerIds(t, entity, key));
    if (rows.length === 0)
      rows = await then(await findFormerIdsByProperty(t, entity, type.keys, key));
    for (const { id } of rows) found.push({ entityType: type.identifier, id });
  }
  const [only, ...others] = found;
  return only !== undefined && others.length === 0 ? only : null;
}

async function linksAt(
  t: StoreTransaction,
  model: Model,
  tables: TableMap,
  { entityType, id }: ResourceReference,
  at: string,
): Promise<ResourceDetails['links']> {
  const links: ResourceDetails['links'][number][] = [];
  const properties = model.entityModel.entityTypes.get(entityType)?.properties.values() ?? [];
  for (const property of properties) {
    if (property.kind !== 'navigation') continue;
    const table = tables.associations.get(property.association);
    const ids = table === undefined ? [] : await listNeighboursAt(t, table, property.side, id, at);
    const names = await namesOf(t, model.entityModel, at)(property.target, ids);
    links.push({
      property: property.identifier,
      items: [...names.values()].map((item) => ({ ...item, entityType: property.target })),
    });
  }
  return links;
}

async function assignedAt(
  t: StoreTransaction,
  model: Model,
  reference: ResourceReference,
  at: string,
): Promise<Pick<ResourceDetails, 'assignments' | 'roles' | 'indirect'>> {
  const inForce = (rows: readonly AssignmentVersion[]): readonly AssignmentVersion[] =>
    rows.filter((row) => row.valid_from <= at && (row.valid_to === null || row.valid_to > at));
  const ids = [reference.id];
  const byEnds = { columns: ['owner_id', 'target_id'], ids };
  const types = inForce(await listAssignmentVersions(t, 'assigned_resource_types', byEnds));
  const values = inForce(
    await listAssignmentVersions(t, 'assigned_values', {
      columns: ['assigned_resource_type_id'],
      ids: types.map((row) => row.id),
    }),
  );
  const roles = inForce(
    await listAssignmentVersions(t, 'assigned_roles', { columns: ['owner_id'], ids }),
  );
  return {
    assignments: await summarize(
      namesOf(t, model.entityModel, at),
      model,
      reference,
      // The columns of a version are those of the table.
      types as unknown as readonly AssignedResourceTypeRow[],
      values as unknown as readonly AssignedValueRow[],
    ),
    roles: roles
      .filter((row) => row['owner_type'] === reference.entityType)
      .map((row) => ({
        role: String(row['role']),
        // The columns of a version are those of the table.
        state: describeRoleState(row as unknown as AssignedRoleRow),
        startDate: textOf(row['start_date']),
        endDate: textOf(row['end_date']),
      })),
    indirect: await listIndirectAt(
      t,
      model,
      {
        ...{ entityType: reference.entityType, ids },
        ownerIds: types.map((row) => Number(row['owner_id'])),
      },
      at,
    ),
  };
}

function textOf(value: string | number | null | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}

/** Says when it was there, as far as history knows. */
async function notThere(
  t: StoreTransaction,
  model: Model,
  tables: TableMap,
  { entityType, id }: ResourceReference,
  reference: string,
  at: string,
): Promise<ResourceError> {
  const entity = tables.entities.get(entityType);
  const versions = entity === undefined ? [] : await listResourceVersions(t, entity, [id]);
  const purged = await readPurgeMark(t);
  const first = versions[0];
  const last = versions.at(-1);
  const hint = 'Its whole history is shown with "lockstep resource show --history".';
  const name =
    entity === undefined || last === undefined
      ? reference
      : `${entityType}:${nameOf(model.entityModel, entity, last).key}`;
  const details = { entityType, id, at };
  if (purged !== null && at < purged && first !== undefined && at < first.valid_from)
    return new ResourceError(
      'RESOURCE_THEN_UNKNOWN',
      `What ${name} was at ${at} is not known any more: history before ${purged} was purged.`,
      { hint, details },
    );
  return new ResourceError(
    'RESOURCE_THEN_UNKNOWN',
    `${name} was not there at ${at}: ${await describeLife(t, at, first, last)}.`,
    { hint, details },
  );
}

async function describeLife(
  t: StoreTransaction,
  at: string,
  first: ResourceVersion | undefined,
  last: ResourceVersion | undefined,
): Promise<string> {
  if (first !== undefined && at < first.valid_from)
    return `it appeared at ${first.valid_from}, with run ${first.run_id}`;
  const end = last?.valid_to ?? null;
  if (end === null) return 'nothing is known of that time';
  const [run] = await findRuns(t, { ids: [], startedAt: [end] });
  return `it was removed at ${end}${run === undefined ? '' : `, with run ${run.id}`}`;
}
