import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type KnexConnection, openKnexConnection } from './knex-connection.ts';
import { NodeSqliteClient, type SqliteResult } from './sqlite-client.ts';

const driver = {
  open: async () => new DatabaseSync(':memory:'),
  close: async (database: DatabaseSync) => database.close(),
};

describe('a connection through knex', () => {
  let connection: KnexConnection<DatabaseSync>;
  const rowsOf = async (text: string): Promise<SqliteResult['rows']> =>
    ((await connection.queryText(text)) as SqliteResult).rows;

  beforeEach(async () => {
    connection = await openKnexConnection(NodeSqliteClient, driver, 1000);
    connection.raw.exec(
      'CREATE TABLE people (id TEXT PRIMARY KEY, boss TEXT REFERENCES people DEFERRABLE INITIALLY DEFERRED)',
    );
  });

  afterEach(async () => {
    await connection[Symbol.asyncDispose]();
  });

  it('is closed with what knex holds of it', async () => {
    await using other = await openKnexConnection(NodeSqliteClient, driver, 1000);
    await other[Symbol.asyncDispose]();

    expect(other.raw.isOpen).toBe(false);
  });

  it('gives the error of opening as it is, and prints nothing', async () => {
    const printed = vi.spyOn(console, 'log');
    const refusal = new Error('wrong password for s3cret-canary');
    const open = () => Promise.reject(refusal);

    const opening = openKnexConnection<DatabaseSync>(
      NodeSqliteClient,
      { open, close: driver.close },
      1000,
    );

    await expect(opening).rejects.toBe(refusal);
    expect(printed).not.toHaveBeenCalled();
    printed.mockRestore();
  });

  it('gives errors without the statement and its values', async () => {
    const insert = () => connection.query('INSERT INTO people (id) VALUES (?)', ['canary']);
    await insert();

    await expect(insert()).rejects.toMatchObject({
      message: 'UNIQUE constraint failed: people.id',
    });
    await connection.begin();
    await expect(insert()).rejects.toMatchObject({
      message: 'UNIQUE constraint failed: people.id',
    });
    await connection.rollback();
  });

  it('takes question marks in names, literals and whole texts for what they are', async () => {
    connection.raw.exec('CREATE TABLE "a?b\\?" ("??" TEXT, ":id" TEXT)');

    await connection.query('INSERT INTO "a?b\\?" ("??", ":id") VALUES (?, \'?\')', ['\\?']);

    expect(await rowsOf('SELECT "??", ":id", \'?\\?\' FROM "a?b\\?"')).toEqual([
      ['\\?', '?', '?\\?'],
    ]);
  });

  it('fails when the transaction cannot begin, and goes on outside of one', async () => {
    connection.raw.exec('BEGIN');

    await expect(connection.begin()).rejects.toThrow(/within a transaction/);
    connection.raw.exec('ROLLBACK');

    expect(await rowsOf('SELECT 1')).toEqual([[1n]]);
  });

  it('fails when the database refuses the commit', async () => {
    await connection.begin();
    await connection.query('INSERT INTO people VALUES (?, ?)', ['A1', 'nobody']);

    await expect(connection.commit()).rejects.toThrow('FOREIGN KEY constraint failed');
    connection.raw.exec('ROLLBACK');
    expect(await rowsOf('SELECT * FROM people')).toEqual([]);
  });

  it('writes what is committed, undoes what is rolled back, and ends a transaction once', async () => {
    await connection.begin();
    await connection.query('INSERT INTO people (id) VALUES (?)', ['A1']);
    await connection.commit();
    await connection.commit();
    await connection.begin();
    await connection.query('INSERT INTO people (id) VALUES (?)', ['A2']);
    await connection.rollback();
    await connection.rollback();

    expect(await rowsOf('SELECT id FROM people')).toEqual([['A1']]);
  });
});
