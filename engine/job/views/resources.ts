/** Looking at resources: what they hold, what they are linked to, what they were given. */
import {
  CodedError,
  describeProvisioningState,
  describeWorkflowState,
  type EntityType,
  type Model,
} from '../../../config/index.ts';
import { consolidate } from '../../evaluate/index.ts';
import {
  type AssignedResourceTypeRow,
  type AssignedValueRow,
  findByKeys,
  findFormerIds,
  findFormerIdsByProperty,
  listNeighbours,
  listResources,
  listResourcesAt,
  type ResourceName,
  type ResourceRow,
  readNames,
  readOwnedAssignments,
  readResources,
  readTableMap,
  readValuesOf,
  type Store,
  type StoreTransaction,
  type TableMap,
} from '../../store/index.ts';
import { type IndirectSummary, listIndirectAt } from './history-indirect.ts';
import { namesOf, type ReadNames } from './history-names.ts';
import { describeRoleState } from './role-state.ts';

/** A reference that names nothing, or more than one resource. */
export class ResourceError extends CodedError {}

export interface ResourceReference {
  readonly entityType: string;
  readonly id: number;
}

export interface ResourceDetails extends ResourceReference {
  readonly key: string;
  readonly displayName: string;
  readonly properties: readonly { readonly property: string; readonly value: string | null }[];
  readonly links: readonly {
    readonly property: string;
    readonly items: readonly (ResourceName & { readonly entityType: string })[];
  }[];
  /** What this resource owns, and what owns it. */
  readonly assignments: readonly AssignmentSummary[];
  readonly roles: readonly {
    readonly role: string;
    readonly state: string;
    readonly startDate: string | null;
    readonly endDate: string | null;
  }[];
  /** What it holds without having been given it; of an account, what comes through it. */
  readonly indirect: readonly IndirectSummary[];
  /** Who wrote the values, and when. */
  readonly run: { readonly id: number; readonly at: string };
  /** The time that is shown, when it is not the present. */
  readonly asOf: string | null;
}

export interface AssignmentSummary {
  readonly assignmentId: number;
  readonly resourceType: string;
  readonly role: 'owner' | 'target';
  readonly owner: ResourceName | null;
  readonly target: ResourceName | null;
  readonly workflowState: string;
  readonly provisioningState: string;
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly lastError: string | null;
  readonly deviations: number;
  /** The assignment together with its values. */
  readonly consolidated: {
    readonly provisioningState: string;
    /** Of the approval of a request. */
    readonly reviewState: string | null;
    readonly blocked: number;
    readonly found: number;
    readonly foundState: string | null;
  };
}

/**
 * `EntityType:key`, or a key or id that only one resource answers to. With `former`, resources that are gone answer where
 * none that is there does: the one that went by the key last.
 */
export async function findResource(
  store: Store,
  model: Model,
  reference: string,
  options: { readonly former?: boolean } = {},
): Promise<ResourceReference> {
  return store.read(async (t) => {
    const tables = await readTableMap(t);
    const { types, key } = parseReference(model, reference);
    const found: ResourceReference[] = [];
    for (const type of types) found.push(...(await findIn(t, tables, type, key)));
    if (found.length === 0 && options.former === true)
      for (const type of types) found.push(...(await findFormer(t, tables, type, key)));
    const [first, ...others] = found;
    if (first === undefined) throw unknownResource(model, reference, options.former === true);
    if (others.length > 0) {
      const types_ = [...new Set(found.map((reference_) => reference_.entityType))];
      throw new ResourceError(
        'RESOURCE_AMBIGUOUS',
        `"${reference}" names ${found.length} resources (${types_.join(', ')}).`,
        {
          hint: `Write it with its entity type: ${types_.map((type) => `${type}:${key}`).join(' or ')}.`,
        },
      );
    }
    return first;
  });
}

/** The entity types that a reference may mean, and the key it gives. */
export function parseReference(
  model: Model,
  reference: string,
): { readonly types: readonly EntityType[]; readonly key: string } {
  const { entityTypes } = model.entityModel;
  const separator = reference.indexOf(':');
  const type = separator === -1 ? undefined : entityTypes.get(reference.slice(0, separator));
  if (type === undefined) return { types: [...entityTypes.values()], key: reference };
  return { types: [type], key: reference.slice(separator + 1) };
}

