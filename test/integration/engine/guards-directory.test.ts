/** A directory that fails in the middle of an answer: whatever it does, nobody is taken for gone. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  deployProject,
  discardSessions,
  exportConnection,
  openProject,
  openWorkspace,
  type Project,
  prepareConnector,
  synchronizeConnector,
  type Workspace,
} from '../../../engine/index.ts';
import { type FaultyProxy, startFaultyProxy } from '../../servers/faulty-proxy.ts';
import {
  type ScriptedAnswer,
  type ScriptedDirectory,
  type ScriptedSearch,
  startScriptedDirectory,
} from '../../servers/scripted-directory.ts';
import { canonicalStore } from './project.ts';

const configuration = `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <Connector Identifier="Dir" DisplayName_L1="Directory" MaximumDeletedLines="0" MaxPercentageDeletedLines="99" />
  <Connection Identifier="Tree" DisplayName_L1="Tree" Connector="Dir" Package="Usercube.LDAP@0000001" />
  <EntityType Identifier="Account" DisplayName_L1="Account">
    <Property Identifier="Login" IsKey="true" />
    <Property Identifier="Mail" />
  </EntityType>
  <EntityTypeMapping Identifier="Account" Connector="Dir" ConnectionTable="Tree_entries">
    <Property Identifier="Login" ConnectionColumn="uid" IsPrimaryKey="true" />
    <Property Identifier="Mail" ConnectionColumn="mail" />
  </EntityTypeMapping>
</ConfigurationFile>`;

const accounts = 200;
const pageSize = 10;
const pages = accounts / pageSize;
const timeOutSeconds = 2;

function page(number: number): ScriptedAnswer {
  const entries = Array.from({ length: pageSize }, (_, i) => {
    const uid = `u${String(number * pageSize + i).padStart(4, '0')}`;
    return { dn: `uid=${uid},dc=x`, attributes: { uid: [uid], mail: [`${uid}@example.com`] } };
  });
  return { entries, cookie: number + 1 < pages ? `page ${number + 1}` : '' };
}

function pageOf({ cookie = '' }: ScriptedSearch): number {
  return cookie === '' ? 0 : Number(cookie.replace('page ', ''));
}

let answer: (search: ScriptedSearch) => ScriptedAnswer;
let directory: ScriptedDirectory;
let proxy: FaultyProxy;
let folder: string;
let project: Project;
let workspace: Workspace;
let before: readonly string[];
let clock = Date.now();

beforeAll(async () => {
  answer = (search) => page(pageOf(search));
  directory = await startScriptedDirectory((search) => answer(search));
  proxy = await startFaultyProxy(directory.port);
  folder = await mkdtemp(join(tmpdir(), 'lockstep-directory-'));
  await mkdir(join(folder, 'conf'));
  await writeFile(join(folder, 'conf', 'directory.xml'), configuration);
  await writeFile(join(folder, 'appsettings.json'), '{ "Store": { "Client": "sqlite" } }');
  const Tree = {
    Servers: [{ Server: `127.0.0.1:${proxy.port}`, AuthType: 'Anonymous' }],
    Tables: [{ Table: 'entries', BaseDN: 'dc=x' }],
    TimeOut: timeOutSeconds,
    PageSize: pageSize,
  };
  await writeFile(
    join(folder, 'appsettings.agent.json'),
    JSON.stringify({ Connections: { Tree } }),
  );
  project = await openProject(folder, {
    environment: {},
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    progress: { report() {} },
    now: () => clock,
    signal: new AbortController().signal,
  });
  await deployProject(project, { isDryRun: false });
  workspace = await openWorkspace(project);
  expect(await run()).toContain(`${accounts} added`);
  before = await canonicalStore(project.store);
  expect(before.length).toBe(accounts);
});
afterAll(async () => {
  await project[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  answer = (search) => page(pageOf(search));
  proxy.cutAfter(Number.POSITIVE_INFINITY);
  proxy.stallAfter(Number.POSITIVE_INFINITY);
});

/** All steps one after the other, however they end, as a person may run them; gives what was said. */
async function run(): Promise<string> {
  clock += 60_000;
  const said: string[] = [];
  const steps = [
    () => exportConnection(workspace, { connection: 'Tree', mode: 'complete', ignoreCookie: true }),
    () =>
      prepareConnector(workspace, {
        connector: 'Dir',
        mode: 'complete',
        commandColumn: null,
        force: false,
      }),
    () =>
      synchronizeConnector(workspace, {
        connector: 'Dir',
        force: before === undefined,
        resume: false,
        isDryRun: false,
      }),
  ];
  for (const step of steps) {
    try {
      const { status, message } = await step();
      said.push(`${status}: ${message}`);
    } catch (error) {
      said.push(`failed: ${(error as Error).message}`);
    }
  }
  await discardSessions(workspace, 'Dir', 'tester');
  return said.join('\n');
}

