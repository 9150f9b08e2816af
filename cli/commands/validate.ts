import type { Command } from 'commander';
import {
  type ConfigurationFile,
  type Diagnostic,
  formatDiagnostic,
  loadConfiguration,
  readConfigurationFolder,
  readProjectFolders,
  type WithoutEffect,
} from '../../config/index.ts';
import type { CommandContext, CommandResult } from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import type { Palette } from '../palette.ts';
import { formatTable } from '../table.ts';
import { describeExpansion } from './expanded.ts';

export function addValidate(program: Command, run: RunCommand): void {
  program
    .command('validate')
    .description('read and check the whole configuration; print every finding')
    .option('--expanded', 'print, as a configuration file, what scaffoldings stand for')
    .option('--verbose', 'list what is read and kept and has no effect, and why')
    .action((options: ValidateOptions, command: Command) =>
      run(command, (context) => validate(context, options)),
    );
}

interface ValidateOptions {
  readonly expanded?: true;
  readonly verbose?: true;
}

async function validate(
  context: CommandContext,
  options: ValidateOptions,
): Promise<CommandResult<JsonOutput<'validate'>>> {
  const settings = await readProjectFolders(context.folder, context.environment);
  const files = await readConfigurationFolder(settings.configurationFolder);
  const { withPackageFindings } = await context.loadEngine();
  const loaded = withPackageFindings(loadConfiguration(files));
  const { status, diagnostics, withoutEffect } = loaded;
  const counts = countFindings(diagnostics);
  const hash = loaded.status === 'valid' ? loaded.model.hash : null;
  const elements = loaded.status === 'valid' ? loaded.model.items.length : null;
  const ending =
    status === 'valid' ? context.palette.green('valid') : context.palette.red('not valid');
  const summary = `The configuration is ${ending}: ${describeCount(files.length, 'file')}, ${describeCounts(counts)}.`;
  const expanded = options.expanded
    ? describeExpansion(files, status === 'valid', counts.errors)
    : undefined;
  const expansions = expanded?.document ?? null;
  return {
    exitCode: status === 'valid' ? exitCodes.done : exitCodes.usage,
    document: {
      status,
      hash,
      files: files.length,
      elements,
      counts,
      diagnostics,
      withoutEffect: withoutEffect.map(({ at, ...entry }) => ({ ...entry, ...at })),
      expansions,
    },
    text:
      expanded?.text ??
      [
        ...formatFindings(diagnostics, files, context.palette),
        ...(options.verbose ? [formatWithoutEffect(withoutEffect, context.palette), ''] : []),
        summary,
      ].join('\n'),
  };
}

function formatWithoutEffect(entries: readonly WithoutEffect[], palette: Palette): string {
  if (entries.length === 0) return 'Everything in the configuration has an effect.';
  return formatTable(
    ['without effect', 'count', 'first at', 'why'],
    entries.map(({ name, count, at, why }) => [
      name,
      count,
      `${at.file}:${at.line}:${at.column}`,
      why,
    ]),
    palette,
  );
}

/** Every finding with its source line, and an empty line after each. */
export function formatFindings(
  diagnostics: readonly Diagnostic[],
  files: readonly ConfigurationFile[],
  palette: Palette,
): readonly string[] {
  const texts = new Map(files.map((file) => [file.path, file.text]));
  const paint = { error: palette.red, warning: palette.yellow, info: palette.dim };
  return diagnostics.map((diagnostic) => {
    const { severity, code } = diagnostic;
    const [headline = '', ...excerpt] = formatDiagnostic(
      diagnostic,
      texts.get(diagnostic.file),
    ).split('\n');
    const painted = headline.replace(
      `${severity} ${code}`,
      () => `${paint[severity](severity)} ${code}`,
    );
    return `${[painted, ...excerpt].join('\n')}\n`;
  });
}

export function countFindings(
  diagnostics: readonly Diagnostic[],
): JsonOutput<'validate'>['counts'] {
  const count = (severity: Diagnostic['severity']): number =>
    diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
  return { errors: count('error'), warnings: count('warning'), infos: count('info') };
}

export function describeCounts(counts: JsonOutput<'validate'>['counts']): string {
  const parts = [
    describeCount(counts.errors, 'error'),
    describeCount(counts.warnings, 'warning'),
    ...(counts.infos === 0 ? [] : [describeCount(counts.infos, 'remark')]),
  ];
  return parts.join(', ');
}

function describeCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
