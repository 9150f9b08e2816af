/**
 * Orders carried out in a directory by `lockstep fulfil`, against `ldapadd` and `ldapmodify` of the same entries over one
 * connection as well, and against the client library alone; all start as processes, and the server has every change on its
 * disk before it answers.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type SlapdAddress, startSlapd } from '../test/servers/slapd.ts';
import { buildProgram } from './built-program.ts';
import type { Size } from './harness.ts';
import { installCommand } from './installed-command.ts';
import type { ProcessCommand, ProcessContest } from './race-processes.ts';

const execute = promisify(execFile);
const counts: Readonly<Record<Size, number>> = { S: 1_000, M: 10_000, L: 100_000 };
/** What one run takes, a minute and more in all at M, would otherwise be waited for many times. */
const rounds: Readonly<Record<Size, number>> = { S: 5, M: 3, L: 1 };
const base = 'ou=People,dc=example,dc=test';
const titles = ['Engineer', 'Technical advisor'] as const;

interface Bench {
  readonly count: number;
  readonly rounds: number;
  /** A run comes before those that are timed. */
  readonly isWarm: boolean;
  readonly folder: string;
  readonly project: string;
  readonly command: string;
  slapd: SlapdAddress & AsyncDisposable;
}

/** The server goes with `closing`. */
export async function prepareLdapFulfil(
  size: Size,
  folder: string,
  closing: AsyncDisposableStack,
): Promise<readonly ProcessContest[]> {
  const count = counts[size];
  const bench: Bench = {
    count,
    rounds: rounds[size],
    isWarm: size === 'S',
    folder,
    project: join(folder, 'project'),
    command: await installCommand(folder),
    slapd: await startServer(null),
  };
  closing.defer(() => bench.slapd[Symbol.asyncDispose]());
  const entries = join(folder, 'entries.ldif');
  await writeFile(entries, writeEntries(count));
  const changes = join(folder, 'changes.ldif');
  await writeFile(changes, writeChanges(count));
  await writeProject(bench);
  await writePeople(bench, 0);
  await lockstep(bench, 'deploy');
  await computeOrders(bench);
  await keepStore(bench, 'additions');
  await lockstep(bench, 'fulfil', '--connector', 'Directory');
  // What was added is read and verified; then everybody has another title.
  await readConnector(bench, 'Directory');
  await writePeople(bench, 1);
  await computeOrders(bench);
  await keepStore(bench, 'changes');
  const addAlone = await buildProgram('ldap-add-step', join(folder, 'alone'));
  const added = { kept: 'additions', entries: null };
  return [
    contest(bench, 'added', { ...added, goal: 1.2, reference: () => modify(bench, entries, true) }),
    contest(bench, 'added, the library alone', {
      ...added,
      goal: libraryGoal,
      ...(size === 'S' ? {} : { rounds: 1 }),
      reference: () => addAlone(...loginOf(bench), entries, String(ordersUnderWay)),
    }),
    contest(bench, 'changed', {
      goal: 1.2,
      kept: 'changes',
      entries,
      reference: () => modify(bench, changes, false),
    }),
  ];
}

/** At least 85 % of what the library does alone. */
const libraryGoal = 1.18;
/** On one connection at the same time, unless the configuration says otherwise. */
const ordersUnderWay = 4;

const loginOf = ({ slapd }: Bench): readonly [url: string, login: string, password: string] => [
  `ldap://127.0.0.1:${slapd.port}`,
  slapd.rootDn,
  slapd.rootPassword,
];

function contest(
  bench: Bench,
  what: string,
  how: {
    readonly goal: number;
    readonly rounds?: number;
    readonly kept: string;
    /** What is in the directory before. */
    readonly entries: string | null;
    readonly reference: () => ProcessCommand;
  },
): ProcessContest {
  const found: Record<string, string> = {};
  let who: 'ours' | 'reference' | null = null;
  const look = async (): Promise<void> => {
    if (who !== null) found[who] ??= await readEntries(bench);
  };
  const timed = how.rounds ?? bench.rounds;
  const told = bench.isWarm
    ? ''
    : `, timed ${timed === 1 ? 'once' : `${timed} times`}, no run before`;
  return {
    name: `${bench.count.toLocaleString('en-US')} entries ${what}, start of the process included${told}`,
    goal: how.goal,
    rounds: timed,
    isCold: !bench.isWarm,
    memoryGoalMiB: 512,
    async prepare(next) {
      await look();
      who = next;
      await bench.slapd[Symbol.asyncDispose]();
      bench.slapd = await startServer(how.entries);
      await writeSettings(bench);
      await restoreStore(bench, how.kept);
    },
    ours: () => ({
      command: process.execPath,
      args: [bench.command, '-C', bench.project, 'fulfil', '--connector', 'Directory'],
      env: { LDAP_PASSWORD: bench.slapd.rootPassword },
    }),
    reference: how.reference,
    async check() {
      await look();
      if (found['ours'] !== found['reference']) {
        throw new Error('Ours and the reference have not written the same entries.');
      }
      const entries = found['ours']?.match(/^dn: cn=/gmu)?.length ?? 0;
      if (entries !== bench.count) throw new Error(`There are ${entries} of ${bench.count}.`);
    },
  };
}

