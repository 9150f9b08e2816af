/**
 * The samples of directories, each against its server: people join, are renamed, move and leave, and what the directory then holds is
 * read with its own tools.
 */
import { execFile } from 'node:child_process';
import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { runCommandLine } from '../../../cli/run.ts';
import { createSurroundings } from '../../../cli/terminal.fixture.ts';
import {
  countOrders,
  mustRun,
  readStates,
  type SampleProject,
} from '../../e2e/script-samples/sample-project.ts';
import { startRedHatDirectory } from '../../servers/389-ds.ts';
import { startSlapd } from '../../servers/slapd.ts';
import { describeWithServer } from '../../servers/use-server.ts';

const execute = promisify(execFile);
const samples = resolve(import.meta.dirname, '..', '..', '..', 'samples');

interface Server {
  readonly port: number;
  readonly tlsPort: number;
  readonly rootDn: string;
  readonly rootPassword: string;
  readonly caFile: string;
}

interface SampleCase {
  readonly sample: string;
  readonly server: 'ldap' | '389ds';
  readonly suffix: string;
  /** One of its own: other tests of the run change the one they share. */
  readonly start: () => Promise<Server & AsyncDisposable>;
  environment(server: Server): Readonly<Record<string, string>>;
  /** What the people of the second day are. */
  readonly renamed: readonly [from: string, to: string];
  readonly moved: readonly [from: string, to: string];
  readonly leaver: RegExp;
  readonly joiner: string;
  readonly people: number;
}

const slapdOf = (domain: string) => () =>
  startSlapd({ changes: 'log', domain, rootPassword: 'sample-secret-1' });

const cases: readonly SampleCase[] = [
  {
    sample: 'openldap',
    server: 'ldap',
    suffix: 'dc=nordkai,dc=example',
    start: slapdOf('dc=nordkai,dc=example'),
    environment: ({ port, rootPassword }) => ({
      NORDKAI_LDAP_PASSWORD: rootPassword,
      Connections__YardDirectory__Server: `127.0.0.1:${port}`,
    }),
    renamed: ['Ana,"Roy, jr."', 'Ana,"Roy + Söhne <Ltd>"'],
    moved: ['"Παππά","Outfitting"', '"Παππά","Design, studies"'],
    leaver: /^N103.*\n/m,
    joiner: 'N106,Zoë,"O\'Neil; \\ # =",Outfitting,Painter,2024-05-01,\n',
    people: 6,
  },
  {
    sample: 'ldap',
    server: 'ldap',
    suffix: 'dc=olivemill,dc=example',
    start: slapdOf('dc=olivemill,dc=example'),
    environment: ({ port, rootPassword }) => ({
      OLIVEMILL_LDAP_PASSWORD: rootPassword,
      Connections__MillDirectory__Servers__0__Server: `127.0.0.1:${port}`,
    }),
    renamed: ['Sofia,"Conti"', 'Sofia,"Conti, geb. Δήμα"'],
    moved: ['"王","Shop + tasting"', '"王","Press"'],
    leaver: /^M3.*\n/m,
    joiner: 'M6,فاطمة,"حسن",Shop + tasting,Cashier,2024-05-01,\n',
    people: 5,
  },
  {
    sample: 'red-hat-directory',
    server: '389ds',
    suffix: 'dc=example,dc=test',
    start: startRedHatDirectory,
    environment: ({ tlsPort, rootPassword }) => ({
      OBSERVATORY_LDAP_PASSWORD: rootPassword,
      Connections__DomeDirectory__Servers__0__Server: `127.0.0.1:${tlsPort}`,
    }),
    renamed: ['Inés,"Quispe"', 'Inés,"Quispe, viuda de Kim"'],
    moved: ['"El-Sayed","House"', '"El-Sayed","Domes"'],
    leaver: /^P12.*\n/m,
    joiner: 'P15,李,"明 + \\ ;",Data,Student,2024-05-01,\n',
    people: 5,
  },
];

for (const one of cases) {
  describeWithServer(one.server, `sample ${one.sample}`, () => {
    it('keeps a directory in step with the staff', { timeout: 120_000 }, async () => {
      await using server = await one.start();
      await load(server, join(samples, one.sample, 'directory.ldif'));
      await using project = await copySample(one.sample, one.environment(server));
      await copyFile(server.caFile, join(project.folder, 'ca.crt'));

      await mustRun(project, 'deploy');
      await mustRun(project, 'job', 'run', 'Complete');
      await mustRun(project, 'job', 'run', 'Incremental');
      await expectInStep(one, server, project, one.people);

      await changeStaff(one, project);
      await mustRun(project, 'job', 'run', 'Incremental');
      await mustRun(project, 'job', 'run', 'Incremental');
      await expectInStep(one, server, project, one.people);
      const orders = await countOrders(project);
      expect(orders).toEqual({
        'added executed': one.people + 1,
        'modified executed': 2,
        'deleted executed': 1,
      });

      // A complete reading agrees with what the changes came to.
      const complete = await mustRun(project, 'job', 'run', 'Complete');
      expect(complete).not.toMatch(/[1-9]\d* (?:added|changed|removed)/);
      expect(await countOrders(project)).toEqual(orders);
    });
  });
}

