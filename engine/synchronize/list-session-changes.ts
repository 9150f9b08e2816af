/** What a prepared session would change, row by row, and nothing changed: compared with the store as it is, and rolled back. */
import type { EntityType } from '../../config/index.ts';
import type { SessionPart } from '../../connectors/index.ts';
import {
  type ChangeKind,
  type EntityStage,
  listStagedChanges,
  listStagedLinkChanges,
  type ResourceRow,
  readResources,
  readTableMap,
  type StagedChange,
  type StagedRow,
  type Store,
  type StoreTransaction,
  type TableMap,
} from '../store/index.ts';
import { type StageRequest, stageEntityPart, stageLinkPart } from './stage-session.ts';

export interface RowChange {
  readonly kind: ChangeKind;
  readonly of: 'entity' | 'association';
  /** Entity type or association. */
  readonly identifier: string;
  /** Mapping key; of a link the values of both ends. */
  readonly key: string;
  /** Display name; empty for links. */
  readonly name: string;
  /** Row of the connection table; `null` where unknown. */
  readonly row: number | null;
  readonly table: string;
  readonly properties: readonly {
    readonly property: string;
    readonly from: string | null;
    readonly to: string | null;
  }[];
}

export interface ChangeFilter {
  /** Entity types and associations; empty: all. */
  readonly identifiers: readonly string[];
  readonly kinds: readonly ChangeKind[];
  readonly limit: number;
  /** Changes to pass over. */
  readonly after: number;
}

export interface ListedChanges {
  readonly total: number;
  readonly changes: readonly RowChange[];
}

class LookedAt extends Error {}

/** Memory: one page. Takes as long as the comparison of a dry run. */
export async function listSessionChanges(
  store: Store,
  request: StageRequest,
  filter: ChangeFilter,
): Promise<ListedChanges> {
  let listed: ListedChanges | undefined;
  try {
    await store.transaction(async (transaction) => {
      listed = await listInTransaction(transaction, request, filter);
      throw new LookedAt();
    });
  } catch (error) {
    if (!(error instanceof LookedAt)) throw error;
  }
  if (listed === undefined) throw new TypeError('A transaction ended without a result.');
  return listed;
}

async function listInTransaction(
  t: StoreTransaction,
  request: StageRequest,
  filter: ChangeFilter,
): Promise<ListedChanges> {
  const tables = await readTableMap(t);
  const changes: RowChange[] = [];
  let total = 0;
  const { parts } = request.session;
  const chosen = parts.filter(
    ({ identifier }) => filter.identifiers.length === 0 || filter.identifiers.includes(identifier),
  );
  const ordered = [
    ...chosen.filter(({ kind }) => kind === 'entity'),
    ...chosen.filter(({ kind }) => kind === 'association'),
  ];
  for (const part of ordered) {
    request.signal.throwIfAborted();
    const page = {
      kinds: filter.kinds,
      limit: filter.limit - changes.length,
      offset: Math.max(0, filter.after - total),
    };
    const list = part.kind === 'entity' ? listEntityPart : listLinkPart;
    const listed = await list(t, tables, request, part, page);
    total += listed.total;
    changes.push(...listed.changes);
  }
  return { total, changes };
}

interface Page {
  readonly kinds: readonly ChangeKind[];
  readonly limit: number;
  readonly offset: number;
}

async function listEntityPart(
  t: StoreTransaction,
  tables: TableMap,
  request: StageRequest,
  part: SessionPart,
  page: Page,
): Promise<ListedChanges> {
  const stage = await stageEntityPart(t, tables, request, part);
  const { counts, content, entity } = stage;
  const { inserted, updated, deleted } = counts;
  const byKind = { insert: inserted, update: updated, delete: deleted };
  const total = page.kinds.reduce((sum, kind) => sum + byKind[kind], 0);
  if (page.limit <= 0 || page.offset >= total) return { total, changes: [] };
  const staged =
    content.status === 'unread'
      ? await takeRows(content.rows, page)
      : await listStagedChanges(t, stage, content.table, page);
  const ids = staged.flatMap(({ id }) => id ?? []);
  const stored = new Map((await readResources(t, entity, ids)).map((row) => [row.id, row]));
  const type = request.model.entityModel.entityTypes.get(part.identifier);
  return {
    total,
    changes: staged.map((change) =>
      describeChange(part, stage, type, change, stored.get(change.id ?? -1)),
    ),
  };
}

/** Of rows for an empty table: all of them are new. */
async function takeRows(
  rows: AsyncIterable<readonly StagedRow[]>,
  { kinds, limit, offset }: Page,
): Promise<readonly StagedChange[]> {
  const taken: StagedChange[] = [];
  if (!kinds.includes('insert')) return taken;
  let passed = 0;
  for await (const batch of rows) {
    for (const [key, row, ...values] of batch) {
      passed += 1;
      if (passed <= offset) continue;
      taken.push({ kind: 'insert', id: null, key, row, values, changed: [] });
      if (taken.length >= limit) return taken;
    }
  }
  return taken;
}

function describeChange(
  part: SessionPart,
  stage: EntityStage,
  type: EntityType | undefined,
  change: StagedChange,
  stored: ResourceRow | undefined,
): RowChange {
  const textOf = (column: string | undefined): string | null => {
    const value = stored?.[column ?? ''];
    return value === undefined || value === null ? null : String(value);
  };
  const nameAt = stage.properties.indexOf(type?.displayProperty ?? '');
  const storedName = textOf(stage.entity.columns.get(type?.displayProperty ?? ''));
  return {
    kind: change.kind,
    of: 'entity',
    identifier: part.identifier,
    key: stored?.mapping_key ?? change.key,
    name: change.values[nameAt] ?? storedName ?? '',
    row: change.row,
    table: part.connectionTable,
    properties: change.changed.map((property) => {
      const index = stage.properties.indexOf(property);
      return {
        property,
        from: textOf(stage.columns[index]),
        to: change.values[index] ?? null,
      };
    }),
  };
}

async function listLinkPart(
  t: StoreTransaction,
  tables: TableMap,
  request: StageRequest,
  part: SessionPart,
  page: Page,
): Promise<ListedChanges> {
  const stage = await stageLinkPart(t, tables, request, part);
  const { inserted, deleted } = stage.counts;
  const byKind = { insert: inserted, update: 0, delete: deleted };
  const total = page.kinds.reduce((sum, kind) => sum + byKind[kind], 0);
  const isPassed = page.limit <= 0 || page.offset >= total;
  const staged = isPassed ? [] : await listStagedLinkChanges(t, stage, page);
  return {
    total,
    changes: staged.map(({ kind, pair, row }) => ({
      ...({ kind, of: 'association', identifier: part.identifier, name: '', row } as const),
      key: pair.join(' → '),
      table: part.connectionTable,
      properties: [],
    })),
  };
}
