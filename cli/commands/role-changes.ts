/** Requests for roles and resource types, and decisions about them. */
import { type Command, InvalidArgumentError } from 'commander';
import { describeWorkflowState, type WorkflowState, workflowStates } from '../../config/index.ts';
import type { RequestedKind, Workspace } from '../../engine/index.ts';
import {
  type CommandContext,
  type CommandResult,
  type Engine,
  withWorkspace,
} from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { addDecisionBasics, checkSelection } from '../decision-options.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { findNamedRole, kindOption, spellRole } from '../known-roles.ts';
import { formatDay, parseDay } from '../moments.ts';
import { type DecisionOptions, toDecision } from '../person-decision.ts';
import { toPrintableLine } from '../printable-text.ts';
import { formatTable } from '../table.ts';
import { describeName } from './review.ts';

interface RequestOptions extends DecisionOptions {
  readonly kind?: RequestedKind;
  readonly from?: string;
  readonly until?: string;
  readonly overrideRisks?: true;
  readonly parameter?: Readonly<Record<string, string>>;
}

interface SelectionOptions extends DecisionOptions {
  readonly all?: true;
  readonly role?: string;
  readonly owner?: string;
  readonly until?: string;
  readonly parameter?: Readonly<Record<string, string>>;
}

type Change = JsonOutput<'role change'>;
type ChangedRole = Change['roles'][number];
/** Whose it is, by number. */
type UnnamedRole = Omit<ChangedRole, 'owner'> & { readonly ownerType: string };

export function addRoleChanges(group: Command, run: RunCommand): void {
  for (const [action, description] of [
    ['request', 'ask for a role or a resource type for one or more owners'],
    ['deny', 'take away from owners what rules give, until the denial is cancelled'],
  ] as const) {
    const command = group.command(action);
    if (action === 'request')
      command.option(
        '--override-risks',
        'stand in for risks that leave it to a profile; needs --comment',
      );
    addPerson(
      command
        .description(description)
        .argument('<role>', 'identifier of a composite or single role, or of a resource type')
        .argument('<owners...>', 'their keys, or EntityType:key')
        .addOption(kindOption())
        .option('--from <day>', 'first day; default: as soon as possible', toInternalDay)
        .option('--until <day>', 'the day it ends on', toInternalDay)
        .option(
          '--parameter <name=key>',
          'value of a dimension; an empty one leaves it out',
          collectParameter,
        ),
    ).action((role: string, owners: readonly string[], options: RequestOptions, command: Command) =>
      run(command, (context) => requestRole(context, action, role, owners, options)),
    );
  }
  for (const [action, description] of [
    ['cancel', 'take back what was given by hand, a denial or a request'],
    ['prolong', 'put off the end of what was given by hand'],
    ['complete', 'give the parameters that a role or a resource type lacks'],
  ] as const) {
    const command = addDecisionBasics(group.command(action).description(description), null);
    if (action === 'prolong')
      command.option(
        '--until <day>',
        'the day it ends on; default: with the records',
        toInternalDay,
      );
    if (action === 'complete')
      command.option('--parameter <name=key>', 'value of a dimension', collectParameter);
    command.action((ids: readonly number[], options: SelectionOptions, own: Command) =>
      run(own, (context) => amendRoles(context, action, ids, options)),
    );
  }
  for (const [decision, description] of [
    ['approve', 'agree to what waits in role review'],
    ['decline', 'refuse what waits in role review'],
  ] as const) {
    addDecisionBasics(group.command(decision).description(description))
      .option('--role <id>', 'everything of this role or resource type that waits')
      .option('--owner <resource>', 'everything of this owner that waits')
      .action((ids: readonly number[], options: SelectionOptions, command: Command) =>
        run(command, (context) => reviewRoles(context, decision, ids, options)),
      );
  }
}

function addPerson(command: Command): Command {
  return command
    .option('--comment <text>', 'why; kept with the request')
    .option('--by <person>', 'who asks; default: the account of the system')
    .option('--dry-run', 'show what would be asked for, and ask for nothing');
}

/** A day as the instant it begins, in the internal form. */
function toInternalDay(text: string): string {
  return parseDay(text).replaceAll(/\D/g, '').slice(0, 14);
}

