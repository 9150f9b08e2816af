/** What every store promises about loads: counts, ranges of changes, source rows, former links, and links that move. */
import { describe, expect, it } from 'vitest';
import type { Model } from '../../config/index.ts';
import {
  applyEntityChanges,
  applyLinkChanges,
  deployModel,
  type LinkPair,
  type LoadKind,
  openStore,
  ResourceGraph,
  readTableMap,
  resolveLinks,
  type StagedLink,
  type StagedRow,
  type Store,
  stageEntities,
  stageLinks,
  startRun,
} from '../../engine/store/index.ts';
import { modelOf, type StoreSource } from './store-model.ts';

/** Groups in groups: both ends of one type, and one name in two types. */
const groups = modelOf(`
  <EntityType Identifier="Group" DisplayName_L1="Group">
    <Property Identifier="Code" IsKey="true" /><Property Identifier="Name" />
    <Property Identifier="Members" Type="ForeignKey" /><Property Identifier="MemberOf" Type="ForeignKey" />
    <Property Identifier="Owner" Type="ForeignKey" />
  </EntityType>
  <EntityType Identifier="Person" DisplayName_L1="Person">
    <Property Identifier="Number" IsKey="true" /><Property Identifier="Name" />
    <Property Identifier="Owns" Type="ForeignKey" />
  </EntityType>
  <EntityAssociation Identifier="Group_Members" Property1="Group:Members" IsProperty1Collection="true" Property2="Group:MemberOf" IsProperty2Collection="true" />
  <EntityAssociation Identifier="Group_Owner" Property1="Group:Owner" Property2="Person:Owns" IsProperty2Collection="true" />
  <EntityTypeMapping Identifier="Group" Connector="HR" ConnectionTable="File">
    <Property Identifier="Code" ConnectionColumn="code" IsPrimaryKey="true" /><Property Identifier="Name" ConnectionColumn="name" IsUniqueKey="true" />
  </EntityTypeMapping>
  <EntityTypeMapping Identifier="Person" Connector="HR" ConnectionTable="File">
    <Property Identifier="Number" ConnectionColumn="number" IsPrimaryKey="true" /><Property Identifier="Name" ConnectionColumn="name" IsUniqueKey="true" />
  </EntityTypeMapping>
  <EntityAssociationMapping Identifier="Group_Members" Connector="HR" ConnectionTable="File" Column1="group" EntityPropertyMapping1="Group:Code" Column2="member" EntityPropertyMapping2="Group:Name" />
  <EntityAssociationMapping Identifier="Group_Owner" Connector="HR" ConnectionTable="File" Column1="group" EntityPropertyMapping1="Group:Name" Column2="owner" EntityPropertyMapping2="Person:Name" />`);

const properties: Readonly<Record<string, readonly string[]>> = {
  Group: ['Code', 'Name'],
  Person: ['Number', 'Name'],
};

async function* batch<T>(rows: readonly T[]): AsyncGenerator<readonly T[]> {
  if (rows.length > 0) yield rows;
}

interface Load {
  readonly entities?: Readonly<Record<string, readonly (readonly [string, string | null])[]>>;
  readonly links?: Readonly<Record<string, readonly LinkPair[]>>;
  readonly kind?: LoadKind;
  readonly deletedLinks?: readonly LinkPair[];
  readonly at?: string;
  /** Tells how many rows there are before they are read, as a prepared file does. */
  readonly isCounted?: boolean;
}

