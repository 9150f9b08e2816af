/** The children of job scaffoldings that change the generated tasks: `AddTask` and `LinkDependTask`. */
import { suggest } from '../nearest-name.ts';
import { childrenNamed, type Declared, describeElement, textOf } from '../schema/declare.ts';
import { taskScope } from '../schema/task-elements.ts';
import { spanOfName, spanOfValue } from '../source/element-tree.ts';
import type { ExpansionContext } from './expansion-context.ts';
import { type Generated, generatedText } from './generated-element.ts';
import { dependsOn } from './task-parts.ts';

/** The tasks with those that the scaffolding adds and the dependencies it makes. */
export function editTasks(
  scaffolding: Declared,
  tasks: readonly Generated[],
  context: ExpansionContext,
): readonly Generated[] {
  return linkTasks(scaffolding, addTasks(scaffolding, tasks, context), context);
}

function levelOf(task: Generated): number {
  return Number(task.attributes['Level'] ?? -1);
}

function identifierOf(task: Generated): string {
  return generatedText(task, 'Identifier') ?? '';
}

/** The kind of the task, also of a task that is declared elsewhere. */
function kindOf(task: Generated, context: ExpansionContext): string {
  if (task.name !== 'Step') return task.name.replace(/Override$/, '');
  return context.names.find(taskScope, identifierOf(task))?.definition.name ?? task.name;
}

function addTasks(
  scaffolding: Declared,
  generated: readonly Generated[],
  context: ExpansionContext,
): readonly Generated[] {
  let tasks = generated;
  for (const addition of childrenNamed(scaffolding, 'AddTask')) {
    const task = addition.written.get('Task');
    if (task === undefined || context.names.find(taskScope, task.value) === undefined) {
      reportUnknownTask(addition, context);
      continue;
    }
    const anchor = anchorOf(addition, 'TaskToCompareWith', 'Occurence', tasks, context);
    if (anchor === undefined) continue;
    // Before a task is on its level, and all from there on move; after it is on a level of its own.
    const isBefore = addition.values['Before'] === true;
    const level = isBefore ? levelOf(anchor) : levelOf(anchor) + 1;
    const moved = tasks.map((each) =>
      levelOf(each) < level ? each : atLevel(each, levelOf(each) + 1),
    );
    const at = moved.findIndex((each) => levelOf(each) > level);
    const step: Generated = { name: 'Step', attributes: { Identifier: task, Level: level } };
    tasks = moved.toSpliced(at < 0 ? moved.length : at, 0, step);
  }
  return tasks;
}

function reportUnknownTask(addition: Declared, context: ExpansionContext): void {
  const task = addition.written.get('Task');
  if (task === undefined || task.value === '' || context.isDoubtful(task.value)) return;
  context.findings.report(spanOfValue(task), {
    code: 'CONFIG_REFERENCE_UNKNOWN',
    message: `There is no Task "${task.value}".`,
    hint:
      suggest(task.value, context.names.identifiersOf(taskScope)) ??
      'Declare the task directly in a file.',
  });
}

function atLevel(task: Generated, level: number): Generated {
  return { ...task, attributes: { ...task.attributes, Level: level } };
}

function linkTasks(
  scaffolding: Declared,
  before: readonly Generated[],
  context: ExpansionContext,
): readonly Generated[] {
  let tasks = before;
  for (const link of childrenNamed(scaffolding, 'LinkDependTask')) {
    const child = anchorOf(link, 'Task', 'ChildOccurence', tasks, context);
    const parent = anchorOf(link, 'DependOn', 'ParentOccurence', tasks, context);
    if (child === undefined || parent === undefined) continue;
    tasks = tasks.map((each) =>
      each === child ? linkTo(each, identifierOf(parent), context) : each,
    );
  }
  return tasks;
}

/** A task declared elsewhere takes the dependency as an override, which holds in this job alone. */
function linkTo(task: Generated, parent: string, context: ExpansionContext): Generated {
  const declared =
    task.name === 'Step' ? context.names.find(taskScope, identifierOf(task)) : undefined;
  const children =
    declared === undefined
      ? (task.children ?? [])
      : dependsOn(
          childrenNamed(declared, 'TaskDependsOnTask').map(
            (each) => textOf(each, 'ParentTask') ?? '',
          ),
        );
  if (children.some((each) => generatedText(each, 'ParentTask') === parent)) return task;
  return {
    name: declared === undefined ? task.name : `${declared.definition.name}Override`,
    attributes: task.attributes,
    children: [...children, ...dependsOn([parent])],
  };
}

/** The n-th task of a job by its identifier or its kind. */
function anchorOf(
  declared: Declared,
  attribute: string,
  occurrenceAttribute: string,
  tasks: readonly Generated[],
  context: ExpansionContext,
): Generated | undefined {
  const name = textOf(declared, attribute) ?? '';
  const occurrence = Number(declared.values[occurrenceAttribute] ?? 0);
  const found =
    tasks.find((task) => identifierOf(task) === name) ??
    tasks.filter((task) => kindOf(task, context) === name)[occurrence];
  if (found !== undefined || name === '') return found;
  const written = declared.written.get(attribute);
  const kinds = [...new Set(tasks.map((task) => kindOf(task, context)))];
  context.findings.report(
    written === undefined ? spanOfName(declared.source) : spanOfValue(written),
    {
      code: 'CONFIG_REFERENCE_UNKNOWN',
      message: `The job of ${describeElement(declared.parent?.source ?? declared.source)} has no task "${name}" (or not that many).`,
      hint: suggest(name, [...tasks.map(identifierOf), ...kinds]) ?? `It has ${kinds.join(', ')}.`,
    },
  );
  return undefined;
}
