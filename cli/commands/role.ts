/** Roles, and resource types that people ask for: who holds them, requests, and their review. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { describeWorkflowState, workflowStates } from '../../config/index.ts';
import type { RequestedFilter, RequestedKind, ShownRole, Workspace } from '../../engine/index.ts';
import {
  type CommandContext,
  type CommandResult,
  type Engine,
  withWorkspace,
} from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { collectNames, parseId, parseLimit } from '../command-line.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { findNamedRole, kindOption, listRequestable, spellRole } from '../known-roles.ts';
import { formatDay } from '../moments.ts';
import type { Palette } from '../palette.ts';
import { formatFields, formatTable } from '../table.ts';
import { describeName } from './review.ts';
import { addRoleChanges } from './role-changes.ts';

interface ListOptions {
  readonly owner?: string;
  readonly role?: string;
  readonly kind?: RequestedKind;
  readonly state?: readonly number[];
  readonly review?: true;
  readonly open?: true;
  readonly defined?: true;
  readonly direct?: true;
  readonly indirect?: true;
  readonly limit?: number;
  readonly after?: number;
}

const pageSize = 100;

export function addRole(program: Command, run: RunCommand): void {
  const group = program
    .command('role')
    .description('roles, and resource types asked for: who holds them, requests, and their review');
  group
    .command('list')
    .description(
      'assigned roles, and resource types that were asked for; with --review what waits for a decision',
    )
    .option('--owner <resource>', 'of this owner: a key, or EntityType:key')
    .option('--role <id>', 'only this role or resource type')
    .addOption(kindOption())
    .option('--state <number>', 'only in this workflow state', collectStates)
    .option('--review', 'what waits for approval, and what a change of rules took away')
    .option('--open', 'requests that wait')
    .addOption(
      new Option(
        '--direct',
        'without what comes through groups of groups or another system',
      ).conflicts('indirect'),
    )
    .option('--indirect', 'only what comes through groups of groups or another system')
    .option('--defined', 'the roles (or resource types) of the configuration, held or not')
    .option('--limit <n>', `how many; default ${pageSize}`, parseLimit)
    .option('--after <id>', 'go on after this number', parseId)
    .action((options: ListOptions, command: Command) =>
      run(command, (context) =>
        options.defined === true ? listDefined(context, options) : listRoles(context, options),
      ),
    );
  group
    .command('show')
    .description('one assigned role, with what was decided about it')
    .argument('<id>', 'number that the list shows', parseId)
    .action((id: number, _options, command: Command) =>
      run(command, (context) => showRole(context, id)),
    );
  addRoleChanges(group, run);
}

async function listRoles(
  context: CommandContext,
  options: ListOptions,
): Promise<CommandResult<JsonOutput<'role list'>>> {
  const page = await withWorkspace(context, async (workspace, engine) => {
    const filter = await toFilter(workspace, engine, options);
    const { store, model, settings } = workspace;
    const range = { after: options.after ?? 0, limit: options.limit ?? pageSize };
    const found = await engine.listRolePage(store, model, settings.roleApprovers, filter, range);
    // What is held by somebody still is a role, whether it is configured any more or not.
    if (found.total === 0 && options.role !== undefined)
      findNamedRole(workspace, engine, options.role, options.kind);
    return found;
  });
  const rows = page.roles.map((one) => [
    one.id,
    describeState(one),
    one.role,
    describeName(one.owner),
    formatDay(one.startDate),
    formatDay(one.endDate),
    formatParameters(one.parameters),
    describeWaiting(one),
  ]);
  const headers = ['ID', 'STATE', 'ROLE', 'OWNER', 'FROM', 'UNTIL', 'PARAMETERS', 'REQUEST'];
  const more =
    page.next === null ? [] : ['', `${page.total} in all; go on with --after ${page.next}.`];
  return {
    exitCode: exitCodes.done,
    document: { ...page, roles: page.roles.map(toDocument) },
    text:
      rows.length === 0
        ? 'No assigned role.'
        : [formatTable(headers, rows, context.palette), ...more].join('\n'),
  };
}

async function toFilter(
  workspace: Workspace,
  engine: Engine,
  options: ListOptions,
): Promise<RequestedFilter> {
  const { store, model } = workspace;
  const owner =
    options.owner === undefined ? null : await engine.findResource(store, model, options.owner);
  const states = [
    ...(options.state ?? []),
    ...(options.review === true ? engine.reviewStates : []),
    ...(options.open === true ? engine.openRequestStates : []),
  ];
  return {
    ...(owner === null ? {} : { ownerType: owner.entityType, ownerIds: [owner.id] }),
    ...(options.role === undefined ? {} : { role: spellRole(workspace, engine, options.role) }),
    ...(options.kind === undefined ? {} : { kind: options.kind }),
    ...(states.length === 0 ? {} : { states: [...new Set(states)] }),
    ...(options.indirect === true ? { isIndirect: true } : {}),
    ...(options.direct === true ? { isIndirect: false } : {}),
  };
}

const knownStates: ReadonlySet<number> = new Set(Object.values(workflowStates));

function collectStates(text: string, previous: readonly number[] | undefined): readonly number[] {
  const states = collectNames(text, undefined).map(Number);
  if (states.length > 0 && states.every((state) => knownStates.has(state)))
    return [...(previous ?? []), ...states];
  throw new InvalidArgumentError('It must be the number of a workflow state, such as 16.');
}

async function showRole(
  context: CommandContext,
  id: number,
): Promise<CommandResult<JsonOutput<'role show'>>> {
  const found = await withWorkspace(context, async ({ store, model, settings }, engine) => {
    const page = { after: 0, limit: 1 };
    const { roles } = await engine.listRolePage(
      store,
      model,
      settings.roleApprovers,
      { ids: [id] },
      page,
    );
    const [role] = roles;
    return role === undefined
      ? null
      : { role, decisions: await engine.listRoleDecisions(store, id, role.amends) };
  });
  if (found === null) {
    throw new CliError('REQUEST_NOT_OPEN', `There is no assigned role ${id}.`, {
      hint: 'See the numbers with "lockstep role list".',
    });
  }
  return {
    exitCode: exitCodes.done,
    document: { ...toDocument(found.role), decisions: found.decisions },
    text: formatRole(found.role, found.decisions, context.palette),
  };
}

function formatRole(
  role: ShownRole,
  decisions: JsonOutput<'role show'>['decisions'],
  palette: Palette,
): string {
  const fields = formatFields([
    [role.kind === 'resource-type' ? 'Type' : 'Role', `${role.role} (${role.kind})`],
    ['Owner', describeName(role.owner)],
    ['State', describeState(role)],
    ['From', formatDay(role.startDate)],
    ['Until', formatDay(role.endDate)],
    ['Parameters', formatParameters(role.parameters)],
    ['Requested by', role.requestedBy],
    ['Request', describeWaiting(role)],
    ['Since', role.since],
  ]);
  if (decisions.length === 0) return fields;
  const rows = decisions.map((one) => [one.at, one.kind, one.by, one.comment]);
  return [fields, '', formatTable(['WHEN', 'WHAT', 'WHO', 'COMMENT'], rows, palette)].join('\n');
}

async function listDefined(
  context: CommandContext,
  options: ListOptions,
): Promise<CommandResult<JsonOutput<'role defined'>>> {
  const roles = await withWorkspace(context, async (workspace, engine) => {
    const { model } = workspace;
    const named =
      options.role === undefined ? undefined : spellRole(workspace, engine, options.role);
    return listRequestable(workspace, engine)
      .filter(({ kind, role }) => {
        const isNamed = named === undefined || named === role.identifier;
        const isOfKind =
          options.kind === undefined ? kind !== 'resource-type' : options.kind === kind;
        return isNamed && isOfKind;
      })
      .map(({ kind, role }) => ({
        kind,
        role: role.identifier,
        name: role.displayName,
        entityType: role.entityType,
        policy: role.policy,
        category: role.category ?? null,
        approval: role.approvalWorkflowType,
        requiredParameters: role.requiredParameters,
        parameters: [...engine.takenParameters(model, kind, role.identifier)],
        gracePeriodMinutes: role.gracePeriodMinutes,
        maxDurationMinutes: role.maxDurationMinutes,
      }));
  });
  const rows = roles.map((one) => [
    one.role,
    one.kind,
    one.name,
    one.category,
    one.approval,
    one.requiredParameters.join(', ') || null,
  ]);
  const headers = ['ROLE', 'KIND', 'NAME', 'CATEGORY', 'APPROVAL', 'REQUIRED'];
  return {
    exitCode: exitCodes.done,
    document: { roles },
    text:
      rows.length === 0
        ? 'The deployed configuration has no such role.'
        : formatTable(headers, rows, context.palette),
  };
}

function toDocument(role: ShownRole): JsonOutput<'role list'>['roles'][number] {
  return { ...role, state: describeWorkflowState(role.workflowState) };
}

function describeState(role: ShownRole): string {
  const label = describeWorkflowState(role.workflowState);
  if (role.isIndirect) return `${label}, indirect`;
  return role.isDenied ? `${label}, denied` : label;
}

function describeWaiting({ request, amends, waiting, requestedBy }: ShownRole): string | null {
  if (request === null) return null;
  const about = amends === null ? request : `${request} ${amends}`;
  const by = requestedBy === null ? about : `${about} by ${requestedBy}`;
  if (waiting === null) return by;
  const approvers = waiting.approvers === null ? '' : `: ${waiting.approvers.join(', ')}`;
  const step = waiting.step > waiting.of ? 'risk' : `step ${waiting.step} of ${waiting.of}`;
  return `${by}, ${step}${approvers}`;
}

function formatParameters(parameters: Readonly<Record<string, string>>): string | null {
  const parts = Object.entries(parameters).map(([dimension, key]) => `${dimension}=${key}`);
  return parts.length === 0 ? null : parts.join(', ');
}
