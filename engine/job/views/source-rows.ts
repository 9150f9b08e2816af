/** From a resource back to the row it was read from. */
import { join } from 'node:path';
import { readCsvFile } from '../../../connectors/index.ts';
import { readSession } from '../../prepare/index.ts';
import { readAppliedSession, readResources, readTableMap } from '../../store/index.ts';
import { sessionsFolder } from '../tasks/prepare-connector.ts';
import type { Workspace } from '../workspace.ts';

export interface SourceRow {
  /** Connection table: the exported file, without extension. */
  readonly table: string;
  /** Row of that file, from 1, the header not counted; `null` when the last reading brought changes only. */
  readonly row: number | null;
  /** The run that last changed the resource, and when. */
  readonly run: number;
  readonly at: string;
}

/** By `EntityType:id`. Resources without a mapping have no source row. */
export async function findSourceRows(
  workspace: Workspace,
  wanted: readonly { readonly entityType: string; readonly id: number }[],
): Promise<ReadonlyMap<string, SourceRow>> {
  const rows = new Map<string, SourceRow>();
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
    const lines =
      session === undefined
        ? new Map<string, number>()
        : await findRows(workspace, session.id, entityType, keys);
    for (const resource of resources) {
      rows.set(`${entityType}:${resource.id}`, {
        table: mapping.connectionTable,
        row: lines.get(resource.mapping_key) ?? null,
        run: resource.run_id,
        at: resource.valid_from,
      });
    }
  }
  return rows;
}

/** One pass over the clean file of the last reading. */
async function findRows(
  workspace: Workspace,
  sessionId: string,
  entityType: string,
  keys: ReadonlySet<string>,
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  const session = await readSession(sessionsFolder(workspace), sessionId);
  const part = session?.parts.find(
    (candidate) => candidate.kind === 'entity' && candidate.identifier === entityType,
  );
  if (part === undefined || part.sortedFile === null) return found;
  for await (const batch of readCsvFile(
    join(sessionsFolder(workspace), sessionId, part.sortedFile),
  )) {
    for (const cells of batch.rows) {
      const key = cells[2] ?? '';
      if (keys.has(key)) found.set(key, Number(cells[1]));
    }
    if (found.size === keys.size) break;
  }
  return found;
}
