/**
 * What a confirmed ticket, or an order for the store itself, says is there, into the store as if it had been read: for what
 * nobody can read. The same
 * writer as that of synchronization; the next reading does not take what it wrote for gone.
 */
import type { Association, AssociationMapping, Model } from '../../config/index.ts';
import {
  ConnectorError,
  type LinkedResource,
  type ProvisioningOrder,
  type Values,
} from '../../connectors/index.ts';
import {
  applyEntityChanges,
  applyLinkChanges,
  type EntityTable,
  findByKeys,
  type LinkPair,
  type LoadRun,
  listLinkPairs,
  listVirtual,
  markVirtual,
  readResources,
  readTableMap,
  type StagedLink,
  type StagedRow,
  type StoreTransaction,
  stageEntities,
  stageLinks,
  unmarkVirtual,
} from '../store/index.ts';
import { FulfilError } from './errors.ts';

/** A ticket that is confirmed, with what its operator says was written instead of what was ordered. */
export interface ConfirmedTicket {
  readonly orderId: number;
  readonly order: ProvisioningOrder;
  readonly corrections: Values;
}

/** All tickets of one entity type at once; the order of the tickets counts where two are about one resource. */
export async function recordResources(
  t: StoreTransaction,
  model: Model,
  tickets: readonly ConfirmedTicket[],
  run: LoadRun,
): Promise<void> {
  for (const [entityType, own] of Map.groupBy(
    tickets,
    (ticket) => ticket.order.resourceType.targetEntityType,
  )) {
    const entity = (await readTableMap(t)).entities.get(entityType);
    if (entity !== undefined) await recordEntityType(t, model, entity, own, run);
  }
}

async function recordEntityType(
  t: StoreTransaction,
  model: Model,
  entity: EntityTable,
  tickets: readonly ConfirmedTicket[],
  run: LoadRun,
): Promise<void> {
  const keyProperty = keyPropertyOf(model, entity.entityType);
  const wasVirtual = await listVirtual(t, entity.entityType);
  const rows = await collectRows(t, entity, keyProperty, tickets);
  const properties = [...entity.columns.keys()];
  const written = [...rows.written].map(
    ([key, { values }]): StagedRow => [
      key,
      null,
      ...properties.map((property) => values[property] ?? null),
    ],
  );
  const stage = await stageEntities(t, entity, {
    kind: 'changes',
    properties,
    rows: once(written),
    deletions: once([...rows.deleted]),
  });
  await applyEntityChanges(t, stage, run);
  const idOf = await findByKeys(t, entity, [], [...rows.written.keys()]);
  const marked = [...rows.written].flatMap(([key, { orderId, isNew }]) => {
    const id = idOf.get(key);
    if (id === undefined || !(isNew || wasVirtual.has(id))) return [];
    const mark = { resource_id: id, entity_type: entity.entityType };
    return [{ ...mark, order_id: orderId, written_at: run.at }];
  });
  await markVirtual(t, marked);
  await unmarkVirtual(t, rows.deletedIds);
  await recordLinks(t, model, entity, tickets, run);
}

/** Why a new resource cannot be kept; by order, those without an obstacle are absent. */
export async function findObstacles(
  t: StoreTransaction,
  model: Model,
  tickets: readonly ConfirmedTicket[],
): Promise<ReadonlyMap<number, ConnectorError>> {
  const obstacles = new Map<number, ConnectorError>();
  const added = tickets.filter(({ order }) => order.changeType === 'added');
  for (const [entityType, own] of Map.groupBy(
    added,
    ({ order }) => order.resourceType.targetEntityType,
  )) {
    const entity = (await readTableMap(t)).entities.get(entityType);
    if (entity === undefined) continue;
    const keyProperty = keyPropertyOf(model, entityType);
    const known = await readKnown(t, entity, keyProperty, own);
    // Two orders of one part may be for one key: the first has it.
    const taken = new Map(known.byKey);
    for (const { orderId, order } of own) {
      const values = scalarsOf(order);
      const key = values[keyProperty] ?? null;
      if (key === null) obstacles.set(orderId, withoutKey(entityType, keyProperty));
      else if (!isSame(taken.get(key), values)) obstacles.set(orderId, keyTaken(entityType, key));
      else taken.set(key, { ...taken.get(key), ...values });
    }
  }
  return obstacles;
}

/** There is nothing yet, or exactly what is ordered. */
function isSame(present: Values | undefined, ordered: Values): boolean {
  if (present === undefined) return true;
  return Object.entries(ordered).every(([name, value]) => (present[name] ?? null) === value);
}