/** One run: the resources, then the links, then the ends that moved. */
async function load(store: Store, given: Load): Promise<void> {
  const { kind = 'complete', at = '2025-01-01T00:00:00.000Z' } = given;
  await store.transaction(async (t) => {
    const tables = await readTableMap(t);
    const id = await startRun(t, { kind: 'x', subject: '', configurationHash: '', startedAt: at });
    const run = { id, at };
    for (const [entityType, rows] of Object.entries(given.entities ?? {})) {
      const entity = tables.entities.get(entityType);
      if (entity === undefined) throw new Error(entityType);
      const staged = rows.map(([key, name], index): StagedRow => [key, index + 1, key, name]);
      const stage = await stageEntities(t, entity, {
        kind,
        properties: properties[entityType] ?? [],
        rows: batch(staged),
        deletions: batch([]),
        ...(given.isCounted === true ? { rowCount: rows.length } : {}),
      });
      await applyEntityChanges(t, stage, run, 'a-session');
    }
    for (const [identifier, pairs] of Object.entries(given.links ?? {})) {
      const links = tables.associations.get(identifier);
      const { association, mapping } = partsOf(groups, identifier);
      if (links === undefined) throw new Error(identifier);
      const rows = pairs.map(([one, other], index): StagedLink => [one, other, index + 1]);
      const stage = await stageLinks(
        t,
        { links, association, mapping },
        { kind, rows: batch(rows), deletions: batch(given.deletedLinks ?? []) },
      );
      await applyLinkChanges(t, stage, tables, run, 'a-session');
    }
    for (const identifier of ['Group_Members', 'Group_Owner']) {
      const { association, mapping } = partsOf(groups, identifier);
      await resolveLinks(t, tables, association, mapping, run);
    }
  });
}

function partsOf(model: Model, identifier: string) {
  const association = model.entityModel.associations.get(identifier);
  const mapping = model.associationMappings.get(identifier);
  if (association === undefined || mapping === undefined) throw new Error(identifier);
  return { association, mapping };
}

/** Links by the keys their ids lead to; `?` for nobody. */
const linked = (store: Store, association: string) =>
  store.read(async (t) => {
    const { entities, associations } = await readTableMap(t);
    const links = associations.get(association);
    const { mapping } = partsOf(groups, association);
    const keysOf = async (entityType: string): Promise<ReadonlyMap<number, string>> => {
      const table = entities.get(entityType)?.table ?? '';
      return new Map((await t.tx(table)).map((row) => [Number(row.id), row.mapping_key]));
    };
    const keys1 = await keysOf(mapping.lookup1.entityType);
    const keys2 = await keysOf(mapping.lookup2.entityType);
    const rows = await t.tx(links?.table ?? '').orderBy(['value1', 'value2']);
    return rows.map((row) => `${keys1.get(row.id1) ?? '?'}>${keys2.get(row.id2) ?? '?'}`);
  });

const formerLinks = (store: Store, table: string) =>
  store.read(async ({ tx }) =>
    (await tx(table).orderBy(['valid_to', 'value1', 'value2'])).map((row) => [
      `${row.value1}>${row.value2}`,
      row.id1 !== null && row.id2 !== null,
      row.source_row,
      row.valid_from.slice(0, 10),
      row.valid_to.slice(0, 10),
    ]),
  );

