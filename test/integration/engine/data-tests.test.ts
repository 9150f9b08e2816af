import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  exportConnection,
  prepareConnector,
  readStatus,
  type Store,
  synchronizeConnector,
  type TaskOutcome,
} from '../../../engine/index.ts';
import { type DataTestResult, runDataTests } from '../../../engine/synchronize/index.ts';
import { canonicalStore, describeOnEveryStore, outcomeOf, type ProjectFolder } from './project.ts';

const data = (element: string, identifier: string, attributes: string, entityType = 'HR_Person') =>
  `<ls:${element} Identifier="${identifier}" EntityType="${entityType}" ${attributes} />`;

/** The staff of every test, as lines of `people.csv`: number, first, last, start, end, department, manager. */
const ana = '1,Ana,Roy,2020-01-01,,FIN,2';
const ben = '2,Ben,Ode,2020-01-01,,IT,';
const hr = { connector: 'HR', force: false, resume: false, isDryRun: false };

describeOnEveryStore((makeProject) => {
  let project: ProjectFolder;
  afterEach(() => project[Symbol.asyncDispose]());

  const start = async (...elements: readonly string[]): Promise<void> => {
    project = await makeProject({ elements: elements.join('\n') });
  };

  /** Reads the HR connector into the store, as the tasks of a job do. */
  const synchronize = async (
    options: Partial<typeof hr> = {},
    mode: 'initial' | 'complete' | 'incremental' = 'complete',
  ): Promise<TaskOutcome> => {
    project.clock += 60_000;
    await using workspace = await project.open();
    for (const connection of ['HRPeople', 'HRDepartments'])
      await exportConnection(workspace, { connection, mode, ignoreCookie: mode !== 'incremental' });
    await prepareConnector(workspace, { connector: 'HR', mode, commandColumn: null, force: true });
    return await synchronizeConnector(workspace, { ...hr, ...options });
  };

  /** Decides about what is held. */
  const decide = async (options: Partial<typeof hr>): Promise<TaskOutcome> => {
    await using workspace = await project.open();
    return await synchronizeConnector(workspace, { ...hr, ...options });
  };

  /** What the tests find in the store as it is. */
  const results = async (): Promise<readonly DataTestResult[]> => {
    await using workspace = await project.open();
    const { store, model } = workspace;
    return await store.transaction((transaction) =>
      runDataTests({ transaction, model, now: project.clock }),
    );
  };

  const found = async (): Promise<unknown> =>
    (await results()).map(({ identifier, status, rows, failures, examples }) => [
      identifier,
      status,
      `${failures}/${rows}`,
      examples.map(({ key }) => key).join(' '),
    ]);

  const people = async (): Promise<readonly string[]> => {
    await using workspace = await project.open();
    const lines = await canonicalStore(workspace.store);
    return lines.filter((line) => line.startsWith('r_hr_person')).map(keyOf);
  };
  const keyOf = (line: string): string => JSON.parse(line.slice(line.indexOf('{'))).mapping_key;

  describe('data tests', () => {
    it('find what is not unique, empty, not accepted, not matched, not there', async () => {
      await start(
        data('UniqueTest', 'Last', 'Property="LastName"'),
        data('UniqueTest', 'LastInFirst', 'Property="LastName" Within="FirstName"'),
        data('NotNullTest', 'First', 'Property="FirstName"'),
        data('NotNullTest', 'Manager', 'Property="Manager"'),
        data('AcceptedValuesTest', 'Firsts', 'Property="FirstName" Values="Ana;Ben"'),
        data('MatchesTest', 'Letters', 'Property="LastName" Pattern="[A-Z][a-z]+"'),
        data('RelationshipTest', 'Links', 'Property="Department"'),
        data(
          'RelationshipTest',
          'Codes',
          'Property="Name" To="HR_Person:LastName"',
          'HR_Department',
        ),
      );
      await project.departments(['FIN,Roy,', 'IT,Technology,FIN']);
      await project.people([
        ana,
        ben,
        '3,,Roy,2020-01-01,,NEW,1',
        '4,Ana,Roy,2020-01-01,,IT,9',
        '5,Cyd,roy2,2020-01-01,,IT,1',
      ]);
      await synchronize();

      expect(await found()).toEqual([
        ['Last', 'failed', '3/5', '1 3 4'],
        ['LastInFirst', 'failed', '2/5', '1 4'],
        ['First', 'failed', '1/5', '3'],
        ['Manager', 'failed', '2/5', '2 4'],
        ['Firsts', 'failed', '1/5', '5'],
        ['Letters', 'failed', '1/5', '5'],
        ['Links', 'failed', '1/5', '3'],
        ['Codes', 'failed', '1/2', 'IT'],
      ]);
    });

    it('look only at those that Where lets through, whatever it reads', async () => {
      const inFinance =
        'Where="C#:person:return person.Department != null &amp;&amp; person.Department.Code == &quot;FIN&quot;;"';
      await start(
        data('NotNullTest', 'Manager', `Property="Manager" ${inFinance}`),
        data('UniqueTest', 'Last', `Property="LastName" ${inFinance}`),
        data('MatchesTest', 'Letters', `Property="LastName" Pattern="R.*" ${inFinance}`),
        data('RowCountTest', 'Count', `Minimum="3" ${inFinance}`),
      );
      await project.people([ana, ben, '3,Cyd,Roy,2020-01-01,,IT,', '4,Dee,Zed,2020-01-01,,FIN,']);
      await synchronize();

      expect(await found()).toEqual([
        ['Manager', 'failed', '1/2', '4'],
        ['Last', 'passed', '0/2', ''],
        ['Letters', 'failed', '1/2', '4'],
        ['Count', 'failed', '1/2', ''],
      ]);
    });

    it('tolerate what they say, exactly', async () => {
      await start(
        data('NotNullTest', 'One', 'Property="FirstName" ToleratedFailures="1"'),
        data('NotNullTest', 'Half', 'Property="FirstName" ToleratedPercent="50"'),
        data('NotNullTest', 'Less', 'Property="FirstName" ToleratedPercent="49"'),
        data(
          'NotNullTest',
          'Both',
          'Property="FirstName" ToleratedFailures="0" ToleratedPercent="50"',
        ),
      );
      await project.people([ana, '2,,Ode,2020-01-01,,IT,']);
      await synchronize();

      expect((await results()).map(({ status }) => status)).toEqual([
        'passed',
        'passed',
        'failed',
        'failed',
      ]);
    });

    it('tell how old data are by their newest date that has passed', async () => {
      await start(
        data('FreshnessTest', 'Start', 'Property="StartDate" MaximumAgeHours="48"'),
        data('FreshnessTest', 'End', 'Property="EndDate" MaximumAgeHours="48"'),
      );
      // The clock stands at 2025-06-15, around noon.
      await project.people(['1,Ana,Roy,2025-06-14,,FIN,', '2,Ben,Ode,2030-01-01,2031-01-01,IT,']);
      await synchronize();
      const [started, ended] = await results();
      await project.people(['1,Ana,Roy,2025-06-12,,FIN,', '2,Ben,Ode,2030-01-01,2031-01-01,IT,']);
      await synchronize();

      expect([started?.status, ended?.status]).toEqual(['passed', 'failed']);
      expect((await results())[0]?.message).toMatch(/newest StartDate is 8\d hours old, 48 are/u);
    });

    it('tell how old the source is by the time its file was written, also of what was held', async () => {
      await start(data('FreshnessTest', 'File', 'MaximumAgeHours="24" Severity="Block"'));
      const file = join(project.folder, 'data', 'people.csv');
      const written = (hoursAgo: number) =>
        utimes(file, new Date(), new Date(project.clock - hoursAgo * 3_600_000));
      await written(5);
      const fresh = await synchronize();
      await written(30);

      const old = await synchronize();

      expect(fresh.status).toBe('completed');
      expect(old.message).toContain('the source is 30 hours old, 24 are allowed');
      expect((await decide({ resume: true, isDryRun: true })).message).toContain('30 hours old');
    });

    it('compare the number of rows with limits and with the load before', async () => {
      await start(
        data('RowCountTest', 'Change', 'MaximumChangePercent="50" Severity="Block"'),
        data('RowCountTest', 'Most', 'Maximum="3" Severity="Block"'),
      );
      await synchronize();
      await project.people([ana, ben, '3,Cyd,Ray,2020-01-01,,IT,1']);
      const half = await synchronize();
      await project.people(
        ['4', '5', '6', '7', '8'].map((number) => `${number},Dee,D${number},2020-01-01,,IT,`),
      );

      const { message } = await synchronize();

      expect(half.status).toBe('completed');
      expect(message).toContain('HR is blocked by data tests:');
      expect(message).toContain('there are 5; there were 3, and a change of 50 % is allowed');
    });
  });

  describe('a synchronization with a data test that warns', () => {
    it('goes on, says which rows, and keeps the result', async () => {
      await start(data('NotNullTest', 'First', 'Property="FirstName"'));
      await project.people([ana, '7,,Ode,2020-01-01,,IT,']);

      const result = await project.run('Complete');

      expect(result.status).toBe('warning');
      const { status, message, summary } = outcomeOf(result, 'Synchronize_HR');
      expect(status).toBe('warning');
      expect(message).toMatch(
        /First \(company\.xml:\d+:\d+\): 1 of 2 HR_Person have no FirstName\. First: 7 \(HRPeople row 2\)$/u,
      );
      expect(summary).toMatchObject({ dataTests: [{ identifier: 'First', failures: 1 }] });
      expect(await people()).toEqual(['1', '7']);
    });

    it('shows in the status until the data are right, also over runs that touch nothing', async () => {
      await start(data('NotNullTest', 'First', 'Property="FirstName"'));
      await project.people([ana, '7,,Ode,2020-01-01,,IT,']);
      const statusOf = async () => {
        await using workspace = await project.open();
        return (await readStatus(workspace)).dataTests;
      };
      const before = await statusOf();
      await synchronize();
      const first = await statusOf();

      const unchanged = await synchronize();
      const second = await statusOf();
      await project.people([ana, '7,Eve,Ode,2020-01-01,,IT,']);
      await synchronize();

      expect(before).toEqual([]);
      expect(first).toMatchObject([{ identifier: 'First', status: 'failed', of: 'store' }]);
      expect(unchanged.summary).toMatchObject({ dataTests: [] });
      expect(second).toEqual(first);
      expect(await statusOf()).toMatchObject([{ status: 'passed', failures: 0 }]);
    });
  });

  describe('a synchronization with a data test that blocks', () => {
    const noFirstName = '7,,Ode,2020-01-01,,IT,';
    const begin = async () => {
      await start(
        data('NotNullTest', 'First', 'Property="FirstName" Severity="Block"'),
        data('UniqueTest', 'Last', 'Property="LastName"'),
      );
      await synchronize();
    };

    it.each(['complete', 'incremental'] as const)(
      'is held in %s mode, and the store stays as it was',
      async (mode) => {
        await begin();
        const before = await dump(project);
        await project.people([ana, noFirstName]);

        const { status, message } = await synchronize({}, mode);

        expect(status).toBe('blocked');
        expect(message).toMatch(
          /^HR is blocked by a data test:\n {2}First \(.+ 1 of 2 HR_Person have no FirstName\. First: 7 \(HRPeople row 2\)\nNothing/u,
        );
        expect(await dump(project)).toEqual(before);
        await project.people([ana, ben]);
        expect((await synchronize()).status).toBe('completed');
      },
    );

    it('is held in initial mode too', async () => {
      await start(data('NotNullTest', 'First', 'Property="FirstName" Severity="Block"'));
      await project.people([ana, noFirstName]);

      const outcome = await synchronize({}, 'initial');

      expect(outcome.status).toBe('blocked');
      expect(await people()).toEqual([]);
    });

    it('ends the job, which then sits the connector out', async () => {
      await start(data('NotNullTest', 'First', 'Property="FirstName" Severity="Block"'));
      await project.people([ana, noFirstName]);

      const complete = await project.run('Complete');
      const incremental = await project.run('Incremental');

      expect(complete.status).toBe('blocked');
      expect(outcomeOf(incremental, 'HR').message).toContain('HR is blocked and takes no part');
    });

    it('goes on after a person has looked: --resume applies what was held', async () => {
      await begin();
      await project.people([ana, noFirstName]);
      await synchronize();
      const held = await decide({});
      const counted = await decide({ resume: true, isDryRun: true });
      const inBetween = await people();

      const resumed = await decide({ resume: true });

      expect([held.status, counted.status]).toEqual(['blocked', 'warning']);
      expect(counted.message).toContain('1 added');
      expect(inBetween).toEqual(['1', '2']);
      expect(resumed.status).toBe('warning');
      expect(resumed.summary).toMatchObject({
        dataTests: [{ identifier: 'First', status: 'failed', severity: 'Block' }, {}],
      });
      expect(await people()).toEqual(['1', '7']);
    });

    it('is not held with --force', async () => {
      await begin();
      await project.people([ana, noFirstName]);

      const outcome = await synchronize({ force: true });

      expect(outcome.status).toBe('warning');
      expect(await people()).toEqual(['1', '7']);
    });

    it('says what a dry run would find, and changes nothing', async () => {
      await begin();
      await project.people([ana, noFirstName]);
      const before = await dump(project);

      const outcome = await synchronize({ isDryRun: true });

      expect(outcome.status).toBe('blocked');
      expect(outcome.message).toContain('1 of 2 HR_Person have no FirstName');
      expect(await dump(project)).toEqual(before);
    });

    it('shows what is held in the status', async () => {
      await begin();
      await project.people([ana, noFirstName]);
      await synchronize();
      await using workspace = await project.open();

      const { dataTests } = await readStatus(workspace);

      expect(dataTests).toMatchObject([
        { identifier: 'First', status: 'failed', of: 'held' },
        { identifier: 'Last', status: 'passed', of: 'held' },
      ]);
    });

    it('names thresholds and tests together', async () => {
      project = await makeProject({
        elements: data('NotNullTest', 'First', 'Property="FirstName" Severity="Block"'),
        connectorAttributes:
          'MaximumInsertedLines="1" MaxPercentageInsertedLines="0" MaxLinkPercentageInsertedLines="0"',
      });
      await project.people([ana, ben, noFirstName]);

      const { message } = await synchronize();

      expect(message).toContain('HR is blocked by a threshold and a data test:');
      expect(message).toContain('MaximumInsertedLines of connector HR');
      expect(message).toContain('1 of 3 HR_Person have no FirstName');
    });
  });

  it('of another connector run when what they refer to goes', async () => {
    await start(
      data('RelationshipTest', 'Units', 'Property="Unit" To="HR_Department:Name"', 'Wiki_User'),
    );
    const wiki = project.wiki();
    wiki.exec("insert into users values ('aroy', '1@example.test', 'Ana Roy', 'Finance', null)");
    wiki.close();
    await project.run('Complete');
    await project.departments(['FIN,Money,', 'IT,Technology,FIN']);

    const { message } = await synchronize();

    expect(message).toContain('have a Unit that refers to nothing. First: aroy');
  });
});

/** All that a synchronization writes besides its own record. */
async function dump(project: ProjectFolder): Promise<readonly string[]> {
  await using workspace = await project.open();
  const { store }: { readonly store: Store } = workspace;
  const changes = await store.transaction(async ({ tx }) => tx('resource_changes').select('id'));
  const lines = await canonicalStore(store);
  return [...lines.filter((line) => /^[rl]_hr_/u.test(line)), String(changes.length)];
}
