/** What thinning out history promises, whatever database is behind the store. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { loadConfiguration } from '../../config/index.ts';
import {
  deployModel,
  type KeyRange,
  listVersionedTables,
  type MergeRule,
  nextKeyRange,
  openStore,
  purgeVersions,
  type Store,
  thinVersions,
  type VersionedTable,
} from '../../engine/store/index.ts';
import type { StoreSource } from './store-contract.ts';

interface Version {
  readonly key: number;
  readonly content: string;
  readonly from: number;
  readonly to: number;
}

const runs = Number(process.env['LOCKSTEP_HISTORY_RUNS'] ?? 25);
const minute = 60_000;
const epoch = Date.parse('2025-01-01T00:00:00.000Z');
const iso = (minutes: number): string => new Date(epoch + minutes * minute).toISOString();
const minuteOf = (text: string): number => (Date.parse(text) - epoch) / minute;

/** One life: a version of length 0 was true for no time; now and then there is a gap between two. */
const life = fc.array(
  fc.record({
    length: fc.integer({ min: 0, max: 6 }),
    gap: fc.constantFrom(0, 0, 0, 2),
    content: fc.constantFrom('a', 'b', 'c'),
  }),
  { maxLength: 12 },
);
const histories = fc.array(life, { minLength: 1, maxLength: 4 }).map((lives) =>
  lives.flatMap((steps, key) => {
    let at = key;
    return steps.map(({ length, gap, content }): Version => {
      const from = at + gap;
      at = from + length;
      return { key, content, from, to: at };
    });
  }),
);

const model = (() => {
  const loaded = loadConfiguration([
    {
      path: 'model.xml',
      text: `<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
        <EntityType Identifier="Person" DisplayName_L1="Person">
          <Property Identifier="Number" IsKey="true" /><Property Identifier="Name" /><Property Identifier="Seen" />
          <Property Identifier="Manager" Type="ForeignKey" /><Property Identifier="Reports" Type="ForeignKey" />
        </EntityType>
        <EntityAssociation Identifier="Person_Manager" Property1="Person:Manager" Property2="Person:Reports" IsProperty2Collection="true" />
      </ConfigurationFile>`,
    },
  ]);
  if (loaded.status === 'invalid') throw new Error(JSON.stringify(loaded.diagnostics));
  return loaded.model;
})();

const kinds = ['resources', 'links', 'assignments'] as const;
type Kind = (typeof kinds)[number];

function rowOf(kind: Kind, { key, content, from, to }: Version): Record<string, unknown> {
  const times = { run_id: 1, valid_from: iso(from), valid_to: iso(to) };
  switch (kind) {
    case 'resources':
      return { id: key, mapping_key: `k${key}`, name: content, seen: `${from}`, ...times };
    case 'links':
      return { value1: `k${key}`, value2: 'x', id1: content.charCodeAt(0), id2: 1, ...times };
    case 'assignments':
      return {
        ...{ id: key, role: content, owner_type: 'Person', owner_id: 1, ended_by: 1 },
        ...{ workflow_state: 0, is_denied: 0, ...times },
      };
  }
}

function versionOf(kind: Kind, row: Record<string, string>): Version {
  const from = minuteOf(String(row['valid_from']));
  const to = minuteOf(String(row['valid_to']));
  switch (kind) {
    case 'resources':
      return { key: Number(row['id']), content: String(row['name']), from, to };
    case 'links':
      return {
        ...{ key: Number(String(row['value1']).slice(1)), from, to },
        content: String.fromCharCode(Number(row['id1'])),
      };
    case 'assignments':
      return { key: Number(row['id']), content: String(row['role']), from, to };
  }
}

/** What was true of `key` at a time; nothing is true for no time. */
const asOf = (versions: readonly Version[], key: number, at: number): string | null =>
  versions.find((v) => v.key === key && v.from <= at && at < v.to)?.content ?? null;

/** The rule, told as one would explain it: a row for each time that stays. */
function expected(
  before: readonly Version[],
  isOne: (earlier: Version, later: Version) => boolean,
): readonly Version[] {
  const merged: Version[] = [];
  for (const version of before.filter((v) => v.from < v.to)) {
    const last = merged.at(-1);
    const previous = before.findLast(
      (v) => v.key === version.key && v.from < version.from && v.from < v.to,
    );
    if (
      last !== undefined &&
      last.key === version.key &&
      last.to === version.from &&
      previous !== undefined &&
      isOne(previous, version)
    )
      merged.splice(-1, 1, { ...version, from: last.from });
    else merged.push(version);
  }
  return merged;
}

