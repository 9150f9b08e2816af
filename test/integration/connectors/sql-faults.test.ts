/** Servers that vanish, hang or are read slowly: failure is never absence, and no wait is longer than allowed. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TableBatch } from '../../../connectors/index.ts';
import { createSqlExporter } from '../../../connectors/sql/export.ts';
import { createSqlFulfiller } from '../../../connectors/sql/fulfil.ts';
import { createTestContext } from '../../contract/contract-context.ts';
import { type FaultyProxy, startFaultyProxy } from '../../servers/faulty-proxy.ts';
import {
  createMariadbDatabase,
  type MariadbAddress,
  runSql as runOnMariadb,
} from '../../servers/mariadb.ts';
import { findOdbcObstacle } from '../../servers/odbc.ts';
import {
  createPostgresDatabase,
  type PostgresAddress,
  runSql as runOnPostgres,
} from '../../servers/postgres.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { orderFor, readSqlSettings, tableOf, target } from './sql-subject.ts';

/** A database that lives as long as its tests. */
interface Stage extends AsyncDisposable {
  /** A way to it that can be cut and stalled, for one test. */
  enter(): Promise<Entry>;
  run(sql: string): Promise<void>;
}

interface Entry extends AsyncDisposable {
  readonly proxy: FaultyProxy;
  readonly connectionString: string;
}

type OpenStage = (setup: string) => Promise<Stage>;

interface FaultyServer {
  /** Makes `megabytes` thousand rows of a kilobyte. */
  readonly many: (megabytes: number) => string;
  readonly sleep: string;
  readonly killAll: string;
}

interface Load {
  readonly megabytes: number;
  readonly cuts: number;
  /** The driver takes the whole result at once, whoever reads it. */
  readonly isBuffered?: boolean;
}

const links =
  'CREATE TABLE people (id varchar(50) PRIMARY KEY, name text, note text); CREATE TABLE people_groups (person_id varchar(50), group_id varchar(50))';

/** The same faults on each server; a driver that takes its time gets less to read, and fewer cuts. */
function describeFaults(
  provider: 'postgres' | 'mysql' | 'odbc',
  open: OpenStage,
  server: FaultyServer,
  { megabytes, cuts, isBuffered = false }: Load,
): void {
  const exporter = createSqlExporter(provider);
  let stage: Stage;
  beforeAll(async () => {
    stage = await open(`${server.many(megabytes)}; ${links}`);
  }, 60_000);
  afterAll(() => stage?.[Symbol.asyncDispose]());
  const read = async (
    entry: Entry,
    settings: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
    onBatch?: (batch: TableBatch) => unknown,
    takesLines = false,
  ): Promise<{
    readonly error: unknown;
    readonly kinds: readonly string[];
    readonly ms: number;
  }> => {
    await using context = await createTestContext(signal === undefined ? {} : { signal });
    const request = {
      connection: 'Crm',
      settings: readSqlSettings(entry.connectionString, settings),
      mode: 'complete',
      tables: [tableOf('many', ['id', 'filler'])],
      takesLines,
    } as const;
    const kinds: string[] = [];
    const started = performance.now();
    let error: unknown;
    try {
      for await (const batch of exporter.exportTables(request, context)) {
        kinds.push(batch.kind);
        await onBatch?.(batch);
      }
    } catch (thrown) {
      error = thrown;
    }
    return { error, kinds, ms: performance.now() - started };
  };

  // Each of the processes around drivers takes a moment to start, which would count against the others.
  const itWaits = provider === 'odbc' ? it : it.concurrent;

  // Ten batches are as many as there are kinds of places.
  const furthestCut = Math.min(megabytes * 500_000, 10_000_000);

  it('a connection cut anywhere gives an error and no completion proof', async () => {
    await using entry = await stage.enter();

    for (let position = 0; position < cuts; position++) {
      entry.proxy.cutAfter(300 + Math.round((position * furthestCut) / cuts));
      const { error, kinds } = await read(
        entry,
        { Timeout: 20 },
        undefined,
        undefined,
        position % 2 === 1,
      );
      expect(error, String(position)).toMatchObject({ kind: 'unreachable' });
      expect(kinds).not.toContain('end');
    }
    entry.proxy.cutAfter(Number.POSITIVE_INFINITY);
    expect(await read(entry, {})).toMatchObject({
      error: undefined,
      kinds: expect.arrayContaining(['end']),
    });
  });

  itWaits('a server that stops answering is given up within Timeout and a second', async () => {
    await using entry = await stage.enter();
    entry.proxy.stallAfter(megabytes * 80_000);

    const { error, kinds, ms } = await read(entry, { Timeout: 1 }, undefined, undefined, true);

    expect(error).toMatchObject({ kind: 'timeout' });
    expect(kinds).not.toContain('end');
    // The second that is allowed, what came before the stall, and the goodbye nobody hears.
    expect(ms).toBeLessThan(4_000);
  });

  itWaits('a query that takes too long is stopped', async () => {
    await using entry = await stage.enter();
    await using context = await createTestContext();
    const settings = readSqlSettings(entry.connectionString, {
      Timeout: 1,
      SqlCommand: server.sleep,
    });
    const request = { connection: 'Crm', settings, mode: 'complete', tables: [] } as const;
    const started = performance.now();

    const reading = (async () => {
      for await (const batch of exporter.exportTables(request, context)) void batch;
    })();

    await expect(reading).rejects.toMatchObject({ kind: 'timeout' });
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  itWaits('a run that is stopped while it waits ends at once', async () => {
    await using entry = await stage.enter();
    entry.proxy.stallAfter(megabytes * 80_000);
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('stopped')), 500);

    const { error, ms } = await read(entry, { Timeout: 60 }, stop.signal);

    expect(error).toMatchObject({ message: 'stopped' });
    expect(ms).toBeLessThan(3_000);
  });

  itWaits(
    'a reader that takes its time makes the server wait, and its time does not count',
    async () => {
      await using entry = await stage.enter();
      let seen = 0;
      let ahead = 0;

      const { error, kinds } = await read(
        entry,
        { Timeout: 3 },
        undefined,
        async () => {
          if (++seen !== 1) return;
          await sleep(3_300);
          ahead = entry.proxy.bytesFromServer();
        },
        true,
      );

      expect(error).toBeUndefined();
      expect(kinds.at(-1)).toBe('end');
      // One batch is a megabyte; the rest is what sockets hold on the way.
      expect(ahead).toBeLessThan(isBuffered ? Number.POSITIVE_INFINITY : megabytes * 400_000);
      expect(entry.proxy.bytesFromServer()).toBeGreaterThan(megabytes * 1_000_000);
    },
  );

  it('a fulfiller whose connection was killed fails one order and carries out the next', async () => {
    await using entry = await stage.enter();
    await using context = await createTestContext();
    await using opened = await createSqlFulfiller(provider).openFulfiller(
      readSqlSettings(entry.connectionString),
      [target],
      context,
    );
    const add = (value: string) =>
      opened.fulfil(orderFor(target, 'added', {}, [{ kind: 'set', property: 'key', value }]));

    await add('A1');
    await stage.run(server.killAll);
    await expect(add('A2')).rejects.toMatchObject({ kind: 'unreachable' });
    await add('A2');
    await expect(add('A2')).rejects.toMatchObject({ kind: 'already-exists' });
  });
}

