/** The settings in force, and where they come from. */
import type { Command } from 'commander';
import { type EffectiveSetting, listSettings } from '../../config/index.ts';
import type { CommandContext, CommandResult } from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { toPrintableLine } from '../printable-text.ts';
import { formatTable } from '../table.ts';

interface ListOptions {
  readonly origin?: true;
}

export function addSettings(program: Command, run: RunCommand): void {
  const group = program.command('settings').description('the settings of the project');
  group
    .command('list')
    .description('every setting in force and the layer it comes from; values are not shown')
    .option('--origin', 'the place of each, and what has no effect because of it')
    .action((options: ListOptions, command: Command) =>
      run(command, (context) => list(context, options)),
    );
}

async function list(
  { folder, environment, now, palette }: CommandContext,
  { origin }: ListOptions,
): Promise<CommandResult<JsonOutput<'settings list'>>> {
  const { layers, settings, warnings } = await listSettings(folder, environment, { now });
  const table =
    origin === true
      ? formatTable(
          ['SETTING', 'HOLDS', 'FROM', 'WITHOUT EFFECT'],
          settings.map((setting) => [
            setting.key,
            setting.holds,
            setting.place,
            describeShadows(setting),
          ]),
          palette,
        )
      : formatTable(
          ['SETTING', 'HOLDS', 'FROM'],
          settings.map(({ key, holds, layer }) => [key, holds, layer]),
          palette,
        );
  const lines = [
    table,
    `Layers, the strongest first: ${layers.join(', ') || '(none)'}.`,
    ...warnings.map(({ code, message }) => `${palette.yellow('warning')} ${code} ${message}`),
  ];
  return {
    exitCode: exitCodes.done,
    document: {
      layers,
      settings: settings.map((setting) => ({ ...setting })),
      warnings: warnings.map((warning) => ({ ...warning })),
    },
    text: lines.map((line, index) => (index === 0 ? line : toPrintableLine(line))).join('\n'),
  };
}

function describeShadows({ shadows }: EffectiveSetting): string | null {
  return shadows.length === 0 ? null : shadows.map(({ place }) => place).join(', ');
}