export function describeLoading(create: () => Promise<StoreSource>): void {
  async function open(): Promise<Store> {
    const source = await create();
    const store = await openStore(source.settings);
    await store.transaction((t) => deployModel(t, groups, false));
    return {
      ...store,
      async [Symbol.asyncDispose]() {
        await store[Symbol.asyncDispose]();
        await source[Symbol.asyncDispose]();
      },
    };
  }

  describe('a load', () => {
    it.each([true, false])(
      'counts along what each table holds (told beforehand: %s)',
      async (isCounted) => {
        await using store = await open();
        await load(store, {
          entities: {
            Group: [
              ['a', 'A'],
              ['b', 'B'],
              ['c', 'C'],
            ],
            Person: [['1', 'x']],
          },
          links: {
            Group_Members: [
              ['a', 'B'],
              ['b', 'C'],
            ],
          },
          isCounted,
        });
        await load(store, {
          entities: {
            Group: [
              ['b', 'B'],
              ['d', 'D'],
            ],
          },
          links: { Group_Members: [['b', 'D']] },
        });

        const counts = await store.read(async (t) => {
          const { entities, associations } = await readTableMap(t);
          const found = [];
          for (const { table, rowCount, reflects } of [
            ...entities.values(),
            ...associations.values(),
          ]) {
            const counted = Number((await t.tx(table).count({ n: '*' }).first())?.n);
            found.push({ table, isRight: counted === rowCount, rowCount, reflects });
          }
          return found;
        });

        expect(counts).toEqual([
          { table: 'r_group', isRight: true, rowCount: 2, reflects: 'a-session' },
          { table: 'r_person', isRight: true, rowCount: 1, reflects: 'a-session' },
          { table: 'l_group_members', isRight: true, rowCount: 1, reflects: 'a-session' },
          { table: 'l_group_owner', isRight: true, rowCount: 0, reflects: null },
        ]);
      },
    );

    it('records what is new in one row, whatever its number, and the source row of each', async () => {
      await using store = await open();
      const many = Array.from({ length: 12_000 }, (_, index): [string, string] => [
        `g${String(index).padStart(5, '0')}`,
        `tab\t back\\slash \\N ${index}\r\n"é"`,
      ]);

      await load(store, { entities: { Group: many }, isCounted: true });

      const found = await store.read(async ({ tx }) => ({
        changes: await tx('resource_changes'),
        first: await tx('r_group').orderBy('id').first(),
        last: await tx('r_group').orderBy('id', 'desc').first(),
      }));
      expect(found.changes).toMatchObject([
        { kind: 'insert', resource_id: found.first.id, last_id: found.last.id },
      ]);
      expect([found.first.name, found.first.source_row]).toEqual([many[0]?.[1], 1]);
      expect([found.last.name, found.last.source_row]).toEqual([many.at(-1)?.[1], 12_000]);
    });

    it('of an empty table leaves it indexed as it was', async () => {
      await using store = await open();
      const many = Array.from({ length: 12_000 }, (_, index): [string, string] => [
        `${index}`,
        null as never,
      ]);
      await load(store, { entities: { Group: many }, isCounted: true });

      // The same key once more is refused by the index that was put off.
      await expect(
        store.transaction(({ tx }) =>
          tx('r_group').insert({ id: 1, mapping_key: '7', run_id: 1, valid_from: '' }),
        ),
      ).rejects.toThrow(/unique/i);
    });

    it('refuses a file with another number of rows than it should have, and keeps nothing of it', async () => {
      await using store = await open();
      const cut = store.transaction(async (t) => {
        const entity = (await readTableMap(t)).entities.get('Group');
        if (entity === undefined) throw new Error('model');
        const rows = batch<StagedRow>([['a', 1, 'a', 'A']]);
        const given = {
          kind: 'complete',
          properties: ['Code', 'Name'],
          rows,
          deletions: batch<string>([]),
          rowCount: 2,
        } as const;
        const run = { id: 1, at: '2025-01-01T00:00:00.000Z' };
        await applyEntityChanges(t, await stageEntities(t, entity, given), run);
      });

      await expect(cut).rejects.toMatchObject({ code: 'STORE_ROWS_MISCOUNTED' });
      expect(await store.read(({ tx }) => tx('r_group'))).toEqual([]);
    });

    it('makes no version of a change within the precision of its property, and of others all', async () => {
      await using store = await open();
      const minutes = (count: number) => Date.parse('2025-01-01T00:00:00.000Z') + count * 60_000;
      const change = async (name: string, code: string, at: number) =>
        store.transaction(async (t) => {
          const entity = (await readTableMap(t)).entities.get('Group');
          if (entity === undefined) throw new Error('model');
          const started = new Date(at).toISOString();
          const info = { kind: 'x', subject: '', configurationHash: '', startedAt: started };
          const id = await startRun(t, info);
          const stage = await stageEntities(t, entity, {
            kind: 'partial',
            properties: ['Code', 'Name'],
            rows: batch<StagedRow>([['a', 1, code, name]]),
            deletions: batch<string>([]),
            precision: { ms: new Map([['Name', 10 * 60_000]]), now: at },
          });
          await applyEntityChanges(t, stage, { id, at: started });
        });
      await change('first', 'a', minutes(0));

      await change('second', 'a', minutes(9));
      await change('third', 'a', minutes(10));
      await change('fourth', 'b', minutes(11));

      const former = await store.read(({ tx }) => tx('h_group').orderBy('valid_to'));
      expect(former.map((row) => [row.name, row.valid_from, row.valid_to])).toEqual([
        ['second', '2025-01-01T00:00:00.000Z', '2025-01-01T00:10:00.000Z'],
        ['third', '2025-01-01T00:10:00.000Z', '2025-01-01T00:11:00.000Z'],
      ]);
      const changes = await store.read(({ tx }) => tx('resource_changes'));
      expect(changes).toHaveLength(4);
    });

    it('that changes nothing writes nothing', async () => {
      await using store = await open();
      const same: Load = {
        entities: {
          Group: [
            ['a', 'A'],
            ['b', 'B'],
          ],
        },
        links: { Group_Members: [['a', 'B']] },
      };
      await load(store, same);
      const dump = () =>
        store.read(async ({ tx }) => [
          await tx('r_group').orderBy('id'),
          await tx('h_group'),
          await tx('l_group_members'),
          await tx('hl_group_members'),
          await tx('resource_changes').orderBy('id'),
        ]);
      const before = await dump();

      await load(store, { ...same, at: '2025-02-01T00:00:00.000Z' });

      expect(await dump()).toEqual(before);
    });
  });

  describe('ends of links', () => {
    it('stand on the side their column belongs to, also between resources of one type', async () => {
      await using store = await open();

      await load(store, {
        entities: {
          Group: [
            ['a', 'A'],
            ['b', 'B'],
          ],
        },
        links: { Group_Members: [['a', 'B']] },
      });

      expect(await linked(store, 'Group_Members')).toEqual(['a>b']);
    });

    it('are found by the named property, though other types have the same value', async () => {
      await using store = await open();

      await load(store, {
        entities: {
          Group: [
            ['x', 'same'],
            ['same', 'other'],
          ],
          Person: [
            ['same', 'x'],
            ['9', 'same'],
          ],
        },
        links: { Group_Owner: [['same', 'same']], Group_Members: [['same', 'same']] },
      });

      expect(await linked(store, 'Group_Owner')).toEqual(['x>9']);
      expect(await linked(store, 'Group_Members')).toEqual(['same>x']);
    });

    it('see resources of the same load, forward and themselves', async () => {
      await using store = await open();
      await load(store, { entities: { Group: [['a', 'A']] } });

      await load(store, {
        entities: {
          Group: [
            ['a', 'A'],
            ['z', 'Z'],
          ],
        },
        links: {
          Group_Members: [
            ['a', 'Z'],
            ['z', 'Z'],
          ],
        },
      });

      expect(await linked(store, 'Group_Members')).toEqual(['a>z', 'z>z']);
    });

    it('move with the value by which they are found, and the link as it was is kept', async () => {
      await using store = await open();
      await load(store, {
        entities: {
          Group: [
            ['a', 'A'],
            ['b', 'B'],
            ['c', 'C'],
          ],
        },
        links: {
          Group_Members: [
            ['a', 'B'],
            ['c', 'C'],
          ],
        },
      });

      await load(store, {
        entities: {
          Group: [
            ['a', 'A'],
            ['b', 'New'],
            ['c', 'B'],
          ],
        },
        at: '2025-02-01T00:00:00.000Z',
      });

      expect(await linked(store, 'Group_Members')).toEqual(['a>c', 'c>?']);
      expect(await formerLinks(store, 'hl_group_members')).toEqual([
        ['a>B', true, 1, '2025-01-01', '2025-02-01'],
        ['c>C', true, 2, '2025-01-01', '2025-02-01'],
      ]);
    });

    it('open when their resource goes, and close when it comes again', async () => {
      await using store = await open();
      const all = {
        Group: [
          ['a', 'A'],
          ['b', 'B'],
        ],
      } as const;
      await load(store, { entities: all, links: { Group_Members: [['a', 'B']] } });

      await load(store, { entities: { Group: [['a', 'A']] }, at: '2025-02-01T00:00:00.000Z' });
      const without = await linked(store, 'Group_Members');
      await load(store, { entities: all, at: '2025-03-01T00:00:00.000Z' });

      expect(without).toEqual(['a>?']);
      expect(await linked(store, 'Group_Members')).toEqual(['a>b']);
      expect(await formerLinks(store, 'hl_group_members')).toEqual([
        ['a>B', true, 1, '2025-01-01', '2025-02-01'],
        ['a>B', false, 1, '2025-02-01', '2025-03-01'],
      ]);
    });

    it('of a link that goes are kept', async () => {
      await using store = await open();
      await load(store, {
        entities: {
          Group: [
            ['a', 'A'],
            ['b', 'B'],
          ],
        },
        links: {
          Group_Members: [
            ['a', 'A'],
            ['a', 'B'],
          ],
        },
      });

      await load(store, {
        kind: 'changes',
        links: { Group_Members: [] },
        deletedLinks: [
          ['a', 'B'],
          ['nobody', 'B'],
        ],
        at: '2025-02-01T00:00:00.000Z',
      });

      expect(await linked(store, 'Group_Members')).toEqual(['a>a']);
      expect(await formerLinks(store, 'hl_group_members')).toEqual([
        ['a>B', true, 2, '2025-01-01', '2025-02-01'],
      ]);
    });

    it('given twice to a property of one are both kept; the older resource comes first', async () => {
      await using store = await open();
      await load(store, {
        entities: {
          Group: [['a', 'A']],
          Person: [
            ['1', 'x'],
            ['2', 'y'],
          ],
        },
        links: {
          Group_Owner: [
            ['A', 'y'],
            ['A', 'x'],
          ],
        },
      });

      expect(await linked(store, 'Group_Owner')).toEqual(['a>1', 'a>2']);
    });
  });

  describe('reading', () => {
    it('sees the store as it is, while a transaction writes, and can write nothing', async () => {
      await using store = await open();
      await load(store, { entities: { Group: [['a', 'A']] } });

      const seen = await store.transaction(async ({ tx }) => {
        await tx('r_group').update({ name: 'changed' });
        return store.read(async (reader) => (await reader.tx('r_group')).map((row) => row.name));
      });

      expect(seen).toEqual(['A']);
      await expect(store.read(({ tx }) => tx('r_group').delete())).rejects.toThrow();
      expect(await store.read(({ tx }) => tx('r_group').select('name'))).toEqual([
        { name: 'changed' },
      ]);
    });
  });

  // Fifty people, too many to stay in memory for a page of one; the groups stay.
  //
  //   p2 ── owns ── a ── member of ── b ── owner ── p1
  describe('the graph of a page', () => {
    it('holds what is reached through resources that stayed from the page before', async () => {
      await using store = await open();
      const numbers = Array.from({ length: 50 }, (_, index) => `p${index + 1}`);
      await load(store, {
        entities: {
          Group: [
            ['a', 'a'],
            ['b', 'b'],
          ],
          Person: numbers.map((number) => [number, number]),
        },
        links: {
          Group_Members: [['b', 'a']],
          Group_Owner: [
            ['a', 'p2'],
            ['b', 'p1'],
          ],
        },
      });

      const found = await store.read(async (t) => {
        const graph = await ResourceGraph.open(
          t,
          groups.entityModel,
          new Set(['Person:Owns', 'Person:Name', 'Group:MemberOf', 'Group:Owner']),
        );
        const ownerAbove = async (number: string): Promise<string | null | undefined> => {
          graph.forgetPage();
          const id = Number((await t.tx('r_person').where({ number }).first('id')).id);
          await graph.load(t, 'Person', [id]);
          return graph
            .view('Person', id)
            ?.many('Owns')[0]
            ?.many('MemberOf')[0]
            ?.one('Owner')
            ?.scalar('Name');
        };
        return [await ownerAbove('p1'), await ownerAbove('p2'), await ownerAbove('p3')];
      });

      expect(found).toEqual([undefined, 'p1', undefined]);
    });
  });
}
