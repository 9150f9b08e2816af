import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { findWrittenElements, readProjectFolders } from '../../config/index.ts';
import type { Lineage, LineageQuestion } from '../../engine/index.ts';
import type { CommandContext, CommandResult, Engine } from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { formatJson } from '../json-text.ts';
import { formatLineage } from '../lineage-text.ts';
import { toPrintableLine } from '../printable-text.ts';
import { writeResultFile } from '../result-file.ts';
import { readValidConfiguration } from '../valid-configuration.ts';

interface LineageOptions {
  readonly from?: string;
  readonly format: 'tree' | 'mermaid' | 'svg' | 'json';
  readonly out?: string;
}

export function addLineage(program: Command, run: RunCommand): void {
  program
    .command('lineage')
    .description('the way of a value: column, mapping, property, rule, order, attribute')
    .argument('[resource-type]', 'what its orders write, and where that comes from')
    .argument('[property]', 'only this property of its target')
    .option('--from <EntityType:Property>', 'the other direction: where the values of it go')
    .addOption(
      new Option('--format <format>', 'how it is shown')
        .choices(['tree', 'mermaid', 'svg', 'json'])
        .default('tree'),
    )
    .option('--out <file>', 'write it to a file')
    .action(
      (
        resourceType: string | undefined,
        property: string | undefined,
        options: LineageOptions,
        command: Command,
      ) => run(command, (context) => showLineage(context, resourceType, property, options)),
    );
}

async function showLineage(
  context: CommandContext,
  resourceType: string | undefined,
  property: string | undefined,
  options: LineageOptions,
): Promise<CommandResult<JsonOutput<'lineage'>>> {
  const question = questionOf(resourceType, property, options.from);
  const folders = await readProjectFolders(context.folder, context.environment);
  const { model, files } = await readValidConfiguration(folders.configurationFolder);
  const engine = await context.loadEngine();
  const lineage = engine.findLineage(model, findWrittenElements(files), question);
  const text = format(engine, lineage, options, context);
  if (options.out === undefined) return { exitCode: exitCodes.done, document: lineage, text };
  const file = resolve(context.workingFolder, options.out);
  await writeResultFile(file, text);
  return { exitCode: exitCodes.done, document: lineage, text: `Written: ${file}` };
}

function questionOf(
  resourceType: string | undefined,
  property: string | undefined,
  from: string | undefined,
): LineageQuestion {
  if (from !== undefined && resourceType === undefined) return { from };
  if (from === undefined && resourceType !== undefined) return { resourceType, property };
  throw new CliError(
    from === undefined ? 'USAGE_INVALID' : 'USAGE_OPTIONS_CONFLICT',
    from === undefined
      ? 'Of what is not said.'
      : 'A resource type is asked for what it comes from, --from for where a property goes: one of the two.',
    { hint: 'Write "lineage <resource-type> [property]" or "lineage --from EntityType:Property".' },
  );
}

function format(
  engine: Engine,
  lineage: Lineage,
  options: LineageOptions,
  context: CommandContext,
): string {
  switch (options.format) {
    case 'mermaid':
      return engine.formatMermaid(lineage);
    case 'svg':
      return engine.formatSvg(lineage);
    case 'json':
      return formatJson(lineage);
    case 'tree':
      return lineage.nodes.length === 0
        ? `No rule gives ${toPrintableLine(lineage.subject)} anything.`
        : formatLineage(lineage, context.palette);
  }
}