async function expectNothingGone(said: string): Promise<void> {
  const now = await canonicalStore(project.store);
  expect(now.length, said).toBe(before.length);
  expect(now).toEqual(before);
}

describe('a reading of a directory that breaks off', () => {
  const cuts = Number(process.env['LOCKSTEP_CUT_PAGES'] ?? 8);
  it(`deletes nobody when the connection is cut, at ${cuts} places`, async () => {
    const from = proxy.bytesFromServer();
    await run();
    const bytes = proxy.bytesFromServer() - from;
    for (let cut = 0; cut < cuts; cut += 1) {
      proxy.cutAfter(Math.floor((bytes * (cut + 0.5)) / cuts));

      const said = await run();

      expect(said).toMatch(/^failed: /);
      expect(said).toContain('broke off');
      await expectNothingGone(said);
      proxy.cutAfter(Number.POSITIVE_INFINITY);
    }
  });

  const results: readonly (readonly [string, number])[] = [
    ['a time limit', 3],
    ['a size limit', 4],
    ['an administrative limit', 11],
    ['a wrong password', 49],
    ['too little access', 50],
    ['a busy server', 51],
    ['a server that is not available', 52],
    ['a lost cookie', 53],
    ['another error', 80],
  ];
  it.each(results)('deletes nobody at %s in the middle', async (_what, code) => {
    answer = (search) =>
      pageOf(search) === pages / 2
        ? { ...page(pages / 2), code, cookie: '' }
        : page(pageOf(search));

    const said = await run();

    expect(said).toMatch(/^failed: /);
    await expectNothingGone(said);
  });

  it('deletes nobody when the directory refers to another server', async () => {
    answer = (search) =>
      pageOf(search) === 3
        ? { references: ['ldap://other/dc=y'], cookie: '' }
        : page(pageOf(search));

    const said = await run();

    expect(said).toMatch(/^failed: /);
    await expectNothingGone(said);
  });

  it('deletes nobody, and ends in time, when the server stops answering', async () => {
    proxy.stallAfter(2_000);
    const started = performance.now();

    const said = await run();

    expect(said).toMatch(/^failed: /);
    expect(performance.now() - started).toBeLessThan((timeOutSeconds + 1) * 1_000);
    await expectNothingGone(said);
  });

  it('deletes nobody when the server has lost its place and gives the first pages again, with an end', async () => {
    answer = (search) => {
      const number = pageOf(search);
      if (number < pages / 2) return page(number);
      return number === pages - 4
        ? { ...page(number - pages / 2), cookie: '' }
        : { ...page(number - pages / 2), cookie: `page ${number + 1}` };
    };

    const said = await run();

    expect(said).toMatch(/come twice|comes twice|are known/);
    await expectNothingGone(said);
  });

  it('goes on as ever when the directory is well again', async () => {
    expect(await run()).toContain('0 added, 0 changed, 0 removed');
  });
});
