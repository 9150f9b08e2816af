/** Side files for links that name somebody who is not there: which row of which table, and which end is missing. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AssociationMapping } from '../../../config/index.ts';
import type { Session } from '../../../connectors/index.ts';
import { CsvOutput, LinkRows } from '../../prepare/index.ts';
import {
  countOpenLinks,
  listOpenLinksAfter,
  type OpenLink,
  readTableMap,
} from '../../store/index.ts';
import type { Workspace } from '../workspace.ts';

/** Rows a side file holds at most; the count goes on. */
const maxRows = 100_000;
const pageRows = 1_000;

export interface SavedOrphans {
  readonly association: string;
  /** Links with a missing end, all of them. */
  readonly count: number;
  /** Below the project's folder; absent when there is nothing to write. */
  readonly file?: string;
  readonly rowsInFile: number;
}

/**
 * Writes `Work/Collect/<connector>/<association>.orphans.csv` for every association of the connector with open links, and
 * removes the files of those that have none any more. Rows are those of `session`, the last that was applied.
 */
export async function saveOrphans(
  workspace: Workspace,
  connector: string,
  session: { readonly session: Session; readonly folder: string } | null,
): Promise<readonly SavedOrphans[]> {
  const folder = join(workspace.settings.workFolder, 'Collect', connector);
  await mkdir(folder, { recursive: true });
  const saved: SavedOrphans[] = [];
  for (const mapping of workspace.model.associationMappings.values()) {
    if (mapping.connector !== connector) continue;
    const result = await saveAssociation(workspace, mapping, folder, session);
    if (result !== null && result.count > 0) saved.push(result);
  }
  return saved;
}

async function saveAssociation(
  workspace: Workspace,
  mapping: AssociationMapping,
  folder: string,
  applied: { readonly session: Session; readonly folder: string } | null,
): Promise<SavedOrphans | null> {
  const { store, effects } = workspace;
  const { identifier: association } = mapping;
  const name = `${association}.orphans.csv`;
  const table = await store.transaction(
    async (t) => (await readTableMap(t)).associations.get(association)?.table,
  );
  if (table === undefined) return null;
  const count = await store.transaction((t) => countOpenLinks(t, table));
  if (count === 0) {
    await rm(join(folder, name), { force: true });
    return { association, count, rowsInFile: 0 };
  }
  const part = applied?.session.parts.find(
    (each) => each.kind === 'association' && each.identifier === association,
  );
  using rows = new LinkRows(join(applied?.folder ?? folder, part?.sortedFile ?? 'none'));
  const output = new CsvOutput(join(folder, name), [
    'table',
    'row',
    'column',
    'value1',
    'value2',
    'missing',
  ]);
  try {
    let last: OpenLink | undefined;
    do {
      effects.signal.throwIfAborted();
      const page = await readPage(store, table, last);
      await output.write(page.map((link) => toLine(link, mapping, rows)));
      last = page.length < pageRows ? undefined : page.at(-1);
    } while (last !== undefined && output.rows < maxRows);
    await output.finish();
  } finally {
    await output.abandon();
  }
  const file = join('Work', 'Collect', mapping.connector, name);
  return { association, count, file, rowsInFile: output.rows };
}

async function readPage(
  store: Workspace['store'],
  table: string,
  last: OpenLink | undefined,
): Promise<readonly OpenLink[]> {
  const after = last === undefined ? null : ([last.value1, last.value2] as const);
  return store.transaction((t) => listOpenLinksAfter(t, table, after, pageRows));
}

function toLine(
  { value1, value2, missing }: OpenLink,
  mapping: AssociationMapping,
  rows: LinkRows,
): readonly (string | null)[] {
  const ends = [mapping.lookup1, mapping.lookup2] as const;
  const columns = [mapping.column1, mapping.column2] as const;
  return [
    mapping.connectionTable,
    rows.find(value1, value2),
    missing.map((end) => columns[end - 1]).join(' and '),
    value1,
    value2,
    missing.map((end) => `${ends[end - 1]?.entityType}:${ends[end - 1]?.property}`).join(' and '),
  ];
}

/** A sentence per file, for the outcome of the task. */
export function describeOrphans(saved: readonly SavedOrphans[]): string {
  return saved
    .map(({ association, count, file, rowsInFile }) => {
      const shown =
        rowsInFile < count ? `the first ${rowsInFile} are` : count === 1 ? 'it is' : 'they are';
      return `\n  ${count} ${count === 1 ? 'link' : 'links'} of ${association} without an end: ${shown} in ${file}.`;
    })
    .join('');
}
