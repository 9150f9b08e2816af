/** A directory read to CSV by `lockstep export`, against `ldapsearch` with paged results to a file; both start as processes. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type SlapdAddress, startSlapd } from '../test/servers/slapd.ts';
import type { Size } from './harness.ts';
import { installCommand } from './installed-command.ts';
import { exportedAttributes, writePeople } from './ldap-export-entries.ts';
import type { ProcessCommand, ProcessContest } from './race-processes.ts';

const execute = promisify(execFile);
const counts: Readonly<Record<Size, number>> = { S: 10_000, M: 100_000, L: 1_000_000 };
const filter = '(objectClass=inetOrgPerson)';

/** The server goes with `closing`. */
export async function prepareLdapExport(
  size: Size,
  folder: string,
  closing: AsyncDisposableStack,
): Promise<readonly ProcessContest[]> {
  const count = counts[size];
  const ldifFile = join(folder, 'people.ldif');
  await writePeople(ldifFile, 'dc=example,dc=test', count);
  const slapd = closing.use(await startSlapd({ ldifFile, maxBytes: 16 * 2 ** 30 }));
  const project = join(folder, 'project');
  await writeProject(project, slapd);
  const command = await installCommand(folder);
  const environment = { ...process.env, LDAP_PASSWORD: slapd.rootPassword };
  await execute(process.execPath, [command, '-C', project, 'deploy'], { env: environment });
  const found = join(folder, 'found.ldif');
  const written = join(project, 'Temp', 'ExportOutput', 'People_entries.csv');
  return [
    {
      name: `${count.toLocaleString('en-US')} entries of ten attributes to CSV, start of the process included`,
      goal: 2,
      memoryGoalMiB: 512,
      ours: () => ({
        command: process.execPath,
        args: [command, '-C', project, 'export', '--connector', 'Directory', '--mode', 'complete'],
        env: { LDAP_PASSWORD: slapd.rootPassword },
      }),
      reference: () => searchInto(found, slapd),
      check: async () => {
        const entries = (await readFile(found, 'latin1')).match(/^dn:/gmu)?.length ?? 0;
        const rows = (await readFile(written, 'latin1')).match(/^"cn=/gmu)?.length ?? 0;
        if (entries !== count || rows !== count) {
          throw new Error(`ldapsearch found ${entries} entries, ours ${rows}, of ${count}.`);
        }
      },
    },
  ];
}

function searchInto(path: string, slapd: SlapdAddress): ProcessCommand {
  const parameters = [
    ...['-x', '-LLL', '-H', `ldap://127.0.0.1:${slapd.port}`, '-D', slapd.rootDn],
    ...['-w', slapd.rootPassword, '-b', `ou=People,${slapd.suffix}`, '-E', 'pr=1000/noprompt'],
    ...[filter, ...exportedAttributes],
  ];
  return { command: 'sh', args: ['-c', 'exec ldapsearch "$@" > "$0"', path, ...parameters] };
}

async function writeProject(folder: string, slapd: SlapdAddress): Promise<void> {
  await mkdir(join(folder, 'conf'), { recursive: true });
  const columns = [...exportedAttributes];
  const settings = {
    Store: { Client: 'sqlite' },
    Connections: {
      People: {
        Servers: [
          {
            Server: `127.0.0.1:${slapd.port}`,
            AuthType: 'Basic',
            Login: slapd.rootDn,
            Password: 'env:LDAP_PASSWORD',
          },
        ],
        Tables: [{ Table: 'entries', BaseDN: `ou=People,${slapd.suffix}`, Filter: filter }],
      },
    },
  };
  const format = (column: string): string =>
    column === 'telephoneNumber' ? ' Format="multivaluedtext"' : '';
  const configuration = [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">',
    '<Language Code="en-US" IndicatorNumber="1" />',
    '<Connector Identifier="Directory" DisplayName_L1="Directory" />',
    '<Connection Identifier="People" DisplayName_L1="People" Connector="Directory" Package="Usercube.LDAP@0000001" />',
    '<EntityType Identifier="Person" DisplayName_L1="Person">',
    '<Property Identifier="P_dn" />',
    ...columns.map(
      (column) => `<Property Identifier="P_${column}"${column === 'uid' ? ' IsKey="true"' : ''} />`,
    ),
    '</EntityType>',
    '<EntityTypeMapping Identifier="Person" Connector="Directory" ConnectionTable="People_entries">',
    '<Property Identifier="P_dn" ConnectionColumn="dn" />',
    ...columns.map(
      (column) =>
        `<Property Identifier="P_${column}" ConnectionColumn="${column}"${format(column)}${column === 'uid' ? ' IsPrimaryKey="true"' : ''} />`,
    ),
    '</EntityTypeMapping>',
    '</ConfigurationFile>',
    '',
  ].join('\n');
  await writeFile(join(folder, 'appsettings.json'), JSON.stringify(settings, null, 2));
  await writeFile(join(folder, 'conf', 'directory.xml'), configuration);
}
