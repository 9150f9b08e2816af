import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Argument, type Command } from 'commander';
import { generateJsonSchema, generateXsd } from '../../config/index.ts';
import type { CommandContext, CommandResult } from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';

type Format = 'xsd' | 'json';

export function addSchema(program: Command, run: RunCommand): void {
  program
    .command('schema')
    .description('the vocabulary of configuration files, for editors')
    .addArgument(new Argument('<format>', 'for XML or for JSON files').choices(['xsd', 'json']))
    .option('--out <file>', 'write to this file, not to stdout')
    .action((format: Format, options: { readonly out?: string }, command: Command) =>
      run(command, (context) => writeSchema(context, format, options.out)),
    );
}

async function writeSchema(
  context: CommandContext,
  format: Format,
  out: string | undefined,
): Promise<CommandResult<JsonOutput<'schema'>>> {
  const content =
    format === 'xsd' ? generateXsd() : `${JSON.stringify(generateJsonSchema(), null, 2)}\n`;
  if (out === undefined) {
    return {
      exitCode: exitCodes.done,
      document: { format, file: null, content },
      text: content,
    };
  }
  const file = resolve(context.workingFolder, out);
  try {
    await writeFile(file, content);
  } catch (cause) {
    throw new CliError('USAGE_FILE_NOT_WRITABLE', `The file ${file} cannot be written.`, {
      hint: 'Check that its folder exists and may be written by this account.',
      cause,
    });
  }
  return {
    exitCode: exitCodes.done,
    document: { format, file, content: null },
    text: `Written: ${file}`,
  };
}
