/** What an ODBC driver is handed: the customer's string, and what makes well-known drivers stream and keep every digit. */
import { stat } from 'node:fs/promises';
import { formatPair } from '../spi/database/connection-string.ts';
import type { OpenRequest } from '../spi/database/open-request.ts';
import { ConnectorError } from '../spi/errors.ts';
import { resolveBelowRoots, resolveSettingPath } from '../spi/file-access.ts';

/**
 * Keys added unless the string has them, by what the driver's name says. Without them the drivers of PostgreSQL and SQLite hold
 * the whole result in memory; MariaDB's does so whatever it is told.
 */
const additions: readonly (readonly [RegExp, readonly (readonly [string, string])[]])[] = [
  [
    /postgres|psqlodbc/i,
    [
      ['UseDeclareFetch', '1'],
      ['Fetch', '1000'],
      ['BoolsAsChar', '0'],
      ['ByteaAsLongVarBinary', '1'],
      ['TextAsLongVarchar', '1'],
      ['UnknownsAsLongVarchar', '1'],
    ],
  ],
  [/mariadb|maodbc|mysql|myodbc/i, [['Charset', 'utf8mb4']]],
  [
    /sqlite/i,
    [
      ['StepAPI', '1'],
      ['NoCreat', '1'],
      ['BigInt', '1'],
    ],
  ],
  [/freetds|tdsodbc/i, [['ClientCharset', 'UTF-8']]],
];

export interface OdbcTarget {
  readonly connectionString: string;
  /** What errors may call it: the driver's or the data source's name. */
  readonly driver: string;
  /** Host and port, or a file. */
  readonly address: string;
}

/** Throws `invalid-value` when neither a driver nor a data source is named. */
export async function composeOdbcString(
  request: OpenRequest,
  product?: 'SAP ASE',
): Promise<OdbcTarget> {
  const written = [...request.pairs];
  const findValue = (name: string): string | undefined =>
    written.findLast(({ key }) => fold(key) === name)?.value;
  if (
    product === 'SAP ASE' &&
    findValue('driver') === undefined &&
    findValue('dsn') === undefined
  ) {
    return composeAse(request);
  }
  const driver = findValue('driver') ?? findValue('dsn') ?? findValue('filedsn');
  if (driver === undefined) {
    throw new ConnectorError('invalid-value', 'The connection string names no ODBC driver.', {
      hint: 'Write `Driver={PostgreSQL Unicode};Server=…;Database=…;Uid=…;Pwd=…`, or `DSN=…`; `odbcinst -q -d` lists the drivers.',
      details: { setting: 'ConnectionString' },
    });
  }
  const isFile = /sqlite/i.test(driver);
  const file = isFile ? await locateFile(request, findValue('database')) : undefined;
  const pairs = written.map(({ key, value }) =>
    fold(key) === 'database' && file !== undefined ? { key, value: file } : { key, value },
  );
  const known = new Set(written.map(({ key }) => fold(key)));
  for (const [pattern, keys] of additions) {
    if (!pattern.test(driver)) continue;
    for (const [key, value] of keys) if (!known.has(fold(key))) pairs.push({ key, value });
  }
  const { server, port } = request.string;
  return {
    connectionString: pairs.map(({ key, value }) => write(key, value)).join(';'),
    driver,
    address:
      file ?? (server === undefined ? driver : `${server}${port === undefined ? '' : `:${port}`}`),
  };
}

/** A string of the ADO.NET client of ASE, told to FreeTDS. */
function composeAse(request: OpenRequest): OdbcTarget {
  const { server, port, database, user, password, applicationName } = request.string;
  const [host = 'localhost', attached] = (server ?? '').split(/[:,]/).map((part) => part.trim());
  const pairs: readonly (readonly [string, string | undefined])[] = [
    ['Driver', 'FreeTDS'],
    ['TDS_Version', '5.0'],
    ['Server', host === '' ? 'localhost' : host],
    ['Port', attached ?? port ?? '5000'],
    ['Database', database],
    ['UID', user],
    ['PWD', password],
    ['ClientCharset', 'UTF-8'],
    ['APP', applicationName ?? 'Lockstep'],
  ];
  return {
    connectionString: pairs
      .flatMap(([key, value]) => (value === undefined ? [] : [write(key, value)]))
      .join(';'),
    driver: 'FreeTDS',
    address: `${host}:${attached ?? port ?? '5000'}`,
  };
}

function write(key: string, value: string): string {
  return fold(key) === 'driver'
    ? `${key}={${value.replaceAll('}', '}}')}}`
    : formatPair(key, value);
}

function fold(key: string): string {
  return key.toLowerCase().replaceAll(/[\s_]/g, '');
}

/** The driver would make a missing file. */
async function locateFile(request: OpenRequest, written: string | undefined): Promise<string> {
  if (written === undefined || written === '' || written === ':memory:') {
    throw new ConnectorError('invalid-value', 'The connection string names no SQLite file.', {
      hint: 'Write `Database=<file>`.',
      details: { setting: 'ConnectionString' },
    });
  }
  const path = resolveSettingPath('ConnectionString', written, request.context);
  const real = await resolveBelowRoots(path, request.context.sourcesRootPaths);
  if ((await stat(real)).isFile()) return real;
  throw new ConnectorError('not-found', `${path} is not a file.`, {
    hint: 'Let Database name the database file itself.',
    details: { path },
  });
}
