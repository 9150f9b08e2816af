/** Risks that evaluations found: whose they are, and what makes them. */
import type { Command } from 'commander';
import { type CommandContext, type CommandResult, withWorkspace } from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { parseId, parseLimit } from '../command-line.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { formatFields, formatTable } from '../table.ts';
import { describeName } from './review.ts';

interface ListOptions {
  readonly owner?: string;
  readonly risk?: string;
  readonly limit?: number;
  readonly after?: number;
}

const pageSize = 100;

export function addRisk(program: Command, run: RunCommand): void {
  const group = program
    .command('risk')
    .description('risks that the last evaluation found in what people hold');
  group
    .command('list')
    .description('identified risks, with the score of their owners')
    .option('--owner <resource>', 'of this owner: a key, or EntityType:key')
    .option('--risk <id>', 'only this risk')
    .option('--limit <n>', `how many; default ${pageSize}`, parseLimit)
    .option('--after <id>', 'go on after this number', parseId)
    .action((options: ListOptions, command: Command) =>
      run(command, (context) => listRisks(context, options)),
    );
  group
    .command('show')
    .description('one identified risk, with the rules that hold and what holds each item')
    .argument('<id>', 'number that the list shows', parseId)
    .action((id: number, _options, command: Command) =>
      run(command, (context) => showRisk(context, id)),
    );
}

async function listRisks(
  context: CommandContext,
  options: ListOptions,
): Promise<CommandResult<JsonOutput<'risk list'>>> {
  const page = await withWorkspace(context, async ({ store, model }, engine) => {
    const owner =
      options.owner === undefined ? null : await engine.findResource(store, model, options.owner);
    const filter = {
      ...(owner === null ? {} : { owner }),
      ...(options.risk === undefined ? {} : { risk: options.risk }),
    };
    const range = { after: options.after ?? 0, limit: options.limit ?? pageSize };
    return engine.listRiskPage(store, model, filter, range);
  });
  const rows = page.risks.map((one) => [
    one.id,
    one.risk,
    one.level,
    describeName(one.owner),
    one.score,
    one.since,
  ]);
  const headers = ['ID', 'RISK', 'LEVEL', 'OWNER', 'SCORE', 'SINCE'];
  const more =
    page.next === null ? [] : ['', `${page.total} in all; go on with --after ${page.next}.`];
  return {
    exitCode: exitCodes.done,
    document: { ...page, risks: [...page.risks] },
    text:
      rows.length === 0
        ? 'No identified risk.'
        : [formatTable(headers, rows, context.palette), ...more].join('\n'),
  };
}

async function showRisk(
  context: CommandContext,
  id: number,
): Promise<CommandResult<JsonOutput<'risk show'>>> {
  const found = await withWorkspace(context, ({ store, model }, engine) =>
    engine.explainRisk(store, model, id),
  );
  if (found === null) {
    throw new CliError('RISK_UNKNOWN', `There is no identified risk ${id}.`, {
      hint: 'See the numbers with "lockstep risk list".',
    });
  }
  const fields = formatFields([
    ['Risk', `${found.name} (${found.risk})`],
    ['Level', String(found.level)],
    ['Exemption', found.exemption],
    ['Description', found.description],
    ['Remediation', found.remediation],
    ['Owner', describeName(found.owner)],
    ['Score', found.score === null ? null : String(found.score)],
    ['Since', found.since],
  ]);
  const rows = found.rules.flatMap(({ rule, items }) =>
    items.map((item) => [
      rule,
      item.resourceType,
      item.target === null ? null : item.target.key,
      item.property,
      item.resource,
      `${item.isPresent ? 'present' : 'on its way'}${item.through === null ? '' : ', indirect'}`,
    ]),
  );
  const headers = ['RULE', 'RESOURCE TYPE', 'ACCOUNT', 'PROPERTY', 'RESOURCE', 'HELD'];
  const document = {
    ...found,
    rules: found.rules.map(({ rule, items }) => ({ rule, items: [...items] })),
  };
  return {
    exitCode: exitCodes.done,
    document,
    text: [fields, '', formatTable(headers, rows, context.palette)].join('\n'),
  };
}
