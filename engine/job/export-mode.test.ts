import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../config/index.ts';
import { configuration } from './company.fixture.ts';
import { modeOfExport } from './export-mode.ts';
import { job } from './scripts.fixture.ts';

const exports = (identifier: string, connection: string) =>
  `<ExportTask Identifier="${identifier}" DisplayName_L1="x" Connection="${connection}" />`;
const prepares = (connector: string, mode: string, parent?: string) => {
  const dependency = parent === undefined ? '' : `<TaskDependsOnTask ParentTask="${parent}" />`;
  return `<PrepareSynchronizationTask Identifier="P${connector}${mode}" DisplayName_L1="x" Connector="${connector}" SynchronizationMode="${mode}">${dependency}</PrepareSynchronizationTask>`;
};

function modes(tasks: readonly string[], attributes = ''): readonly string[] {
  const elements = job('J', tasks, attributes);
  const loaded = loadConfiguration([{ path: 'a.xml', text: configuration({ elements }) }]);
  if (loaded.status === 'invalid') throw new Error(JSON.stringify(loaded.diagnostics));
  const { model } = loaded;
  const found = model.jobs.get('J');
  if (found === undefined) throw new Error('no job J');
  return found.tasks
    .filter(({ kind }) => kind === 'ExportTask')
    .map((task) => `${task.identifier} ${modeOfExport(model, found, task)}`);
}

describe('the mode of an export', () => {
  it('is that in which the job prepares its connector, whatever it does with others', () => {
    expect(
      modes([
        exports('Hr', 'HRPeople'),
        exports('Wiki', 'WikiDb'),
        prepares('Wiki', 'Complete'),
        prepares('HR', 'Incremental'),
      ]),
    ).toEqual(['Hr incremental', 'Wiki complete']);
  });

  it('is that of the next preparation, when a first load is read back by the same job', () => {
    expect(
      modes([
        exports('First', 'HRPeople'),
        prepares('HR', 'Initial'),
        exports('Again', 'HRPeople'),
        prepares('HR', 'Complete'),
      ]),
    ).toEqual(['First initial', 'Again complete']);
  });

  it('is that of the preparation that depends on it, whatever the order in the file', () => {
    expect(
      modes([
        exports('First', 'HRPeople'),
        exports('Again', 'HRPeople'),
        prepares('HR', 'Initial', 'First'),
        prepares('HR', 'Complete', 'Again'),
      ]),
    ).toEqual(['First initial', 'Again complete']);
  });

  it('is that of the job when nothing is prepared', () => {
    expect(modes([exports('Hr', 'HRPeople')], 'IsIncremental="true"')).toEqual(['Hr incremental']);
    expect(modes([exports('Hr', 'HRPeople')])).toEqual(['Hr complete']);
  });
});
