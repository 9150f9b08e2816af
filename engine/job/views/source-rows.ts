/** From a resource back to the row it was read from. */
import { join } from 'node:path';
import { readCsvFile, type Session } from '../../../connectors/index.ts';
import { findAltered, readSession } from '../../prepare/index.ts';
import {
  readAppliedSession,
  readResources,
  readTableMap,
  type SynchronizationSessionRow,
} from '../../store/index.ts';
import { sessionsFolder } from '../tasks/prepare-connector.ts';
import type { Workspace } from '../workspace.ts';

export interface SourceRow {
  /** Connection table: the exported file, without extension. */
  readonly table: string;
  /** Row of that file, from 1, the header not counted; `null` when the last reading brought changes only, or cannot be read. */
  readonly row: number | null;
  /** The run that last changed the resource, and when. */
  readonly run: number;
  readonly at: string;
}

export interface SourceRows {
  /** By `EntityType:id`. Resources without a mapping have no source row. */
  readonly rows: ReadonlyMap<string, SourceRow>;
  /** Why rows are not told, where the files of a reading cannot be believed or are gone. */
  readonly notes: readonly string[];
}

export async function findSourceRows(
  workspace: Workspace,
  wanted: readonly { readonly entityType: string; readonly id: number }[],
): Promise<SourceRows> {
  const rows = new Map<string, SourceRow>();
  const notes = new Set<string>();
  for (const [entityType, references] of Map.groupBy(wanted, (reference) => reference.entityType)) {
    const mapping = workspace.model.entityTypeMappings.get(entityType);
    if (mapping === undefined) continue;
    const ids = [...new Set(references.map((reference) => reference.id))];
    const { resources, session } = await workspace.store.read(async (t) => {
      const entity = (await readTableMap(t)).entities.get(entityType);
      const last = await readAppliedSession(t, mapping.connector);
      return {
        resources: entity === undefined ? [] : await readResources(t, entity, ids),
        session: last,
      };
    });
    const keys = new Set(resources.map((resource) => resource.mapping_key));
    let lines: ReadonlyMap<string, number> = new Map();
    if (session !== undefined && keys.size > 0) {
      const found = await findRows(workspace, session, entityType, keys);
      if (found.status === 'read') lines = found.rows;
      else
        notes.add(
          `Rows of ${mapping.connector} are not told, because ${found.reason}. Its next complete run makes its files anew.`,
        );
    }
    for (const resource of resources) {
      rows.set(`${entityType}:${resource.id}`, {
        table: mapping.connectionTable,
        row: lines.get(resource.mapping_key) ?? null,
        run: resource.run_id,
        at: resource.valid_from,
      });
    }
  }
  return { rows, notes: [...notes] };
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
