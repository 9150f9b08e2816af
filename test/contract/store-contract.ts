/** What every store promises, whatever database is behind it. Called once per dialect with a way to get an empty store. */
import { describe, expect, it } from 'vitest';
import type { Model } from '../../config/index.ts';
import {
  allocateIds,
  applyEntityChanges,
  applyLinkChanges,
  checkFence,
  deployModel,
  type LinkPair,
  type LoadKind,
  listDeliveredSessions,
  listHistory,
  listOpenLinks,
  listOpenSessions,
  listOwnersByKey,
  listOwnersMatching,
  matchOwners,
  moveAssigned,
  openStore,
  queueSession,
  ResourceGraph,
  readTableMap,
  releaseLease,
  renewLease,
  resolveLinks,
  type StagedLink,
  type StagedRow,
  type Store,
  settleSession,
  stageEntities,
  stageLinks,
  startRun,
  takeLease,
  writeComputedValues,
  writeCorrelationKeys,
} from '../../engine/store/index.ts';
import { latestSchemaVersion } from '../../engine/store/migrate.ts';
import { describeLoading } from './store-loading.ts';
import { modelOf, type StoreSource } from './store-model.ts';

export type { StoreSource } from './store-model.ts';

const minute = 60_000;

const person = (properties: string): string => `
  <EntityType Identifier="Person" DisplayName_L1="Person"><Property Identifier="Number" IsKey="true" />${properties}</EntityType>
  <EntityTypeMapping Identifier="Person" Connector="HR" ConnectionTable="File"><Property Identifier="Number" ConnectionColumn="number" IsPrimaryKey="true" /></EntityTypeMapping>`;

const named = modelOf(person('<Property Identifier="Name" />'));
const linked = modelOf(`
  <EntityType Identifier="Person" DisplayName_L1="Person">
    <Property Identifier="Number" IsKey="true" /><Property Identifier="Name" />
    <Property Identifier="Manager" Type="ForeignKey" /><Property Identifier="Reports" Type="ForeignKey" />
  </EntityType>
  <EntityAssociation Identifier="Person_Manager" Property1="Person:Manager" Property2="Person:Reports" IsProperty2Collection="true" />
  <EntityTypeMapping Identifier="Person" Connector="HR" ConnectionTable="File">
    <Property Identifier="Number" ConnectionColumn="number" IsPrimaryKey="true" /><Property Identifier="Name" ConnectionColumn="name" />
  </EntityTypeMapping>
  <EntityAssociationMapping Identifier="Person_Manager" Connector="HR" ConnectionTable="File" Column1="number" EntityPropertyMapping1="Person:Number" Column2="manager" EntityPropertyMapping2="Person:Number" />`);

async function* batch<T>(rows: readonly T[]): AsyncGenerator<readonly T[]> {
  if (rows.length > 0) yield rows;
}

/** A resource as it is read: its mapping key, then its values; the row is where it stands in the list. */
type ReadRow = readonly [string, ...(string | null)[]];

async function load(
  store: Store,
  rows: readonly ReadRow[],
  kind: LoadKind,
  options: {
    readonly deletions?: readonly string[];
    readonly at?: string;
    /** Told beforehand, as for the file of a first load. */
    readonly rowCount?: number;
  } = {},
): Promise<{ readonly inserted: number; readonly updated: number; readonly deleted: number }> {
  return store.transaction(async (t) => {
    const entity = (await readTableMap(t)).entities.get('Person');
    if (entity === undefined) throw new Error('not deployed');
    const at = options.at ?? '2025-01-01T00:00:00.000Z';
    const id = await startRun(t, { kind: 'x', subject: '', configurationHash: '', startedAt: at });
    const stage = await stageEntities(t, entity, {
      kind,
      properties: ['Number', 'Name'],
      rows: batch(rows.map(([key, ...values], index): StagedRow => [key, index + 1, ...values])),
      deletions: batch(options.deletions ?? []),
      ...(options.rowCount === undefined ? {} : { rowCount: options.rowCount }),
    });
    await applyEntityChanges(t, stage, { id, at });
    const { inserted, updated, deleted } = stage.counts;
    return { inserted, updated, deleted };
  });
}

