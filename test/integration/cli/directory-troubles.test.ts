/** A real directory in trouble, met by the command: it says so by its exit code, in time, and nobody is taken for gone. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommandLine } from '../../../cli/run.ts';
import { createSurroundings } from '../../../cli/terminal.fixture.ts';
import { type FaultyProxy, startFaultyProxy } from '../../servers/faulty-proxy.ts';
import { type Slapd, startSlapd } from '../../servers/slapd.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { ldifRecord, modifyByTool } from '../connectors/directory-changes.ts';

const sample = resolve(import.meta.dirname, '..', '..', '..', 'samples', 'openldap');
const suffix = 'dc=nordkai,dc=example';
const people = 60;
const timeOutSeconds = 3;
const setting = (name: string): string => `Connections__YardDirectory__${name}`;

describeWithServer('ldap', 'a directory in trouble', () => {
  let folder: string;
  let slapd: Slapd;
  let proxy: FaultyProxy;
  let clock = Date.now();

  const run = async (
    settings: Readonly<Record<string, string>>,
    ...parameters: readonly string[]
  ): Promise<{ readonly exitCode: number; readonly said: string }> => {
    clock += 60_000;
    const { surroundings, stdout, stderr } = createSurroundings(folder, () => clock);
    const environment = {
      NORDKAI_LDAP_PASSWORD: slapd.rootPassword,
      [setting('Server')]: `127.0.0.1:${proxy.port}`,
      [setting('TimeOut')]: String(timeOutSeconds),
      ...settings,
    };
    const world = { ...surroundings, environment };
    const exitCode = await runCommandLine(['-C', folder, ...parameters], world);
    return { exitCode, said: `${stdout.text()}\n${stderr.text()}` };
  };
  const directory = ['--connector', 'Directory', '--mode', 'complete'];
  const countEntries = async (): Promise<number> => {
    const { said } = await run({}, 'status');
    return Number(/Directory_Entry (\d+)/.exec(said)?.[1]);
  };

  /** All steps, as somebody may run them who does not look at what they say. */
  const expectNobodyGone = async (
    settings: Readonly<Record<string, string>>,
    said: RegExp,
    mode = 'complete',
  ): Promise<void> => {
    const exported = await run(settings, 'export', '--connector', 'Directory', '--mode', mode);
    await run(settings, 'prepare', '--connector', 'Directory', '--mode', mode);
    await run(settings, 'synchronize', '--connector', 'Directory');
    expect(exported.exitCode, exported.said).not.toBe(0);
    expect(exported.said).toMatch(said);
    expect(await countEntries(), exported.said).toBe(people + 3);
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-trouble-'));
    await cp(sample, folder, { recursive: true });
    slapd = await startSlapd({ changes: 'log', domain: suffix, sizeLimit: 20 });
    proxy = await startFaultyProxy(slapd.port);
    const unit = (dn: string, ...lines: (readonly [string, string])[]) =>
      ldifRecord(dn, [['changetype', 'add'], ...lines]);
    await modifyByTool(
      slapd,
      [
        unit(suffix, ['objectClass', 'dcObject'], ['objectClass', 'organization'], ['o', 'x']),
        unit(
          `cn=reader,${suffix}`,
          ['objectClass', 'organizationalRole'],
          ['objectClass', 'simpleSecurityObject'],
          ['userPassword', 'reader'],
        ),
        unit(`ou=Groups,${suffix}`, ['objectClass', 'organizationalUnit']),
        ...['a', 'b', 'c'].map((cn) =>
          unit(`cn=${cn},ou=Groups,${suffix}`, ['objectClass', 'groupOfNames'], ['member', suffix]),
        ),
        ...Array.from({ length: people }, (_, index) =>
          unit(`cn=p${index},${suffix}`, ['objectClass', 'inetOrgPerson'], ['sn', 'x']),
        ),
      ].join(''),
    );
    for (const command of [
      ['deploy'],
      ['export', ...directory],
      ['prepare', ...directory],
      ['synchronize', '--connector', 'Directory', '--force'],
    ]) {
      const { exitCode, said } = await run({}, ...command);
      expect(exitCode, said).toBe(0);
    }
    expect(await countEntries()).toBe(people + 3);
  });
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await slapd?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const cuts = Number(process.env['LOCKSTEP_CUT_PAGES'] ?? 4);
  it.each(['complete', 'incremental'])(
    `is one that cuts a %s export, at ${cuts} places`,
    async (mode) => {
      const from = proxy.bytesFromServer();
      const steps = ['--connector', 'Directory', '--mode', mode];
      expect((await run({}, 'export', ...steps)).exitCode).toBe(0);
      const bytes = proxy.bytesFromServer() - from;
      for (let cut = 0; cut < cuts; cut += 1) {
        proxy.cutAfter(Math.floor((bytes * (cut + 0.5)) / cuts));
        await expectNobodyGone({}, /UNREACHABLE|broke off|cut/i, mode);
        proxy.cutAfter(Number.POSITIVE_INFINITY);
      }
    },
  );

  it('is one that refuses the password', () =>
    expectNobodyGone({ NORDKAI_LDAP_PASSWORD: 'wrong' }, /wrong password/));

  it('is one that stops at its size limit', () =>
    expectNobodyGone(
      { [setting('Login')]: `cn=reader,${suffix}`, NORDKAI_LDAP_PASSWORD: 'reader' },
      /size limit/,
    ));

  it('is one whose certificate has another name', () =>
    expectNobodyGone(
      {
        [setting('Server')]: `127.0.0.1:${slapd.tlsPort}`,
        [setting('SSL')]: 'true',
        [setting('CaFile')]: slapd.caFile,
        [setting('TlsServerName')]: 'directory.example.com',
      },
      /another name/,
    ));

  it('is one that has lost its tree', () =>
    expectNobodyGone({ [setting('DistinguishedName')]: `ou=gone,${suffix}` }, /no entry/));

  it('is one that says no more, and is given up in time', async () => {
    process.kill(slapd.pid, 'SIGSTOP');
    try {
      await expectNobodyGone({}, /TIMEOUT|not answered|no answer|silent/i);

      // On the wire: from the last byte to the end of the connection, however long the command takes to start.
      expect(proxy.silenceMs()).toBeGreaterThan(timeOutSeconds * 1_000 - 100);
      expect(proxy.silenceMs()).toBeLessThan((timeOutSeconds + 1) * 1_000);
    } finally {
      process.kill(slapd.pid, 'SIGCONT');
    }
  });

  it('deletes nobody after its bookmark was lost, and goes on as ever', async () => {
    await rm(join(folder, 'Work', 'ExportCookies'), { recursive: true, force: true });
    for (const mode of ['incremental', 'complete']) {
      const steps = ['--connector', 'Directory', '--mode', mode];
      expect((await run({}, 'export', ...steps)).exitCode).toBe(0);
      expect((await run({}, 'prepare', ...steps)).exitCode).toBe(0);
      const { exitCode, said } = await run({}, 'synchronize', '--connector', 'Directory');
      expect(exitCode, said).toBe(0);
      expect(said).toContain('0 added, 0 changed, 0 removed');
    }
    expect(await countEntries()).toBe(people + 3);
  });
});
