import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type {
  Hypothesis,
  SimulatedEffect,
  SimulatedRule,
  Simulation,
  TableColumn,
  TableValue,
  Workspace,
} from '../../engine/index.ts';
import {
  type CommandContext,
  type CommandResult,
  type Engine,
  withWorkspace,
} from '../command-context.ts';
import { collectNames, parseLimit, type RunCommand } from '../command-line.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { findEntityType } from '../known-names.ts';
import type { Palette } from '../palette.ts';
import { toPrintableLine } from '../printable-text.ts';
import { formatTable } from '../table.ts';

interface SimulateOptions {
  readonly configuration?: string;
  readonly with?: readonly string[];
  readonly data?: string;
  readonly entityType?: readonly string[];
  readonly limit: number;
  readonly out?: string;
}

export function addSimulate(program: Command, run: RunCommand): void {
  program
    .command('simulate')
    .description('who would gain and lose what under a changed configuration; nothing is written')
    .option('--configuration <folder>', 'the changed configuration (default: that of the project)')
    .option('--with <file>', 'a changed or added file over the deployed ones', collectPaths)
    .option('--data <folder>', 'other data: files named like connection tables')
    .option('--entity-type <names>', 'only these owners', collectNames)
    .option('--limit <n>', 'effects that are shown one by one', parseLimit, 50)
    .option('--out <file>', 'write all effects to a file: .xlsx or .csv', parseOutput)
    .action((options: SimulateOptions, command: Command) =>
      run(command, (context) => showSimulation(context, options)),
    );
}

function collectPaths(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}

function parseOutput(value: string): string {
  if (/\.(?:xlsx|csv)$/iu.test(value)) return value;
  throw new InvalidArgumentError('Its name must end in .xlsx or .csv.');
}

async function showSimulation(
  context: CommandContext,
  options: SimulateOptions,
): Promise<CommandResult<JsonOutput<'simulate'>>> {
  const shown: SimulatedEffect[] = [];
  const out = options.out === undefined ? null : resolve(context.workingFolder, options.out);
  const simulation = await withWorkspace(context, (workspace, engine) => {
    const entityTypes = options.entityType?.map((name) => findEntityType(workspace.model, name));
    return withHypothesis(context, engine, workspace, options, async (hypothesis) => {
      const request = { ...hypothesis, ...(entityTypes === undefined ? {} : { entityTypes }) };
      const keep = async (effects: readonly SimulatedEffect[]): Promise<void> => {
        shown.push(...effects.slice(0, Math.max(0, options.limit - shown.length)));
      };
      if (out === null) return engine.simulate(workspace, request, keep);
      return writeSimulation(engine, out, (tell) =>
        engine.simulate(workspace, request, async (effects) => {
          await keep(effects);
          await tell(effects);
        }),
      );
    });
  });
  const total = Object.values(simulation.effects).reduce((sum, count) => sum + count, 0);
  const document = {
    ...simulation,
    shown: shown.map(({ ownerId: _, ...effect }) => effect),
    isComplete: shown.length === total,
    file: out,
  };
  return {
    exitCode: exitCodes.done,
    document,
    text: formatSimulation(simulation, shown, total, out, context.palette),
  };
}

async function withHypothesis<T>(
  context: CommandContext,
  engine: Engine,
  workspace: Workspace,
  options: SimulateOptions,
  work: (hypothesis: Hypothesis) => Promise<T>,
): Promise<T> {
  const path = (given: string): string => resolve(context.workingFolder, given);
  const data = options.data === undefined ? {} : { dataFolder: path(options.data) };
  if (options.with === undefined) {
    const folder =
      options.configuration === undefined
        ? workspace.settings.configurationFolder
        : path(options.configuration);
    // Other data alone are tried under the configuration in force.
    const isDataOnly = options.data !== undefined && options.configuration === undefined;
    return work({ ...data, ...(isDataOnly ? {} : { configurationFolder: folder }) });
  }
  if (options.configuration !== undefined) {
    throw new CliError(
      'USAGE_OPTIONS_CONFLICT',
      '--with puts files over the deployed configuration, --configuration takes another: one of the two.',
      { hint: 'Put the file into the folder, or leave out --configuration.' },
    );
  }
  await using overlaid = await engine.overlayConfiguration(workspace, options.with.map(path));
  return await work({ ...data, configurationFolder: overlaid.folder });
}

/** Effects go to the file while they are found; a workbook gets sheets for rules, risks and orders behind them. */
async function writeSimulation(
  engine: Engine,
  path: string,
  run: (tell: (effects: readonly SimulatedEffect[]) => Promise<void>) => Promise<Simulation>,
): Promise<Simulation> {
  await using file = await engine.createTableFile(path);
  await file.startTable('Effects', effectColumns);
  const simulation = await run((effects) => file.add(effects.map(effectRow)));
  if (file.holdsSeveral) {
    await file.startTable('Rules', ruleColumns);
    await file.add(
      simulation.rules.map((rule) => [
        placeOf(rule),
        rule.side,
        rule.gains,
        rule.loses,
        rule.changes,
        rule.owners,
      ]),
    );
    await file.startTable('Risks', riskColumns);
    await file.add(riskRows(simulation));
    await file.startTable('Orders', orderColumns);
    await file.add(orderRows(simulation));
  }
  await file.complete();
  return simulation;
}