async function link(
  store: Store,
  pairs: readonly (readonly [string, string])[],
  kind: LoadKind,
  options: { readonly deletions?: readonly LinkPair[]; readonly at?: string } = {},
): Promise<number> {
  return store.transaction(async (t) => {
    const at = options.at ?? '2025-01-01T00:00:00.000Z';
    const id = await startRun(t, { kind: 'x', subject: '', configurationHash: '', startedAt: at });
    const run = { id, at };
    const tables = await readTableMap(t);
    const links = tables.associations.get('Person_Manager');
    const association = linked.entityModel.associations.get('Person_Manager');
    const mapping = linked.associationMappings.get('Person_Manager');
    if (links === undefined || association === undefined || mapping === undefined)
      throw new Error('model');
    const stage = await stageLinks(
      t,
      { links, association, mapping },
      {
        kind,
        rows: batch(pairs.map(([one, other], index): StagedLink => [one, other, index + 1])),
        deletions: batch(options.deletions ?? []),
      },
    );
    await applyLinkChanges(t, stage, tables, run);
    return resolveLinks(t, tables, association, mapping, run);
  });
}

const persons = (store: Store) =>
  store.transaction(async ({ tx }) =>
    (await tx('r_person').orderBy('mapping_key')).map((row) => ({
      id: row.id,
      key: row.mapping_key,
      name: row.name,
    })),
  );

const changes = (store: Store) =>
  store.transaction(async ({ tx }) =>
    (await tx('resource_changes').orderBy('id')).map(
      (row) => `${row.kind} ${row.resource_id} ${row.properties}`,
    ),
  );

