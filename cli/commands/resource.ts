import { type Command, InvalidArgumentError } from 'commander';
import type { ResourceDetails } from '../../engine/index.ts';
import { type CommandContext, type CommandResult, withWorkspace } from '../command-context.ts';
import { parseId, parseLimit, type RunCommand } from '../command-line.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatHistory } from '../history-text.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { findEntityType } from '../known-names.ts';
import { formatDay, parseMoment } from '../moments.ts';
import type { Palette } from '../palette.ts';
import { type Cell, formatFields, formatTable } from '../table.ts';
import { describeName } from './review.ts';

interface ListOptions {
  readonly limit: number;
  readonly after: number;
  readonly where?: { readonly property: string; readonly value: string };
  readonly asOf?: string;
}

interface ShowOptions {
  readonly history?: true;
  readonly asOf?: string;
  readonly limit: number;
  readonly before?: string;
}

const defaultLimit = 100;
const defaultEvents = 20;
const everyId = -1;

export function addResource(program: Command, run: RunCommand): void {
  const group = program.command('resource').description('resources of the store');
  group
    .command('list')
    .description('resources of an entity type, page by page')
    .argument('<entityType>')
    .option('--where <property=value>', 'only those whose property holds this', parseCondition)
    .option('--limit <count>', 'at most so many', parseLimit, defaultLimit)
    .option('--after <id>', 'go on after this id: the last of the page before', parseId, everyId)
    .option('--as-of <time>', 'as they were then: a day (its end, UTC) or a time', parseMoment)
    .action((entityType: string, options: ListOptions, command: Command) =>
      run(command, (context) => listResources(context, entityType, options)),
    );
  group
    .command('show')
    .description('one resource: values, links, and what it was given')
    .argument('<reference>', 'EntityType:key, or a key that only one resource has')
    .option('--as-of <time>', 'as it was then: a day (its end, UTC) or a time', parseMoment)
    .option('--history', 'what ever changed, with run and source; finds what is gone as well')
    .option('--limit <count>', 'with --history: the newest so many', parseLimit, defaultEvents)
    .option('--before <time>', 'with --history: only what is older than this', parseMoment)
    .action((reference: string, options: ShowOptions, command: Command) =>
      run(command, (context) => showResource(context, reference, options)),
    );
}

function parseCondition(text: string): { readonly property: string; readonly value: string } {
  const at = text.indexOf('=');
  if (at > 0) return { property: text.slice(0, at), value: text.slice(at + 1) };
  throw new InvalidArgumentError('It must read Property=value.');
}

async function listResources(
  context: CommandContext,
  name: string,
  options: ListOptions,
): Promise<CommandResult<JsonOutput<'resource list'>>> {
  return withWorkspace(context, async ({ store, model }, engine) => {
    const entityType = findEntityType(model, name);
    const { after, limit, where, asOf } = options;
    const resources = await engine.listResourcePage(store, model, {
      entityType,
      afterId: after,
      limit,
      ...(where === undefined ? {} : { where }),
      ...(asOf === undefined ? {} : { at: asOf }),
    });
    const nextAfter = resources.length < limit ? null : (resources.at(-1)?.id ?? null);
    const scalars = [...(model.entityModel.entityTypes.get(entityType)?.properties.values() ?? [])]
      .filter((property) => property.kind === 'scalar')
      .map((property) => property.identifier);
    const rows = resources.map((resource) => [
      resource.id,
      resource.key,
      ...scalars.map((property) => resource.values[property]),
    ]);
    const table = formatTable(['ID', 'KEY', ...scalars], rows, context.palette);
    const more = nextAfter === null ? [] : [`More may follow: --after ${nextAfter}`];
    return {
      exitCode: exitCodes.done,
      document: { entityType, asOf: asOf ?? null, resources, nextAfter },
      text: [resources.length === 0 ? 'There is no such resource.' : table, ...more].join('\n'),
    };
  });
}

async function showResource(
  context: CommandContext,
  reference: string,
  options: ShowOptions,
): Promise<CommandResult<JsonOutput<'resource show' | 'resource history'>>> {
  const { asOf, history, limit, before = null } = options;
  if (history === true && asOf !== undefined)
    throw new CliError('USAGE_OPTIONS_CONFLICT', 'Give --as-of or --history, not both.', {
      hint: 'The history up to a time is shown with --history --before <time>.',
    });
  return withWorkspace(context, async ({ store, model }, engine) => {
    const { palette } = context;
    if (history === true) {
      const found = await engine.findResource(store, model, reference, { former: true });
      const document = await engine.readResourceHistory(store, model, found, { limit, before });
      return { exitCode: exitCodes.done, document, text: formatHistory(document, palette) };
    }
    const document =
      asOf === undefined
        ? await engine.readResource(
            store,
            model,
            await engine.findResource(store, model, reference),
          )
        : await engine.readResourceAt(store, model, reference, asOf);
    return { exitCode: exitCodes.done, document, text: formatDetails(document, palette) };
  });
}

function formatDetails(details: ResourceDetails, palette: Palette): string {
  const { entityType, key, displayName, id, run, asOf } = details;
  const parts = [
    formatFields([
      ['Resource', `${entityType}:${key}`],
      ['Name', displayName],
      ['Id', id],
      ['Changed', `${run.at} by run ${run.id}`],
      ...(asOf === null ? [] : [['As of', asOf] as const]),
    ]),
    formatTable(
      ['PROPERTY', 'VALUE'],
      details.properties.map(({ property, value }) => [property, value]),
      palette,
    ),
  ];
  const add = (headers: readonly string[], rows: readonly (readonly Cell[])[]): void => {
    if (rows.length > 0) parts.push(formatTable(headers, rows, palette));
  };
  add(
    ['LINK', 'TO', 'KEY', 'NAME'],
    details.links.flatMap(({ property, items }) =>
      items.map((item) => [property, item.entityType, item.key, item.name]),
    ),
  );
  add(
    ['ASSIGNED', 'AS', 'OWNER', 'RESOURCE', 'WORKFLOW', 'PROVISIONING', 'DEVIATIONS', 'LAST ERROR'],
    details.assignments.map((assignment) => [
      assignment.resourceType,
      assignment.role,
      assignment.owner === null ? null : describeName(assignment.owner),
      assignment.target?.key,
      assignment.workflowState,
      assignment.provisioningState,
      assignment.deviations,
      assignment.lastError,
    ]),
  );
  add(
    ['ROLE', 'STATE', 'FROM', 'UNTIL'],
    details.roles.map((role) => [
      role.role,
      role.state,
      formatDay(role.startDate),
      formatDay(role.endDate),
    ]),
  );
  add(
    ['INDIRECT', 'PROPERTY', 'KEY', 'NAME', 'THROUGH'],
    details.indirect.map(({ resourceType, property, value, account }) => [
      resourceType,
      property,
      value.key,
      value.name,
      account.key,
    ]),
  );
  return parts.join('\n\n');
}
