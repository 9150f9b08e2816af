/** Tables read to CSV by `lockstep export`, against the servers' own clients writing the same to a file; all start as processes. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  type MariadbAddress,
  runSql as runOnMariadb,
  startMariadb,
} from '../test/servers/mariadb.ts';
import {
  type PostgresAddress,
  runSql as runOnPostgres,
  startPostgres,
} from '../test/servers/postgres.ts';
import type { Size } from './harness.ts';
import { installCommand } from './installed-command.ts';
import type { ProcessCommand, ProcessContest } from './race-processes.ts';

const execute = promisify(execFile);
/** At M the start of the process is most of it, at L next to nothing: only both tell how fast it is. */
const counts: Readonly<Record<Size, readonly number[]>> = {
  S: [10_000],
  M: [100_000, 1_000_000],
  L: [1_000_000],
};
const columns = [
  ...['number', 'login', 'first_name', 'last_name', 'mail', 'department', 'rate', 'hired'],
  ...['changed_at', 'is_active'],
] as const;
const names = {
  first: ['Ana', 'Bruno', 'Chloé', 'Dmitri', 'Éva', 'Farid', 'Grete', 'Hugo', 'Ines'],
  last: ['Roy', 'Haddad', 'Müller', 'Okafor', 'Lindqvist', "O''Rourke", 'Petit', 'Sato'],
} as const;

interface Source {
  readonly connection: string;
  readonly title: string;
  readonly count: number;
  readonly package: string;
  readonly connectionString: string;
  readonly reference: ProcessCommand;
  /** Absent: it is only written down. */
  readonly goal?: number;
}

/** The servers go with `closing`. */
export async function prepareSqlExport(
  size: Size,
  folder: string,
  closing: AsyncDisposableStack,
): Promise<readonly ProcessContest[]> {
  const postgres = closing.use(await startPostgres());
  const mariadb = closing.use(await startMariadb());
  await runOnMariadb(mariadb, undefined, 'CREATE DATABASE bench CHARACTER SET utf8mb4');
  for (const count of counts[size]) {
    await runOnPostgres(postgres, 'postgres', postgresTable(count));
    await runOnMariadb(mariadb, 'bench', mariadbTable(count));
  }
  const found = join(folder, 'found.txt');
  // What has no goal is told for one of them: over ODBC a million rows take most of a minute.
  const sources = counts[size].flatMap((count, at) =>
    listSources(postgres, mariadb, found, count).filter(
      ({ goal }) => at === 0 || goal !== undefined,
    ),
  );
  const project = join(folder, 'project');
  await writeProject(project, sources);
  const command = await installCommand(folder);
  await execute(process.execPath, [command, '-C', project, 'deploy']);
  return sources.map((source) => ({
    name: `${source.title}: ${source.count.toLocaleString('en-US')} rows of ten columns to CSV, start of the process included`,
    ...(source.goal === undefined ? {} : { goal: source.goal }),
    memoryGoalMiB: 512,
    ours: () => ({
      command: process.execPath,
      args: [
        command,
        '-C',
        project,
        'export',
        '--connector',
        source.connection,
        '--mode',
        'complete',
      ],
    }),
    reference: () => source.reference,
    check: async () => {
      const written = join(
        project,
        'Temp',
        'ExportOutput',
        `${source.connection}_${tableOf(source.count)}.csv`,
      );
      const [ours, theirs] = [await countLines(written), await countLines(found)];
      const lines = source.count + 1;
      if (ours !== lines || theirs !== lines) {
        throw new Error(`The client wrote ${theirs} lines, ours ${ours}, of ${lines}.`);
      }
      return undefined;
    },
  }));
}

function listSources(
  postgres: PostgresAddress,
  mariadb: MariadbAddress,
  found: string,
  count: number,
): readonly Source[] {
  const select = `SELECT ${columns.join(', ')} FROM ${tableOf(count)}`;
  const psql: ProcessCommand = {
    command: 'psql',
    args: [
      ...['-q', '-h', postgres.host, '-p', String(postgres.port), '-U', postgres.user],
      ...['-d', 'postgres', '-c', `\\copy (${select}) TO '${found}' CSV HEADER`],
    ],
    env: { PGPASSWORD: postgres.password },
  };
  const client: ProcessCommand = {
    command: 'sh',
    args: [
      ...['-c', 'exec mariadb "$@" > "$0"', found],
      ...['--no-defaults', '-h', mariadb.host, '-P', String(mariadb.port), '-u', mariadb.user],
      ...['--batch', '--quick', '-e', select, 'bench'],
    ],
    env: { MYSQL_PWD: mariadb.password },
  };
  const write = ({ host, port, user, password }: PostgresAddress | MariadbAddress): string =>
    `Server=${host};Port=${port};Uid=${user};Pwd=${password}`;
  return [
    {
      connection: `Postgres${count}`,
      count,
      title: 'PostgreSQL',
      package: 'Usercube.SQL.PostgreSQL',
      connectionString: `${write(postgres)};Database=postgres;SSL Mode=Disable`,
      reference: psql,
      goal: 2,
    },
    {
      connection: `Mariadb${count}`,
      count,
      title: 'MariaDB',
      package: 'Usercube.SQL.MySQL',
      connectionString: `${write(mariadb)};Database=bench;SSL Mode=None`,
      reference: client,
      goal: 2,
    },
    {
      connection: `Odbc${count}`,
      count,
      title: 'PostgreSQL over ODBC',
      package: 'Usercube.SQL.ODBC',
      connectionString: `Driver={PostgreSQL Unicode};${write(postgres)};Database=postgres`,
      reference: psql,
    },
  ];
}