function collectParameter(
  text: string,
  previous: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const separator = text.indexOf('=');
  if (separator <= 0) throw new InvalidArgumentError('It must be name=key, as Site=LYON.');
  return { ...previous, [text.slice(0, separator)]: text.slice(separator + 1) };
}

async function requestRole(
  context: CommandContext,
  action: 'request' | 'deny',
  given: string,
  owners: readonly string[],
  options: RequestOptions,
): Promise<CommandResult<Change>> {
  const by = toDecision(context, options);
  const overridesRisks = options.overrideRisks === true;
  if (overridesRisks && (by.comment ?? '').trim() === '') {
    throw new CliError('USAGE_OPTIONS_CONFLICT', 'Nobody stands in for a risk without a reason.', {
      hint: 'Nothing was changed. Say why with --comment; it is kept with your name.',
    });
  }
  const roles = await withWorkspace(context, async (workspace, engine) => {
    const { kind, role } = findNamedRole(workspace, engine, given, options.kind);
    const name = role.identifier;
    const { entityTypes } = workspace.model.entityModel;
    const ids = new Set<number>();
    for (const owner of owners) {
      const separator = owner.indexOf(':');
      const isTyped = separator > 0 && entityTypes.has(owner.slice(0, separator));
      const reference = isTyped ? owner : `${role.entityType}:${owner}`;
      const found = await engine.findResource(workspace.store, workspace.model, reference);
      if (found.entityType !== role.entityType) {
        throw new CliError(
          'USAGE_SELECTION_UNKNOWN',
          `${kind === 'resource-type' ? 'Resource type' : 'Role'} ${name} is for ${role.entityType}, which ${owner} is not.`,
          { hint: `Nothing was changed. Name a resource of ${role.entityType}.` },
        );
      }
      ids.add(found.id);
    }
    const parameters = Object.entries(options.parameter ?? {}).map(
      ([dimension, key]) => [dimension, key === '' ? null : key] as const,
    );
    const made = await engine.requestRoles(workspace, {
      action: action === 'request' ? 'assign' : 'deny',
      kind,
      role: name,
      ownerIds: [...ids],
      asked: { start: options.from ?? null, end: options.until ?? null },
      parameters: Object.fromEntries(parameters),
      overridesRisks,
      ...by,
    });
    const changed = made.map((one): UnnamedRole => {
      const { id, ownerId, workflowState, endDate, missing, risks } = one;
      const label = describeWorkflowState(workflowState);
      const state = action === 'deny' ? `${label}, denied` : label;
      const ownerType = role.entityType;
      return { id, role: name, ownerType, ownerId, workflowState, state, endDate, missing, risks };
    });
    return nameOwners(workspace, engine, changed);
  });
  return describeChange(context, action, by, roles);
}

async function amendRoles(
  context: CommandContext,
  action: 'cancel' | 'prolong' | 'complete',
  ids: readonly number[],
  options: SelectionOptions,
): Promise<CommandResult<Change>> {
  checkSelection(ids, {}, false, 'Name numbers that "lockstep role list" shows.');
  const by = toDecision(context, options);
  const roles = await withWorkspace(context, async (workspace, engine) => {
    const amended = await engine.amendAssignedRoles(workspace, {
      action,
      ids,
      end: options.until ?? null,
      parameters: options.parameter ?? {},
      ...by,
    });
    const changed = amended.map(({ row, workflowState, endDate, risks }) => ({
      ...toChanged(row, workflowState, endDate),
      risks: [...risks],
    }));
    return nameOwners(workspace, engine, changed);
  });
  return describeChange(context, action, by, roles);
}

