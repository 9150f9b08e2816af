/** Settings, names and stores that do not fit: one message with its cure, and nothing is touched. */
import { readFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Bench, createRunBench, type Ended, readProblems, secretMark } from './workbench.ts';

const job = ['job', 'run', 'Everything'] as const;

let company: Bench;
let bench: Bench;

beforeAll(async () => {
  company = await createRunBench();
});
afterAll(async () => {
  await company[Symbol.asyncDispose]();
});
beforeEach(async () => {
  bench = await company.copy();
});

function expectRefused(ended: Ended, exitCode: number, headline: RegExp, cure: RegExp): void {
  const problems = readProblems(ended);
  expect(problems, ended.said).toHaveLength(1);
  expect(problems[0]).toMatch(headline);
  expect(ended.said).toMatch(cure);
  expect(ended.exitCode).toBe(exitCode);
}

describe('a store of a newer version', () => {
  it('is refused and left as it is', async () => {
    const path = bench.path('Work', 'lockstep.db');
    const database = new DatabaseSync(path);
    database.exec("UPDATE meta SET value = '999' WHERE name = 'schema_version'");
    database.close();
    const before = await readFile(path);
    const desk = bench.readDesk();

    for (const command of [job, ['status'], ['deploy']] as const) {
      const ended = await bench.run(...command);
      expectRefused(
        ended,
        1,
        /^error STORE_NEWER_THAN_PROGRAM .*999/,
        /hint: .*(newer|update|version)/i,
      );
    }

    expect(before.equals(await readFile(path))).toBe(true);
    expect(bench.readDesk()).toEqual(desk);
  });
});

describe('wrong settings', () => {
  it('that are not JSON are named by line and column', async () => {
    await bench.write('appsettings.json', '{ "Store": { "Client": "sqlite" }\n  "Jobs": {}\n}\n');

    expectRefused(
      await bench.run('status'),
      2,
      /^error SETTINGS_MALFORMED appsettings\.json:2:3: .*comma expected/,
      /hint: Correct the JSON/,
    );
  });

  it('that name no kind of store list the ones there are', async () => {
    await bench.write('appsettings.json', '{ "Store": { "Client": "oracle" } }');

    expectRefused(
      await bench.run('status'),
      2,
      /^error SETTINGS_VALUE_INVALID .*Store\.Client/,
      /sqlite/,
    );
  });

  it('that name a variable which is not set name it, and print no value', async () => {
    const before = await bench.look();
    await writeConnections({ DeskDb: { ConnectionString: 'env:DESK_CONNECTION' } });
    bench.environment['DESK_CONNECTION_OLD'] = `Data Source=data/desk.db;Password=${secretMark}`;

    expectRefused(
      await bench.run('export', '--connector', 'Desk', '--log-level', 'trace'),
      2,
      /SETTINGS_REFERENCE_UNRESOLVED .*environment variable DESK_CONNECTION is not set/,
      /hint: Set the variable/,
    );
    expectRefused(
      await bench.run(...job, '--log-level', 'trace'),
      2,
      /failed SETTINGS_REFERENCE_UNRESOLVED: .*DESK_CONNECTION is not set/,
      /Set the variable/,
    );
    expect(await bench.look()).toEqual(before);

    bench.environment['DESK_CONNECTION'] = 'Data Source=data/desk.db';
    expect((await bench.run(...job)).exitCode).toBe(0);
    expect(await bench.look()).toEqual(before);
  });

  it('that are misspelt are named with the nearest right name', async () => {
    const before = await bench.look();
    await writeConnections({ HRPeople: { Path: 'data/people.csv', Seperator: ';' } });

    expectRefused(
      await bench.run(...job),
      2,
      /Export_HR_Complete_HRPeople failed CONNECTION_SETTINGS_INVALID: .*HRPeople/,
      /"Seperator" .*Did you mean "Separator"\?/,
    );
    expect(await bench.look()).toEqual(before);
  });

  it('that hold a secret where none is expected keep it to themselves', async () => {
    const name = `${secretMark}-name`;
    await writeConnections({
      DeskDb: { ConnectionString: `Data Source=data/none.db;Password=${name}` },
    });

    const ended = await bench.run('export', '--connector', 'Desk', '--log-level', 'trace');

    expect(readProblems(ended)).toHaveLength(1);
    expect(ended.exitCode).toBeGreaterThan(0);
  });

  /** Those of the company, with these instead of or beside its own. */
  async function writeConnections(connections: Readonly<Record<string, unknown>>): Promise<void> {
    const settings = JSON.parse(await bench.read('appsettings.agent.json')) as {
      readonly Connections: Readonly<Record<string, unknown>>;
    };
    const changed = { Connections: { ...settings.Connections, ...connections } };
    await bench.write('appsettings.agent.json', JSON.stringify(changed, null, 2));
  }
});

describe('a misspelt attribute of the configuration', () => {
  it('is refused at its place by validate and deploy, and what is in force stays so', async () => {
    const before = await bench.look();
    const good = await bench.read('conf/desk.xml');
    await bench.write('conf/desk.xml', good.replace('MaximumDelete=', 'MaximumDelet='));

    for (const command of ['validate', 'deploy']) {
      const ended = await bench.run(command);
      expect(ended.said).toMatch(/desk\.xml:\d+:\d+ error CONFIG_ATTRIBUTE_UNKNOWN .*MaximumDelet/);
      expect(ended.said).toContain('Did you mean "MaximumDelete"?');
      expect(ended.exitCode).toBe(2);
    }
    expect((await bench.run(...job)).exitCode).toBe(0);
    expect(await bench.look()).toEqual(before);
  });
});

describe('the same command twice', () => {
  it('changes nothing the second time', async () => {
    const before = await bench.look();

    const deployed = await bench.run('deploy', '--json');
    const ran = await bench.run(...job);
    const loaded = await bench.run('synchronize', '--connector', 'HR');
    const delivered = await bench.run('fulfil', '--connector', 'Desk');
    const begun = await bench.run('init', bench.folder);

    // The document's schema is checked elsewhere.
    expect((JSON.parse(deployed.stdout) as { readonly status: string }).status).toBe('unchanged');
    expect([ran, loaded, delivered].map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    expectRefused(begun, 2, /^error INIT_FOLDER_NOT_EMPTY/, /Nothing was written/);
    expect(await bench.look()).toEqual(before);
  });
});

describe('a name nobody knows', () => {
  it.each([
    [['job', 'run', 'Everthing'], 'JOB_UNKNOWN', 'Did you mean "Everything"?'],
    [['job', 'steps', 'Nothing'], 'JOB_UNKNOWN', 'Its jobs are: Everything.'],
    [['export', '--connector', 'Dsk'], 'USAGE_CONNECTOR_UNKNOWN', 'Did you mean "Desk"?'],
    [['connection', 'check', 'HRPeopel'], 'CONNECTION_UNKNOWN', 'Did you mean "HRPeople"?'],
    [['evaluate', '--entity-type', 'HR_Persn'], 'ENTITY_TYPE_UNKNOWN', 'Did you mean "HR_Person"?'],
    [['job', 'run', 'Everything', '--forse'], 'USAGE_INVALID', '(Did you mean --force?)'],
    [['synchronise'], 'USAGE_INVALID', '(Did you mean synchronize?)'],
  ] as const)('is refused with the nearest one: %j', async (command, code, cure) => {
    const ended = await company.run(...command);

    expect(readProblems(ended)).toEqual([expect.stringMatching(new RegExp(`^error ${code} `))]);
    expect(ended.stderr).toContain(cure);
    expect(ended.stderr).toContain('hint: ');
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
  });
});
