/** Changes row by row: those that wait for a connector, held or not, and those that a run has made. */
import { join } from 'node:path';
import { readCsvFile } from '../../../connectors/index.ts';
import {
  type ChangeKind,
  listOpenSessions,
  listResourceVersions,
  listRunChanges,
  listRunLinkChanges,
  type RunRow,
  readRun,
  readTableMap,
  type StoreTransaction,
} from '../../store/index.ts';
import { type ChangeFilter, listSessionChanges, type RowChange } from '../../synchronize/index.ts';
import { JobError } from '../errors.ts';
import { type HeldFindings, readFindings } from '../held-findings.ts';
import { exportFolder } from '../tasks/export-connection.ts';
import { sessionsFolder } from '../tasks/prepare-connector.ts';
import { openSession } from '../tasks/synchronize-connector.ts';
import type { Workspace } from '../workspace.ts';
import { nameOf } from './history-names.ts';
import { scalarsOf } from './resources.ts';

export interface ChangesPage {
  /** `held`: by a threshold or a data test; `guarded`: by a guard, before there was anything to compare. */
  readonly status: 'none' | 'waiting' | 'held' | 'guarded' | 'applied';
  readonly connector: string | null;
  readonly session: string | null;
  readonly run: number | null;
  /** Since when it waits, or when it was applied. */
  readonly at: string | null;
  /** Change sets that wait behind this one. */
  readonly behind: number;
  readonly total: number;
  readonly changes: readonly RowChange[];
  /** Ask for what comes after so many; `null` at the end. */
  readonly nextAfter: number | null;
  readonly findings: HeldFindings['findings'];
  /** The first rows of the files that a guard holds. */
  readonly samples: readonly {
    readonly table: string;
    readonly columns: readonly string[];
    readonly rows: readonly (readonly (string | null)[])[];
  }[];
}

const sampleRows = 5;
const nothing = { behind: 0, total: 0, changes: [], nextAfter: null, findings: [], samples: [] };

/** What waits for a connector, compared with the store as it is. Writes nothing. */
export async function listWaitingChanges(
  workspace: Workspace,
  connector: string,
  filter: ChangeFilter,
): Promise<ChangesPage> {
  const { store, model, effects } = workspace;
  const open = await store.read((t) => listOpenSessions(t, connector));
  // What came first is applied first; what waits behind it is compared when its turn comes.
  const [row] = open;
  if (row === undefined) return listGuarded(workspace, connector);
  const session = await openSession(workspace, row);
  const listed = await listSessionChanges(
    store,
    {
      model,
      session,
      folder: join(sessionsFolder(workspace), row.id),
      now: effects.now,
      signal: effects.signal,
    },
    filter,
  );
  return {
    ...nothing,
    status: row.status === 'blocked' ? 'held' : 'waiting',
    connector,
    session: row.id,
    run: null,
    at: row.status === 'blocked' ? (row.settled_at ?? row.arrived_at) : row.arrived_at,
    behind: open.length - 1,
    ...paged(listed, filter),
  };
}

function paged(
  { total, changes }: { readonly total: number; readonly changes: readonly RowChange[] },
  { after }: ChangeFilter,
): Pick<ChangesPage, 'total' | 'changes' | 'nextAfter'> {
  const end = after + changes.length;
  return { total, changes, nextAfter: changes.length > 0 && end < total ? end : null };
}

async function listGuarded(workspace: Workspace, connector: string): Promise<ChangesPage> {
  const held = await readFindings(workspace, connector);
  const about = { ...nothing, connector, session: null, run: null };
  if (held === null) return { ...about, status: 'none', at: null };
  const samples: ChangesPage['samples'][number][] = [];
  for (const table of new Set(held.findings.map(({ connectionTable }) => connectionTable)))
    samples.push(...(await readSample(workspace, table)));
  return { ...about, status: 'guarded', at: held.at, findings: held.findings, samples };
}

async function readSample(workspace: Workspace, table: string): Promise<ChangesPage['samples']> {
  const path = join(exportFolder(workspace), `${table}.csv`);
  try {
    for await (const { columns, rows } of readCsvFile(path, workspace.effects.signal))
      if (rows.length > 0) return [{ table, columns, rows: rows.slice(0, sampleRows) }];
  } catch {
    // The finding says what is wrong with the file; it may be that it cannot be read.
    workspace.effects.signal.throwIfAborted();
  }
  return [];
}