async function reviewRoles(
  context: CommandContext,
  decision: 'approve' | 'decline',
  ids: readonly number[],
  options: SelectionOptions,
): Promise<CommandResult<Change>> {
  const isNarrowed = options.role !== undefined || options.owner !== undefined;
  checkSelection(
    ids,
    options,
    isNarrowed,
    'Name the numbers that "lockstep role list --review" shows, or give --all, --role or --owner.',
  );
  if (ids.length > 0 && isNarrowed) {
    throw new CliError(
      'USAGE_OPTIONS_CONFLICT',
      'Numbers and --role or --owner were given at once.',
      {
        hint: 'Nothing was changed. Give the numbers, or options that say which are meant.',
      },
    );
  }
  const by = toDecision(context, options);
  const roles = await withWorkspace(context, async (workspace, engine) => {
    const { store, model } = workspace;
    const owner =
      options.owner === undefined ? null : await engine.findResource(store, model, options.owner);
    const reviewed = await engine.reviewAssignedRoles(workspace, {
      decision,
      ids,
      filter: {
        ...(options.role === undefined ? {} : { role: spellRole(workspace, engine, options.role) }),
        ...(owner === null ? {} : { owner }),
      },
      ...by,
    });
    if (reviewed.length === 0 && options.role !== undefined)
      findNamedRole(workspace, engine, options.role, undefined);
    const changed = reviewed.map(({ row, workflowState }) =>
      toChanged(row, workflowState, row.end_date),
    );
    return nameOwners(workspace, engine, changed);
  });
  return describeChange(context, decision, by, roles);
}

function toChanged(
  row: {
    readonly id: number;
    readonly role: string;
    readonly owner_type: string;
    readonly owner_id: number;
  },
  workflowState: WorkflowState | null,
  endDate: string | null,
): UnnamedRole {
  const state = workflowState === null ? 'ended' : describeWorkflowState(workflowState);
  const { id, role, owner_type: ownerType, owner_id: ownerId } = row;
  return { id, role, ownerType, ownerId, workflowState, state, endDate, missing: [], risks: [] };
}

async function nameOwners(
  { store, model }: Workspace,
  engine: Engine,
  roles: readonly UnnamedRole[],
): Promise<readonly ChangedRole[]> {
  const owners = new Map<number, ChangedRole['owner']>();
  for (const [entityType, own] of Map.groupBy(roles, (one) => one.ownerType)) {
    const ids = own.map(({ ownerId }) => ownerId);
    for (const [id, name] of await engine.nameResources(store, model, entityType, ids))
      owners.set(id, name);
  }
  return roles.map(({ ownerType, ...one }) => {
    const unknown = { id: one.ownerId, key: '', name: '', entityType: ownerType };
    return { ...one, owner: owners.get(one.ownerId) ?? unknown };
  });
}

function describeChange(
  context: CommandContext,
  action: Change['action'],
  { person, comment, isDryRun }: ReturnType<typeof toDecision>,
  roles: readonly ChangedRole[],
): CommandResult<Change> {
  const changed = roles.length;
  const by = toPrintableLine(person);
  const lead = isDryRun
    ? `Nothing was changed: this was a dry run. "${action}" would be done for ${changed}, by ${by}.`
    : `Done for ${changed}: ${action}, by ${by}.`;
  const rows = roles.map((one) => [
    one.id,
    one.role,
    describeName(one.owner),
    one.state,
    formatDay(one.endDate),
    one.missing.length === 0 ? null : one.missing.join(', '),
  ]);
  const headers = ['ID', 'ROLE', 'OWNER', 'STATE', 'UNTIL', 'MISSING'];
  const table = formatTable(headers, rows, context.palette);
  const risks = describeRisks(context, roles);
  const isBlocked = roles.some((one) => one.workflowState === workflowStates.blockedByRisk);
  return {
    exitCode: isBlocked ? exitCodes.blocked : exitCodes.done,
    document: { action, person, comment, isDryRun, changed, roles: [...roles] },
    text:
      changed === 0
        ? lead
        : [isBlocked ? `${lead}\n${refusal}` : lead, '', table, ...risks].join('\n'),
  };
}

const refusal = 'Refused as a whole: a risk blocks it. Nobody is given anything.';

function describeRisks(
  { palette }: CommandContext,
  roles: readonly ChangedRole[],
): readonly string[] {
  const rows = roles.flatMap(({ owner, risks }) =>
    risks.map(({ risk, name, level, effect, remediation }) => [
      risk,
      name,
      level,
      describeName(owner),
      effect,
      remediation,
    ]),
  );
  const headers = ['RISK', 'NAME', 'LEVEL', 'OWNER', 'EFFECT', 'REMEDIATION'];
  return rows.length === 0 ? [] : ['', formatTable(headers, rows, palette)];
}
