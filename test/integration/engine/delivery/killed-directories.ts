/** Directories in which deliveries are killed, each a server of its own that writes down every change it has made. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Attribute, Change, Client } from 'ldapts';
import { findRedHatDirectoryObstacle, startRedHatDirectory } from '../../../servers/389-ds.ts';
import { findSambaObstacle, startSamba } from '../../../servers/samba.ts';
import type { ServerName } from '../../../servers/servers.ts';
import { findSlapdObstacle, startSlapd } from '../../../servers/slapd.ts';
import { openClient } from '../../connectors/ldap-directory.ts';
import type { AccountOrder, DeskDirectory } from './directory-desk.ts';

export interface RunningDirectory extends AsyncDisposable {
  readonly address: DeskDirectory;
  readonly client: Client;
  /** Where accounts go. */
  readonly people: string;
  /** A group of everybody, without anybody. */
  readonly group: string;
  /** What a new account has beyond its name. */
  describe(number: number): NonNullable<AccountOrder['values']>;
  /** How often the server has made each change: `add <dn>`, `delete <dn>`, `title <title>`, `member <dn>`. */
  readAudit(): Promise<ReadonlyMap<string, number>>;
}

export interface KilledDirectory {
  readonly title: string;
  readonly server: ServerName;
  /** Environment variable with the number of kills. */
  readonly variable: string;
  readonly usualKills: number;
  /** How long an order may take there, in milliseconds: the time in which it is killed. */
  readonly orderMs: number;
  readonly findObstacle: () => string | undefined;
  /** @param folder of the test's own */
  readonly start: (folder: string) => Promise<RunningDirectory>;
}

export const killedDirectories: readonly KilledDirectory[] = [
  {
    title: 'OpenLDAP',
    server: 'ldap',
    variable: 'LOCKSTEP_SOAK_FULFILMENT_KILLS',
    usualKills: 5,
    orderMs: 6,
    findObstacle: findSlapdObstacle,
    start: startAuditedSlapd,
  },
  {
    title: '389 Directory Server',
    server: '389ds',
    variable: 'LOCKSTEP_SOAK_FULFILMENT_KILLS_389',
    usualKills: 2,
    orderMs: 20,
    findObstacle: findRedHatDirectoryObstacle,
    start: startAuditedRedHatDirectory,
  },
  {
    title: 'Active Directory',
    server: 'samba',
    variable: 'LOCKSTEP_SOAK_FULFILMENT_KILLS_AD',
    usualKills: 2,
    orderMs: 150,
    findObstacle: findSambaObstacle,
    start: startAuditedDomain,
  },
];