/** What a run changed, from history as far as it is kept. Throws `RUN_UNKNOWN`. */
export async function listAppliedChanges(
  workspace: Workspace,
  runId: number,
  filter: ChangeFilter,
): Promise<ChangesPage> {
  return workspace.store.read(async (t) => {
    const run = await readRun(t, runId);
    if (run === undefined) throw unknownRun(runId);
    const changes: RowChange[] = [];
    let total = 0;
    for (const list of listersOf(workspace, run, filter)) {
      const listed = await list(t, {
        kinds: filter.kinds,
        limit: filter.limit - changes.length,
        offset: Math.max(0, filter.after - total),
      });
      total += listed.total;
      changes.push(...listed.changes);
    }
    return {
      ...nothing,
      status: 'applied',
      connector: workspace.model.connectors.has(run.subject) ? run.subject : null,
      session: null,
      run: run.id,
      at: run.started_at,
      ...paged({ total, changes }, filter),
    };
  });
}

export function unknownRun(id: number): JobError {
  return new JobError('RUN_UNKNOWN', `There is no run ${id}.`, {
    hint: 'See the newest with "lockstep run list". Records of old runs may have been purged.',
  });
}

interface Page {
  readonly kinds: readonly ChangeKind[];
  readonly limit: number;
  readonly offset: number;
}

type List = (
  t: StoreTransaction,
  page: Page,
) => Promise<{ readonly total: number; readonly changes: readonly RowChange[] }>;

function* listersOf(workspace: Workspace, run: RunRow, filter: ChangeFilter): Generator<List> {
  const { model } = workspace;
  const isChosen = (identifier: string): boolean =>
    filter.identifiers.length === 0 || filter.identifiers.includes(identifier);
  for (const { identifier } of model.entityModel.entityTypes.values())
    if (isChosen(identifier)) yield (t, page) => listResources(workspace, t, run, identifier, page);
  for (const { identifier } of model.entityModel.associations.values())
    if (isChosen(identifier)) yield (t, page) => listLinks(workspace, t, run, identifier, page);
}

/** Only a synchronization of the connector takes resources away. */
function kindsOf(run: RunRow, connector: string | undefined, page: Page): Page {
  const isOwn = run.kind === 'synchronize' && run.subject === connector;
  return isOwn ? page : { ...page, kinds: page.kinds.filter((kind) => kind !== 'delete') };
}

async function listResources(
  { model }: Workspace,
  t: StoreTransaction,
  run: RunRow,
  identifier: string,
  page: Page,
): ReturnType<List> {
  const entity = (await readTableMap(t)).entities.get(identifier);
  const type = model.entityModel.entityTypes.get(identifier);
  if (entity === undefined || type === undefined) return { total: 0, changes: [] };
  const mapping = model.entityTypeMappings.get(identifier);
  const listed = await listRunChanges(t, entity, run, {
    ...kindsOf(run, mapping?.connector, page),
    limit: Math.max(0, page.limit),
  });
  const ids = listed.changes.map(({ id }) => id);
  const versions = Map.groupBy(await listResourceVersions(t, entity, ids), ({ id }) => id);
  const changes = listed.changes.map(({ kind, id, at }): RowChange => {
    const own = (versions.get(id) ?? []).filter((v) => v.valid_from !== v.valid_to);
    const before = own.find((version) => version.valid_to === at);
    const after = own.find((version) => version.valid_from === at);
    const shown = after ?? before;
    const named = shown === undefined ? null : nameOf(model.entityModel, entity, shown);
    const former = new Map(
      before === undefined
        ? []
        : scalarsOf(type, entity.columns, before).map(({ property, value }) => [property, value]),
    );
    return {
      ...{ kind, of: 'entity', identifier, table: mapping?.connectionTable ?? '' },
      key: shown?.mapping_key ?? `#${id}`,
      name: named?.name ?? '',
      row: after?.source_row ?? null,
      properties:
        kind !== 'update' || after === undefined
          ? []
          : scalarsOf(type, entity.columns, after)
              .map(({ property, value }) => ({
                property,
                from: former.get(property) ?? null,
                to: value,
              }))
              .filter(({ from, to }) => from !== to),
    };
  });
  return { total: listed.total, changes };
}

async function listLinks(
  { model }: Workspace,
  t: StoreTransaction,
  run: RunRow,
  identifier: string,
  page: Page,
): ReturnType<List> {
  const links = (await readTableMap(t)).associations.get(identifier);
  if (links === undefined) return { total: 0, changes: [] };
  const mapping = model.associationMappings.get(identifier);
  const listed = await listRunLinkChanges(t, links, run, {
    ...kindsOf(run, mapping?.connector, page),
    limit: Math.max(0, page.limit),
  });
  const table = mapping?.connectionTable ?? '';
  return {
    total: listed.total,
    changes: listed.changes.map(({ kind, pair, row }) => ({
      ...({ kind, of: 'association', identifier, name: '', row, table } as const),
      key: pair.join(' → '),
      properties: [],
    })),
  };
}
