/** Resource reconciliation: what exists and no rule explains, and values that differ from the policy. */
import type { Command } from 'commander';
import { describeWorkflowState, type WorkflowState } from '../../config/index.ts';
import type { Gap } from '../../engine/index.ts';
import { type CommandContext, type CommandResult, withWorkspace } from '../command-context.ts';
import { parseId, type RunCommand } from '../command-line.ts';
import {
  addDecisionOptions,
  type DecisionOptions,
  decide,
  type Selectable,
  selectIds,
} from '../decision-options.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { findResourceType } from '../known-names.ts';
import { formatTable } from '../table.ts';
import { describeName } from './review.ts';

type Decision = 'keep' | 'accept' | 'delete';

const decisions: readonly (readonly [Decision, string])[] = [
  ['keep', 'leave accounts and values as they were found; the policy leaves them alone'],
  ['accept', 'order the values that the policy proposes'],
  ['delete', 'order the deletion of accounts that no rule explains'],
];

/** Which gaps a decision can be taken about. */
const kinds: Readonly<Record<Decision, readonly Gap['kind'][]>> = {
  keep: ['property', 'unauthorized-account'],
  accept: ['property'],
  delete: ['unauthorized-account'],
};

export function addReconcile(program: Command, run: RunCommand): void {
  const group = program
    .command('reconcile')
    .description('what exists and no rule explains; what differs');
  group
    .command('list')
    .description('accounts and values that wait for a decision, and accounts without owner')
    .option('--resource-type <id>', 'only of this resource type')
    .action((options: { readonly resourceType?: string }, command: Command) =>
      run(command, (context) => listGaps(context, options.resourceType)),
    );
  group
    .command('show')
    .description('everything about one assignment of the list')
    .argument('<id>', 'number that the list shows', parseId)
    .action((id: number, _options, command: Command) =>
      run(command, (context) => showGaps(context, id)),
    );
  for (const [decision, description] of decisions) {
    addDecisionOptions(group.command(decision).description(description), {
      withProperty: decision !== 'delete',
    }).action((ids: readonly number[], options: DecisionOptions, command: Command) =>
      run(command, (context) => decideGaps(context, decision, ids, options)),
    );
  }
}

async function listGaps(
  context: CommandContext,
  resourceType: string | undefined,
): Promise<CommandResult<JsonOutput<'reconcile list'>>> {
  const gaps = await withWorkspace(context, async ({ store, model }, engine) => {
    const wanted = resourceType === undefined ? null : findResourceType(model, resourceType);
    const all = await engine.listGaps(store, model);
    return all.filter((gap) => wanted === null || gap.resourceType === wanted);
  });
  return describeGaps(context, gaps, 'There is nothing to reconcile.');
}

async function showGaps(
  context: CommandContext,
  id: number,
): Promise<CommandResult<JsonOutput<'reconcile show'>>> {
  const all = await withWorkspace(context, ({ store, model }, engine) =>
    engine.listGaps(store, model),
  );
  const gaps = all.filter((gap) => gap.assignmentId === id);
  if (gaps.length === 0) {
    throw new CliError('USAGE_SELECTION_UNKNOWN', `There is nothing to reconcile for ${id}.`, {
      hint: 'See what there is with "lockstep reconcile list".',
    });
  }
  return describeGaps(context, gaps, '');
}

function describeGaps(
  context: CommandContext,
  gaps: readonly Gap[],
  empty: string,
): CommandResult<JsonOutput<'reconcile list'>> {
  const rows = gaps.map((gap) => [
    gap.assignmentId,
    gap.kind,
    gap.resourceType ?? gap.entityType,
    gap.owner === null ? null : describeName(gap.owner),
    gap.target.key,
    gap.property,
    gap.current,
    gap.proposed,
    labelOf(gap),
  ]);
  const headers = [
    'ID',
    'KIND',
    'TYPE',
    'OWNER',
    'RESOURCE',
    'PROPERTY',
    'CURRENT',
    'PROPOSED',
    'STATE',
  ];
  return {
    exitCode: exitCodes.done,
    document: { gaps: gaps.map((gap) => ({ ...gap, workflowState: labelOf(gap) })) },
    text: gaps.length === 0 ? empty : formatTable(headers, rows, context.palette),
  };
}

function labelOf(gap: Gap): string {
  // The engine reads the number from a column that only holds workflow states.
  return describeWorkflowState(gap.workflowState as WorkflowState);
}

async function decideGaps(
  context: CommandContext,
  decision: Decision,
  ids: readonly number[],
  options: DecisionOptions,
): Promise<CommandResult<JsonOutput<'decision'>>> {
  return withWorkspace(context, async ({ store, model }, engine) => {
    if (options.resourceType !== undefined) findResourceType(model, options.resourceType);
    const gaps = await engine.listGaps(store, model);
    const open = gaps.filter((gap) => kinds[decision].includes(gap.kind)).flatMap(toSelectable);
    const selected = selectIds(open, ids, options);
    return decide(context, { decision, ids: selected, options }, (taken) =>
      engine.decideGaps(store, model, {
        ...taken,
        assignmentIds: taken.ids,
        ...(options.property === undefined ? {} : { property: options.property }),
      }),
    );
  });
}

/** Accounts without owner have no assignment yet that a decision could be about. */
function toSelectable(gap: Gap): readonly Selectable[] {
  if (gap.assignmentId === null) return [];
  return [
    {
      id: gap.assignmentId,
      resourceType: gap.resourceType,
      properties: gap.property === null ? [] : [gap.property],
    },
  ];
}
