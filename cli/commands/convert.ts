import { join, relative, resolve, sep } from 'node:path';
import { type Command, Option } from 'commander';
import {
  convertConfiguration,
  openConversionSource,
  removeSources,
  writeConversion,
} from '../../config/index.ts';
import type { CommandContext, CommandResult } from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { toPrintableLine } from '../printable-text.ts';
import { formatFindings } from './validate.ts';

interface ConvertOptions {
  readonly to: 'json' | 'xml';
  readonly out?: string;
  readonly force?: true;
  readonly replace?: true;
  readonly dryRun?: true;
}

export function addConvert(program: Command, run: RunCommand): void {
  program
    .command('convert')
    .description(
      'write configuration files in the other form, XML or JSON; comments and order are kept',
    )
    .argument('<file-or-folder>', 'a configuration file, or a folder of them')
    .addOption(
      new Option('--to <form>', 'form to write').choices(['json', 'xml']).makeOptionMandatory(),
    )
    .option('--out <folder>', 'write to this folder, not beside the files')
    .option('--replace', 'remove each converted file once all are written')
    .option('--force', 'overwrite files that are there already')
    .option('--dry-run', 'convert and check, and write nothing')
    .action((place: string, options: ConvertOptions, command: Command) =>
      run(command, (context) => convert(context, place, options)),
    );
}

async function convert(
  context: CommandContext,
  written: string,
  { to, out, force, replace, dryRun }: ConvertOptions,
): Promise<CommandResult<JsonOutput<'convert'>>> {
  const { workingFolder, palette } = context;
  const isDryRun = dryRun === true;
  const place = resolve(workingFolder, written);
  const source = await openConversionSource(place);
  const folder = out === undefined ? source.folder : resolve(workingFolder, out);
  refuseNesting(source.folder, folder, source.isFolder);
  const isBeside = folder === source.folder;
  // Elsewhere nothing is in the way of a result but what stands in that folder.
  const converted = convertConfiguration(source.files, {
    form: to,
    mayReplace: force === true || !isBeside,
  });
  if (converted.status === 'refused') {
    const { diagnostics } = converted;
    const lines = formatFindings(diagnostics, source.files, palette);
    return {
      exitCode: exitCodes.usage,
      document: { status: 'refused', to, folder, hash: null, files: [], isDryRun, diagnostics },
      text: [...lines, 'Nothing was converted: either all files are, or none.'].join('\n'),
    };
  }
  const { hash } = converted;
  const kept = isBeside ? [] : converted.kept;
  if (!isDryRun) {
    await writeConversion(folder, [...converted.files, ...kept], { mayReplace: force === true });
    const sources = converted.files.map(({ from }) => from);
    if (replace === true) await removeSources(source.folder, sources);
  }
  const files = [
    ...converted.files.map(({ from, path }) => ({ from, to: path, isConverted: true })),
    ...kept.map(({ path }) => ({ from: path, to: path, isConverted: false })),
  ];
  return {
    exitCode: exitCodes.done,
    document: { status: 'converted', to, folder, hash, files, isDryRun, diagnostics: [] },
    text: describe(context, { folder, files, isDryRun, isDouble: isBeside && replace !== true }),
  };
}

/** What is written inside the folder of the sources would be read as part of that configuration. */
function refuseNesting(source: string, target: string, isFolder: boolean): void {
  if (!isFolder || target === source || !target.startsWith(source + sep)) return;
  throw new CliError('USAGE_OPTIONS_CONFLICT', `${target} lies inside ${source}.`, {
    hint: 'Give --out with a folder outside, or leave it out to write beside the files.',
  });
}

interface Told {
  readonly folder: string;
  readonly files: JsonOutput<'convert'>['files'];
  readonly isDryRun: boolean;
  /** The sources stay where they are, in the same folder. */
  readonly isDouble: boolean;
}

function describe(context: CommandContext, { folder, files, isDryRun, isDouble }: Told): string {
  if (files.length === 0) return 'Every file has this form already; nothing was written.';
  const shown = relative(context.workingFolder, folder);
  const lead = isDryRun
    ? 'Nothing was written: this was a dry run.'
    : 'Written, read back and compared:';
  const lines = files.map(({ from, to, isConverted }) =>
    toPrintableLine(`  ${from} → ${join(shown, to)}${isConverted ? '' : ' (as it is)'}`),
  );
  const advice =
    'Both forms are in one folder now, so everything is declared twice: remove one of them (--replace does).';
  return [lead, ...lines, ...(isDouble && !isDryRun ? [advice] : [])].join('\n');
}