function tableOf(count: number): string {
  return `people_${count}`;
}

async function countLines(path: string): Promise<number> {
  const bytes = await readFile(path);
  let lines = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines += 1;
  return lines;
}

function pick(list: readonly string[], number: string): string {
  return `(ARRAY[${list.map((name) => `'${name}'`).join(', ')}])[1 + ${number} % ${list.length}]`;
}

function postgresTable(count: number): string {
  return `CREATE TABLE ${tableOf(count)} AS SELECT i AS number, 'u' || lpad(i::text, 7, '0') AS login,
  ${pick(names.first, 'i')} AS first_name, ${pick(names.last, 'i / 7')} AS last_name,
  'u' || i || '@example.test' AS mail, 'D' || i % 300 AS department,
  (i % 90000)::numeric(10, 2) / 7 AS rate, date '2000-01-01' + i % 9000 AS hired,
  timestamptz '2024-01-01 08:00+00' + i * interval '1 second' AS changed_at, i % 9 <> 0 AS is_active
FROM generate_series(1, ${count}) AS i; ANALYZE ${tableOf(count)}`;
}

function mariadbTable(count: number): string {
  const choose = (list: readonly string[], number: string): string =>
    `ELT(1 + ${number} % ${list.length}, ${list.map((name) => `'${name}'`).join(', ')})`;
  return `CREATE TABLE ${tableOf(count)} AS SELECT seq AS number, CONCAT('u', LPAD(seq, 7, '0')) AS login,
  ${choose(names.first, 'seq')} AS first_name, ${choose(names.last, 'seq DIV 7')} AS last_name,
  CONCAT('u', seq, '@example.test') AS mail, CONCAT('D', seq % 300) AS department,
  CAST((seq % 90000) / 7 AS decimal(12, 4)) AS rate, DATE_ADD('2000-01-01', INTERVAL seq % 9000 DAY) AS hired,
  CAST(DATE_ADD('2024-01-01 08:00:00', INTERVAL seq SECOND) AS datetime) AS changed_at, seq % 9 <> 0 AS is_active
FROM seq_1_to_${count}`;
}

async function writeProject(folder: string, sources: readonly Source[]): Promise<void> {
  await mkdir(join(folder, 'conf'), { recursive: true });
  const settings = {
    Store: { Client: 'sqlite' },
    Connections: Object.fromEntries(
      sources.map(({ connection, connectionString }) => [
        connection,
        { ConnectionString: connectionString },
      ]),
    ),
  };
  const elements = sources.flatMap((source) => [
    `<Connector Identifier="${source.connection}" DisplayName_L1="${source.connection}" />`,
    `<Connection Identifier="${source.connection}" DisplayName_L1="${source.connection}" Connector="${source.connection}" Package="${source.package}@0000001" />`,
    `<EntityType Identifier="${source.connection}_Person" DisplayName_L1="Person">`,
    ...columns.map(
      (column) =>
        `<Property Identifier="P_${column}"${column === 'number' ? ' IsKey="true"' : ''} />`,
    ),
    '</EntityType>',
    `<EntityTypeMapping Identifier="${source.connection}_Person" Connector="${source.connection}" ConnectionTable="${source.connection}_${tableOf(source.count)}">`,
    ...columns.map(
      (column) =>
        `<Property Identifier="P_${column}" ConnectionColumn="${column}"${column === 'number' ? ' IsPrimaryKey="true"' : ''} />`,
    ),
    '</EntityTypeMapping>',
  ]);
  const configuration = [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">',
    '<Language Code="en-US" IndicatorNumber="1" />',
    ...elements,
    '</ConfigurationFile>',
    '',
  ].join('\n');
  await writeFile(join(folder, 'appsettings.json'), JSON.stringify(settings, null, 2));
  await writeFile(join(folder, 'conf', 'databases.xml'), configuration);
}
