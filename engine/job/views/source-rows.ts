/** From a value of a resource back to the row it was read from. */
import { join } from 'node:path';
import type { EntityTypeMapping, Model } from '../../../config/index.ts';
import { readCsvFile, type Session } from '../../../connectors/index.ts';
import { findAltered, readSession } from '../../prepare/index.ts';
import {
  listResourceVersions,
  type ResourceVersion,
  readAppliedSession,
  readLatestLink,
  readTableMap,
  type StoreTransaction,
  type SynchronizationSessionRow,
  type TableMap,
} from '../../store/index.ts';
import { sessionsFolder } from '../tasks/prepare-connector.ts';
import type { Workspace } from '../workspace.ts';

export interface SourceRow {
  /** Connection table: the exported file, without extension. */
  readonly table: string;
  /** Row of that file, from 1, the header not counted; `null` when the last reading brought changes only, or cannot be read. */
  readonly row: number | null;
  /** The run that brought the value, and when. */
  readonly run: number;
  readonly at: string;
}

export interface SourceRows {
  /** By `EntityType:id:Property`. Values that no mapping reads, such as computed ones, have no source row. */
  readonly rows: ReadonlyMap<string, SourceRow>;
  /** Why rows are not told, where the files of a reading cannot be believed or are gone. */
  readonly notes: readonly string[];
}

export interface WantedSource {
  readonly entityType: string;
  readonly id: number;
  readonly property: string;
}

export async function findSourceRows(
  workspace: Workspace,
  wanted: readonly WantedSource[],
): Promise<SourceRows> {
  const rows = new Map<string, SourceRow>();
  const notes = new Set<string>();
  for (const [entityType, values] of Map.groupBy(wanted, (value) => value.entityType)) {
    const mapping = workspace.model.entityTypeMappings.get(entityType);
    if (mapping === undefined) continue;
    const { origins, session } = await workspace.store.read(async (t) => ({
      origins: await findOrigins(t, workspace.model, mapping, values),
      session: await readAppliedSession(t, mapping.connector),
    }));
    const keys = new Set(
      origins.flatMap(({ mappingKey }) => (mappingKey === null ? [] : [mappingKey])),
    );
    let lines: ReadonlyMap<string, number> = new Map();
    if (session !== undefined && keys.size > 0) {
      const found = await findRows(workspace, session, entityType, keys);
      if (found.status === 'read') lines = found.rows;
      else
        notes.add(
          `Rows of ${mapping.connector} are not told, because ${found.reason}. Its next complete run makes its files anew.`,
        );
    }
    for (const { name, mappingKey, source } of origins) {
      rows.set(
        name,
        mappingKey === null ? source : { ...source, row: lines.get(mappingKey) ?? null },
      );
    }
  }
  return { rows, notes: [...notes] };
}

interface Origin {
  readonly name: string;
  /** Key by which the row is found in the last reading; `null` when the store knows it. */
  readonly mappingKey: string | null;
  readonly source: SourceRow;
}

async function findOrigins(
  t: StoreTransaction,
  model: Model,
  mapping: EntityTypeMapping,
  values: readonly WantedSource[],
): Promise<readonly Origin[]> {
  const tables = await readTableMap(t);
  const entity = tables.entities.get(mapping.identifier);
  if (entity === undefined) return [];
  const ids = [...new Set(values.map(({ id }) => id))];
  const versions = Map.groupBy(await listResourceVersions(t, entity, ids), ({ id }) => Number(id));
  const origins: Origin[] = [];
  for (const value of values) {
    const name = `${value.entityType}:${value.id}:${value.property}`;
    const states = versions.get(value.id) ?? [];
    const now = states.at(-1);
    if (now === undefined || now.valid_to !== null) continue;
    if (mapping.properties.some(({ identifier }) => identifier === value.property)) {
      const column = entity.columns.get(value.property) ?? '';
      const { run_id: run, valid_from: at } = firstWithValue(states, now, column);
      const source = { table: mapping.connectionTable, row: null, run: Number(run), at };
      origins.push({ name, mappingKey: now.mapping_key, source });
      continue;
    }
    const source = await findLinkOrigin(t, model, tables, value);
    if (source !== null) origins.push({ name, mappingKey: null, source });
  }
  return origins;
}

/** The state that brought the value which `now`, the last of these, has. */
function firstWithValue(
  states: readonly ResourceVersion[],
  now: ResourceVersion,
  column: string,
): ResourceVersion {
  const lastOther = states.findLastIndex((state) => state[column] !== now[column]);
  return states[lastOther + 1] ?? now;
}

/** Of several links the one that came last: it made the property what it is. */
async function findLinkOrigin(
  t: StoreTransaction,
  model: Model,
  tables: TableMap,
  { entityType, id, property }: WantedSource,
): Promise<SourceRow | null> {
  for (const association of model.entityModel.associations.values()) {
    const mapping = model.associationMappings.get(association.identifier);
    const links = tables.associations.get(association.identifier);
    if (mapping === undefined || links === undefined) continue;
    const isFirst = association.type1 === entityType && association.property1 === property;
    const isSecond = association.type2 === entityType && association.property2 === property;
    if (!isFirst && !isSecond) continue;
    const link = await readLatestLink(t, links, isFirst ? 1 : 2, id);
    if (link === undefined) return null;
    return {
      table: mapping.connectionTable,
      row: link.source_row ?? null,
      run: Number(link.run_id),
      at: link.valid_from,
    };
  }
  return null;
}

type FoundRows =
  | { readonly status: 'read'; readonly rows: ReadonlyMap<string, number> }
  | { readonly status: 'unread'; readonly reason: string };

/** One pass over the clean file of the last reading, as long as it is as it was written. */
async function findRows(
  workspace: Workspace,
  { id, seal }: SynchronizationSessionRow,
  entityType: string,
  keys: ReadonlySet<string>,
): Promise<FoundRows> {
  const folder = join(sessionsFolder(workspace), id);
  let session: Session | null;
  try {
    session = await readSession(sessionsFolder(workspace), id, seal);
  } catch {
    const reason = `the description of its last reading, Work/Synchronization/${id}/session.json, is not as it was written`;
    return { status: 'unread', reason };
  }
  if (session === null)
    return { status: 'unread', reason: `the files of its last reading (${id}) are gone` };
  const rows = new Map<string, number>();
  const part = session.parts.find(
    (candidate) => candidate.kind === 'entity' && candidate.identifier === entityType,
  );
  const file = part?.sortedFile ?? null;
  if (file === null) return { status: 'read', rows };
  const sealed = session.files.filter(({ name }) => name === file);
  if ((await findAltered(folder, sealed)) !== null) {
    const reason = `Work/Synchronization/${id}/${file} is not as it was written`;
    return { status: 'unread', reason };
  }
  for await (const batch of readCsvFile(join(folder, file))) {
    for (const cells of batch.rows) {
      const key = cells[2] ?? '';
      if (keys.has(key)) rows.set(key, Number(cells[1]));
    }
    if (rows.size === keys.size) break;
  }
  return { status: 'read', rows };
}
