/** Looking at resources: what they hold, what they are linked to, what they were given. */
import {
  CodedError,
  describeProvisioningState,
  describeWorkflowState,
  type EntityType,
  type Model,
} from '../../../config/index.ts';
import {
  findByKeys,
  listHistory,
  listNeighbours,
  listResources,
  type ResourceName,
  type ResourceRow,
  readNames,
  readOwnedAssignments,
  readResources,
  readTableMap,
  type Store,
  type StoreTransaction,
  type TableMap,
} from '../../store/index.ts';

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
  readonly run: { readonly id: number; readonly at: string };
  readonly history: readonly {
    readonly validFrom: string;
    readonly validTo: string;
    readonly values: Readonly<Record<string, string | null>>;
  }[];
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
}

/** `EntityType:key`, or a key or id that only one resource answers to. */
export async function findResource(
  store: Store,
  model: Model,
  reference: string,
): Promise<ResourceReference> {
  return store.transaction(async (t) => {
    const tables = await readTableMap(t);
    const separator = reference.indexOf(':');
    const typeName = separator === -1 ? null : reference.slice(0, separator);
    const isTyped = typeName !== null && model.entityModel.entityTypes.has(typeName);
    const types = isTyped
      ? [model.entityModel.entityTypes.get(typeName)]
      : [...model.entityModel.entityTypes.values()];
    const key = isTyped ? reference.slice(separator + 1) : reference;
    const found: ResourceReference[] = [];
    for (const type of types) {
      if (type !== undefined) found.push(...(await findIn(t, tables, type, key)));
    }
    const [first, ...others] = found;
    if (first === undefined) {
      throw new ResourceError('RESOURCE_UNKNOWN', `No resource answers to "${reference}".`, {
        hint: `Write EntityType:key, such as ${[...model.entityModel.entityTypes.keys()][0] ?? 'Type'}:123; list them with "lockstep resource list <EntityType>".`,
      });
    }
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
  return store.transaction(async (t) => {
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
    const history = await listHistory(t, entity, row.id);
    return {
      ...reference,
      key: name?.key ?? row.mapping_key,
      displayName: name?.name ?? '',
      properties: scalarsOf(type, entity.columns, row),
      links,
      assignments: await summarize(t, model, reference, owned.resourceTypes, owned.deviations),
      roles: owned.roles.map((role) => ({
        role: role.role,
        state: describeWorkflowState(role.workflow_state),
        startDate: role.start_date,
        endDate: role.end_date,
      })),
      run: { id: row.run_id, at: row.valid_from },
      history: history.map((version) => ({
        validFrom: version.valid_from,
        validTo: version.valid_to,
        values: Object.fromEntries(
          scalarsOf(type, entity.columns, version).map(({ property, value }) => [property, value]),
        ),
      })),
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
  },
): Promise<
  readonly {
    readonly id: number;
    readonly key: string;
    readonly name: string;
    readonly values: Readonly<Record<string, string | null>>;
  }[]
> {
  return store.transaction(async (t) => {
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
    const rows = await listResources(t, entity, page);
    const names = await readNames(
      t,
      model.entityModel,
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

function scalarsOf(
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

async function summarize(
  t: StoreTransaction,
  model: Model,
  reference: ResourceReference,
  rows: Awaited<ReturnType<typeof readOwnedAssignments>>['resourceTypes'],
  deviations: ReadonlyMap<number, number>,
): Promise<readonly AssignmentSummary[]> {
  const summaries: AssignmentSummary[] = [];
  for (const row of rows) {
    const type = model.resourceTypes.get(row.resource_type);
    if (type === undefined) continue;
    const isOwner = type.sourceEntityType === reference.entityType && row.owner_id === reference.id;
    const isTarget =
      type.targetEntityType === reference.entityType && row.target_id === reference.id;
    if (!isOwner && !isTarget) continue;
    const owners = await readNames(t, model.entityModel, type.sourceEntityType, [row.owner_id]);
    const targets =
      row.target_id === null
        ? null
        : await readNames(t, model.entityModel, type.targetEntityType, [row.target_id]);
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
      deviations: deviations.get(row.id) ?? 0,
    });
  }
  return summaries;
}
