/** A copy of a store, to try things on: nothing that is done to it reaches the store it was made from. */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import type { Knex } from 'knex';
import { historyTableOf, linkHistoryTableOf } from './table-names.ts';

export interface CopyOptions {
  /** Where a copy that is a file is put; made when it is missing. */
  readonly folder: string;
  /** Resources or their tables will be changed: these are copied too where the copy shares them with the store otherwise. */
  readonly changesResources: boolean;
}

/** Pages of one step: a store that is written between two steps would be copied anew from its beginning. */
const wholeAtOnce = 2 ** 31 - 1;

/**
 * Copies a SQLite store into a new file and returns its name. The store is held still for nobody: its pages are read as they
 * were at one moment. Files of processes that were killed go.
 */
export async function copySqlite(
  db: Knex,
  source: string,
  { folder }: CopyOptions,
): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await removeAbandoned(folder);
  const file = join(folder, `store-${process.pid}-${randomUUID()}.db`);
  try {
    // A store in memory belongs to its one connection; that of a file is left to others meanwhile.
    if (source === ':memory:') await db.raw('vacuum into ?', [file]);
    else {
      const database = new DatabaseSync(source, { readOnly: true });
      try {
        await backup(database, file, { rate: wholeAtOnce });
      } finally {
        database.close();
      }
    }
    // It holds what the store holds: for its owner's eyes only.
    await chmod(file, 0o600);
  } catch (error) {
    await removeCopy(file);
    throw error;
  }
  return file;
}

export async function removeCopy(file: string): Promise<void> {
  for (const part of ['', '-wal', '-shm', '-journal']) await rm(`${file}${part}`, { force: true });
}

async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = /^store-(\d+)-.*\.db$/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) await removeCopy(join(folder, name));
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

class EndOfCopy extends Error {}

/** A transaction that is undone in any case, when it is ended. */
export interface UndoneTransaction {
  readonly tx: Knex.Transaction;
  readonly end: () => Promise<void>;
}

/**
 * The copy is one transaction that is undone: it sees the store as it was at one moment, and shares its tables with it. What
 * evaluations write, and resources that are to be changed, are temporary tables of the same names that come before them:
 * nobody else waits for the counter of ids, for a lease, for a row, or for a table whose columns change.
 */
export async function openTransactionCopy(
  db: Knex,
  { changesResources }: CopyOptions,
): Promise<UndoneTransaction> {
  const end = Promise.withResolvers<never>();
  const begun = Promise.withResolvers<Knex.Transaction>();
  const done = db
    .transaction(
      async (tx) => {
        await shadowTables(tx, changesResources);
        begun.resolve(tx);
        return end.promise;
      },
      { isolationLevel: 'repeatable read' },
    )
    .catch((error: unknown) => {
      begun.reject(error);
      if (!(error instanceof EndOfCopy)) throw error;
    });
  // Whoever waits for the beginning is told; a second report of the same would end the process.
  done.catch(() => undefined);
  return {
    tx: await begun.promise,
    async end() {
      end.reject(new EndOfCopy());
      await done;
    },
  };
}

/** Of these a run only adds rows, which nobody waits for. */
const onlyAddedTo: ReadonlySet<string> = new Set(['provisioning_orders']);

async function shadowTables(tx: Knex.Transaction, changesResources: boolean): Promise<void> {
  const { schema } = await tx.first(tx.raw('current_schema() as schema'));
  const entities = await tx('entity_tables').pluck('table_name');
  const links = await tx('association_tables').pluck('table_name');
  const resources = new Set<string>([
    ...entities.flatMap((table) => [table, historyTableOf(table)]),
    ...links.flatMap((table) => [table, linkHistoryTableOf(table)]),
  ]);
  const tables: readonly string[] = await tx('pg_tables')
    .where({ schemaname: schema })
    .orderBy('tablename')
    .pluck('tablename');
  for (const table of tables) {
    if (onlyAddedTo.has(table) || (resources.has(table) && !changesResources)) continue;
    // Former states are not looked at, and nobody works on a copy but who made it.
    const isEmptied = /^(h|hl)_|_versions$/.test(table) || table === 'leases';
    await shadow(tx, schema, table, !isEmptied);
  }
}

/** Indexes keep their names: what drops one by name finds that of the shadow. */
async function shadow(
  tx: Knex.Transaction,
  schema: string,
  table: string,
  withRows: boolean,
): Promise<void> {
  await tx.raw(
    `create temporary table "${table}" (like "${schema}"."${table}" including defaults) on commit drop`,
  );
  if (withRows) await tx.raw(`insert into pg_temp."${table}" select * from "${schema}"."${table}"`);
  const indexes = await tx('pg_indexes')
    .where({ schemaname: schema, tablename: table })
    .select('indexdef');
  for (const { indexdef } of indexes)
    await tx.raw(String(indexdef).replace(/ ON (?:\S+\.)?("[^"]+"|\S+) /, ' ON pg_temp.$1 '));
  await tx.raw(`analyze pg_temp."${table}"`);
}
