/** Puts jobs together, generated ones like those written by hand: tasks in place, steps, overrides; checks what they refer to. */

import { spanOf } from '../check-mappings.ts';
import type { Names } from '../check-names.ts';
import { checkSchedule } from '../check-schedule.ts';
import type { Findings } from '../diagnostics.ts';
import type { Job, Task } from '../model.ts';
import { suggest } from '../nearest-name.ts';
import type { Landscape } from '../scaffolding/landscape.ts';
import { childrenNamed, type Declared, textOf, valuesOf } from '../schema/declare.ts';
import { job as jobElement, taskScope } from '../schema/task-elements.ts';
import { positionOf } from '../source/element-tree.ts';
import { buildTask, checkTask, taskSource } from './tasks.ts';

interface Context {
  readonly names: Names;
  readonly landscape: Landscape;
  readonly findings: Findings;
}

/** All jobs, by identifier, in order of file and place. */
export function buildJobs(
  names: Names,
  landscape: Landscape,
  findings: Findings,
): ReadonlyMap<string, Job> {
  const context: Context = { names, landscape, findings };
  for (const task of topLevelTasks(names)) checkTask(taskSource(task), findings);
  const built = names
    .all('Job')
    .map((declared) => ({ declared, job: buildJob(context, declared) }));
  const jobs = new Map<string, Job>();
  for (const { job } of built) if (!jobs.has(job.identifier)) jobs.set(job.identifier, job);
  const known = new Set(
    [...jobs.values()].flatMap(({ tasks }) => tasks.map((task) => task.identifier)),
  );
  for (const { declared, job } of built) {
    checkDependencies(context, declared, job, known);
    checkDirtyChain(declared, job, findings);
    checkSchedule(declared, findings);
  }
  const inOrder = [...jobs.values()].sort(
    (a, b) =>
      (a.at.file < b.at.file ? -1 : Number(a.at.file > b.at.file)) ||
      a.at.line - b.at.line ||
      a.at.column - b.at.column,
  );
  return new Map(inOrder.map((job) => [job.identifier, job]));
}

function topLevelTasks(names: Names): readonly Declared[] {
  return names
    .identifiersOf(taskScope)
    .map((identifier) => names.find(taskScope, identifier))
    .filter((declared): declared is Declared => declared !== undefined);
}

function buildJob(context: Context, declared: Declared): Job {
  const values = valuesOf(declared, jobElement);
  const tasks: Task[] = [];
  const counts = new Map<string, number>();
  for (const child of declared.children) {
    const task = buildChild(context, values.Identifier, child, counts);
    if (task === undefined) continue;
    if (tasks.some(({ identifier }) => identifier === task.identifier)) {
      context.findings.report(spanOf(child, 'Identifier'), {
        code: 'CONFIG_IDENTIFIER_DUPLICATE',
        message: `Job "${values.Identifier}" already has the task "${task.identifier}".`,
        hint: 'A task runs once in a job; remove one of the two.',
      });
      continue;
    }
    tasks.push(task);
  }
  const { generated } = declared.source.source;
  return {
    identifier: values.Identifier,
    displayName: textOf(declared, 'DisplayName_L1') ?? values.Identifier,
    isIncremental: values.IsIncremental,
    userStartDenied: values.UserStartDenied,
    logLevel: values.LogLevel,
    ...(values.CronTabExpression === undefined
      ? {}
      : { cronTabExpression: values.CronTabExpression }),
    cronTimeZone: values.CronTimeZone,
    ...(generated === undefined ? {} : { scaffolding: generated.by }),
    tasks,
    at: positionOf(declared.source),
  };
}

function buildChild(
  context: Context,
  job: string,
  child: Declared,
  counts: Map<string, number>,
): Task | undefined {
  const { landscape, findings } = context;
  if (child.definition.name === 'Step') return buildStep(context, child);
  if (child.definition.scope === 'TaskOverride') return buildOverride(context, child);
  const source = taskSource(child);
  checkTask(source, findings);
  const count = (counts.get(source.kind) ?? 0) + 1;
  counts.set(source.kind, count);
  const identifier =
    source.text('Identifier') ?? `${job}_${source.kind.replace(/Task$/, '')}${count}`;
  return buildTask(source, identifier, landscape);
}