export function describeHistory(create: () => Promise<StoreSource>): void {
  async function open(): Promise<Store & { readonly source: StoreSource }> {
    const source = await create();
    const store = await openStore(source.settings);
    await store.transaction((t) => deployModel(t, model, false));
    return {
      ...store,
      source,
      async [Symbol.asyncDispose]() {
        await store[Symbol.asyncDispose]();
        await source[Symbol.asyncDispose]();
      },
    };
  }

  async function fill(
    store: Store,
    kind: Kind,
    versions: readonly Version[],
  ): Promise<VersionedTable> {
    return store.transaction(async (t) => {
      const table = (await listVersionedTables(t)).find(
        (candidate) =>
          candidate.kind === kind &&
          candidate.table !== 'assigned_value_versions' &&
          candidate.table !== 'assigned_resource_type_versions',
      );
      if (table === undefined) throw new Error(kind);
      await t.tx(table.table).delete();
      if (versions.length > 0) await t.tx(table.table).insert(versions.map((v) => rowOf(kind, v)));
      return table;
    });
  }

  const read = (store: Store, kind: Kind, table: VersionedTable): Promise<readonly Version[]> =>
    store.transaction(async ({ tx }) =>
      (await tx(table.table).orderBy([...table.key, 'valid_from', 'valid_to'])).map((row) =>
        versionOf(kind, row),
      ),
    );

  async function eachRange(
    store: Store,
    table: VersionedTable,
    rows: number,
    work: (
      t: Parameters<Parameters<Store['transaction']>[0]>[0],
      range: KeyRange,
    ) => Promise<number>,
  ): Promise<number> {
    let total = 0;
    for (let after: string | number | null = null; ; ) {
      const since: string | number | null = after;
      const range: KeyRange | null = await store.transaction((t) =>
        nextKeyRange(t, table, since, rows),
      );
      if (range === null) return total;
      total += await store.transaction((t) => work(t, range));
      if (range.upTo === null) return total;
      after = range.upTo;
    }
  }

  const thin = (
    store: Store,
    table: VersionedTable,
    rule: MergeRule,
    isDryRun = false,
  ): Promise<number> =>
    eachRange(store, table, 5, (t, range) => thinVersions(t, table, range, rule, isDryRun));

  for (const kind of kinds) {
    it(`optimizes former ${kind}: one version per interval, the last one's content since the first one's beginning`, async () => {
      await using store = await open();
      await fc.assert(
        fc.asyncProperty(
          histories,
          fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 8 }),
          async (before, starts) => {
            const table = await fill(store, kind, before);
            const rule = { kind: 'intervals', starts: starts.map(iso) } as const;
            const intervalOf = ({ from }: Version): number =>
              Math.max(-1, ...starts.filter((start) => start <= from));
            const wanted = expected(
              before,
              (a, b) => intervalOf(b) >= 0 && intervalOf(a) === intervalOf(b),
            );
            const announced = await thin(store, table, rule, true);

            const removed = await thin(store, table, rule);

            const after = await read(store, kind, table);
            expect(after.filter((v) => v.from < v.to)).toEqual(wanted);
            expect(announced).toBe(removed);
            expect(removed).toBe(before.length - after.length);
            for (let at = 0; at < 80; at += 1)
              for (const key of [0, 1, 2, 3]) {
                const known = asOf(before, key, at) !== null;
                expect(asOf(after, key, at) !== null).toBe(known);
              }
            expect(await thin(store, table, rule)).toBe(0);
          },
        ),
        { numRuns: runs },
      );
    });

    it(`removes former ${kind} that repeat the one before, and changes nothing that anybody can see`, async () => {
      await using store = await open();
      await fc.assert(
        fc.asyncProperty(histories, async (before) => {
          const table = await fill(store, kind, before);
          const rule = { kind: 'duplicates', excludedColumns: ['Seen'] } as const;

          await thin(store, table, rule);

          const after = await read(store, kind, table);
          expect(after.filter((v) => v.from < v.to)).toEqual(
            expected(before, (a, b) => a.content === b.content),
          );
          for (let at = 0; at < 80; at += 1)
            for (const key of [0, 1, 2, 3])
              expect(asOf(after, key, at)).toBe(asOf(before, key, at));
        }),
        { numRuns: runs },
      );
    });

    it(`purges only former ${kind} that ended before the date`, async () => {
      await using store = await open();
      await fc.assert(
        fc.asyncProperty(histories, fc.integer({ min: 0, max: 60 }), async (before, date) => {
          const table = await fill(store, kind, before);
          const purge = (isDryRun: boolean) =>
            eachRange(store, table, 5, (t, range) =>
              purgeVersions(t, table, range, iso(date), isDryRun),
            );
          const announced = await purge(true);

          expect(await purge(false)).toBe(announced);

          expect(await read(store, kind, table)).toEqual(
            before
              .filter((v) => v.to >= date)
              .sort((a, b) => a.key - b.key || a.from - b.from || a.to - b.to),
          );
        }),
        { numRuns: runs },
      );
    });
  }
}