const effectColumns: readonly TableColumn[] = ['Entity type', 'Key', 'Name', 'Change', 'What']
  .concat(['Before', 'After', 'Rules'])
  .map((name) => ({ name, type: 'text' }));

const ruleColumns: readonly TableColumn[] = [
  { name: 'Rule', type: 'text' },
  { name: 'Configuration', type: 'text' },
  { name: 'Gains', type: 'number' },
  { name: 'Loses', type: 'number' },
  { name: 'Changes', type: 'number' },
  { name: 'Owners', type: 'number' },
];

const riskColumns: readonly TableColumn[] = [
  { name: 'Risk', type: 'text' },
  { name: 'Name', type: 'text' },
  { name: 'Level', type: 'number' },
  { name: 'Exemption', type: 'text' },
  { name: 'Comes to', type: 'number' },
  { name: 'Goes from', type: 'number' },
];

const orderColumns: readonly TableColumn[] = [
  { name: 'Resource type', type: 'text' },
  { name: 'Configuration', type: 'text' },
  { name: 'To add', type: 'number' },
  { name: 'To change', type: 'number' },
  { name: 'To remove', type: 'number' },
];

function effectRow(effect: SimulatedEffect): readonly TableValue[] {
  const { entityType, key, name, change, before, after, rules } = effect;
  return [
    entityType,
    key,
    name,
    change,
    whatOf(effect),
    before,
    after,
    rules.map(placeOf).join(', '),
  ];
}

function orderRows({ orders }: Simulation): readonly (readonly TableValue[])[] {
  const sides = ['before', 'after'] as const;
  return sides.flatMap((side) =>
    orders[side].map(({ resourceType, added, modified, deleted }) => [
      resourceType,
      side,
      added,
      modified,
      deleted,
    ]),
  );
}

function riskRows({ risks }: Simulation): readonly (readonly (string | number)[])[] {
  return risks.map(({ risk, name, level, exemption, gains, loses }) => [
    risk,
    name,
    level,
    exemption,
    gains,
    loses,
  ]);
}

function whatOf({
  kind,
  item,
  property,
}: Pick<SimulatedEffect, 'kind' | 'item' | 'property'>): string {
  if (kind === 'risk') return `risk ${item}`;
  return property === null ? item : `${item}.${property}`;
}

function placeOf({ element, file, line }: SimulatedRule): string {
  return `${element} ${file}:${line}`;
}

function formatSimulation(
  simulation: Simulation,
  shown: readonly SimulatedEffect[],
  total: number,
  out: string | null,
  palette: Palette,
): string {
  const { items, sources, effects, owners, rules, orders } = simulation;
  const parts: string[] = [];
  if (items.length > 0)
    parts.push(
      formatTable(
        ['CHANGE', 'ELEMENT', 'KEY', 'PLACE'],
        items.map((item) => [item.change, item.element, item.key, `${item.file}:${item.line}`]),
        palette,
      ),
    );
  parts.push(...sources.flatMap(({ messages }) => messages.map(toPrintableLine)));
  if (shown.length > 0)
    parts.push(
      formatTable(
        ['OWNER', 'NAME', 'CHANGE', 'WHAT', 'BEFORE', 'AFTER'],
        shown.map((effect) => [
          `${effect.entityType}:${effect.key}`,
          effect.name,
          effect.change,
          whatOf(effect),
          effect.before,
          effect.after,
        ]),
        palette,
      ),
    );
  if (shown.length < total)
    parts.push(`${total - shown.length} more are not shown: --limit shows more, --out writes all.`);
  if (rules.length > 0)
    parts.push(
      formatTable(
        ['RULE', 'IN', 'GAINS', 'LOSES', 'CHANGES', 'OWNERS'],
        rules.map((rule) => [
          placeOf(rule),
          rule.side,
          rule.gains,
          rule.loses,
          rule.changes,
          rule.owners,
        ]),
        palette,
      ),
    );
  const risks = riskRows(simulation);
  if (risks.length > 0)
    parts.push(
      formatTable(['RISK', 'NAME', 'LEVEL', 'EXEMPTION', 'COMES TO', 'GOES FROM'], risks, palette),
    );
  const made = orderRows(simulation);
  if (made.length > 0)
    parts.push(formatTable(['ORDERS OF', 'IN', 'TO ADD', 'TO CHANGE', 'TO REMOVE'], made, palette));
  if (orders.blocked !== null) parts.push(toPrintableLine(orders.blocked));
  parts.push(
    total === 0
      ? 'Nobody would gain or lose anything. Nothing was written.'
      : `${owners} ${owners === 1 ? 'owner' : 'owners'}: ${effects.gains} gained, ${effects.loses} lost, ${effects.changes} changed. Nothing was written${out === null ? '' : ` but ${out}`}.`,
  );
  return parts.join('\n\n');
}
