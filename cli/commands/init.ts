import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { CommandContext, CommandResult } from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { templateFiles } from '../init-template/files.ts';
import type { JsonOutput } from '../json-schemas.ts';

export function addInit(program: Command, run: RunCommand): void {
  program
    .command('init')
    .description('write a small working project')
    .argument('<folder>', 'new or empty folder')
    .option('--dry-run', 'show which files would be written, and write none')
    .action((folder: string, options: { readonly dryRun?: true }, command: Command) =>
      run(command, (context) => init(context, folder, options.dryRun === true)),
    );
}

async function init(
  context: CommandContext,
  name: string,
  isDryRun: boolean,
): Promise<CommandResult<JsonOutput<'init'>>> {
  const folder = resolve(context.workingFolder, name);
  await refuseUsedFolder(folder);
  const files = templateFiles.map((file) => file.path);
  if (!isDryRun) await writeTemplate(folder);
  const lead = isDryRun ? 'Nothing was written: this was a dry run. Files of' : 'Written to';
  const next = [
    'Next:',
    `  cd ${name}`,
    '  lockstep validate',
    '  lockstep deploy',
    '  lockstep job run Everything',
  ];
  return {
    exitCode: exitCodes.done,
    document: { folder, files, isDryRun },
    text: [
      `${lead} ${folder}:`,
      ...files.map((file) => `  ${file}`),
      ...(isDryRun ? [] : next),
    ].join('\n'),
  };
}

/** Nothing of anybody's is overwritten. */
async function refuseUsedFolder(folder: string): Promise<void> {
  let entries: readonly string[];
  try {
    entries = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new CliError('INIT_FOLDER_UNUSABLE', `${folder} is not a folder that can be read.`, {
      hint: 'Name a folder that does not exist yet, or an empty one.',
      cause: error,
    });
  }
  if (entries.length === 0) return;
  throw new CliError('INIT_FOLDER_NOT_EMPTY', `The folder ${folder} is not empty.`, {
    hint: 'Name a folder that does not exist yet, or an empty one. Nothing was written.',
  });
}

async function writeTemplate(folder: string): Promise<void> {
  try {
    for (const { path, content } of templateFiles) {
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true });
      // Never over a file that somebody put there in the meantime.
      await writeFile(file, content, { flag: 'wx' });
    }
  } catch (cause) {
    throw new CliError('INIT_FOLDER_UNUSABLE', `The project could not be written to ${folder}.`, {
      hint: 'Check permissions and free space, remove what was written, and try again.',
      cause,
    });
  }
}
