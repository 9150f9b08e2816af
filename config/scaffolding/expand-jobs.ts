/** Expands the four scaffoldings of synchronization jobs into jobs. */
import type { Names } from '../check-names.ts';
import type { Findings } from '../diagnostics.ts';
import type { Job, JobIntegrationRule, Task } from '../model.ts';
import { suggest } from '../nearest-name.ts';
import { childrenNamed, type Declared, describeElement, textOf } from '../schema/declare.ts';
import {
  attributeOf,
  positionOf,
  type Span,
  spanOfName,
  spanOfValue,
} from '../source/element-tree.ts';
import type { ConnectorFacts, Landscape } from './landscape.ts';
import { makeSynchronizationTasks } from './synchronization-tasks.ts';

interface Kind {
  readonly element: string;
  readonly mode: 'complete' | 'incremental';
  readonly isAgentJob: boolean;
}

const kinds: readonly Kind[] = [
  { element: 'CreateConnectorSynchroComplete', mode: 'complete', isAgentJob: false },
  { element: 'CreateConnectorSynchroIncremental', mode: 'incremental', isAgentJob: false },
  { element: 'CreateAgentSynchroComplete', mode: 'complete', isAgentJob: true },
  { element: 'CreateAgentSynchroIncremental', mode: 'incremental', isAgentJob: true },
];

export interface ExpandedJob {
  readonly job: Job;
  readonly scaffolding: Declared;
}

/** `findTask` gives hand-written tasks, which `AddTask` puts into a job. */
export function expandJobs(
  names: Names,
  landscape: Landscape,
  findTask: (identifier: string) => Task | undefined,
  findings: Findings,
): readonly ExpandedJob[] {
  return kinds.flatMap((kind) =>
    names.all(kind.element).flatMap((scaffolding) => {
      const job = expandJob(kind, scaffolding, names, landscape, findTask, findings);
      return job === undefined ? [] : [{ job, scaffolding }];
    }),
  );
}

function expandJob(
  kind: Kind,
  scaffolding: Declared,
  names: Names,
  landscape: Landscape,
  findTask: (identifier: string) => Task | undefined,
  findings: Findings,
): Job | undefined {
  const connectors = connectorsOf(kind, scaffolding, landscape);
  // An unknown connector is reported with all other references.
  if (connectors === undefined) return undefined;
  const identifier = textOf(scaffolding, 'JobIdentifier') ?? defaultIdentifier(kind, scaffolding);
  const rule = (each: ConnectorFacts): JobIntegrationRule =>
    kind.mode === 'complete' ? each.completeJob : each.incrementalJob;
  const takesPart = (each: ConnectorFacts, other: JobIntegrationRule, child: string): boolean =>
    !each.isDeactivated &&
    rule(each) !== 'NotUsed' &&
    rule(each) !== other &&
    childrenNamed(scaffolding, child).length === 0;
  const at = positionOf(scaffolding.source);
  const generated = makeSynchronizationTasks(
    {
      job: identifier,
      mode: kind.mode,
      isAgentJob: kind.isAgentJob,
      synchronized: connectors.filter((each) =>
        takesPart(each, 'OnlyProvisioning', 'NoSynchronization'),
      ),
      provisioned: connectors.filter((each) =>
        takesPart(each, 'OnlySynchronization', 'NoProvisioning'),
      ),
      at,
    },
    landscape,
  );
  if (!generated.some((task) => task.kind !== 'UnusedTask')) {
    findings.report(spanOfName(scaffolding.source), {
      code: 'CONFIG_JOB_EMPTY',
      severity: 'warning',
      message: `The job "${identifier}" has nothing to do: no connector takes part in it.`,
      hint: 'Look at CompleteJob, IncrementalJob and IsDeactivated of the connectors, and at what the scaffolding leaves out.',
    });
  }
  const withAdded = addTasks(scaffolding, generated, names, findTask, findings);
  const tasks = linkTasks(scaffolding, withAdded, findings);
  const [cron] = childrenNamed(scaffolding, 'CronTabExpression');
  const cronTabExpression = cron === undefined ? undefined : textOf(cron, 'CronTab');
  return {
    identifier,
    displayName: textOf(scaffolding, 'DisplayName_L1') ?? identifier,
    isIncremental: kind.mode === 'incremental',
    userStartDenied: false,
    logLevel: 'None',
    ...(cronTabExpression === undefined ? {} : { cronTabExpression }),
    scaffolding: kind.element,
    tasks,
    at,
  };
}

