/** Provisioning review: orders held until a person looks, and orders that a system refused. */
import { type Command, Option } from 'commander';
import type { ReviewItem, ReviewReason } from '../../engine/index.ts';
import { type CommandContext, type CommandResult, withWorkspace } from '../command-context.ts';
import { parseId, type RunCommand } from '../command-line.ts';
import {
  addDecisionBasics,
  checkSelection,
  type DecisionOptions,
  decideNamed,
  parseUntil,
} from '../decision-options.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import {
  addFilterOptions,
  addPageOptions,
  type FilterOptions,
  isNarrowed,
  type PageOptions,
  toItemFilter,
} from '../item-options.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { formatDay } from '../moments.ts';
import type { Palette } from '../palette.ts';
import { type Cell, formatFields, formatTable } from '../table.ts';

type Decision = 'approve' | 'decline' | 'unblock' | 'postpone' | 'reopen';

const decisions: readonly (readonly [Decision, string])[] = [
  ['approve', 'let what waits go with the next orders'],
  ['decline', 'ignore the change from now on'],
  ['postpone', 'decide later: out of the list for a time, or until it changes'],
  ['reopen', 'take a decline back: it waits for a decision again'],
  ['unblock', 'try orders that a system refused once more'],
];

interface ListOptions extends FilterOptions, PageOptions<number> {
  readonly by?: 'order' | 'property' | 'value';
  readonly declined?: true;
  readonly postponed?: true;
  readonly errored?: true;
}

interface ReviewOptions extends DecisionOptions, FilterOptions {
  readonly until?: (now: number) => string;
}

export function addReview(program: Command, run: RunCommand): void {
  const group = program.command('review').description('orders held for review');
  const list = group.command('list').description('what waits for a decision');
  addPageOptions(addFilterOptions(list), parseId)
    .addOption(
      new Option(
        '--by <view>',
        'a line per order, per property, or per value with how often it is proposed',
      ).choices(['order', 'property', 'value']),
    )
    .addOption(new Option('--postponed', 'what was put off').conflicts('declined'))
    .option('--declined', 'what was declined')
    .action((options: ListOptions, command: Command) =>
      run(command, (context) =>
        options.by === 'value' ? listValues(context, options) : listItems(context, options),
      ),
    );
  group
    .command('show')
    .description('one of them: its values, and the rules that ask for them')
    .argument('<id>', 'number that the list shows', parseId)
    .action((id: number, _options, command: Command) =>
      run(command, (context) => showItem(context, id)),
    );
  for (const [decision, description] of decisions) {
    const one = addFilterOptions(
      addDecisionBasics(group.command(decision).description(description)),
    );
    if (decision === 'postpone')
      one.option(
        '--until <time>',
        'a day, a time, or so long from now: 3d; default 7d',
        parseUntil,
      );
    one.action((ids: readonly number[], options: ReviewOptions, command: Command) =>
      run(command, (context) => decideItems(context, decision, ids, options)),
    );
  }
}

async function listItems(
  context: CommandContext,
  options: ListOptions,
): Promise<CommandResult<JsonOutput<'review list'>>> {
  const { items, total, next, putOff } = await withWorkspace(
    context,
    async ({ store, model }, engine) => {
      const given = toItemFilter(model, options, context.now());
      const filter = { ...given, postponed: options.postponed ? 'only' : 'hidden' } as const;
      const of = options.declined ? 'declined' : 'review';
      const now = new Date(context.now()).toISOString();
      const page = { after: options.after ?? 0, limit: options.limit };
      const found = await engine.listReviewPage(store, model, { filter, of, page, now });
      const only = { ...given, postponed: 'only' } as const;
      return {
        ...found,
        total: await engine.countReviewItems(store, model, { filter, of, now }),
        putOff: options.postponed
          ? 0
          : await engine.countReviewItems(store, model, { filter: only, of, now }),
      };
    },
  );
  const table =
    options.by === 'property'
      ? formatValues(items, context.palette)
      : formatItems(items, context.palette);
  const empty = options.declined ? 'Nothing was declined.' : 'Nothing waits for a review.';
  return {
    exitCode: exitCodes.done,
    document: { items, total, next },
    text: [
      items.length === 0 ? empty : table,
      ...describeRest(items.length, total, next),
      ...(putOff > 0 ? [`${putOff} more put off: see them with --postponed.`] : []),
    ].join('\n'),
  };
}

/** What a list does not show, and how to go on. */
export function describeRest(
  shown: number,
  total: number,
  next: number | string | null,
): readonly string[] {
  return next === null ? [] : [`${shown} of ${total} shown. Go on with --after ${next}.`];
}

