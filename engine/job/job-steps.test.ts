import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../config/index.ts';
import { configuration } from './company.fixture.ts';
import { selectSteps, type TaskSelection } from './job-selection.ts';
import { jobSteps } from './job-steps.ts';
import { job, scriptTask } from './scripts.fixture.ts';

function open(elements: string, maxTaskBatchSize = 5) {
  const loaded = loadConfiguration([{ path: 'a.xml', text: configuration({ elements }) }]);
  if (loaded.status === 'invalid') throw new Error(JSON.stringify(loaded.diagnostics));
  const found = loaded.model.jobs.get('J');
  if (found === undefined) throw new Error('no job J');
  return { job: found, steps: jobSteps(found, maxTaskBatchSize) };
}

const leveled = (names: readonly string[], level: number) =>
  names.map((name) => scriptTask(name, `Level="${level}"`));

function names(steps: ReturnType<typeof jobSteps>): readonly string[] {
  return steps.map(
    ({ order, tasks }) => `${order}: ${tasks.map(({ identifier }) => identifier).join(' ')}`,
  );
}

describe('steps of a job', () => {
  it('follow the document when tasks have no level', () => {
    const { steps } = open(
      job(
        'J',
        ['B', 'A', 'C'].map((name) => scriptTask(name)),
      ),
    );

    expect(names(steps)).toEqual(['0: B', '1: A', '2: C']);
  });

  it('follow the levels, whatever the document says', () => {
    const { steps } = open(job('J', [...leveled(['C', 'D'], 7), ...leveled(['A', 'B'], 0)]));

    expect(names(steps)).toEqual(['0: A B', '1: C D']);
  });

  it('are split where a level has more tasks than may start together', () => {
    const many = leveled(['A', 'B', 'C', 'D', 'E'], 0);
    const { steps } = open(job('J', [...many, ...leveled(['F'], 1)]), 2);

    expect(names(steps)).toEqual(['0: A B', '1: C D', '2: E', '3: F']);
  });

  it('take levels of Step and attributes of overrides over those of the task', () => {
    const shared = `${scriptTask('A', 'Level="9"')}${scriptTask('B', 'ContinueOnError="true"')}`;
    const { steps, job: found } = open(
      `${shared}${job('J', [
        '<Step Identifier="A" Level="0" />',
        '<InvokeExpressionTaskOverride Identifier="B" Level="1" ContinueOnError="false" />',
      ])}`,
    );

    expect(names(steps)).toEqual(['0: A', '1: B']);
    expect(found.tasks.map(({ continueOnError }) => continueOnError)).toEqual([false, false]);
  });
});

describe('a selection', () => {
  const tasks = [...leveled(['A1', 'A2', 'A3'], 0), ...leveled(['B1'], 1), ...leveled(['B2'], 2)];
  const { job: found, steps } = open(job('J', tasks), 2);
  const select = (selection: TaskSelection) => names(selectSteps(found, steps, selection));

  it('of a range counts the steps there are after splitting', () => {
    expect(names(steps)).toEqual(['0: A1 A2', '1: A3', '2: B1', '3: B2']);
    expect(select({ beginStep: 1, endStep: 2 })).toEqual(['1: A3', '2: B1']);
  });

  it.each([
    [{ task: 'A3' }, ['1: A3']],
    [{ taskType: 'InvokeExpressionTask' }, ['0: A1']],
    [{ taskContains: 'b' }, ['2: B1', '3: B2']],
    [{ taskContains: 'B', endStep: 2 }, ['2: B1']],
    [{}, ['0: A1 A2', '1: A3', '2: B1', '3: B2']],
  ])('of %o keeps each task at its step', (selection, expected) => {
    expect(select(selection)).toEqual(expected);
  });

  it.each([
    [{ task: 'A4' }, 'JOB_TASK_UNKNOWN'],
    [{ taskType: 'ExportTask' }, 'JOB_TASK_UNKNOWN'],
    [{ taskContains: 'zzz' }, 'JOB_TASK_UNKNOWN'],
    [{ task: 'B2', endStep: 1 }, 'JOB_TASK_UNKNOWN'],
    [{ beginStep: 4 }, 'JOB_STEP_UNKNOWN'],
    [{ beginStep: 2, endStep: 1 }, 'JOB_STEP_UNKNOWN'],
  ])('of %o, which fits nothing, is refused', (selection, code) => {
    expect(() => select(selection)).toThrow(expect.objectContaining({ code }));
  });
});