function connectorsOf(
  kind: Kind,
  scaffolding: Declared,
  landscape: Landscape,
): readonly ConnectorFacts[] | undefined {
  if (!kind.isAgentJob) {
    const found = landscape.find(textOf(scaffolding, 'Connector') ?? '');
    return found === undefined ? undefined : [found];
  }
  const agent = textOf(scaffolding, 'Agent');
  const leftOut = childrenNamed(scaffolding, 'NotUsed').map((each) =>
    textOf(each, 'ConnectorIdentifier'),
  );
  return landscape.connectors.filter(
    (each) =>
      (agent === undefined || each.agent === undefined || each.agent === agent) &&
      !leftOut.includes(each.identifier),
  );
}

/** The vocabulary does not say how an absent identifier is made; ours names connector or agent, and mode. */
function defaultIdentifier(kind: Kind, scaffolding: Declared): string {
  const owner = textOf(scaffolding, kind.isAgentJob ? 'Agent' : 'Connector') ?? 'All';
  return `${owner}_${kind.mode === 'complete' ? 'Complete' : 'Incremental'}`;
}

/** Finds the n-th task of a job by its identifier or its kind. */
function findInJob(tasks: readonly Task[], name: string, occurrence: number): Task | undefined {
  const byIdentifier = tasks.find((task) => task.identifier === name);
  if (byIdentifier !== undefined) return byIdentifier;
  return tasks.filter((task) => kindOf(task) === name)[occurrence];
}

function kindOf(task: Task): string {
  return task.kind === 'UnusedTask' ? task.element : task.kind;
}

function addTasks(
  scaffolding: Declared,
  generated: readonly Task[],
  names: Names,
  findTask: (identifier: string) => Task | undefined,
  findings: Findings,
): readonly Task[] {
  let tasks = generated;
  for (const addition of childrenNamed(scaffolding, 'AddTask')) {
    const identifier = textOf(addition, 'Task') ?? '';
    const task = findTask(identifier);
    if (task === undefined) {
      if (identifier === '' || names.isDoubtful(identifier)) continue;
      findings.report(spanOf(addition, 'Task'), {
        code: 'CONFIG_REFERENCE_UNKNOWN',
        message: `There is no Task "${identifier}".`,
        hint:
          suggest(identifier, names.identifiersOf('Task')) ??
          'Declare the task directly in a file.',
      });
      continue;
    }
    const anchor = anchorOf(addition, 'TaskToCompareWith', 'Occurence', tasks, findings);
    if (anchor === undefined) continue;
    const isBefore = addition.values['Before'] === true;
    const level = isBefore ? anchor.level : anchor.level + 1;
    const moved = tasks.map((each) =>
      each.level >= level ? { ...each, level: each.level + 1 } : each,
    );
    const at = moved.findIndex((each) => each.level > level);
    tasks = moved.toSpliced(at < 0 ? moved.length : at, 0, { ...task, level });
  }
  return tasks;
}

function linkTasks(
  scaffolding: Declared,
  before: readonly Task[],
  findings: Findings,
): readonly Task[] {
  let tasks = before;
  for (const link of childrenNamed(scaffolding, 'LinkDependTask')) {
    const child = anchorOf(link, 'Task', 'ChildOccurence', tasks, findings);
    const parent = anchorOf(link, 'DependOn', 'ParentOccurence', tasks, findings);
    if (child === undefined || parent === undefined) continue;
    tasks = tasks.map((each) =>
      each === child && !each.dependsOn.includes(parent.identifier)
        ? { ...each, dependsOn: [...each.dependsOn, parent.identifier] }
        : each,
    );
  }
  return tasks;
}

function anchorOf(
  declared: Declared,
  attribute: string,
  occurrenceAttribute: string,
  tasks: readonly Task[],
  findings: Findings,
): Task | undefined {
  const name = textOf(declared, attribute) ?? '';
  const found = findInJob(tasks, name, Number(declared.values[occurrenceAttribute] ?? 0));
  if (found !== undefined || name === '') return found;
  const known = tasks.flatMap((task) => [task.identifier, kindOf(task)]);
  findings.report(spanOf(declared, attribute), {
    code: 'CONFIG_REFERENCE_UNKNOWN',
    message: `The job of ${describeElement(declared.parent?.source ?? declared.source)} has no task "${name}" (or not that many).`,
    hint: suggest(name, known) ?? `It has ${[...new Set(tasks.map(kindOf))].join(', ')}.`,
  });
  return undefined;
}

function spanOf(declared: Declared, attribute: string): Span {
  const written = attributeOf(declared.source, attribute);
  return written === undefined ? spanOfName(declared.source) : spanOfValue(written);
}