function startServer(ldifFile: string | null) {
  return startSlapd({
    isDurable: true,
    maxBytes: 2 * 2 ** 30,
    ...(ldifFile === null ? {} : { ldifFile }),
  });
}

function modify(bench: Bench, ldif: string, isAdded: boolean): ProcessCommand {
  const [url, login, password] = loginOf(bench);
  return {
    command: isAdded ? 'ldapadd' : 'ldapmodify',
    args: ['-c', '-H', url, '-x', '-D', login, '-w', password, '-f', ldif],
  };
}

/** Everything below the people, sorted: what both must have come to. */
async function readEntries({ slapd }: Bench): Promise<string> {
  const { stdout } = await execute(
    'ldapsearch',
    [
      ...['-x', '-LLL', '-o', 'ldif-wrap=no', '-H', `ldap://127.0.0.1:${slapd.port}`],
      ...['-D', slapd.rootDn, '-w', slapd.rootPassword, '-b', base, '-s', 'one'],
    ],
    { maxBuffer: 2 ** 30 },
  );
  const sortLines = (entry: string): string => entry.split('\n').sort().join('\n');
  return stdout.trim().split('\n\n').map(sortLines).sort().join('\n\n');
}

async function lockstep(bench: Bench, ...args: readonly string[]): Promise<void> {
  const environment = { ...process.env, LDAP_PASSWORD: bench.slapd.rootPassword };
  await execute(process.execPath, [bench.command, '-C', bench.project, ...args], {
    env: environment,
    maxBuffer: 2 ** 30,
  });
}

async function readConnector(bench: Bench, connector: string): Promise<void> {
  for (const step of ['export', 'prepare', 'synchronize'])
    await lockstep(bench, step, '--connector', connector);
}

async function computeOrders(bench: Bench): Promise<void> {
  await readConnector(bench, 'HR');
  await lockstep(bench, 'evaluate');
  await lockstep(bench, 'generate', '--connector', 'Directory');
}

const storeOf = ({ project }: Bench): string => join(project, 'Work', 'lockstep.db');

async function keepStore(bench: Bench, name: string): Promise<void> {
  await copyFile(storeOf(bench), join(bench.folder, `${name}.db`));
}

async function restoreStore(bench: Bench, name: string): Promise<void> {
  for (const suffix of ['-wal', '-shm']) await rm(`${storeOf(bench)}${suffix}`, { force: true });
  await copyFile(join(bench.folder, `${name}.db`), storeOf(bench));
}

function describePerson(number: number, day: number): Readonly<Record<string, string>> {
  const id = String(number).padStart(6, '0');
  return {
    uid: `u${id}`,
    cn: `Person ${id}`,
    sn: `Family ${number % 977}`,
    givenName: `Given ${number % 311}`,
    mail: `u${id}@example.test`,
    telephoneNumber: `+33 1 ${id}`,
    title: titles[(number + day) % 2] ?? '',
    departmentNumber: `D${number % 300}`,
    employeeNumber: id,
    employeeType: number % 9 === 0 ? 'External' : 'Internal',
  };
}

const attributes = Object.keys(describePerson(0, 0));

function writeEntries(count: number): string {
  const blocks = Array.from({ length: count }, (_, number) => {
    const person = Object.entries(describePerson(number, 0));
    const dn = `dn: cn=${describePerson(number, 0)['cn']},${base}`;
    const values = person.map(([name, value]) => `${name}: ${value}`);
    return [dn, 'objectClass: inetOrgPerson', ...values, ''].join('\n');
  });
  return `${blocks.join('\n')}\n`;
}

function writeChanges(count: number): string {
  const blocks = Array.from({ length: count }, (_, number) =>
    [
      `dn: cn=${describePerson(number, 0)['cn']},${base}`,
      'changetype: modify',
      'delete: title',
      `title: ${describePerson(number, 0)['title']}`,
      '-',
      'add: title',
      `title: ${describePerson(number, 1)['title']}`,
      '-',
      '',
    ].join('\n'),
  );
  return `${blocks.join('\n')}\n`;
}

