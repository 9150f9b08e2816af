/** A directory read to CSV by `lockstep export`, against `ldapsearch` with paged results to a file; both start as processes. */
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type SlapdAddress, startSlapd } from '../test/servers/slapd.ts';
import type { Size } from './harness.ts';
import { installCommand } from './installed-command.ts';
import { exportedAttributes, writePeople } from './ldap-export-entries.ts';
import type { ProcessCommand, ProcessContest } from './race-processes.ts';

const suffix = 'dc=example,dc=test';
const execute = promisify(execFile);
const counts: Readonly<Record<Size, number>> = { S: 10_000, M: 100_000, L: 1_000_000 };
/** At L a tenth is read as well, to see whether memory grows with what is read. */
const parts: Readonly<Record<Size, readonly number[]>> = {
  S: [counts.S],
  M: [counts.M],
  L: [counts.M, counts.L],
};
const filter = '(objectClass=inetOrgPerson)';

/** The server goes with `closing`. */
export async function prepareLdapExport(
  size: Size,
  folder: string,
  closing: AsyncDisposableStack,
): Promise<readonly ProcessContest[]> {
  const ldifFile = join(folder, 'people.ldif');
  await writePeople(
    ldifFile,
    suffix,
    parts[size].map((count) => ({ unit: unitOf(count), count })),
  );
  const slapd = closing.use(await startSlapd({ ldifFile, maxBytes: 16 * 2 ** 30 }));
  await rm(ldifFile);
  const command = await installCommand(folder);
  const contests: ProcessContest[] = [];
  for (const count of parts[size]) {
    const project = join(folder, `project-${count}`);
    await writeProject(project, slapd, unitOf(count));
    const environment = { ...process.env, LDAP_PASSWORD: slapd.rootPassword };
    await execute(process.execPath, [command, '-C', project, 'deploy'], { env: environment });
    contests.push(
      contest({ size, count, project, command, slapd, found: join(folder, 'found.ldif') }),
    );
  }
  return contests;
}

const unitOf = (count: number): string => `People ${count}`;

interface Bench {
  readonly size: Size;
  readonly count: number;
  readonly project: string;
  readonly command: string;
  readonly slapd: SlapdAddress;
  readonly found: string;
}

function contest({ size, count, project, command, slapd, found }: Bench): ProcessContest {
  const written = join(project, 'Temp', 'ExportOutput', 'People_entries.csv');
  const told = size === 'L' ? ', timed once' : '';
  return {
    name: `${count.toLocaleString('en-US')} entries of ten attributes to CSV, start of the process included${told}`,
    goal: 2,
    memoryGoalMiB: 512,
    ...(size === 'L' ? { rounds: 1 } : {}),
    ours: () => ({
      command: process.execPath,
      args: [command, '-C', project, 'export', '--connector', 'Directory', '--mode', 'complete'],
      env: { LDAP_PASSWORD: slapd.rootPassword },
    }),
    reference: () => searchInto(found, slapd, unitOf(count)),
    check: async () => {
      const entries = await countLines(found, 'dn:');
      const rows = await countLines(written, '"cn=');
      if (entries !== count || rows !== count) {
        throw new Error(`ldapsearch found ${entries} entries, ours ${rows}, of ${count}.`);
      }
      return undefined;
    },
  };
}

/** Lines that begin so; a million of them are too much for one text. */
async function countLines(path: string, start: string): Promise<number> {
  let lines = 0;
  let rest = '\n';
  for await (const chunk of createReadStream(path, 'latin1')) {
    const text = `${rest}${String(chunk)}`;
    for (let at = text.indexOf(`\n${start}`); at !== -1; at = text.indexOf(`\n${start}`, at + 1))
      lines += 1;
    // What could be the beginning of one; it is shorter than one.
    rest = text.slice(-start.length);
  }
  return lines;
}

function searchInto(path: string, slapd: SlapdAddress, unit: string): ProcessCommand {
  const parameters = [
    ...['-x', '-LLL', '-H', `ldap://127.0.0.1:${slapd.port}`, '-D', slapd.rootDn],
    ...['-w', slapd.rootPassword, '-b', `ou=${unit},${suffix}`, '-E', 'pr=1000/noprompt'],
    ...[filter, ...exportedAttributes],
  ];
  return { command: 'sh', args: ['-c', 'exec ldapsearch "$@" > "$0"', path, ...parameters] };
}

async function writeProject(folder: string, slapd: SlapdAddress, unit: string): Promise<void> {
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
        Tables: [{ Table: 'entries', BaseDN: `ou=${unit},${suffix}`, Filter: filter }],
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
