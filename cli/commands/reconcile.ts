/** Reconciliation: what exists and no rule explains, values that differ from the policy, roles, accounts of nobody. */
import { type Command, Option } from 'commander';
import { describeWorkflowState, type WorkflowState } from '../../config/index.ts';
import type { Gap, GapFilter, GapKind } from '../../engine/index.ts';
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
import { findResourceType, findRole } from '../known-names.ts';
import { formatTable } from '../table.ts';
import { decideOrphans, readOrphans } from './reconcile-orphans.ts';
import { addRedundant } from './redundant.ts';
import { describeName, describeRest } from './review.ts';

type Decision = 'keep' | 'accept' | 'delete' | 'postpone';

const decisions: readonly (readonly [Decision, string])[] = [
  ['keep', 'leave accounts, values and roles as they were found; the policy leaves them alone'],
  ['accept', 'order the values that the policy proposes'],
  ['delete', 'order the deletion of accounts, and take away roles, that no rule explains'],
  ['postpone', 'decide later: out of the list for a time, or until it changes'],
];

const kindNames: Readonly<Record<string, GapKind>> = {
  property: 'property',
  account: 'unauthorized-account',
  role: 'role',
  orphan: 'orphan',
};

interface FoundOptions extends FilterOptions {
  readonly kind?: string;
  readonly role?: string;
}

interface ListOptions extends FoundOptions, PageOptions<string> {
  readonly postponed?: true;
  readonly decided?: true;
  readonly uncategorized?: true;
}

interface FoundDecisionOptions extends DecisionOptions, FoundOptions {
  readonly until?: (now: number) => string;
}

export function addReconcile(program: Command, run: RunCommand): void {
  const group = program
    .command('reconcile')
    .description('what exists and no rule explains; what differs');
  const list = group
    .command('list')
    .description('accounts, values and roles that wait for a decision, and accounts without owner');
  addPageOptions(addFoundOptions(list), (text) => text)
    .addOption(new Option('--postponed', 'what was put off').conflicts('decided'))
    .addOption(
      new Option(
        '--uncategorized',
        'accounts without owner that no rule takes for anything',
      ).conflicts(['decided', 'postponed']),
    )
    .option('--decided', 'roles that were decided about and can be decided about again')
    .action((options: ListOptions, command: Command) =>
      run(command, (context) => listGaps(context, options)),
    );
  group
    .command('show')
    .description('everything about one number of the list')
    .argument('<id>', 'number that the list shows', parseId)
    .action((id: number, _options, command: Command) =>
      run(command, (context) => showGaps(context, id)),
    );
  for (const [decision, description] of decisions) {
    const one = addFoundOptions(
      addDecisionBasics(
        group.command(decision).description(description),
        'everything the list shows but accounts without owner: those take --kind orphan',
      ),
    );
    if (decision === 'postpone')
      one.option(
        '--until <time>',
        'a day, a time, or so long from now: 3d; default 7d',
        parseUntil,
      );
    else one.option('--yes', 'ask nothing, though it cannot be undone');
    one.action((ids: readonly number[], options: FoundDecisionOptions, command: Command) =>
      run(command, (context) => decideGaps(context, decision, ids, options)),
    );
  }
  addRedundant(group, run);
}

function addFoundOptions(command: Command): Command {
  return addFilterOptions(command)
    .option('--role <id>', 'only this role')
    .addOption(
      new Option(
        '--kind <kind>',
        'only values, accounts, roles, or accounts without owner',
      ).choices(Object.keys(kindNames)),
    );
}

function toGapFilter(
  model: Parameters<typeof toItemFilter>[0],
  options: FoundOptions,
  now: number,
): GapFilter {
  const kind = kindNames[options.kind ?? ''];
  return {
    ...toItemFilter(model, options, now),
    ...(kind === undefined ? {} : { kinds: [kind] }),
    ...(options.role === undefined ? {} : { role: findRole(model, options.role) }),
  };
}

