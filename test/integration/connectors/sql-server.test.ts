/** What the connector says to SQL Server, seen at the level of TDS. No real server of that kind was available. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ConnectorContext, Fulfiller } from '../../../connectors/spi/package.ts';
import { createSqlExporter } from '../../../connectors/sql/export.ts';
import { createSqlFulfiller } from '../../../connectors/sql/fulfil.ts';
import { createTestContext, showError } from '../../contract/contract-context.ts';
import { type CertificateOptions, makeCertificates } from '../../servers/certificates.ts';
import { makeFolder } from '../../servers/server-process.ts';
import { payloads } from './sql-payloads.fixture.ts';
import { exportRows, orderFor, readSqlSettings, tableOf, target } from './sql-subject.ts';
import { startTdsStub, type TdsAnswer, type TdsStub } from './tds-stub.ts';

const exporter = createSqlExporter('sqlServer');

function stringFor(stub: TdsStub): string {
  return `Data Source=tcp:127.0.0.1,${stub.port};Initial Catalog=BankDb;User ID=reader;Password=s3cret-canary;Encrypt=false`;
}

const catalog: TdsAnswer = {
  columns: ['name', 'name', 'name', 'name', '', ''],
  rows: [
    ['dbo', 'um_groups', 'id', 'nvarchar', '1', '1'],
    ['dbo', 'um_groups', 'limit', 'decimal', '0', '1'],
    ['dbo', 'um_groups', 'created', 'datetime2', '0', '1'],
    ['dbo', 'people', 'id', 'nvarchar', '1', '1'],
    ['dbo', 'people', 'name', 'nvarchar', '0', '1'],
    ['dbo', 'people', 'note', 'nvarchar', '0', '1'],
    ['dbo', 'people_groups', 'person_id', 'nvarchar', '1', '1'],
    ['dbo', 'people_groups', 'group_id', 'nvarchar', '1', '1'],
  ],
};

function answering(answers: Readonly<Record<string, TdsAnswer>>): (text: string) => TdsAnswer {
  return (text) => {
    if (text.includes('sys.objects')) return catalog;
    const found = Object.entries(answers).find(([part]) => text.includes(part));
    return found?.[1] ?? { affected: 0 };
  };
}

/** Nobody has the key yet. */
const newPerson: Readonly<Record<string, TdsAnswer>> = {
  'SELECT [id] FROM [dbo].[people] WHERE': { columns: ['id'], rows: [] },
  'INSERT INTO': { affected: 1 },
};

function openFulfiller(stub: TdsStub, context: ConnectorContext): Promise<Fulfiller> {
  const settings = readSqlSettings(stringFor(stub));
  return createSqlFulfiller('sqlServer').openFulfiller(settings, [target], context);
}