function unknownResource(model: Model, reference: string, hasLookedBack: boolean): ResourceError {
  const example = [...model.entityModel.entityTypes.keys()][0] ?? 'Type';
  const back = hasLookedBack
    ? ''
    : ' One that is gone is shown with --history, or with --as-of a date when it was there.';
  return new ResourceError(
    'RESOURCE_UNKNOWN',
    hasLookedBack
      ? `No resource answers to "${reference}", nor did one that history knows.`
      : `No resource answers to "${reference}".`,
    {
      hint: `Write EntityType:key, such as ${example}:123; list them with "lockstep resource list <EntityType>".${back}`,
    },
  );
}

async function findFormer(
  t: StoreTransaction,
  tables: TableMap,
  type: EntityType,
  key: string,
): Promise<readonly ResourceReference[]> {
  const entity = tables.entities.get(type.identifier);
  if (entity === undefined) return [];
  const byKey = await findFormerIds(t, entity, key);
  const ids = byKey.length > 0 ? byKey : await findFormerIdsByProperty(t, entity, type.keys, key);
  const present = new Set((await readResources(t, entity, ids)).map((row) => row.id));
  // Who still is there has another key now, and is found by that; unless nobody else answers.
  const gone = ids.filter((id) => !present.has(id));
  const last = gone.at(-1) ?? ids.at(-1);
  return last === undefined ? [] : [{ entityType: type.identifier, id: last }];
}

async function findIn(
  t: StoreTransaction,
  tables: TableMap,
  type: EntityType,
  key: string,
): Promise<readonly ResourceReference[]> {
  const entity = tables.entities.get(type.identifier);
  if (entity === undefined) return [];
  const byKey = await findByKeys(t, entity, type.keys, [key]);
  const ids = new Set(byKey.values());
  if (ids.size === 0 && /^#?\d+$/.test(key)) {
    for (const row of await readResources(t, entity, [Number(key.replace('#', ''))]))
      ids.add(row.id);
  }
  return [...ids].map((id) => ({ entityType: type.identifier, id }));
}

export async function readResource(
  store: Store,
  model: Model,
  reference: ResourceReference,
): Promise<ResourceDetails> {
  return store.read(async (t) => {
    const tables = await readTableMap(t);
    const entity = tables.entities.get(reference.entityType);
    const type = model.entityModel.entityTypes.get(reference.entityType);
    const [row] = entity === undefined ? [] : await readResources(t, entity, [reference.id]);
    if (entity === undefined || type === undefined || row === undefined) {
      throw new ResourceError(
        'RESOURCE_UNKNOWN',
        `${reference.entityType} ${reference.id} is not in the store.`,
        { hint: 'It may have been removed by a synchronization.' },
      );
    }
    const name = (await readNames(t, model.entityModel, reference.entityType, [row.id])).get(
      row.id,
    );
    const links: { property: string; items: (ResourceName & { entityType: string })[] }[] = [];
    for (const property of type.properties.values()) {
      if (property.kind !== 'navigation') continue;
      const ids = await listNeighbours(
        t,
        tables,
        { association: property.association, fromSide: property.side },
        [row.id],
      );
      const names = await readNames(t, model.entityModel, property.target, ids);
      links.push({
        property: property.identifier,
        items: [...names.values()].map((item) => ({ ...item, entityType: property.target })),
      });
    }
    const owned = await readOwnedAssignments(t, reference.entityType, row.id);
    const readNow = namesOf(t, model.entityModel, null);
    return {
      ...reference,
      key: name?.key ?? row.mapping_key,
      displayName: name?.name ?? '',
      properties: scalarsOf(type, entity.columns, row),
      links,
      assignments: await summarize(
        readNow,
        model,
        reference,
        owned.resourceTypes,
        await readValuesOf(
          t,
          owned.resourceTypes.map((assigned) => assigned.id),
        ),
      ),
      roles: owned.roles.map((role) => ({
        role: role.role,
        state: describeRoleState(role),
        startDate: role.start_date,
        endDate: role.end_date,
      })),
      indirect: await listIndirectAt(
        t,
        model,
        {
          ...{ entityType: reference.entityType, ids: [row.id] },
          ownerIds: owned.resourceTypes.map((assigned) => assigned.owner_id),
        },
        null,
      ),
      run: { id: row.run_id, at: row.valid_from },
      asOf: null,
    };
  });
}

export async function listResourcePage(
  store: Store,
  model: Model,
  page: {
    readonly entityType: string;
    readonly afterId: number;
    readonly limit: number;
    readonly where?: { readonly property: string; readonly value: string };
    /** As it was then. */
    readonly at?: string;
  },
): Promise<
  readonly {
    readonly id: number;
    readonly key: string;
    readonly name: string;
    readonly values: Readonly<Record<string, string | null>>;
  }[]