async function startAuditedSlapd(folder: string): Promise<RunningDirectory> {
  const auditFile = join(folder, 'audit.ldif');
  const slapd = await startSlapd({ auditFile });
  return describePlain(slapd, await openClient(slapd), async () => {
    const text = await readFile(auditFile, 'utf8');
    return countRecords(
      text.matchAll(/^dn: (?<dn>.*)\nchangetype: (?<kind>\w+)\n(?<body>[\s\S]*?)^# end/gm),
    );
  });
}

async function startAuditedRedHatDirectory(): Promise<RunningDirectory> {
  const directory = await startRedHatDirectory();
  const client = await openClient(directory);
  const configuration = 'cn=config';
  await client.modify(
    configuration,
    new Change({
      operation: 'replace',
      modification: new Attribute({ type: 'nsslapd-auditlog-logging-enabled', values: ['on'] }),
    }),
  );
  const { searchEntries } = await client.search(configuration, {
    scope: 'base',
    attributes: ['nsslapd-auditlog'],
  });
  const auditFile = String(searchEntries[0]?.['nsslapd-auditlog']);
  return describePlain(directory, client, async () => {
    const text = (await readFile(auditFile, 'utf8')).replaceAll('\n ', '');
    return countRecords(
      text.matchAll(
        /^dn: (?<dn>.*)\nresult: 0\nchangetype: (?<kind>\w+)\n(?<body>[\s\S]*?)(?=^time: |$(?![\s\S]))/gm,
      ),
    );
  });
}

async function describePlain(
  server: DeskDirectory & AsyncDisposable,
  client: Client,
  readAudit: RunningDirectory['readAudit'],
): Promise<RunningDirectory> {
  const { port, rootDn, rootPassword, suffix } = server;
  const people = `ou=People,${suffix}`;
  const group = `cn=everybody,ou=Groups,${suffix}`;
  for (const name of ['People', 'Groups']) await addUnit(client, `ou=${name},${suffix}`);
  await client.add(group, { objectClass: 'groupOfNames', member: rootDn });
  return {
    address: { port, rootDn, rootPassword, suffix },
    client,
    people,
    group,
    describe: () => ({}),
    readAudit,
    async [Symbol.asyncDispose]() {
      await client.unbind();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Some servers begin with it. */
async function addUnit(client: Client, dn: string): Promise<void> {
  try {
    await client.add(dn, { objectClass: 'organizationalUnit' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 68)) throw error;
  }
}

function countRecords(records: Iterable<RegExpMatchArray>): ReadonlyMap<string, number> {
  const names: string[] = [];
  for (const { groups: { dn, kind, body = '' } = {} } of records) {
    const member = kind === 'modify' ? /^add: member\nmember: (.*)$/m.exec(body)?.[1] : undefined;
    const title = kind === 'modify' ? /^add: title\ntitle: (.*)$/m.exec(body)?.[1] : undefined;
    if (member !== undefined) names.push(`member ${member}`);
    else if (title !== undefined) names.push(`title ${title}`);
    else names.push(`${kind} ${dn}`);
  }
  return count(names);
}

function count(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

async function startAuditedDomain(folder: string): Promise<RunningDirectory> {
  const auditFile = join(folder, 'audit.json');
  const samba = await startSamba({ auditFile });
  const client = new Client({
    url: `ldaps://${samba.host}`,
    tlsOptions: { ca: [await readFile(samba.caFile)], checkServerIdentity: () => undefined },
  });
  await client.bind(samba.adminLogin, samba.adminPassword);
  const base = `OU=Killed,${samba.suffix}`;
  const people = `OU=People,${base}`;
  const group = `CN=everybody,OU=Groups,${base}`;
  for (const dn of [base, people, `OU=Groups,${base}`])
    await client.add(dn, { objectClass: 'organizationalUnit' });
  await client.add(group, { objectClass: 'group', sAMAccountName: 'everybody' });
  const { host, name, caFile } = samba;
  return {
    address: {
      port: 636,
      rootDn: samba.adminLogin,
      rootPassword: samba.adminPassword,
      suffix: base,
      domain: { host, name, caFile },
    },
    client,
    people,
    group,
    describe: (number) => ({ Login: `a${number}`, Control: '512' }),
    readAudit: async () => count((await readFile(auditFile, 'utf8')).split('\n').flatMap(nameLine)),
    async [Symbol.asyncDispose]() {
      await client.unbind();
      await samba[Symbol.asyncDispose]();
    },
  };
}

/** A line of Samba's audit; see «Audit logging» of its documentation. */
interface AuditLine {
  readonly dsdbChange?: {
    readonly status: string;
    readonly operation: string;
    readonly dn: string;
    readonly attributes?: Readonly<
      Record<
        string,
        {
          readonly actions?: readonly {
            readonly action: string;
            readonly values?: readonly { readonly value: string }[];
          }[];
        }
      >
    >;
  };
}

function nameLine(line: string): readonly string[] {
  if (line.trim() === '') return [];
  // What Samba writes, a line at a time.
  const change = (JSON.parse(line) as AuditLine).dsdbChange;
  if (change?.status !== 'Success') return [];
  if (change.operation !== 'Modify') return [`${change.operation.toLowerCase()} ${change.dn}`];
  const given = (attribute: string): readonly string[] =>
    (change.attributes?.[attribute]?.actions ?? [])
      .filter(({ action }) => action !== 'delete')
      .flatMap(({ values = [] }) => values.map(({ value }) => value.replace(/^(?:<[^>]*>;)*/, '')));
  return [
    ...given('member').map((value) => `member ${value}`),
    ...given('title').map((value) => `title ${value}`),
  ];
}
