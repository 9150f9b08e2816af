/** A small company whose jobs run scripts: what they do is written into a file, line by line. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Company,
  type CompanyOptions,
  configuration,
  openCompany,
} from './company.fixture.ts';
import type { JobResult, RunJobOptions } from './job-result.ts';
import { runJob } from './run-job.ts';
import type { Workspace } from './workspace.ts';

export interface ScriptCompany extends AsyncDisposable {
  readonly company: Company;
  readonly workspace: Workspace;
  /** Writes a script of the shell; `say <word>` in it adds a line to what `said` gives. */
  script(name: string, body: string): Promise<void>;
  said(): Promise<readonly string[]>;
  run(job: string, options?: Partial<RunJobOptions>): Promise<JobResult>;
}

export async function openScripts(
  elements: string,
  options: Partial<CompanyOptions> = {},
): Promise<ScriptCompany> {
  const company = await openCompany({ ...options, configuration: configuration({ elements }) });
  const { folder } = company.workspace.settings;
  await mkdir(join(folder, 'scripts'), { recursive: true });
  const record = join(folder, 'said.txt');
  await writeFile(record, '');
  const workspace: Workspace = {
    ...company.workspace,
    effects: {
      ...company.workspace.effects,
      environment: { PATH: process.env['PATH'] ?? '', LOCKSTEP_SCRIPT_RECORD: record },
    },
  };
  return {
    company,
    workspace,
    script: (name, body) =>
      writeFile(
        join(folder, 'scripts', name),
        `say() { echo "$1" >> "$LOCKSTEP_SCRIPT_RECORD"; }\n${body}\n`,
      ),
    said: async () => (await readFile(record, 'utf8')).split('\n').filter((line) => line !== ''),
    run: (job, given = {}) =>
      runJob(workspace, { job, resume: false, force: false, onTask() {}, ...given }),
    [Symbol.asyncDispose]: () => company[Symbol.asyncDispose](),
  };
}

/** `<InvokeExpressionTask …>` that runs `scripts/<name>.sh`. */
export function scriptTask(name: string, attributes = '', parents: readonly string[] = []): string {
  const dependencies = parents.map((parent) => `<TaskDependsOnTask ParentTask="${parent}" />`);
  return `<InvokeExpressionTask Identifier="${name}" DisplayName_L1="${name}" InputPath="scripts/${name}.sh" ${attributes}>${dependencies.join('')}</InvokeExpressionTask>`;
}

export function job(identifier: string, tasks: readonly string[], attributes = ''): string {
  return `<Job Identifier="${identifier}" DisplayName_L1="${identifier}" ${attributes}>${tasks.join('')}</Job>`;
}