async function listGaps(
  context: CommandContext,
  options: ListOptions,
): Promise<CommandResult<JsonOutput<'reconcile list'>>> {
  const { gaps, total, next } = await withWorkspace(context, async ({ store, model }, engine) => {
    const page = { after: options.after ?? null, limit: options.limit };
    const given = toGapFilter(model, options, context.now());
    if (options.decided) {
      const found = await engine.listDecidedRoleGaps(store, model, { filter: given, page });
      return { ...found, total: found.gaps.length };
    }
    const filter: GapFilter = {
      ...given,
      ...(options.uncategorized ? { isUncategorized: true } : {}),
      postponed: options.postponed ? 'only' : 'hidden',
    };
    const now = new Date(context.now()).toISOString();
    const found = await engine.listGapPage(store, model, { filter, page, now });
    return { ...found, total: await engine.countGaps(store, model, { filter, now }) };
  });
  return {
    exitCode: exitCodes.done,
    document: { gaps: gaps.map(toDocument), total, next },
    text: [
      gaps.length === 0 ? 'There is nothing to reconcile.' : formatGaps(context, gaps),
      ...describeRest(gaps.length, total, next),
    ].join('\n'),
  };
}

async function showGaps(
  context: CommandContext,
  id: number,
): Promise<CommandResult<JsonOutput<'reconcile show'>>> {
  const gaps = await withWorkspace(context, ({ store, model }, engine) =>
    engine.findGaps(store, model, id),
  );
  if (gaps.length === 0) {
    throw new CliError('USAGE_SELECTION_UNKNOWN', `There is nothing to reconcile for ${id}.`, {
      hint: 'See what there is with "lockstep reconcile list".',
    });
  }
  return {
    exitCode: exitCodes.done,
    document: { gaps: gaps.map(toDocument) },
    text: formatGaps(context, gaps),
  };
}

function toDocument(gap: Gap): JsonOutput<'reconcile show'>['gaps'][number] {
  return { ...gap, workflowState: labelOf(gap) };
}

function formatGaps(context: CommandContext, gaps: readonly Gap[]): string {
  const hasConfidence = gaps.some((gap) => gap.confidence !== null || gap.classification !== null);
  const rows = gaps.map((gap) => [
    gap.id,
    gap.kind,
    describeType(gap),
    gap.owner === null ? null : describeName(gap.owner),
    gap.kind === 'role' ? null : gap.target.key,
    gap.property,
    gap.current,
    gap.proposed,
    labelOf(gap),
    ...(hasConfidence ? [gap.confidence ?? gap.classification?.confidence] : []),
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
    ...(hasConfidence ? ['%'] : []),
  ];
  return formatTable(headers, rows, context.palette);
}

/** What an account without owner is taken for stands behind its entity type. */
function describeType(gap: Gap): string {
  if (gap.role !== null) return `${gap.role.kind} role`;
  if (gap.resourceType !== null) return gap.resourceType;
  const { classification } = gap;
  return classification === null
    ? gap.entityType
    : `${gap.entityType} (${classification.resourceType})`;
}

function labelOf(gap: Gap): string {
  // The engine reads the number from a column that only holds workflow states.
  const label = describeWorkflowState(gap.workflowState as WorkflowState);
  return gap.isIndirect ? `${label}, indirect` : label;
}

async function decideGaps(
  context: CommandContext,
  decision: Decision,
  ids: readonly number[],
  options: FoundDecisionOptions,
): Promise<CommandResult<JsonOutput<'decision'>>> {
  const isAbout = isNarrowed(options) || options.kind !== undefined || options.role !== undefined;
  checkSelection(ids, options, isAbout);
  return withWorkspace(context, async ({ store, model }, engine) => {
    // Those can be revised.
    const isAboutRoles = options.kind === 'role' || options.role !== undefined;
    const question = (changed: number): string | null =>
      decision === 'postpone' || isAboutRoles || changed === 0
        ? null
        : `Decisions about accounts and values cannot be undone. ${capitalize(decision)} ${changed}?`;
    const { resourceType: named } = options;
    const resourceType =
      named === undefined ? {} : { resourceType: findResourceType(model, named) };
    return decideNamed(context, { decision, ids, options, question }, async (taken) => {
      const given = { ...options, ...resourceType };
      const orphans = await readOrphans(store, model, engine, ids, given);
      if (orphans !== null) return decideOrphans(engine, { store, model }, taken, orphans, given);
      const filter = toGapFilter(model, options, context.now());
      const { until } = options;
      const { property } = filter;
      return engine.decideFound(store, model, {
        ...taken,
        filter: { ...filter, ...(ids.length === 0 ? { postponed: 'hidden' } : {}) },
        ...(property === undefined ? {} : { property }),
        ...(until === undefined ? {} : { until: until(context.now()) }),
      });
    });
  });
}

function capitalize(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
