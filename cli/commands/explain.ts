import type { Command } from 'commander';
import type { ExplainedEntry, ExplainedInput, Explanation } from '../../engine/index.ts';
import { type CommandContext, type CommandResult, withWorkspace } from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import type { Palette } from '../palette.ts';
import { toPrintableLine } from '../printable-text.ts';
import { type Cell, formatCell, formatTable } from '../table.ts';

export function addExplain(program: Command, run: RunCommand): void {
  program
    .command('explain')
    .description('why: the rule, the row, the decision and the history behind every value')
    .argument('<reference>', 'EntityType:key, or a key that only one resource has')
    .argument('[property]', 'only this property')
    .action((reference: string, property: string | undefined, _options, command: Command) =>
      run(command, (context) => explain(context, reference, property)),
    );
}

async function explain(
  context: CommandContext,
  reference: string,
  property: string | undefined,
): Promise<CommandResult<JsonOutput<'explain'>>> {
  const explanation = await withWorkspace(context, async (workspace, engine) => {
    const found = await engine.findResource(workspace.store, workspace.model, reference);
    return engine.explainResource(workspace, found, property);
  });
  return {
    exitCode: exitCodes.done,
    document: explanation,
    text: formatExplanation(explanation, context.palette),
  };
}

function formatExplanation(explanation: Explanation, palette: Palette): string {
  const { resource, owner, configuration } = explanation;
  const head = [
    palette.bold(toPrintableLine(`${resource.entityType}:${resource.key} ${resource.name}`)),
  ];
  const isOwned = owner.entityType !== resource.entityType || owner.key !== resource.key;
  if (isOwned)
    head.push(toPrintableLine(`given to ${owner.entityType}:${owner.key} ${owner.name}`));
  head.push(
    `configuration ${configuration.hash.slice(0, 12)}, deployed ${configuration.deployedAt}`,
  );
  const parts = [head.join('\n')];
  if (explanation.entries.length === 0)
    parts.push(
      `No rule gives it anything. What was read or computed, and when: "lockstep resource show ${toPrintableLine(`${resource.entityType}:${resource.key}`)} --history".`,
    );
  for (const entry of explanation.entries) parts.push(formatEntry(entry, palette));
  parts.push(...explanation.notes.map(toPrintableLine));
  const add = (headers: readonly string[], rows: readonly (readonly Cell[])[]): void => {
    if (rows.length > 0) parts.push(formatTable(headers, rows, palette));
  };
  add(
    ['ASSIGNED', 'WORKFLOW', 'PROVISIONING', 'SINCE', 'RUN', 'LAST ERROR'],
    explanation.assignments.map((assignment) => [
      assignment.resourceType,
      assignment.workflowState,
      assignment.provisioningState,
      assignment.since,
      assignment.run,
      assignment.lastError,
    ]),
  );
  add(
    ['DECISION', 'ABOUT', 'BY', 'AT', 'COMMENT'],
    explanation.decisions.map((entry) => [
      entry.kind,
      entry.subject || null,
      entry.by,
      entry.at,
      entry.comment,
    ]),
  );
  add(
    ['ORDER', 'OPERATION', 'STATUS', 'MADE', 'OUTCOME', 'MESSAGE'],
    explanation.orders.map((order) => [
      order.id,
      order.changeType,
      order.status,
      order.generatedAt,
      order.outcomeAt,
      order.message,
    ]),
  );
  return parts.join('\n\n');
}

function formatEntry(entry: ExplainedEntry, palette: Palette): string {
  const { rule } = entry;
  const subject =
    entry.property === null ? entry.resourceType : `${entry.resourceType}.${entry.property}`;
  const value = entry.property === null ? '' : ` = ${formatCell(entry.value)}`;
  const lines = [
    `${palette.bold(toPrintableLine(subject))}${value}`,
    `  state:   ${formatCell(entry.state)}`,
    `  rule:    ${rule.element} at ${toPrintableLine(rule.file)}:${rule.line}:${rule.column}`,
  ];
  if (entry.current !== null) lines.push(`  current: ${formatCell(entry.current)}`);
  if (entry.singleRole !== null) lines.push(`  role:    ${formatCell(entry.singleRole)}`);
  if (entry.context !== null) lines.push(`  context: ${describeContext(entry.context)}`);
  for (const input of entry.inputs) lines.push(`  from:    ${describeInput(input)}`);
  return lines.join('\n');
}

function describeContext(context: NonNullable<ExplainedEntry['context']>): string {
  const dimensions = Object.entries(context.dimensions).map(
    ([dimension, value]) => `${dimension} ${value ?? '(none)'}`,
  );
  const period = `${context.startDate ?? 'always'} to ${context.endDate ?? 'open'}`;
  return toPrintableLine([...dimensions, period].join(', '));
}

function describeInput({ entityType, key, property, value, source }: ExplainedInput): string {
  const read = `${entityType}:${key} ${property} = ${value ?? '(empty)'}`;
  if (source === null) return toPrintableLine(read);
  const row = source.row === null ? '' : ` row ${source.row}`;
  return toPrintableLine(
    `${read}, read from ${source.table}${row}, run ${source.run} at ${source.at}`,
  );
}