const postgres: FaultyServer = {
  many: (megabytes) =>
    `CREATE TABLE many AS SELECT id, repeat('x', 1000) AS filler FROM generate_series(1, ${megabytes}000) AS id`,
  sleep: 'SELECT pg_sleep(30)',
  killAll:
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
};

const mariadb: FaultyServer = {
  many: (megabytes) =>
    `CREATE TABLE many AS SELECT seq AS id, repeat('x', 1000) AS filler FROM seq_1_to_${megabytes}000`,
  sleep: 'SELECT SLEEP(30)',
  killAll: `BEGIN NOT ATOMIC
      DECLARE done INT DEFAULT 0; DECLARE victim BIGINT;
      DECLARE found CURSOR FOR SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID();
      DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = 1;
      OPEN found;
      each_one: LOOP FETCH found INTO victim; IF done THEN LEAVE each_one; END IF; KILL CONNECTION victim; END LOOP;
      CLOSE found; END`,
};

const fast = { megabytes: 40, cuts: 20 } as const;
const slow = { megabytes: 10, cuts: 6 } as const;

function openOnPostgres(address: () => PostgresAddress, driver: string): OpenStage {
  return async (setup) => {
    const name = nameDatabase();
    const database = await createPostgresDatabase(address(), name);
    const run = (sql: string) => runOnPostgres(address(), name, sql);
    await run(setup);
    return { ...database, run, enter: () => enter(address(), name, driver) };
  };
}

function openOnMariadb(address: () => MariadbAddress, driver: string): OpenStage {
  return async (setup) => {
    const name = nameDatabase();
    const database = await createMariadbDatabase(address(), name);
    const run = (sql: string) => runOnMariadb(address(), name, sql);
    await run(setup);
    return { ...database, run, enter: () => enter(address(), name, driver) };
  };
}

function nameDatabase(): string {
  return `t${randomUUID().replaceAll('-', '')}`;
}

async function enter(
  { port, user, password }: PostgresAddress | MariadbAddress,
  database: string,
  driver: string,
): Promise<Entry> {
  const proxy = await startFaultyProxy(port);
  return {
    proxy,
    connectionString: `${driver}Server=127.0.0.1;Port=${proxy.port};Database=${database};Uid=${user};Pwd=${password}`,
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}

describeWithServer('postgres', 'faults of PostgreSQL', (address) => {
  describeFaults('postgres', openOnPostgres(address, ''), postgres, fast);
});

describeWithServer('mariadb', 'faults of MariaDB', (address) => {
  describeFaults('mysql', openOnMariadb(address, ''), mariadb, fast);
});

const obstacle = findOdbcObstacle();
describe.skipIf(obstacle !== undefined)('over ODBC', () => {
  describeWithServer('postgres', 'faults of PostgreSQL', (address) => {
    const driver = 'Driver={PostgreSQL Unicode};';
    describeFaults('odbc', openOnPostgres(address, driver), postgres, slow);
  });

  describeWithServer('mariadb', 'faults of MariaDB', (address) => {
    const driver = 'Driver={MariaDB Unicode};';
    describeFaults('odbc', openOnMariadb(address, driver), mariadb, { ...slow, isBuffered: true });
  });
});
