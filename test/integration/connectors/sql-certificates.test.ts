/** Databases with certificates of all kinds: who cannot prove to be the server meant is told no password and read no row. */
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSqlExporter } from '../../../connectors/sql/export.ts';
import { createSqlFulfiller } from '../../../connectors/sql/fulfil.ts';
import type { SqlProvider } from '../../../connectors/sql/providers.ts';
import { createTestContext, showError } from '../../contract/contract-context.ts';
import { type Certificates, makeCertificates } from '../../servers/certificates.ts';
import * as mariadb from '../../servers/mariadb.ts';
import { findOdbcObstacle } from '../../servers/odbc.ts';
import * as postgres from '../../servers/postgres.ts';
import { findAccount, makeFolder } from '../../servers/server-process.ts';
import { isRequired } from '../../servers/servers.ts';
import { createTlsIdentity } from '../../servers/tls-identity.ts';
import { readSqlSettings, tableOf } from './sql-subject.ts';

const day = 86_400_000;

/** A server's certificate, and the file of the authority that answers for it. */
interface Identity {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
}

interface Identities {
  readonly right: Identity;
  readonly ofAnotherName: Identity;
  readonly expired: Identity;
  readonly notYetValid: Identity;
  readonly selfSigned: Identity;
  /** An authority that signed none of them. */
  readonly foreignAuthority: string;
}

/** What a kind of server and its drivers have of their own. */
interface Kind {
  readonly account: string;
  start(tls: {
    certificate: string;
    key: string;
  }): Promise<postgres.PostgresAddress & AsyncDisposable>;
  /** Has the server read its files again. */
  reload(address: postgres.PostgresAddress): Promise<void>;
  readonly database: string;
  readonly setup: string;
  readonly ways: Readonly<Record<string, Way>>;
}

/** How a connection string asks for a server that proves who it is; without a file, the machine's own authorities count. */
interface Way {
  readonly provider: SqlProvider;
  readonly driver: string;
  verify(authority?: string): string;
  /** The name in the certificate does not count; absent: the driver knows no such mode. */
  verifyChainOnly?(authority: string): string;
  /** Server name, where the driver takes no address for one. */
  readonly server?: string;
  /** What the driver does not say of a certificate: only that encryption failed. */
  readonly untold?: RegExp;
}

const native = (provider: SqlProvider): Way => ({
  provider,
  driver: '',
  verify: (authority) => `SSL Mode=VerifyFull;${authority ? `Root Certificate=${authority}` : ''}`,
  verifyChainOnly: (authority) => `SSL Mode=VerifyCA;Root Certificate=${authority}`,
});

const kinds: Readonly<Record<string, Kind>> = {
  PostgreSQL: {
    account: 'postgres',
    start: postgres.startPostgres,
    async reload(address) {
      await postgres.runSql(address, 'postgres', 'SELECT pg_reload_conf()');
      // The server reads its files a moment after it said that it would.
      await sleep(150);
    },
    database: 'postgres',
    setup: "CREATE TABLE people (id text); INSERT INTO people VALUES ('A1')",
    ways: {
      native: native('postgres'),
      'over ODBC': {
        provider: 'odbc',
        driver: 'Driver={PostgreSQL Unicode};',
        verify: (authority) =>
          `SSLmode=verify-full;${authority ? `pqopt={sslrootcert=${authority}}` : ''}`,
        verifyChainOnly: (authority) => `SSLmode=verify-ca;pqopt={sslrootcert=${authority}}`,
        untold: /expired|yet|trusted/u,
      },
    },
  },
  MariaDB: {
    account: 'mysql',
    start: mariadb.startMariadb,
    reload: (address) => mariadb.runSql(address, undefined, 'FLUSH SSL'),
    database: 'crm',
    setup: "CREATE TABLE people (id varchar(20)); INSERT INTO people VALUES ('A1')",
    ways: {
      native: { ...native('mysql'), server: 'localhost' },
      'over ODBC': {
        provider: 'odbc',
        driver: 'Driver={MariaDB Unicode};',
        verify: (authority) => `FORCETLS=1;SSLVERIFY=1;${authority ? `SSLCA=${authority}` : ''}`,
        untold: /another name/u,
      },
    },
  },
};

