import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import knex, { type Knex } from 'knex';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { modelOf } from '../../test/contract/store-model.ts';
import { deployModel, openStore, readTableMap } from './index.ts';
import { up as initial } from './migrations/0001-initial.ts';
import { NodeSqliteClient } from './sqlite-client.ts';

const people = modelOf(`
  <EntityType Identifier="Person" DisplayName_L1="Person">
    <Property Identifier="Number" IsKey="true" /><Property Identifier="Boss" Type="ForeignKey" />
    <Property Identifier="Staff" Type="ForeignKey" />
  </EntityType>
  <EntityAssociation Identifier="Boss" Property1="Person:Boss" Property2="Person:Staff" IsProperty2Collection="true" />`);

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-migrate-'));
  file = join(folder, 'lockstep.db');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A store of the first version: an entity type with a property called SourceRow, its history, and an association. */
async function makeFirstVersion(): Promise<void> {
  const db = knex({
    client: NodeSqliteClient as unknown as string, // Accepted by knex; its types admit names only.
    connection: { filename: file } as Knex.Sqlite3ConnectionConfig,
    useNullAsDefault: true,
  });
  await db.transaction(async (tx) => {
    await tx.schema.createTable('meta', (t) => {
      t.text('name').primary();
      t.text('value').notNullable();
    });
    await tx('meta').insert([
      { name: 'schema_version', value: '1' },
      { name: 'next_id', value: '10' },
    ]);
    await initial(tx);
    await tx.schema.createTable('r_person', (t) => {
      t.bigInteger('id').primary();
      t.text('mapping_key').notNullable().unique();
      t.bigInteger('run_id').notNullable();
      t.text('valid_from').notNullable();
      t.text('source_row');
    });
    await tx.raw(
      'create table h_person (id bigint, mapping_key text, run_id bigint, valid_from text, source_row text, valid_to text)',
    );
    await tx.raw(
      'create table l_boss (value1 text, value2 text, id1 bigint, id2 bigint, run_id bigint, primary key (value1, value2))',
    );
    await tx('runs').insert({
      ...{ id: 1, kind: 'x', subject: '', configuration_hash: '', status: 'done', details: '{}' },
      started_at: '2024-05-05T00:00:00.000Z',
    });
    await tx('entity_tables').insert({ entity_type: 'Person', table_name: 'r_person' });
    const column = { entity_type: 'Person', property: 'SourceRow', is_indexed: 0 };
    await tx('entity_columns').insert({ ...column, column_name: 'source_row' });
    await tx('association_tables').insert({ association: 'Boss', table_name: 'l_boss' });
    const person = { run_id: 1, valid_from: '2024-05-05T00:00:00.000Z' };
    await tx('r_person').insert({ ...person, id: 2, mapping_key: 'a', source_row: 'mine' });
    await tx('r_person').insert({ ...person, id: 3, mapping_key: 'b', source_row: 'yours' });
    await tx('l_boss').insert({ value1: 'a', value2: 'b', id1: 2, id2: 3, run_id: 1 });
  });
  await db.destroy();
}

it('a store of the first version is brought up to date with its data, whatever a property is called', async () => {
  await makeFirstVersion();

  await using store = await openStore({ client: 'sqlite', file });

  const tables = await store.read(readTableMap);
  const person = tables.entities.get('Person');
  expect(person).toMatchObject({ rowCount: 2, reflects: null });
  expect(person?.columns.get('SourceRow')).toBe('source_row_');
  expect(tables.associations.get('Boss')).toMatchObject({ rowCount: 1, lookups: '' });
  const { people, links } = await store.read(async ({ tx }) => ({
    people: await tx('r_person').orderBy('id').select('mapping_key', 'source_row', 'source_row_'),
    links: await tx('l_boss').select('source_row', 'valid_from'),
  }));
  expect(people).toEqual([
    { mapping_key: 'a', source_row: null, source_row_: 'mine' },
    { mapping_key: 'b', source_row: null, source_row_: 'yours' },
  ]);
  expect(links).toEqual([{ source_row: null, valid_from: '2024-05-05T00:00:00.000Z' }]);
});

it.each(['of the first version', 'made anew'])(
  'histories of a store %s are looked into by key and end, not read as a whole',
  async (kind) => {
    if (kind === 'of the first version') await makeFirstVersion();
    await using store = await openStore({ client: 'sqlite', file });
    if (kind === 'made anew') await store.transaction((t) => deployModel(t, people, false));

    const plans = await store.read(async ({ tx }) => {
      const explain = async (sql: string) =>
        JSON.stringify(await tx.raw(`explain query plan ${sql}`));
      return [
        await explain(
          "select distinct id from h_person where mapping_key = 'a' order by id limit 9",
        ),
        await explain("select * from h_person where valid_to = 'x' and run_id = 1"),
        await explain("delete from hl_boss where value1 > 'a' and value1 <= 'b'"),
      ];
    });

    expect(plans).toEqual([
      expect.stringMatching(/SEARCH h_person USING INDEX x_h_person_mapping_key/),
      expect.stringMatching(/SEARCH h_person USING INDEX x_h_person_valid_to/),
      expect.stringMatching(/SEARCH hl_boss USING (COVERING )?INDEX x_hl_boss_value1/),
    ]);
  },
);

it('a store that is up to date is opened and read while somebody else writes', async () => {
  await (await openStore({ client: 'sqlite', file }))[Symbol.asyncDispose]();
  const writer = new DatabaseSync(file);
  writer.exec("begin immediate; update meta set value = '99' where name = 'next_id'");

  await using store = await openStore({ client: 'sqlite', file, waitMs: 0 });
  const seen = await store.read(({ tx }) => tx('meta').where({ name: 'next_id' }).first('value'));

  expect(seen).toEqual({ value: '1' });
  writer.exec('commit');
  writer.close();
});
