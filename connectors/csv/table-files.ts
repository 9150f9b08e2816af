/** The files of a CSV connection whose path names a folder: one per table. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ConnectorError } from '../spi/errors.ts';
import { describeFileError, resolveBelowRoots } from '../spi/file-access.ts';
import type { TableRequest } from '../spi/package.ts';

/**
 * The file of a table in a folder: `<table>.csv`, or what follows the connection's name in it. Throws `not-found` when
 * neither is there.
 */
export async function locateTableFile(
  folder: string,
  table: Pick<TableRequest, 'name' | 'suffix'>,
  roots: readonly string[],
): Promise<string> {
  const files = await listTableFiles(folder);
  const name = [table.name, table.suffix].find((each) => files.includes(`${each}${extension}`));
  if (name !== undefined) return resolveBelowRoots(join(folder, `${name}${extension}`), roots);
  throw new ConnectorError(
    'not-found',
    `There is no file ${table.name}${extension} in ${folder}.`,
    {
      hint: 'Files of a folder are named after their tables; letter case counts.',
      details: { folder, table: table.name, files: files.length },
    },
  );
}

const extension = '.csv';

/** The names of all CSV files of a folder, sorted. */
export async function listTableFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw describeFileError(error, folder, 'read');
  });
  return names.filter((name) => name.endsWith(extension)).sort();
}