function buildStep(context: Context, step: Declared): Task | undefined {
  const attribute = step.written.has('Identifier') ? 'Identifier' : 'Task';
  const identifier = textOf(step, attribute);
  if (identifier === undefined) {
    context.findings.report(spanOf(step, 'Identifier'), {
      code: 'CONFIG_ATTRIBUTE_MISSING',
      message: 'Step needs the attribute Identifier.',
      hint: 'Name the task.',
    });
    return undefined;
  }
  const declared = context.names.find(taskScope, identifier);
  if (declared === undefined) {
    reportUnknownTask(context, step, attribute, identifier, []);
    return undefined;
  }
  const task = buildTask(taskSource(declared), identifier, context.landscape);
  return step.written.has('Level') ? { ...task, level: Number(step.values['Level']) } : task;
}

function buildOverride(context: Context, override: Declared): Task | undefined {
  const identifier = textOf(override, 'Identifier');
  if (identifier === undefined) return undefined;
  const base = context.names.find(taskScope, identifier);
  const kind = override.definition.name.replace(/Override$/, '');
  if (base === undefined) {
    reportUnknownTask(context, override, 'Identifier', identifier, []);
    return undefined;
  }
  if (base.definition.name !== kind) {
    context.findings.report(spanOf(override, 'Identifier'), {
      code: 'CONFIG_REFERENCE_UNKNOWN',
      message: `The task "${identifier}" is of the kind ${base.definition.name}, not ${kind}.`,
      hint: `Write ${base.definition.name}Override.`,
    });
    return undefined;
  }
  return buildTask(taskSource(override, base), identifier, context.landscape);
}

function reportUnknownTask(
  { names, findings }: Context,
  declared: Declared,
  attribute: string,
  identifier: string,
  generated: readonly string[],
): void {
  if (identifier === '' || names.isDoubtful(identifier)) return;
  const known = [...names.identifiersOf(taskScope), ...generated];
  findings.report(spanOf(declared, attribute), {
    code: 'CONFIG_REFERENCE_UNKNOWN',
    message: `There is no Task "${identifier}".`,
    hint: suggest(identifier, known) ?? 'Declare the task, or correct the name.',
  });
}

function checkDependencies(
  context: Context,
  declared: Declared,
  job: Job,
  known: ReadonlySet<string>,
): void {
  for (const child of declared.children) {
    for (const dependency of childrenNamed(child, 'TaskDependsOnTask')) {
      const parent = textOf(dependency, 'ParentTask') ?? '';
      if (job.tasks.some(({ identifier }) => identifier === parent)) continue;
      if (known.has(parent) || context.names.find(taskScope, parent) !== undefined) {
        context.findings.report(spanOf(dependency, 'ParentTask'), {
          code: 'CONFIG_TASK_NOT_IN_JOB',
          severity: 'warning',
          message: `The task "${parent}" is not in job "${job.identifier}", so that nothing is waited for.`,
          hint: 'Add it to the job, or remove the dependency.',
        });
      } else {
        reportUnknownTask(
          context,
          dependency,
          'ParentTask',
          parent,
          job.tasks.map((task) => task.identifier),
        );
      }
    }
  }
  const cycle = findCycle(job.tasks);
  if (cycle === undefined) return;
  context.findings.report(spanOf(declared, 'Identifier'), {
    code: 'CONFIG_DEPENDENCY_CYCLE',
    message: `Tasks of job "${job.identifier}" wait for each other: ${cycle.join(' → ')}.`,
    hint: 'Remove one TaskDependsOnTask of the circle.',
  });
}

function findCycle(tasks: readonly Task[]): readonly string[] | undefined {
  const parents = new Map(tasks.map((task) => [task.identifier, task.dependsOn]));
  const finished = new Set<string>();
  const visit = (name: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (finished.has(name)) return undefined;
    for (const parent of parents.get(name) ?? []) {
      const cycle = visit(parent, [...path, name]);
      if (cycle !== undefined) return cycle;
    }
    finished.add(name);
    return undefined;
  };
  for (const task of tasks) {
    const cycle = visit(task.identifier, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/** What marks changed resources reads the changes that synchronizations keep only when told to. */
function checkDirtyChain(declared: Declared, job: Job, findings: Findings): void {
  if (!job.tasks.some(({ kind }) => kind === 'SetRecentlyModifiedFlagTask')) return;
  const forgetful = job.tasks.find(
    (task) => task.kind === 'SynchronizeTask' && !task.doNotDeleteChanges,
  );
  if (forgetful === undefined) return;
  findings.report(spanOf(declared, 'Identifier'), {
    code: 'CONFIG_DIRTY_CHAIN_BROKEN',
    severity: 'warning',
    message: `Job "${job.identifier}" marks what changed lately, but the task "${forgetful.identifier}" keeps no changes.`,
    hint: 'Set DoNotDeleteChanges="true" on every SynchronizeTask of the job.',
  });
}