async function writePeople({ project, count }: Bench, day: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, number) =>
    Object.values(describePerson(number, day)).join(','),
  );
  await mkdir(join(project, 'data'), { recursive: true });
  await writeFile(
    join(project, 'data', 'people.csv'),
    `${attributes.join(',')}\n${rows.join('\n')}\n`,
  );
}

async function writeSettings({ project, slapd }: Bench): Promise<void> {
  const server = {
    Server: `127.0.0.1:${slapd.port}`,
    AuthType: 'Basic',
    Login: slapd.rootDn,
    Password: 'env:LDAP_PASSWORD',
  };
  const settings = {
    Connections: {
      People: { Path: 'data/people.csv' },
      Tree: {
        Servers: [server],
        Tables: [{ Table: 'entries', BaseDN: base, Filter: '(objectClass=inetOrgPerson)' }],
      },
    },
  };
  await writeFile(join(project, 'appsettings.agent.json'), JSON.stringify(settings, null, 2));
}

async function writeProject(bench: Bench): Promise<void> {
  const { project } = bench;
  await mkdir(join(project, 'conf'), { recursive: true });
  await writeFile(join(project, 'appsettings.json'), '{ "Store": { "Client": "sqlite" } }');
  await writeSettings(bench);
  await writeFile(join(project, 'conf', 'directory.xml'), configuration());
}

function configuration(): string {
  const unlimited = [
    ...['Deleted', 'Inserted', 'Updated'].flatMap((kind) => [
      `Maximum${kind}Lines="0"`,
      `MaxPercentage${kind}Lines="0"`,
    ]),
  ].join(' ');
  const entityType = (name: string, extra: string): readonly string[] => [
    `<EntityType Identifier="${name}" DisplayName_L1="${name}">`,
    ...attributes.map(
      (attribute) =>
        `<Property Identifier="${attribute}"${attribute === 'uid' ? ' IsKey="true"' : ''} />`,
    ),
    `${extra}</EntityType>`,
  ];
  const mapping = (name: string, connector: string, table: string, extra: string) => [
    `<EntityTypeMapping Identifier="${name}" Connector="${connector}" ConnectionTable="${table}">`,
    ...attributes.map(
      (attribute) =>
        `<Property Identifier="${attribute}" ConnectionColumn="${attribute}"${attribute === 'uid' ? ' IsPrimaryKey="true"' : ''} />`,
    ),
    `${extra}</EntityTypeMapping>`,
  ];
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">',
    '<Language Code="en-US" IndicatorNumber="1" />',
    `<Connector Identifier="HR" DisplayName_L1="HR" ${unlimited} />`,
    '<Connection Identifier="People" DisplayName_L1="People" Connector="HR" Package="Usercube.CSV@0000001" />',
    `<Connector Identifier="Directory" DisplayName_L1="Directory" ${unlimited} />`,
    '<Connection Identifier="Tree" DisplayName_L1="Tree" Connector="Directory" Package="Usercube.LDAP@0000001" />',
    ...entityType('Person', ''),
    ...entityType('Entry', '<Property Identifier="dn" />'),
    ...mapping('Person', 'HR', 'People', ''),
    ...mapping(
      'Entry',
      'Directory',
      'Tree_entries',
      '<Property Identifier="dn" ConnectionColumn="dn" />',
    ),
    '<Policy Identifier="Default" DisplayName_L1="Default" IsProvisioningEnabled="true" />',
    '<ContextRule Identifier="Person" DisplayName_L1="Person" Policy="Default" SourceEntityType="Person" />',
    '<ResourceType Identifier="Account" DisplayName_L1="Account" Policy="Default" SourceEntityType="Person" TargetEntityType="Entry" BlockProvisioning="false" MaximumInsertPercent="0" MaximumUpdatePercent="0" MaximumDeletePercent="0">',
    '<TypeRule />',
    `<ScalarRule Property="dn" Expression="C#:person:return &quot;cn=&quot; + person.cn + &quot;,${base}&quot;;" />`,
    ...attributes.map((name) => `<ScalarRule Property="${name}" Binding="${name}" />`),
    '</ResourceType>',
    '<ResourceCorrelationRule ResourceType="Account" Policy="Default" SourceBinding="uid" TargetBinding="uid" SourceMatchedConfidenceLevel="100" />',
    '<LdapResourceTypeMapping Identifier="Account" Connection="Tree" DefaultObjectClass="inetOrgPerson" RDNAttributeIdentifier="cn" />',
    '</ConfigurationFile>',
    '',
  ].join('\n');
}
