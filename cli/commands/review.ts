/** Provisioning review: orders held until a person looks, and orders that a system refused. */
import type { Command } from 'commander';
import type { ReviewItem } from '../../engine/index.ts';
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
import type { Palette } from '../palette.ts';
import { formatFields, formatTable } from '../table.ts';

type Decision = 'approve' | 'decline' | 'unblock';

const decisions: readonly (readonly [Decision, string])[] = [
  ['approve', 'let what waits go with the next orders'],
  ['decline', 'ignore the change from now on'],
  ['unblock', 'try orders that a system refused once more'],
];

export function addReview(program: Command, run: RunCommand): void {
  const group = program.command('review').description('orders held for review');
  group
    .command('list')
    .description('what waits for a decision')
    .option('--resource-type <id>', 'only of this resource type')
    .action((options: { readonly resourceType?: string }, command: Command) =>
      run(command, (context) => listItems(context, options.resourceType)),
    );
  group
    .command('show')
    .description('one of them, with its values')
    .argument('<id>', 'number that the list shows', parseId)
    .action((id: number, _options, command: Command) =>
      run(command, (context) => showItem(context, id)),
    );
  for (const [decision, description] of decisions) {
    addDecisionOptions(group.command(decision).description(description), {
      withProperty: true,
    }).action((ids: readonly number[], options: DecisionOptions, command: Command) =>
      run(command, (context) => decideItems(context, decision, ids, options)),
    );
  }
}

async function listItems(
  context: CommandContext,
  resourceType: string | undefined,
): Promise<CommandResult<JsonOutput<'review list'>>> {
  const items = await withWorkspace(context, async ({ store, model }, engine) => {
    const wanted = resourceType === undefined ? null : findResourceType(model, resourceType);
    const all = await engine.listReviewItems(store, model);
    return all.filter((item) => wanted === null || item.resourceType === wanted);
  });
  const rows = items.map((item) => [
    item.assignmentId,
    item.state,
    item.kind,
    item.resourceType,
    describeName(item.owner),
    item.target?.key,
    item.state === 'errored' ? item.lastError : item.blockedBy.join(', ') || null,
    item.since,
  ]);
  const headers = ['ID', 'STATE', 'ORDER', 'RESOURCE TYPE', 'OWNER', 'RESOURCE', 'REASON', 'SINCE'];
  return {
    exitCode: exitCodes.done,
    document: { items },
    text:
      items.length === 0
        ? 'Nothing waits for a review.'
        : formatTable(headers, rows, context.palette),
  };
}

async function showItem(
  context: CommandContext,
  id: number,
): Promise<CommandResult<JsonOutput<'review show'>>> {
  const items = await withWorkspace(context, ({ store, model }, engine) =>
    engine.listReviewItems(store, model),
  );
  const item = items.find((candidate) => candidate.assignmentId === id);
  if (item === undefined) {
    throw new CliError('USAGE_SELECTION_UNKNOWN', `${id} does not wait for a review.`, {
      hint: 'See what waits with "lockstep review list".',
    });
  }
  return { exitCode: exitCodes.done, document: item, text: formatItem(item, context.palette) };
}

function formatItem(item: ReviewItem, palette: Palette): string {
  const fields = formatFields([
    ['Order', item.kind],
    ['State', item.state],
    ['Resource type', item.resourceType],
    ['Owner', describeName(item.owner)],
    ['Resource', item.target?.key],
    ['Confidence', item.confidence === null ? null : `${item.confidence} %`],
    ['Held by', item.blockedBy.join(', ') || null],
    ['Last error', item.lastError],
    ['Since', item.since],
  ]);
  if (item.values.length === 0) return fields;
  const rows = item.values.map((value) => [
    value.property,
    value.current,
    value.proposed,
    value.state,
  ]);
  return [
    fields,
    '',
    formatTable(['PROPERTY', 'CURRENT VALUE', 'PROPOSED VALUE', 'STATE'], rows, palette),
  ].join('\n');
}

async function decideItems(
  context: CommandContext,
  decision: Decision,
  ids: readonly number[],
  options: DecisionOptions,
): Promise<CommandResult<JsonOutput<'decision'>>> {
  return withWorkspace(context, async ({ store, model }, engine) => {
    if (options.resourceType !== undefined) findResourceType(model, options.resourceType);
    const items = await engine.listReviewItems(store, model);
    const open = items.filter((item) => (item.state === 'errored') === (decision === 'unblock'));
    const selected = selectIds(open.map(toSelectable), ids, options);
    return decide(context, { decision, ids: selected, options }, (taken) =>
      engine.decideReview(store, model, {
        ...taken,
        assignmentIds: taken.ids,
        ...(options.property === undefined ? {} : { property: options.property }),
      }),
    );
  });
}

function toSelectable(item: ReviewItem): Selectable {
  return {
    id: item.assignmentId,
    resourceType: item.resourceType,
    properties: item.values.map((value) => value.property),
  };
}

export function describeName(name: { readonly key: string; readonly name: string }): string {
  return name.name === '' || name.name === name.key ? name.key : `${name.name} (${name.key})`;
}
