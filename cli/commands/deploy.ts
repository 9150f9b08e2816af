import type { Command } from 'commander';
import type { DeployOutcome } from '../../engine/index.ts';
import { type CommandContext, type CommandResult, withProject } from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import type { Palette } from '../palette.ts';
import { formatTable } from '../table.ts';
import { countFindings, describeCounts, formatFindings } from './validate.ts';

export function addDeploy(program: Command, run: RunCommand): void {
  program
    .command('deploy')
    .description('bring the store to the configuration; print what is inserted, changed, removed')
    .option('--dry-run', 'show what would change, and change nothing')
    .action((options: { readonly dryRun?: true }, command: Command) =>
      run(command, (context) => deploy(context, options.dryRun === true)),
    );
}

type Deployed = Exclude<DeployOutcome, { readonly status: 'invalid' }>;

async function deploy(
  context: CommandContext,
  isDryRun: boolean,
): Promise<CommandResult<JsonOutput<'deploy'>>> {
  const outcome = await withProject(context, (project, engine) =>
    engine.deployProject(project, { isDryRun }),
  );
  const findings = formatFindings(outcome.diagnostics, outcome.files, context.palette);
  const { status, diagnostics } = outcome;
  if (outcome.status === 'invalid') {
    const counts = describeCounts(countFindings(diagnostics));
    return {
      exitCode: exitCodes.usage,
      document: { status, hash: null, items: [], migration: [], diagnostics },
      text: [...findings, `Nothing was deployed: the configuration has ${counts}.`].join('\n'),
    };
  }
  const { hash, items, migration } = outcome;
  return {
    exitCode: exitCodes.done,
    document: { status, hash, items, migration: migration.map(toMigrationDocument), diagnostics },
    text: [...findings, ...formatChanges(outcome, context.palette), describeEnding(outcome)].join(
      '\n',
    ),
  };
}

function toMigrationDocument(
  step: Deployed['migration'][number],
): JsonOutput<'deploy'>['migration'][number] {
  return {
    change: step.change,
    entityType: step.entityType ?? null,
    association: step.association ?? null,
    property: step.property ?? null,
    affectedRows: step.affectedRows,
  };
}

function formatChanges({ items, migration }: Deployed, palette: Palette): readonly string[] {
  const parts: string[] = [];
  if (items.length > 0) {
    const rows = items.map((item) => [
      item.change,
      item.element,
      item.key,
      `${item.file}:${item.line}`,
    ]);
    parts.push(formatTable(['CHANGE', 'ELEMENT', 'KEY', 'PLACE'], rows, palette), '');
  }
  if (migration.length > 0) {
    const rows = migration.map((step) => [
      step.change,
      step.entityType ?? step.association ?? '',
      step.property ?? '',
      step.affectedRows,
    ]);
    parts.push(
      formatTable(['STORE', 'TABLE OF', 'COLUMN OF', 'ROWS LOSING DATA'], rows, palette),
      '',
    );
  }
  return parts;
}

function describeEnding({ status, hash, items, migration }: Deployed): string {
  const count = (change: string): number => items.filter((item) => item.change === change).length;
  const counts = `${count('inserted')} inserted, ${count('changed')} changed, ${count('removed')} removed; ${migration.length} changes of the store`;
  const short = hash.slice(0, 12);
  switch (status) {
    case 'deployed':
      return `Deployed ${short}: ${counts}.`;
    case 'unchanged':
      return `Nothing to deploy: the store has this configuration (${short}).`;
    case 'planned':
      return `Nothing was changed: this was a dry run. A deployment of ${short} would make: ${counts}.`;
  }
}