/** The sample in a folder of its own, and commands on it, in this process. */
async function copySample(
  sample: string,
  environment: Readonly<Record<string, string>>,
): Promise<SampleProject> {
  const folder = await mkdtemp(join(tmpdir(), `lockstep-${sample}-`));
  await cp(join(samples, sample), folder, { recursive: true });
  return {
    folder,
    run: async (...parameters) => {
      const { surroundings, stdout, stderr } = createSurroundings(folder, Date.now);
      const world = { ...surroundings, environment };
      const exitCode = await runCommandLine(['-C', folder, ...parameters], world);
      return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

async function changeStaff(one: SampleCase, project: SampleProject): Promise<void> {
  const file = join(project.folder, 'data', 'staff.csv');
  const before = await readFile(file, 'utf8');
  const after = [one.renamed, one.moved].reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`${from} is not in ${file}`);
    return text.replace(from, to);
  }, before);
  await writeFile(
    file,
    after.replace(one.leaver, (line) => `${line.trimEnd()}2026-01-31\n`) + one.joiner,
  );
}

/** Everybody of the file, and nobody else, is where the file says, and in that group alone. */
async function expectInStep(
  one: SampleCase,
  server: Server,
  project: SampleProject,
  people: number,
): Promise<void> {
  const lines = (await readFile(join(project.folder, 'data', 'staff.csv'), 'utf8')).trim();
  const staff = lines
    .split('\n')
    .slice(1)
    .filter((line) => line.endsWith(','))
    .map(readLine);
  expect(staff).toHaveLength(people);
  const found = await search(server, one.suffix, '(employeeNumber=*)', [
    ...['employeeNumber', 'cn', 'givenName', 'sn', 'title'],
  ]);
  expect(found.map(({ employeeNumber }) => employeeNumber?.[0]).sort()).toEqual(
    staff.map(({ number }) => number).sort(),
  );
  const groups = await search(server, one.suffix, '(objectClass=groupOfNames)', ['cn', 'member']);
  for (const { number, first, last, department, title } of staff) {
    const entry = found.find(({ employeeNumber }) => employeeNumber?.[0] === number);
    expect(entry).toMatchObject({
      cn: [`${first} ${last}`],
      givenName: [first],
      sn: [last],
      title: [title],
    });
    const dn = readable(entry?.['dn']?.[0] ?? '');
    expect(dn).toContain(`ou=${department},ou=People`);
    const memberOf = groups.filter(({ member }) => member?.some((name) => readable(name) === dn));
    expect(memberOf.map(({ cn }) => cn?.[0])).toEqual([department]);
  }
  const members = groups.flatMap(({ member }) => member ?? []);
  expect(members.filter((name) => name.toLowerCase().startsWith('cn='))).toHaveLength(people);
  expect(await readStates(project, 'Directory_Account')).toBe(`${people} verified`);
}

function readLine(line: string) {
  const cells = [...line.matchAll(/"([^"]*)"|([^,]+)/g)].map((cell) => cell[1] ?? cell[2] ?? '');
  const [number = '', first = '', last = '', department = '', title = ''] = cells;
  return { number, first, last, department, title };
}

/** Names without their escapes, to be compared as people read them. */
function readable(dn: string): string {
  const bytes = dn.replaceAll(/(?:\\[0-9A-Fa-f]{2})+/g, (run) =>
    Buffer.from(run.replaceAll('\\', ''), 'hex').toString('utf8'),
  );
  return bytes.replaceAll(/\\(.)/g, '$1');
}

async function load(server: Server, ldif: string): Promise<void> {
  await withPassword(server, (file) => execute('ldapadd', [...login(server, file), '-f', ldif]));
}

type Found = Readonly<Record<string, readonly string[]>>;

async function search(
  server: Server,
  base: string,
  filter: string,
  attributes: readonly string[],
): Promise<readonly Found[]> {
  return withPassword(server, async (file) => {
    const format = ['-LLL', '-o', 'ldif-wrap=no'];
    const { stdout } = await execute('ldapsearch', [
      ...[...login(server, file), ...format, '-b', base, filter, ...attributes],
    ]);
    return stdout
      .split('\n\n')
      .filter((entry) => entry.trim() !== '')
      .map((entry) => {
        const found: Record<string, string[]> = {};
        for (const [, name = '', mark, value = ''] of entry.matchAll(/^([^:]+):(:?) (.*)$/gm)) {
          const text = mark === ':' ? Buffer.from(value, 'base64').toString('utf8') : value;
          found[name] = [...(found[name] ?? []), text];
        }
        return found;
      });
  });
}

function login(server: Server, passwordFile: string): readonly string[] {
  return ['-x', '-H', `ldap://127.0.0.1:${server.port}`, '-D', server.rootDn, '-y', passwordFile];
}

async function withPassword<T>(server: Server, work: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-login-'));
  try {
    const file = join(folder, 'password');
    await writeFile(file, server.rootPassword);
    return await work(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