describe('SQL connector on SQL Server', () => {
  it('reads a table in one transaction, has decimals and dates written by the server', async () => {
    const rows = Array.from({ length: 2_500 }, (_, index) => [`g${index}`, '1234.5', null]);
    await using stub = await startTdsStub({
      answer: answering({ 'FROM [dbo].[um_groups]': { columns: ['c1', 'c2', 'c3'], rows } }),
    });

    const read = await exportRows(exporter, readSqlSettings(stringFor(stub), { Timeout: 30 }), [
      tableOf('"dbo"."um_groups"', ['id', 'limit', 'created']),
    ]);

    expect(read.rows.length).toBe(2_500);
    expect(read.rows[0]).toEqual({ id: 'g0', limit: '1234.5', created: null });
    expect(read.ends).toBe(1);
    expect(stub.received.map(({ text }) => text).slice(-4)).toEqual([
      'begin',
      'SET LOCK_TIMEOUT 30000',
      'SELECT [id] AS [c1], CONVERT(varchar(60), [limit], 2) AS [c2], CONVERT(varchar(40), [created], 126) AS [c3] FROM [dbo].[um_groups]',
      'commit',
    ]);
    // ReadUncommitted is level 1 of a begin request.
    expect(stub.received.find(({ text }) => text === 'begin')?.payload[24]).toBe(1);
  });

  it('sends values as parameters, apart from the statement', async () => {
    await using stub = await startTdsStub({ answer: answering(newPerson) });
    await using context = await createTestContext();
    await using opened = await openFulfiller(stub, context);
    const hostile = "x'; DROP TABLE people;--]";

    await opened.fulfil(
      orderFor(target, 'added', {}, [
        { kind: 'set', property: 'key', value: 'A1' },
        { kind: 'set', property: 'note', value: hostile },
      ]),
    );

    const insert = stub.received.find(({ text }) => text.startsWith('INSERT'));
    expect(insert?.text).toBe('INSERT INTO [dbo].[people] ([id], [note]) VALUES (@p1, @p2)');
    expect(insert?.payload.includes(Buffer.from(hostile, 'utf16le'))).toBe(true);
    expect(stub.received.map(({ text }) => text).join('\n')).not.toContain('DROP TABLE');
    expect(stub.received.at(-1)?.text).toBe('commit');
  });

  it('sends hostile keys and values to the letter, in statements that are always the same', async () => {
    // Each dangerous text at least once, in one place after the other.
    const values = payloads.filter((_value, index) => index % 8 === 0);
    await using stub = await startTdsStub({ answer: answering(newPerson) });
    await using context = await createTestContext();
    await using opened = await openFulfiller(stub, context);

    for (const value of values) {
      await opened.fulfil(orderFor(target, 'added', {}, [{ kind: 'set', property: 'key', value }]));
    }

    const inserts = stub.received.filter(({ text }) => text.startsWith('INSERT'));
    expect(new Set(inserts.map(({ text }) => text))).toEqual(
      new Set(['INSERT INTO [dbo].[people] ([id]) VALUES (@p1)']),
    );
    const missing = values.filter(
      (value, index) => inserts[index]?.payload.includes(Buffer.from(value, 'utf16le')) !== true,
    );
    expect(missing).toEqual([]);
    expect(new Set(stub.received.map(({ text }) => text)).size).toBeLessThan(10);
  }, 30_000);

  it('locks and compares the row before it changes it', async () => {
    await using stub = await startTdsStub({
      answer: answering({ UPDLOCK: { columns: ['id', 'note'], rows: [['A1', 'theirs']] } }),
    });
    await using context = await createTestContext();
    await using opened = await createSqlFulfiller('sqlServer').openFulfiller(
      readSqlSettings(stringFor(stub)),
      [target],
      context,
    );
    const modify = (expected: string) =>
      opened.fulfil(
        orderFor(target, 'modified', { key: 'A1' }, [
          { kind: 'set', property: 'note', value: 'ours', expected },
        ]),
      );

    await expect(modify('before')).rejects.toMatchObject({ kind: 'conflict' });
    expect(stub.received.at(-1)?.text).toBe('rollback');
    await modify('theirs');

    expect(stub.received.find(({ text }) => text.startsWith('UPDATE'))?.text).toBe(
      'UPDATE [dbo].[people] SET [note] = @p1 WHERE [id] = @p2 AND CAST(CAST([id] AS nvarchar(max)) AS varbinary(max)) = CAST(CAST(@p2 AS nvarchar(max)) AS varbinary(max))',
    );
  });

  it('gives no completion proof when the server reports an error, hangs up or falls silent', async () => {
    const cases: readonly (readonly [TdsAnswer, string])[] = [
      [{ error: 229, message: 'The SELECT permission was denied.' }, 'forbidden'],
      [{ error: 1205, message: 'deadlock victim' }, 'rate-limited'],
      ['hang up', 'unreachable'],
      ['silence', 'timeout'],
    ];
    for (const [answer, kind] of cases) {
      await using stub = await startTdsStub({
        answer: answering({ 'FROM [dbo].[um_groups]': answer }),
      });
      const started = performance.now();

      const reading = exportRows(exporter, readSqlSettings(stringFor(stub), { Timeout: 1 }), [
        tableOf('"dbo"."um_groups"', ['id']),
      ]);

      await expect(reading).rejects.toMatchObject({ kind });
      expect(performance.now() - started).toBeLessThan(3_000);
    }
  });

  it('says that the login is refused, and shows no secret', async () => {
    await using stub = await startTdsStub({ answer: answering({}), refusesLogin: true });
    await using context = await createTestContext();

    const error = await exporter
      .checkConnection(readSqlSettings(stringFor(stub)), context)
      .catch((thrown) => thrown);

    expect(error).toMatchObject({ kind: 'unauthenticated' });
    expect(showError(error) + context.log.join()).not.toContain('s3cret-canary');
  });

  it('sends no login to a server that offers no encryption when it is asked for', async () => {
    await using stub = await startTdsStub({ answer: answering({}) });
    await using context = await createTestContext();

    const check = exporter.checkConnection(
      readSqlSettings(`${stringFor(stub)};Encrypt=true`),
      context,
    );

    await expect(check).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('encrypted connection'),
    });
    expect(stub.received).toEqual([]);
  });

  it('sends its login to the server meant, and to none that cannot prove to be it', async () => {
    const folder = await makeFolder('certificates');
    const make = async (name: string, options: CertificateOptions) => {
      await mkdir(join(folder, name));
      const { ca, foreignCa, certificate, key } = await makeCertificates(
        join(folder, name),
        options,
      );
      const [cert, privateKey] = await Promise.all([readFile(certificate), readFile(key)]);
      return { ca, foreignCa, tls: { cert: String(cert), key: String(privateKey) } };
    };
    const day = 86_400_000;
    const yesterday = { from: new Date(Date.now() - 3 * day), to: new Date(Date.now() - day) };
    const right = await make('right', {});
    const otherName = await make('other-name', { names: ['DNS:elsewhere.example.test'] });
    const expired = await make('expired', { period: yesterday });
    const cases = [
      [right.tls, right.ca, undefined],
      [right.tls, right.foreignCa, /not trusted/u],
      [right.tls, undefined, /not trusted/u],
      [otherName.tls, otherName.ca, /another name/u],
      [expired.tls, expired.ca, /has expired/u],
    ] as const;
    try {
      for (const [tls, ca, reason] of cases) {
        await using stub = await startTdsStub({
          answer: answering({ 'FROM [dbo].[um_groups]': { columns: ['c1'], rows: [['g1']] } }),
          tls,
        });
        const authority = ca === undefined ? '' : `;Root Certificate=${ca}`;
        const settings = readSqlSettings(
          `Server=localhost,${stub.port};User ID=reader;Password=s3cret-canary${authority}`,
        );

        const reading = exportRows(exporter, settings, [tableOf('"dbo"."um_groups"', ['id'])]);

        if (reason === undefined) {
          expect((await reading).rows).toEqual([{ id: 'g1' }]);
          continue;
        }
        await expect(reading).rejects.toMatchObject({
          kind: 'unreachable',
          message: expect.stringMatching(reason),
          hint: expect.stringContaining('Root Certificate'),
        });
        expect(stub.received).toEqual([]);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