export function describeStore(create: () => Promise<StoreSource>): void {
  async function open(model?: Model): Promise<Store & { readonly source: StoreSource }> {
    const source = await create();
    const store = await openStore(source.settings);
    if (model !== undefined) await store.transaction((t) => deployModel(t, model, false));
    return {
      ...store,
      source,
      async [Symbol.asyncDispose]() {
        await store[Symbol.asyncDispose]();
        await source[Symbol.asyncDispose]();
      },
    };
  }

  describeLoading(create);

  describe('opening', () => {
    it('brings an empty database up to date, and leaves one that is as it is', async () => {
      await using source = await create();
      for (let round = 0; round < 3; round += 1) {
        await using store = await openStore(source.settings);
        const id = await store.transaction((t) => allocateIds(t, 1));
        expect(id).toBe(round + 1);
      }
    });

    it('may be done by several processes at the same time', async () => {
      await using source = await create();

      const stores = await Promise.all(Array.from({ length: 4 }, () => openStore(source.settings)));

      const ids = [];
      for (const store of stores) {
        ids.push(await store.transaction((t) => allocateIds(t, 1)));
        await store[Symbol.asyncDispose]();
      }
      expect(ids).toEqual([1, 2, 3, 4]);
    });

    it('refuses a store written by a newer program and does not touch it', async () => {
      await using source = await create();
      {
        await using store = await openStore(source.settings);
        await store.transaction(({ tx }) =>
          tx('meta')
            .where({ name: 'schema_version' })
            .update({ value: String(latestSchemaVersion + 1) }),
        );
      }

      await expect(openStore(source.settings)).rejects.toMatchObject({
        code: 'STORE_NEWER_THAN_PROGRAM',
      });
    });
  });

  describe('a transaction', () => {
    it('keeps all or nothing', async () => {
      await using store = await open(named);

      await expect(
        store.transaction(async (t) => {
          await allocateIds(t, 10);
          await startRun(t, { kind: 'x', subject: '', configurationHash: '', startedAt: '' });
          throw new Error('stop');
        }),
      ).rejects.toThrow('stop');

      expect(await store.transaction(({ tx }) => tx('runs'))).toEqual([]);
      expect(await store.transaction((t) => allocateIds(t, 1))).toBe(1);
    });

    it('of notes keep all or nothing too, and are there for whoever comes next', async () => {
      await using store = await open(named);
      const run = { kind: 'x', subject: '', configurationHash: '', startedAt: '' };

      const failed = store.note(async (t) => {
        await startRun(t, run);
        throw new Error('stop');
      });
      await expect(failed).rejects.toThrow('stop');
      const id = await store.note((t) => startRun(t, { ...run, kind: 'kept' }));

      const rows = await store.read(({ tx }) => tx('runs').select('id', 'kind'));
      expect(rows).toEqual([{ id, kind: 'kept' }]);
    });

    it('goes on after one that failed', async () => {
      await using store = await open(named);
      await expect(store.transaction(({ tx }) => tx.raw('select * from nowhere'))).rejects.toThrow(
        /nowhere/,
      );

      expect(await store.transaction((t) => allocateIds(t, 1))).toBe(1);
    });
  });

  describe('ids', () => {
    it('are given out once, however many ask at the same time', async () => {
      await using store = await open();
      await using other = await openStore(store.source.settings);

      const firsts = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          (index % 2 === 0 ? store : other).transaction((t) => allocateIds(t, 3)),
        ),
      );

      expect(new Set(firsts).size).toBe(40);
      expect(Math.max(...firsts)).toBe(1 + 39 * 3);
    });
  });

  describe('deploying another entity model', () => {
    it('adds and drops properties, telling how many values go', async () => {
      await using store = await open(named);
      await load(
        store,
        [
          ['1', '1', 'Ana'],
          ['2', '2', null],
        ],
        'complete',
      );
      const next = modelOf(
        person(
          '<Property Identifier="Badge" /><Property Identifier="Group" /><Property Identifier="Order" />',
        ),
      );

      const planned = await store.transaction((t) => deployModel(t, next, true));
      const done = await store.transaction((t) => deployModel(t, next, false));
      const again = await store.transaction((t) => deployModel(t, next, false));

      expect(done).toEqual(planned);
      expect(done).toEqual([
        { change: 'drop-column', entityType: 'Person', property: 'Name', affectedRows: 1 },
        { change: 'add-column', entityType: 'Person', property: 'Badge', affectedRows: 0 },
        { change: 'add-column', entityType: 'Person', property: 'Group', affectedRows: 0 },
        { change: 'add-column', entityType: 'Person', property: 'Order', affectedRows: 0 },
      ]);
      expect(again).toEqual([]);
    });

    it('takes a property back in, empty', async () => {
      await using store = await open(named);
      await load(store, [['1', '1', 'Ana']], 'complete');

      await store.transaction((t) => deployModel(t, modelOf(person('')), false));
      await store.transaction((t) => deployModel(t, named, false));

      expect(await persons(store)).toMatchObject([{ key: '1', name: null }]);
      expect(await load(store, [['1', '1', 'Ana']], 'complete')).toMatchObject({ updated: 1 });
    });

    it('adds and drops entity types and associations', async () => {
      await using store = await open(linked);
      await load(store, [['1', '1', 'Ana']], 'complete');

      const dropped = await store.transaction((t) =>
        deployModel(
          t,
          modelOf(
            '<EntityType Identifier="Other" DisplayName_L1="Other"><Property Identifier="Id2" IsKey="true" /></EntityType>',
          ),
          false,
        ),
      );
      const restored = await store.transaction((t) => deployModel(t, linked, false));

      expect(dropped).toEqual([
        { change: 'drop', association: 'Person_Manager', affectedRows: 0 },
        { change: 'drop', entityType: 'Person', affectedRows: 1 },
        { change: 'create', entityType: 'Other', affectedRows: 0 },
      ]);
      expect(restored.map((step) => step.change)).toEqual(['drop', 'create', 'create']);
      expect(await persons(store)).toEqual([]);
    });

    it('copes with long names, names alike and words of SQL', async () => {
      await using store = await open();
      const long = 'A'.repeat(70);
      const keys = ['First', 'Second']
        .map((end) => `<Property Identifier="${'Column'.repeat(11)}${end}" IsKey="true" />`)
        .join('');
      const model =
        modelOf(`<EntityType Identifier="${long}" DisplayName_L1="x">${keys}</EntityType>
        <EntityType Identifier="${long}B" DisplayName_L1="x">${keys}</EntityType>
        <EntityType Identifier="Select" DisplayName_L1="x"><Property Identifier="From" IsKey="true" /><Property Identifier="MappingKey" /><Property Identifier="RunId" /><Property Identifier="FirstName" /><Property Identifier="First_Name" /></EntityType>`);

      const steps = await store.transaction((t) => deployModel(t, model, false));

      expect(steps).toHaveLength(3);
      const tables = await store.transaction(readTableMap);
      const columns = tables.entities.get('Select')?.columns ?? new Map();
      expect(new Set(columns.values()).size).toBe(5);
    });
  });

  describe('loading resources', () => {
    it('inserts, updates and deletes exactly the difference, and keeps ids and history', async () => {
      await using store = await open(named);
      await load(
        store,
        [
          ['1', '1', 'Ana'],
          ['2', '2', 'Ben'],
          ['3', '3', 'Cyd'],
        ],
        'complete',
      );
      const before = await persons(store);

      const counts = await load(
        store,
        [
          ['1', '1', 'Ana'],
          ['2', '2', 'Bob'],
          ['4', '4', 'Dan'],
        ],
        'complete',
        { at: '2025-02-01T00:00:00.000Z' },
      );

      expect(counts).toEqual({ inserted: 1, updated: 1, deleted: 1 });
      const after = await persons(store);
      expect(after.slice(0, 2)).toEqual([before[0], { ...before[1], name: 'Bob' }]);
      const [ana, ben, cyd] = before.map((row) => row.id);
      const history = await store.transaction(async (t) => {
        const entity = (await readTableMap(t)).entities.get('Person');
        if (entity === undefined) throw new Error('model');
        const kept = [];
        for (const id of [ana, ben, cyd])
          kept.push(
            (await listHistory(t, entity, id)).map((row) => [
              row['name'],
              row.valid_from,
              row.valid_to,
            ]),
          );
        return kept;
      });
      expect(history).toEqual([
        [],
        [['Ben', '2025-01-01T00:00:00.000Z', '2025-02-01T00:00:00.000Z']],
        [['Cyd', '2025-01-01T00:00:00.000Z', '2025-02-01T00:00:00.000Z']],
      ]);
      // The first three came in one row.
      expect((await changes(store)).slice(1)).toEqual([
        `update ${ben} ["Name"]`,
        `delete ${cyd} []`,
        `insert ${after[2]?.id} []`,
      ]);
    });

    it('takes an empty value and none at all for the same, and tells null from a value', async () => {
      await using store = await open(named);
      await load(
        store,
        [
          ['1', '1', null],
          ['2', '2', 'x'],
        ],
        'complete',
      );

      expect(
        await load(
          store,
          [
            ['1', '1', 'x'],
            ['2', '2', null],
          ],
          'complete',
        ),
      ).toMatchObject({ updated: 2 });
      expect(
        await load(
          store,
          [
            ['1', '1', 'x'],
            ['2', '2', null],
          ],
          'complete',
        ),
      ).toEqual({ inserted: 0, updated: 0, deleted: 0 });
    });

    it('never deletes on account of a reading that was not complete', async () => {
      await using store = await open(named);
      await load(
        store,
        [
          ['1', '1', 'Ana'],
          ['2', '2', 'Ben'],
        ],
        'complete',
      );

      expect(await load(store, [], 'partial')).toEqual({ inserted: 0, updated: 0, deleted: 0 });
      expect(await load(store, [['3', '3', 'Cyd']], 'partial')).toEqual({
        inserted: 1,
        updated: 0,
        deleted: 0,
      });
    });

    it('carries out changes: what is put again or deleted twice does no harm', async () => {
      await using store = await open(named);
      await load(store, [['1', '1', 'Ana']], 'complete');

      expect(
        await load(
          store,
          [
            ['1', '1', 'Ana'],
            ['2', '2', 'Ben'],
          ],
          'changes',
          { deletions: ['9'] },
        ),
      ).toEqual({ inserted: 1, updated: 0, deleted: 0 });
      expect(await load(store, [], 'changes', { deletions: ['1'] })).toEqual({
        inserted: 0,
        updated: 0,
        deleted: 1,
      });
      expect((await persons(store)).map((row) => row.key)).toEqual(['2']);
    });

    it('takes thousands of rows, and text of any kind', async () => {
      await using store = await open(named);
      const odd = ["O'Hara", '"q"', '\\', '%_', '日本', '\u{1F600}', 'a\nb', ' x ', 'é', 'e\u0301'];
      const rows: ReadRow[] = Array.from({ length: 2_500 }, (_, index) => {
        const key = `${odd[index % odd.length]}${index}`;
        return [key, key, key];
      });

      expect(await load(store, rows, 'complete')).toMatchObject({ inserted: 2_500 });
      expect(await load(store, rows, 'complete')).toEqual({ inserted: 0, updated: 0, deleted: 0 });
      expect((await persons(store)).every((row) => row.key === row.name)).toBe(true);
    });

    it('writes computed values with history, and only once per run and resource', async () => {
      await using store = await open(named);
      await load(store, [['1', '1', 'Ana']], 'complete');
      const [row] = await persons(store);

      await store.transaction(async (t) => {
        const entity = (await readTableMap(t)).entities.get('Person');
        if (entity === undefined || row === undefined) throw new Error('model');
        for (const value of ['a', 'b'])
          await writeComputedValues(
            t,
            entity,
            { property: 'Name', column: 'name' },
            [{ id: row.id, value }],
            { id: 1, at: '2025-03-01T00:00:00.000Z' },
          );
      });

      expect(await persons(store)).toMatchObject([{ name: 'b' }]);
      expect((await changes(store)).slice(1)).toEqual([
        `update ${row?.id} ["Name"]`,
        `update ${row?.id} ["Name"]`,
      ]);
    });
  });

  describe('links', () => {
    it('to nobody stay open and are closed when the resource appears, as a change of both ends', async () => {
      await using store = await open(linked);
      await load(store, [['1', '1', 'Ana']], 'complete');

      expect(await link(store, [['1', '2']], 'complete')).toBe(1);
      const open1 = await store.transaction((t) => listOpenLinks(t, 'l_person_manager', 10));
      await load(
        store,
        [
          ['1', '1', 'Ana'],
          ['2', '2', 'Ben'],
        ],
        'complete',
      );
      const before = (await changes(store)).length;
      expect(await link(store, [['1', '2']], 'complete')).toBe(0);

      expect(open1).toEqual([['1', '2']]);
      const [ana, ben] = (await persons(store)).map((row) => row.id);
      expect((await changes(store)).slice(before)).toEqual([
        `update ${ana} ["Manager"]`,
        `update ${ben} ["Reports"]`,
      ]);
    });

    it('may lead to the resource itself and round in circles', async () => {
      await using store = await open(linked);
      await load(
        store,
        [
          ['1', '1', 'Ana'],
          ['2', '2', 'Ben'],
          ['3', '3', 'Cyd'],
        ],
        'complete',
      );

      expect(
        await link(
          store,
          [
            ['1', '1'],
            ['2', '3'],
            ['3', '2'],
          ],
          'complete',
        ),
      ).toBe(0);

      const managers = await store.transaction(async (t) => {
        const graph = await ResourceGraph.open(
          t,
          linked.entityModel,
          new Set(['Person:Manager', 'Person:Name']),
        );
        const ids = (await t.tx('r_person').orderBy('mapping_key')).map((row) => Number(row.id));
        await graph.load(t, 'Person', ids);
        return ids.map((id) =>
          graph.view('Person', id)?.one('Manager')?.one('Manager')?.scalar('Name'),
        );
      });
      expect(managers).toEqual(['Ana', 'Ben', 'Cyd']);
    });

    it('that go are recorded at both ends; a second run writes nothing', async () => {
      await using store = await open(linked);
      await load(
        store,
        [
          ['1', '1', 'Ana'],
          ['2', '2', 'Ben'],
        ],
        'complete',
      );
      await link(store, [['1', '2']], 'complete');
      await link(store, [['1', '2']], 'complete');
      const before = (await changes(store)).length;

      await link(store, [], 'complete');

      const [ana, ben] = (await persons(store)).map((row) => row.id);
      expect((await changes(store)).slice(before)).toEqual([
        `update ${ana} ["Manager"]`,
        `update ${ben} ["Reports"]`,
      ]);
    });
  });

  describe('the resource graph', () => {
    it('refuses to answer what it was not asked to load', async () => {
      await using store = await open(linked);
      await load(store, [['1', '1', 'Ana']], 'complete');

      await store.transaction(async (t) => {
        const graph = await ResourceGraph.open(t, linked.entityModel, new Set(['Person:Manager']));
        const [id = 0] = (await t.tx('r_person')).map((row) => Number(row.id));
        await graph.load(t, 'Person', [id, 999]);
        expect(graph.view('Person', 999)).toBeNull();
        expect(() => graph.view('Person', id)?.scalar('Nothing')).toThrow(RangeError);
        expect(graph.view('Person', id)?.one('Manager')).toBeNull();
      });
    });

    // 59 → 3 → 2 → 1 and 58 → 3, of so many people that a page does not load all of them. Page 1: 59 and 2. Page 2: 58.
    it('follows what it keeps from page to page to what went with a page', async () => {
      await using store = await open(linked);
      const numbers = Array.from({ length: 60 }, (_, index) => String(index).padStart(2, '0'));
      await load(
        store,
        numbers.map((number) => [number, number, `Person ${number}`]),
        'complete',
      );
      const managers = [
        ['59', '03'],
        ['58', '03'],
        ['03', '02'],
        ['02', '01'],
      ] as const;
      await link(store, managers, 'complete');

      const seen = await store.transaction(async (t) => {
        const reads = new Set(['Person:Manager', 'Person:Name'] as const);
        const graph = await ResourceGraph.open(t, linked.entityModel, reads);
        const rows = await t.tx('r_person').orderBy('mapping_key');
        const idOf = (number: string): number => Number(rows[Number(number)].id);
        const namesAbove = (number: string): readonly (string | null | undefined)[] => {
          const first = graph.view('Person', idOf(number))?.one('Manager');
          const second = first?.one('Manager');
          return [first, second, second?.one('Manager')].map((one) => one?.scalar('Name'));
        };
        await graph.load(t, 'Person', [idOf('59'), idOf('02')]);
        const onFirst = namesAbove('59');
        graph.forgetPage();
        const forgotten = graph.view('Person', idOf('59'));
        await graph.load(t, 'Person', [idOf('58')]);
        return { onFirst, forgotten, onSecond: namesAbove('58') };
      });

      const above = ['Person 03', 'Person 02', 'Person 01'];
      expect(seen).toEqual({ onFirst: above, forgotten: null, onSecond: above });
    });
  });

  describe('leases', () => {
    const ask = (store: Store, holder: string, now: number) =>
      store.transaction((t) => takeLease(t, { name: 'x', holder, now, ttlMs: minute }));

    it('are held by one, renewed by it, and free when given back', async () => {
      await using store = await open();

      const first = await ask(store, 'a', 0);
      const second = await ask(store, 'b', 1);

      expect(first).toMatchObject({ status: 'held', lease: { fence: 1 } });
      expect(second).toEqual({
        status: 'taken',
        holder: 'a',
        expiresAt: '1970-01-01T00:01:00.000Z',
      });
      if (first.status !== 'held') throw new Error('not held');
      await store.transaction((t) => renewLease(t, first.lease, minute, minute));
      expect(await ask(store, 'b', minute + 1)).toMatchObject({ status: 'taken' });
      await store.transaction((t) => releaseLease(t, first.lease));
      expect(await ask(store, 'b', minute + 2)).toMatchObject({
        status: 'held',
        lease: { fence: 2 },
      });
    });

    it('that ran out go to the next, and the one that slept writes nothing any more', async () => {
      await using store = await open();
      const first = await ask(store, 'a', 0);
      if (first.status !== 'held') throw new Error('not held');

      expect(await ask(store, 'b', minute)).toMatchObject({ status: 'held', lease: { fence: 2 } });

      const lost = { code: 'STORE_LEASE_LOST' };
      await expect(store.transaction((t) => checkFence(t, first.lease))).rejects.toMatchObject(
        lost,
      );
      await expect(
        store.transaction((t) => renewLease(t, first.lease, 0, minute)),
      ).rejects.toMatchObject(lost);
      await store.transaction((t) => releaseLease(t, first.lease));
      expect(await ask(store, 'c', minute + 1)).toMatchObject({ status: 'taken', holder: 'b' });
    });

    it('nobody ever had go to one of many that ask at the same time', async () => {
      await using store = await open();
      await using other = await openStore(store.source.settings);

      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          ask(index % 2 === 0 ? store : other, `h${index}`, 0),
        ),
      );

      expect(answers.filter((answer) => answer.status === 'held')).toHaveLength(1);
    });
  });

  describe('correlation keys', () => {
    it('match owners with targets of equal value, in ascending order, and tell what changed', async () => {
      await using store = await open();
      await store.transaction(async (t) => {
        await writeCorrelationKeys(t, 'r', 1, [
          { resourceId: 1, value: 'a' },
          { resourceId: 2, value: 'b' },
        ]);
        await writeCorrelationKeys(t, 'r', 2, [
          { resourceId: 12, value: 'a' },
          { resourceId: 11, value: 'a' },
          { resourceId: 13, value: null },
        ]);

        const again = await writeCorrelationKeys(t, 'r', 2, [
          { resourceId: 11, value: 'a' },
          { resourceId: 12, value: 'b' },
        ]);

        expect([...again.values].sort()).toEqual(['a', 'b']);
        expect(again.resourceIds).toEqual([12]);
        expect([...(await matchOwners(t, 'r', [1, 2, 3]))]).toEqual([
          [1, [11]],
          [2, [12]],
        ]);
        expect(await listOwnersMatching(t, 'r', [11, 12])).toEqual([
          { ownerId: 1, targetId: 11 },
          { ownerId: 2, targetId: 12 },
        ]);
        expect(await listOwnersMatching(t, 'other', [11, 12])).toEqual([]);
      });
    });

    it('are found by any number of values', async () => {
      await using store = await open();
      const count = store.dialect.maxParameters + 20;
      const values = Array.from({ length: count }, (_, index) => `v${index}`);
      const found = await store.transaction(async (t) => {
        await writeCorrelationKeys(
          t,
          'r',
          1,
          values.map((value, resourceId) => ({ resourceId, value })),
        );
        return listOwnersByKey(t, 'r', values);
      });

      expect(found).toHaveLength(count);
    });
  });

  describe('sets of ids', () => {
    it('may be larger than what one statement takes', async () => {
      await using store = await open();
      const ids = Array.from({ length: store.dialect.maxParameters * 2 }, (_, index) => index);

      const moved = await store.transaction((t) =>
        moveAssigned(t, 'assigned_values', ids, { state_since: '', run_id: 1 }),
      );

      expect(moved).toBe(0);
    });
  });

  describe('the queue of sessions', () => {
    const session = (id: string, mode: 'complete' | 'incremental') => ({
      id,
      connector: 'HR',
      mode,
      exportedAt: '',
      arrivedAt: '',
      seal: '',
      details: {},
    });

    it('keeps the order of arrival; a complete one makes those that wait needless, held ones included', async () => {
      await using store = await open();
      await store.transaction(async (t) => {
        await queueSession(t, session('b', 'incremental'));
        await queueSession(t, session('a', 'incremental'));
        await queueSession(t, session('a', 'incremental'));
        await settleSession(t, 'b', { status: 'blocked', at: '', runId: 1, details: {} });
        expect((await listOpenSessions(t, 'HR')).map((row) => row.id)).toEqual(['b', 'a']);
        expect((await listDeliveredSessions(t, 'HR', 1)).map((row) => row.id)).toEqual(['a']);

        await queueSession(t, session('c', 'complete'));

        expect((await listOpenSessions(t, 'HR')).map((row) => row.id)).toEqual(['c']);
        expect(await listOpenSessions(t, 'Wiki')).toEqual([]);
      });
    });

    it('takes what a threshold holds for the base of the next comparison: it will be applied first, or both go', async () => {
      await using store = await open();
      await store.transaction(async (t) => {
        await queueSession(t, session('a', 'incremental'));
        await settleSession(t, 'a', { status: 'applied', at: '', runId: 1, details: {} });
        await queueSession(t, session('b', 'incremental'));
        await settleSession(t, 'b', { status: 'blocked', at: '', runId: 1, details: {} });

        expect((await listDeliveredSessions(t, 'HR', 1)).map((row) => row.id)).toEqual(['b']);
      });
    });
  });
}