function withoutKey(entityType: string, property: string): ConnectorError {
  return new ConnectorError(
    'invalid-value',
    `Nobody could tell the new ${entityType} from others: the order gives it no ${property}.`,
    { hint: `Let a rule of the resource type give ${property} a value.` },
  );
}

function keyTaken(entityType: string, key: string): ConnectorError {
  return new ConnectorError(
    'already-exists',
    `There is a ${entityType} ${key} with other values.`,
    { hint: 'Correlate it with its owner, or let the rules give another key.' },
  );
}

interface CollectedRows {
  /** By mapping key: all values of the resource. */
  readonly written: ReadonlyMap<
    string,
    { readonly values: Values; readonly orderId: number; readonly isNew: boolean }
  >;
  readonly deleted: ReadonlySet<string>;
  readonly deletedIds: readonly number[];
}

async function collectRows(
  t: StoreTransaction,
  entity: EntityTable,
  keyProperty: string,
  tickets: readonly ConfirmedTicket[],
): Promise<CollectedRows> {
  const known = await readKnown(t, entity, keyProperty, tickets);
  const written = new Map<string, { values: Values; orderId: number; isNew: boolean }>();
  const deleted = new Set<string>();
  const deletedIds: number[] = [];
  for (const ticket of tickets) {
    const { orderId, order, corrections } = ticket;
    const id = Number(order.resource?.id ?? 0);
    const found = known.byId.get(id);
    if (order.changeType === 'deleted') {
      // Deleting what is gone is done.
      if (found === undefined) continue;
      deleted.add(found.key);
      written.delete(found.key);
      deletedIds.push(id);
      continue;
    }
    const values = { ...scalarsOf(order), ...corrections };
    if (order.changeType === 'modified' && found === undefined) continue;
    const key = found?.key ?? values[keyProperty] ?? null;
    if (key === null) throw missingKey(orderId, keyProperty);
    const before = written.get(key)?.values ?? found?.values ?? known.byKey.get(key) ?? {};
    const isNew = found === undefined && !known.byKey.has(key);
    deleted.delete(key);
    written.set(key, { values: { ...before, ...values }, orderId, isNew });
  }
  return { written, deleted, deletedIds };
}

interface Known {
  readonly byId: ReadonlyMap<number, { readonly key: string; readonly values: Values }>;
  readonly byKey: ReadonlyMap<string, Values>;
}

async function readKnown(
  t: StoreTransaction,
  entity: EntityTable,
  keyProperty: string,
  tickets: readonly ConfirmedTicket[],
): Promise<Known> {
  const ids = tickets.map(({ order }) => Number(order.resource?.id ?? 0)).filter((id) => id > 0);
  const keys = tickets.flatMap(({ order, corrections }) => {
    const key = corrections[keyProperty] ?? scalarsOf(order)[keyProperty];
    return order.changeType === 'added' && key !== null && key !== undefined ? [key] : [];
  });
  const byKeys = await findByKeys(t, entity, [], [...new Set(keys)]);
  const rows = await readResources(t, entity, [...new Set([...ids, ...byKeys.values()])]);
  const all = rows.map((row) => {
    const values = [...entity.columns].map(([property, column]) => {
      const value = row[column];
      return [property, value === null || value === undefined ? null : String(value)] as const;
    });
    return { id: row.id, key: row.mapping_key, values: Object.fromEntries(values) };
  });
  return {
    byId: new Map(all.map(({ id, key, values }) => [id, { key, values }])),
    byKey: new Map(all.map(({ key, values }) => [key, values])),
  };
}

function scalarsOf(order: ProvisioningOrder): Values {
  return Object.fromEntries(
    order.changes.flatMap((change) =>
      change.kind === 'set' ? [[change.property, change.value] as const] : [],
    ),
  );
}

/** The property that rows of the entity type are told apart by. */
function keyPropertyOf(model: Model, entityType: string): string {
  const mapped = model.entityTypeMappings.get(entityType)?.primaryKey.identifier;
  return mapped ?? model.entityModel.entityTypes.get(entityType)?.keys[0] ?? '';
}

function missingKey(orderId: number, property: string): FulfilError {
  return new FulfilError(
    'TICKET_KEY_MISSING',
    `Nobody can tell the resource of ticket ${orderId} from others: it has no ${property}.`,
    {
      hint: `Nothing was changed. Say what it is in the system, as: lockstep ticket confirm ${orderId} --set ${property}=…`,
      details: { orderId, property },
    },
  );
}