function formatItems(items: readonly ReviewItem[], palette: Palette): string {
  const rows = items.map((item) => [
    item.assignmentId,
    item.state,
    item.kind,
    item.resourceType,
    describeName(item.owner),
    item.target?.key,
    describeReason(item),
    item.since,
  ]);
  const headers = ['ID', 'STATE', 'ORDER', 'RESOURCE TYPE', 'OWNER', 'RESOURCE', 'REASON', 'SINCE'];
  return formatTable(headers, rows, palette);
}

function describeReason(item: ReviewItem): string | null {
  if (item.postponed !== null) return `until ${item.postponed.until}, by ${item.postponed.by}`;
  return item.state === 'errored' ? item.lastError : item.blockedBy.join(', ') || null;
}

/** A line per value: what is decided about property by property. */
function formatValues(items: readonly ReviewItem[], palette: Palette): string {
  const rows = items.flatMap((item) =>
    item.values.map((value): readonly Cell[] => [
      item.assignmentId,
      item.resourceType,
      value.property,
      describeName(item.owner),
      item.target?.key,
      value.current,
      value.proposed,
      value.state,
      value.confidence,
      value.since ?? item.since,
    ]),
  );
  const headers = ['ID', 'RESOURCE TYPE', 'PROPERTY', 'OWNER', 'RESOURCE', 'CURRENT', 'PROPOSED'];
  return formatTable([...headers, 'STATE', '%', 'SINCE'], rows, palette);
}

async function listValues(
  context: CommandContext,
  options: ListOptions,
): Promise<CommandResult<JsonOutput<'review groups'>>> {
  const groups = await withWorkspace(context, ({ store, model }, engine) =>
    engine.groupReviewValues(store, model, {
      filter: {
        ...toItemFilter(model, options, context.now()),
        postponed: options.postponed ? 'only' : 'hidden',
      },
      of: options.declined ? 'declined' : 'review',
      now: new Date(context.now()).toISOString(),
      limit: options.limit,
    }),
  );
  const rows = groups.map(({ resourceType, property, current, proposed, count }) => [
    count,
    resourceType,
    property,
    current,
    proposed,
  ]);
  const headers = ['COUNT', 'RESOURCE TYPE', 'PROPERTY', 'CURRENT', 'PROPOSED'];
  return {
    exitCode: exitCodes.done,
    document: { groups },
    text:
      groups.length === 0
        ? 'No value waits for a review.'
        : formatTable(headers, rows, context.palette),
  };
}

async function showItem(
  context: CommandContext,
  id: number,
): Promise<CommandResult<JsonOutput<'review show'>>> {
  const found = await withWorkspace(context, (workspace, engine) =>
    engine.explainReviewItem(workspace, id),
  );
  if (found === null) {
    throw new CliError('USAGE_SELECTION_UNKNOWN', `${id} does not wait for a review.`, {
      hint: 'See what waits with "lockstep review list".',
    });
  }
  return { exitCode: exitCodes.done, document: found, text: formatItem(found, context.palette) };
}

function formatItem(
  item: ReviewItem & { readonly rules: readonly ReviewReason[] },
  palette: Palette,
): string {
  const { postponed } = item;
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
    ['Origin', item.workflowState],
    ['From', formatDay(item.startDate)],
    ['To', formatDay(item.endDate)],
    ...(postponed === null
      ? []
      : [['Put off', `until ${postponed.until}, by ${postponed.by}`] as const]),
  ]);
  const parts = [fields];
  if (item.values.length > 0) {
    const rows = item.values.map((value) => [
      value.property,
      value.current,
      value.proposed,
      value.state,
    ]);
    parts.push(
      formatTable(['PROPERTY', 'CURRENT VALUE', 'PROPOSED VALUE', 'STATE'], rows, palette),
    );
  }
  if (item.rules.length > 0) {
    const rows = item.rules.map((rule) => [
      rule.property ?? '(the resource)',
      rule.element,
      `${rule.file}:${rule.line}`,
      rule.role,
    ]);
    parts.push(formatTable(['ASKED FOR', 'BY', 'AT', 'ROLE'], rows, palette));
  }
  return parts.join('\n\n');
}

async function decideItems(
  context: CommandContext,
  decision: Decision,
  ids: readonly number[],
  options: ReviewOptions,
): Promise<CommandResult<JsonOutput<'decision'>>> {
  checkSelection(ids, options, isNarrowed(options));
  return withWorkspace(context, async ({ store, model }, engine) => {
    const filter = toItemFilter(model, options, context.now());
    const hides = ids.length === 0 && decision !== 'reopen';
    const { until } = options;
    return decideNamed(context, { decision, ids, options }, (taken) =>
      engine.decideReview(store, model, {
        ...taken,
        assignmentIds: taken.ids,
        filter: { ...filter, ...(hides ? { postponed: 'hidden' } : {}) },
        ...(until === undefined ? {} : { until: until(context.now()) }),
      }),
    );
  });
}

export function describeName(name: { readonly key: string; readonly name: string }): string {
  return name.name === '' || name.name === name.key ? name.key : `${name.name} (${name.key})`;
}
