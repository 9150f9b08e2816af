/** What can be known of Oracle without a server: its address, its statements, its values, and how it fails. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  createTestContext,
  readSettings,
  showError,
} from '../../test/contract/contract-context.ts';
import { parseConnectionString } from '../spi/database/connection-string.ts';
import { dialects } from './dialects.ts';
import { beginText } from './driver-oracle.ts';
import { createSqlExporter } from './export.ts';
import { classifyOracle } from './failure-oracle.ts';
import { createSqlFulfiller } from './fulfil.ts';
import { fetchAs, readOracleTarget, renderOracleValue } from './oracle-values.ts';
import { type SqlSettings, sqlSettings } from './settings.ts';

const definition = { settings: sqlSettings, displayName: 'SQL' };

function targetOf(text: string): string {
  return readOracleTarget(parseConnectionString(text).values).connectString;
}

describe('address of Oracle Database', () => {
  it.each([
    ['Data Source=db.test:1521/ORCLPDB1;User Id=a;Password=b', 'db.test:1521/ORCLPDB1'],
    ['Data Source=//db.test:1521/ORCLPDB1', 'db.test:1521/ORCLPDB1'],
    ['Data Source=tcps://db.test:2484/sales', 'tcps://db.test:2484/sales'],
    ['Server=db.test;Port=1522;Database=sales', 'db.test:1522/sales'],
    ['Server=db.test;Database=sales', 'db.test:1521/sales'],
    ['Data Source=SALES_PROD', 'SALES_PROD'],
    [
      'User Id=a;Data Source=(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=db.test)(PORT=1521))(CONNECT_DATA=(SID=ORCL)));Password=b',
      '(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=db.test)(PORT=1521))(CONNECT_DATA=(SID=ORCL)))',
    ],
  ])('%s', (text, expected) => {
    expect(targetOf(text)).toBe(expected);
  });

  it('is asked for when it is missing', () => {
    expect(() => targetOf('User Id=a;Password=b')).toThrow(/does not say where/);
  });

  it('takes user and password with every character a string can hold', () => {
    const { values } = parseConnectionString(
      'Data Source=h/s;User Id="o\'neil";Password="a;b=""c"',
    );

    expect(readOracleTarget(values)).toMatchObject({ user: "o'neil", password: 'a;b="c' });
  });
});

describe('statements for Oracle Database', () => {
  const { oracle } = dialects;

  it('have the server write dates by a pattern of their own, whatever its territory', () => {
    const read = (type: string): string => oracle.readColumn('"C"', oracle.kindOf(type));

    expect(read('DATE')).toBe(`TO_CHAR(CAST("C" AS TIMESTAMP(9)), 'YYYY-MM-DD"T"HH24:MI:SS.FF9')`);
    expect(read('TIMESTAMP(6)')).toBe(read('DATE'));
    expect(read('TIMESTAMP(6) WITH LOCAL TIME ZONE')).toBe(
      `TO_CHAR(SYS_EXTRACT_UTC(CAST("C" AS TIMESTAMP(9) WITH TIME ZONE)), 'YYYY-MM-DD"T"HH24:MI:SS.FF9')`,
    );
    expect(read('INTERVAL DAY(2) TO SECOND(6)')).toBe('TO_CHAR("C")');
    expect(['NUMBER', 'VARCHAR2', 'CLOB', 'BLOB', 'LONG'].map(read)).toEqual(Array(5).fill('"C"'));
  });

  it('begin a transaction of the level asked for; a snapshot is one that only reads', () => {
    expect(beginText('read', 'ReadCommitted')).toBe(
      'SET TRANSACTION ISOLATION LEVEL READ COMMITTED',
    );
    expect(beginText('read', 'ReadUncommitted')).toBe(beginText('read', 'ReadCommitted'));
    expect(beginText('read', 'Snapshot')).toBe('SET TRANSACTION READ ONLY');
    expect(beginText('write', 'Snapshot')).toBe('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE');
    expect(beginText('read', null)).toBeUndefined();
  });

  it('list tables of users only, with their keys', () => {
    expect(oracle.catalogQuery).toContain("u.oracle_maintained = 'N'");
    expect(oracle.catalogQuery).toContain("k.constraint_type = 'P'");
    expect(oracle.catalogQuery).toMatch(/ORDER BY c\.owner, c\.table_name, c\.column_id$/);
  });
});

describe('values of Oracle Database', () => {
  it.each([
    [
      '123456789012345678901234567890.12',
      'DB_TYPE_NUMBER',
      undefined,
      '123456789012345678901234567890.12',
    ],
    ['.5', 'DB_TYPE_NUMBER', 'decimal', '0.5'],
    ['-.5', 'DB_TYPE_NUMBER', 'decimal', '-0.5'],
    ['1E+25', 'DB_TYPE_NUMBER', 'decimal', `1${'0'.repeat(25)}`],
    [0.1, 'DB_TYPE_BINARY_DOUBLE', 'float', '0.1'],
    [Math.fround(0.1), 'DB_TYPE_BINARY_FLOAT', 'float', '0.1'],
    ['2024-03-05T17:30:00.120000000', 'DB_TYPE_VARCHAR', 'timestamp', '2024-03-05T17:30:00.12'],
    [
      '2024-03-05T15:30:00.500000000',
      'DB_TYPE_VARCHAR',
      'zoned-timestamp',
      '2024-03-05T15:30:00.5Z',
    ],
    [new Date(2024, 2, 5, 17, 30), 'DB_TYPE_DATE', undefined, '2024-03-05T17:30:00'],
    [
      new Date(2024, 2, 5, 17, 30, 0, 120),
      'DB_TYPE_TIMESTAMP',
      undefined,
      '2024-03-05T17:30:00.12',
    ],
    [
      new Date('2024-03-05T15:30:00.5Z'),
      'DB_TYPE_TIMESTAMP_TZ',
      undefined,
      '2024-03-05T15:30:00.5Z',
    ],
    [Buffer.from([0, 255]), 'DB_TYPE_RAW', 'binary', 'AP8='],
    [true, 'DB_TYPE_BOOLEAN', undefined, 'true'],
    [{ k: 1 }, 'DB_TYPE_JSON', undefined, '{"k":1}'],
    ['ab   ', 'DB_TYPE_CHAR', 'text', 'ab   '],
    [null, 'DB_TYPE_CLOB', 'text', null],
  ] as const)('%s of %s', (value, type, kind, expected) => {
    expect(renderOracleValue(value, type, kind)).toBe(expected);
  });

  it('come as text where the driver would lose digits, and long ones whole', () => {
    expect(
      ['DB_TYPE_NUMBER', 'DB_TYPE_CLOB', 'DB_TYPE_BLOB', 'DB_TYPE_VARCHAR'].map(fetchAs),
    ).toEqual(['text', 'text', 'bytes', undefined]);
  });
});

describe('failures of Oracle Database', () => {
  it.each([
    ['ORA-01017: invalid username/password; logon denied', '', 'unauthenticated'],
    ['ORA-00942: table or view does not exist', '', 'not-found'],
    ['ORA-00904: "NOPE": invalid identifier', '', 'not-found'],
    ['ORA-01031: insufficient privileges', '', 'forbidden'],
    ['ORA-01456: may not perform insert/delete/update', '', 'forbidden'],
    ['ORA-00933: SQL command not properly ended', '', 'invalid-value'],
    ['ORA-00060: deadlock detected', '', 'rate-limited'],
    ['ORA-01555: snapshot too old', '', 'incomplete'],
    ['ORA-03113: end-of-file on communication channel', '', 'unreachable'],
    ['NJS-123: call timeout of 1000 ms exceeded', 'NJS-123', 'timeout'],
    ['NJS-500: connection to the Oracle Database was broken', 'NJS-500', 'unreachable'],
    [
      'NJS-138: connections to this database server version are not supported',
      'NJS-138',
      'unsupported',
    ],
  ])('%s', (message, code, kind) => {
    const classify = classifyOracle({ product: 'Oracle', address: 'h', secrets: [] });

    expect(classify({ message, code, number: 0 })?.kind).toBe(kind);
  });

  const exporter = createSqlExporter('oracle');
  const check = async (connectionString: string): Promise<{ error: unknown; log: string }> => {
    await using context = await createTestContext();
    const settings = readSettings<SqlSettings>(definition, { ConnectionString: connectionString });
    const error = await exporter.checkConnection(settings, context).catch((thrown) => thrown);
    return { error, log: context.log.join() };
  };

  it('nobody listens, nonsense for an address, a name of no file: told apart, without a secret', async () => {
    const cases = [
      ['127.0.0.1:1/ORCLPDB1', 'unreachable', /refuses connections/],
      ['no-such-host.invalid:1521/ORCLPDB1', 'unreachable', /name/],
      ['127.0.0.1:abc/ORCLPDB1', 'invalid-value', /not understood/],
      ['SALES_PROD', 'not-found', /tnsnames\.ora/],
    ] as const;
    for (const [source, kind, message] of cases) {
      const { error, log } = await check(
        `Data Source=${source};User Id=reader;Password=s3cret-canary;Connect Timeout=5`,
      );
      expect(error, source).toMatchObject({ kind, message: expect.stringMatching(message) });
      expect(showError(error) + log).not.toContain('s3cret-canary');
    }
  });

  it('a listener that knows no such service', async () => {
    await using listener = await startRefusingListener(12514);

    const { error } = await check(
      `Data Source=127.0.0.1:${listener.port}/NOPE;User Id=reader;Password=s3cret-canary`,
    );

    expect(error).toMatchObject({
      kind: 'not-found',
      message: expect.stringContaining('no such service'),
    });
    expect(showError(error)).not.toContain('s3cret-canary');
  });

  it('a listener that never answers is given up within the time to connect', async () => {
    await using listener = await startRefusingListener(undefined);
    const started = performance.now();

    const { error } = await check(
      `Data Source=127.0.0.1:${listener.port}/ORCLPDB1;User Id=a;Password=b;Connect Timeout=1`,
    );

    expect(error).toMatchObject({ kind: 'timeout' });
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it('orders are refused before anything is tried', async () => {
    await using listener = await startRefusingListener(12514);
    await using context = await createTestContext();
    const settings = readSettings<SqlSettings>(definition, {
      ConnectionString: `Data Source=127.0.0.1:${listener.port}/X1;User Id=a;Password=b`,
    });

    const opening = createSqlFulfiller('oracle').checkConnection(settings, context);

    await expect(opening).rejects.toMatchObject({ kind: 'not-found' });
    expect(dialects.oracle.refusesOrders).toBe(true);
  });
});

/**
 * Answers a connection as a listener does that refuses it, by a packet of type 4: two reasons, a length and a text. Without a
 * number it never answers.
 */
async function startRefusingListener(
  number: number | undefined,
): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => {
      if (number === undefined) return;
      const text = `(DESCRIPTION=(TMP=)(VSNNUM=318767104)(ERR=${number})(ERROR_STACK=(ERROR=(CODE=${number})(EMFI=4))))`;
      const packet = Buffer.alloc(12 + text.length);
      packet.writeUInt16BE(packet.length, 0);
      packet.writeUInt8(4, 4);
      packet.writeUInt8(0x22, 8);
      packet.writeUInt16BE(text.length, 10);
      packet.write(text, 12);
      socket.end(packet);
    });
    closing.push(() => socket.destroy());
  });
  const closing: (() => void)[] = [];
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async [Symbol.asyncDispose]() {
      for (const close of closing) close();
      server.close();
      await once(server, 'close');
    },
  };
}