describe.each(Object.entries(kinds))('%s', (name, kind) => {
  const obstacle =
    name === 'MariaDB' ? mariadb.findMariadbObstacle() : postgres.findPostgresObstacle();
  if (obstacle !== undefined) {
    const isNeeded = isRequired(name === 'MariaDB' ? 'mariadb' : 'postgres');
    it.skipIf(!isNeeded)(`has its server (${obstacle})`, () => expect.fail(obstacle));
    return;
  }
  let folder = '';
  let address: postgres.PostgresAddress & AsyncDisposable;
  let identities: Identities;

  beforeAll(async () => {
    const account = await findAccount(kind.account);
    folder = await makeFolder('certificates', account);
    identities = await makeIdentities(folder);
    await present(identities.right);
    address = await kind.start(filesOf(folder));
    const runSql = name === 'MariaDB' ? mariadb.runSql : postgres.runSql;
    if (name === 'MariaDB') await mariadb.runSql(address, undefined, 'CREATE DATABASE crm');
    await runSql(address, kind.database, kind.setup);
  }, 120_000);
  afterAll(async () => {
    await address?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** Puts the files where the server finds them. */
  async function present({ certificate, key }: Identity): Promise<void> {
    const account = await findAccount(kind.account);
    const files = filesOf(folder);
    for (const [path, text] of [
      [files.certificate, certificate],
      [files.key, key],
    ] as const) {
      await writeFile(`${path}.part`, text, { mode: 0o600 });
      if (account !== undefined) await chown(`${path}.part`, account.uid, account.gid);
      await rename(`${path}.part`, path);
    }
  }

  describe.each(Object.entries(kind.ways))('%s', (title, way) => {
    if (title === 'over ODBC' && findOdbcObstacle() !== undefined) {
      it.skip(`needs drivers (${findOdbcObstacle()})`, () => undefined);
      return;
    }
    const stringFor = (mode: string): string =>
      `${way.driver}Server=${way.server ?? '127.0.0.1'};Port=${address.port};Database=${kind.database};Uid=${address.user};Pwd=${address.password};${mode}`;

    async function read(mode: string): Promise<Awaited<ReturnType<typeof readPeople>>> {
      return readPeople(way.provider, stringFor(mode));
    }

    async function expectRefused(mode: string, reason: RegExp): Promise<void> {
      const isUntold = way.untold?.test(reason.source) === true;
      const refused = {
        kind: 'unreachable',
        message: expect.stringMatching(isUntold ? /encrypted connection .* failed/u : reason),
        hint: expect.stringMatching(/\S/u),
      };
      const { rows, ends, error } = await read(mode);
      expect(error).toMatchObject(refused);
      expect({ rows, ends }).toEqual({ rows: [], ends: 0 });
      expect(showError(error)).not.toContain(address.password);
      await using context = await createTestContext();
      const settings = readSqlSettings(stringFor(mode));
      const checking = createSqlFulfiller(way.provider).checkConnection(settings, context);
      await expect(checking).rejects.toMatchObject(refused);
    }

    async function serve(identity: Identity): Promise<void> {
      await present(identity);
      await kind.reload(address);
    }

    it('is read with the authority that signed its certificate, and not without it', async () => {
      const { right, foreignAuthority } = identities;
      await serve(right);

      expect(await read(way.verify(right.authority))).toEqual({
        rows: [{ id: 'A1' }],
        ends: 1,
        error: undefined,
      });
      await expectRefused(way.verify(foreignAuthority), /not trusted/u);
      await expectRefused(way.verify(), /not trusted/u);
    });

    it.runIf(way.server !== undefined)(
      'is not read by an address, which proves nothing',
      async () => {
        await serve(identities.right);
        const mode = `${way.verify(identities.right.authority)};Server=127.0.0.1`;

        const { rows, error } = await read(mode);

        expect(error).toMatchObject({
          kind: 'unsupported',
          hint: expect.stringContaining('VerifyCA'),
        });
        expect(rows).toEqual([]);
      },
    );

    it('is not read under another name', async () => {
      const { ofAnotherName } = identities;
      await serve(ofAnotherName);

      await expectRefused(way.verify(ofAnotherName.authority), /for another name/u);
      if (way.verifyChainOnly === undefined) return;
      const { rows } = await read(way.verifyChainOnly(ofAnotherName.authority));
      expect(rows).toEqual([{ id: 'A1' }]);
    });

    it('is not read before and after its certificate holds', async () => {
      for (const [identity, reason] of [
        [identities.expired, /has expired/u],
        [identities.notYetValid, /not valid yet/u],
      ] as const) {
        await serve(identity);
        await expectRefused(way.verify(identity.authority), reason);
      }
    });

    it('that answers for itself is read only where that is said', async () => {
      const { selfSigned } = identities;
      await serve(selfSigned);

      await expectRefused(way.verify(), /not trusted/u);
      const accept = way.verifyChainOnly ?? way.verify;
      const { rows, error } = await read(accept(selfSigned.authority));
      expect({ rows, error }).toEqual({ rows: [{ id: 'A1' }], error: undefined });
    });
  });
});

function filesOf(folder: string): { readonly certificate: string; readonly key: string } {
  return { certificate: join(folder, 'served.pem'), key: join(folder, 'served.key') };
}

async function makeIdentities(folder: string): Promise<Identities> {
  const make = async (
    name: string,
    options: Parameters<typeof makeCertificates>[1],
  ): Promise<Identity & { readonly foreignCa: string }> => {
    const own = join(folder, name);
    await mkdir(own);
    const { ca, foreignCa, certificate, key }: Certificates = await makeCertificates(own, options);
    return {
      certificate: await readFile(certificate, 'utf8'),
      key: await readFile(key, 'utf8'),
      authority: ca,
      foreignCa,
    };
  };
  const around = (from: number, to: number) => ({
    period: { from: new Date(Date.now() + from * day), to: new Date(Date.now() + to * day) },
  });
  const right = await make('right', {});
  const own = createTlsIdentity('127.0.0.1');
  const ownFile = join(folder, 'own.pem');
  await writeFile(ownFile, own.cert);
  return {
    right,
    foreignAuthority: right.foreignCa,
    ofAnotherName: await make('other-name', { names: ['DNS:elsewhere.example.test'] }),
    expired: await make('expired', around(-3, -1)),
    notYetValid: await make('not-yet', around(1, 3)),
    selfSigned: { certificate: own.cert, key: own.key, authority: ownFile },
  };
}

async function readPeople(
  provider: SqlProvider,
  connectionString: string,
): Promise<{ readonly rows: readonly unknown[]; readonly ends: number; readonly error: unknown }> {
  await using context = await createTestContext();
  const request = {
    connection: 'Crm',
    settings: readSqlSettings(connectionString),
    mode: 'complete',
    tables: [tableOf('people', ['id'])],
  } as const;
  const rows: unknown[] = [];
  let ends = 0;
  let error: unknown;
  try {
    for await (const batch of createSqlExporter(provider).exportTables(request, context)) {
      if (batch.kind === 'rows') rows.push(...batch.rows);
      if (batch.kind === 'end') ends += 1;
    }
  } catch (thrown) {
    error = thrown;
  }
  return { rows, ends, error };
}
