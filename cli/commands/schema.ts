import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Argument, type Command } from 'commander';
import {
  generateJsonSchema,
  generateLockstepXsd,
  generateTestFileSchema,
  generateXsd,
} from '../../config/index.ts';
import type { CommandContext, CommandResult } from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';

type Format = 'xsd' | 'json' | 'tests';

interface SchemaOptions {
  readonly own?: true;
  readonly out?: string;
}

export function addSchema(program: Command, run: RunCommand): void {
  program
    .command('schema')
    .description('the vocabulary of configuration files, for editors')
    .addArgument(
      new Argument(
        '<format>',
        'for XML or for JSON files, or for tests of the configuration',
      ).choices(['xsd', 'json', 'tests']),
    )
    .option(
      '--own',
      'xsd only: the elements of Lockstep itself, namespace urn:lockstep:configuration',
    )
    .option('--out <file>', 'write to this file, not to stdout')
    .action((format: Format, options: SchemaOptions, command: Command) =>
      run(command, (context) => writeSchema(context, format, options)),
    );
}

async function writeSchema(
  context: CommandContext,
  format: Format,
  { own, out }: SchemaOptions,
): Promise<CommandResult<JsonOutput<'schema'>>> {
  const content = generate(format, own === true);
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

/** In JSON files elements of ours carry a prefix and are part of the one schema. */
function generate(format: Format, isOwn: boolean): string {
  if (format === 'json' && !isOwn) return `${JSON.stringify(generateJsonSchema(), null, 2)}\n`;
  if (format === 'tests' && !isOwn) return `${JSON.stringify(generateTestFileSchema(), null, 2)}\n`;
  if (format === 'xsd') return isOwn ? generateLockstepXsd() : generateXsd();
  throw new CliError(
    'USAGE_OPTIONS_CONFLICT',
    'The JSON schemas hold what is of Lockstep already.',
    {
      hint: 'Leave out --own, or ask for the xsd.',
    },
  );
}