> {
  return store.read(async (t) => {
    const tables = await readTableMap(t);
    const entity = tables.entities.get(page.entityType);
    const type = model.entityModel.entityTypes.get(page.entityType);
    if (entity === undefined || type === undefined) {
      throw new ResourceError(
        'ENTITY_TYPE_UNKNOWN',
        `There is no entity type "${page.entityType}".`,
        { hint: `The entity types are: ${[...tables.entities.keys()].join(', ')}.` },
      );
    }
    if (page.where !== undefined && !entity.columns.has(page.where.property)) {
      throw new ResourceError(
        'PROPERTY_UNKNOWN',
        `${page.entityType} has no scalar property "${page.where.property}".`,
        { hint: `Its properties are: ${[...entity.columns.keys()].join(', ')}.` },
      );
    }
    const { at } = page;
    const rows =
      at === undefined
        ? await listResources(t, entity, page)
        : await listResourcesAt(t, entity, { ...page, at });
    const names = await namesOf(
      t,
      model.entityModel,
      at ?? null,
    )(
      page.entityType,
      rows.map((row) => row.id),
    );
    return rows.map((row) => ({
      id: row.id,
      key: names.get(row.id)?.key ?? row.mapping_key,
      name: names.get(row.id)?.name ?? '',
      values: Object.fromEntries(
        scalarsOf(type, entity.columns, row).map(({ property, value }) => [property, value]),
      ),
    }));
  });
}

export function scalarsOf(
  type: EntityType,
  columns: ReadonlyMap<string, string>,
  row: ResourceRow,
): readonly { readonly property: string; readonly value: string | null }[] {
  const scalars = [...type.properties.values()].filter((property) => property.kind === 'scalar');
  return scalars.map(({ identifier }) => {
    const value = row[columns.get(identifier) ?? ''];
    return {
      property: identifier,
      value: value === undefined || value === null ? null : String(value),
    };
  });
}

type SummarizedRow = Pick<
  AssignedResourceTypeRow,
  | 'id'
  | 'resource_type'
  | 'owner_id'
  | 'target_id'
  | 'workflow_state'
  | 'provisioning_state'
  | 'start_date'
  | 'end_date'
  | 'last_error'
>;

type SummarizedValue = Pick<
  AssignedValueRow,
  'assigned_resource_type_id' | 'workflow_state' | 'provisioning_state'
>;

function describeConsolidated(
  row: SummarizedRow,
  values: readonly SummarizedValue[],
): AssignmentSummary['consolidated'] {
  const toPart = (part: Pick<SummarizedRow, 'workflow_state' | 'provisioning_state'>) => ({
    workflowState: part.workflow_state,
    provisioningState: part.provisioning_state,
  });
  const { provisioningState, reviewState, foundState, ...counts } = consolidate(
    toPart(row),
    values.map(toPart),
  );
  return {
    provisioningState: describeProvisioningState(provisioningState),
    reviewState: reviewState === null ? null : describeWorkflowState(reviewState),
    foundState: foundState === null ? null : describeWorkflowState(foundState),
    ...counts,
  };
}

/** Present states, or, with names of that time, those of another. */
export async function summarize(
  readNamesOf: ReadNames,
  model: Model,
  reference: ResourceReference,
  rows: readonly SummarizedRow[],
  values: readonly SummarizedValue[],
): Promise<readonly AssignmentSummary[]> {
  const summaries: AssignmentSummary[] = [];
  const valuesOf = Map.groupBy(values, (value) => Number(value.assigned_resource_type_id));
  for (const row of rows) {
    const type = model.resourceTypes.get(row.resource_type);
    if (type === undefined) continue;
    const isOwner = type.sourceEntityType === reference.entityType && row.owner_id === reference.id;
    const isTarget =
      type.targetEntityType === reference.entityType && row.target_id === reference.id;
    if (!isOwner && !isTarget) continue;
    const owners = await readNamesOf(type.sourceEntityType, [row.owner_id]);
    const targets =
      row.target_id === null ? null : await readNamesOf(type.targetEntityType, [row.target_id]);
    summaries.push({
      assignmentId: row.id,
      resourceType: row.resource_type,
      role: isOwner ? 'owner' : 'target',
      owner: owners.get(row.owner_id) ?? null,
      target: targets?.get(row.target_id ?? 0) ?? null,
      workflowState: describeWorkflowState(row.workflow_state),
      provisioningState: describeProvisioningState(row.provisioning_state),
      startDate: row.start_date,
      endDate: row.end_date,
      lastError: row.last_error,
      deviations: (valuesOf.get(Number(row.id)) ?? []).length,
      consolidated: describeConsolidated(row, valuesOf.get(Number(row.id)) ?? []),
    });
  }
  return summaries;
}