interface LinkChanges {
  readonly put: LinkPair[];
  readonly take: LinkPair[];
}

async function recordLinks(
  t: StoreTransaction,
  model: Model,
  entity: EntityTable,
  tickets: readonly ConfirmedTicket[],
  run: LoadRun,
): Promise<void> {
  const type = model.entityModel.entityTypes.get(entity.entityType);
  const tables = await readTableMap(t);
  for (const property of type?.properties.values() ?? []) {
    if (property.kind !== 'navigation') continue;
    const association = model.entityModel.associations.get(property.association);
    if (association === undefined) continue;
    const mapping =
      model.associationMappings.get(property.association) ??
      unmappedAssociation(model, association);
    const changes: LinkChanges = { put: [], take: [] };
    const table = tables.associations.get(property.association)?.table ?? '';
    for (const ticket of tickets)
      await collectLinks(t, { ...property, mapping, table }, ticket, changes);
    if (changes.put.length + changes.take.length === 0) continue;
    await applyLinks(t, association, mapping, changes, run);
  }
}

async function applyLinks(
  t: StoreTransaction,
  association: Association,
  mapping: AssociationMapping,
  { put, take }: LinkChanges,
  run: LoadRun,
): Promise<void> {
  const tables = await readTableMap(t);
  const links = tables.associations.get(association.identifier);
  if (links === undefined) return;
  const kept = new Set(put.map((pair) => JSON.stringify(pair)));
  const gone = new Map(take.map((pair) => [JSON.stringify(pair), pair]));
  const stage = await stageLinks(
    t,
    { links, association, mapping },
    {
      kind: 'changes',
      rows: once(
        [...new Map(put.map((pair) => [JSON.stringify(pair), pair])).values()].map(toStaged),
      ),
      deletions: once([...gone].filter(([text]) => !kept.has(text)).map(([, pair]) => pair)),
    },
  );
  await applyLinkChanges(t, stage, tables, run);
}

function toStaged([one, other]: LinkPair): StagedLink {
  return [one, other, null];
}

interface LinkProperty {
  readonly identifier: string;
  readonly side: 1 | 2;
  readonly mapping: AssociationMapping;
  /** Of its links. */
  readonly table: string;
}

/** Links as pairs of the values that the association finds its ends by. */
async function collectLinks(
  t: StoreTransaction,
  { identifier, mapping, side, table }: LinkProperty,
  { order, corrections }: ConfirmedTicket,
  changes: LinkChanges,
): Promise<void> {
  const { lookup1, lookup2 } = mapping;
  const [own, far] = side === 1 ? [lookup1, lookup2] : [lookup2, lookup1];
  const values: Values = { ...order.resource?.values, ...scalarsOf(order), ...corrections };
  const ownValue = values[own.property] ?? null;
  if (ownValue === null) return;
  const pair = (linked: LinkedResource): LinkPair | null => {
    const value = linked.values[far.property] ?? null;
    if (value === null) return null;
    return side === 1 ? [ownValue, value] : [value, ownValue];
  };
  const present = (): Promise<readonly LinkPair[]> => listLinkPairs(t, table, side, ownValue);
  if (order.changeType === 'deleted') {
    changes.take.push(...(await present()));
    return;
  }
  for (const change of order.changes) {
    if (change.kind === 'set' || change.property !== identifier) continue;
    if (change.kind === 'link') changes.take.push(...(await present()));
    const linked = change.value === null ? null : pair(change.value);
    if (linked === null) continue;
    if (change.kind === 'remove') changes.take.push(linked);
    else changes.put.push(linked);
  }
}

/** Links that nobody reads are told apart by the keys of their ends. */
function unmappedAssociation(model: Model, association: Association): AssociationMapping {
  const lookup = (entityType: string) => ({
    entityType,
    property: keyPropertyOf(model, entityType),
  });
  return {
    identifier: association.identifier,
    connector: '',
    connectionTable: '',
    column1: '',
    lookup1: lookup(association.type1),
    column2: '',
    lookup2: lookup(association.type2),
    thresholds: {
      maximumLinkInsertedLines: 0,
      maximumLinkDeletedLines: 0,
      maxLinkPercentageInsertedLines: 0,
      maxLinkPercentageDeletedLines: 0,
    },
    at: association.at,
  };
}

async function* once<T>(rows: readonly T[]): AsyncGenerator<readonly T[]> {
  if (rows.length > 0) yield rows;
}
