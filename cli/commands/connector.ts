import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { CaseResult, ConnectorPackage, ContractCase } from '../../engine/index.ts';
import type { CommandContext, CommandResult } from '../command-context.ts';
import { collectNames, type RunCommand } from '../command-line.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { formatTable } from '../table.ts';
import { formatContractText } from '../test-reports/contract-text.ts';

type Listed = JsonOutput<'connector list'>['packages'][number];
type TestDocument = JsonOutput<'connector test'>;
type TestedCase = TestDocument['cases'][number];

interface TestOptions {
  readonly only?: readonly string[];
  readonly list?: true;
  readonly large?: true;
}

export function addConnector(program: Command, run: RunCommand): void {
  const group = program
    .command('connector')
    .description('packages that connections run on, and the contract they keep');
  group
    .command('list')
    .description('the packages there are, what they can do and what they were tested against')
    .action((_options, command: Command) => run(command, listPackages));
  group
    .command('test')
    .description('hold a package to the contract of connectors; no project is needed')
    .argument(
      '[folder]',
      'with the package and its contract.ts; where the command is called when not given',
    )
    .option('--only <ids>', 'only cases whose id begins so; several with commas', collectNames)
    .option('--list', 'list the cases, of the package where a folder is given, and run none')
    .option('--large', 'also cases that make 100,000 objects')
    .action((folder: string | undefined, options: TestOptions, command: Command) =>
      run(command, (context) => testConnector(context, folder, options)),
    );
}

async function listPackages(
  context: CommandContext,
): Promise<CommandResult<JsonOutput<'connector list'>>> {
  const engine = await context.loadEngine();
  const packages = engine.packages.map(describePackage);
  const rows = packages.map((entry) => [
    entry.ids.join(', '),
    entry.displayName,
    entry.abilities.join(', '),
    entry.testedAgainst,
    entry.sample === null ? null : `samples/${entry.sample}`,
  ]);
  return {
    exitCode: exitCodes.done,
    document: { packages },
    text: formatTable(
      ['PACKAGE', 'NAME', 'CAN', 'TESTED AGAINST', 'SAMPLE'],
      rows,
      context.palette,
    ),
  };
}

function describePackage(entry: ConnectorPackage): Listed {
  const abilities: Listed['abilities'][number][] = [];
  if (entry.exporter !== undefined) abilities.push('export');
  if (entry.incremental) abilities.push('changes');
  if (entry.fulfiller !== undefined) abilities.push(entry.manual === true ? 'tickets' : 'fulfil');
  return {
    ids: entry.ids,
    displayName: entry.displayName,
    folder: entry.folder,
    abilities,
    testedAgainst: entry.testedAgainst ?? null,
    sample: entry.sample ?? null,
  };
}

async function testConnector(
  context: CommandContext,
  given: string | undefined,
  { only = [], list, large }: TestOptions,
): Promise<CommandResult<TestDocument>> {
  const suite = await (await context.loadEngine()).loadContractSuite();
  if (list === true && given === undefined) {
    refuseOnly(only);
    return conclude(context, { name: null, folder: null }, suite.contractCases.map(describeListed));
  }
  const folder = resolve(context.workingFolder, given ?? '.');
  const subject = await suite.loadSubject(folder);
  const about = { name: subject.name, folder };
  if (list === true) {
    const cases = suite.chooseCases(subject, only);
    return conclude(context, about, cases.map(describeListed));
  }
  const results = await suite.runContract(subject, {
    only,
    isLarge: large === true,
    signal: context.signal,
    onResult: (_result, done, total) => context.progress.report('contract', done, total),
  });
  return conclude(context, about, results.map(describeResult));
}

function refuseOnly(only: readonly string[]): void {
  if (only.length === 0) return;
  throw new CliError('USAGE_OPTIONS_CONFLICT', 'Without a folder --list gives all cases.', {
    hint: 'Name a folder, or leave out --only.',
  });
}

function describeListed({ id, area, states, isLarge }: ContractCase): TestedCase {
  return {
    ...{ id, area, states, isLarge: isLarge === true },
    status: 'listed',
    reason: null,
    failure: null,
    durationMs: 0,
  };
}

function describeResult({ case: one, outcome, durationMs }: CaseResult): TestedCase {
  const failure =
    outcome.status === 'failed' || outcome.status === 'unprepared' ? outcome.failure : null;
  return {
    ...describeListed(one),
    status: outcome.status,
    reason: outcome.status === 'skipped' ? outcome.reason : null,
    failure:
      failure === null
        ? null
        : {
            message: failure.message,
            expected: failure.expected ?? null,
            got: failure.got ?? null,
          },
    durationMs,
  };
}

function conclude(
  context: CommandContext,
  about: Pick<TestDocument, 'name' | 'folder'>,
  cases: readonly TestedCase[],
): CommandResult<TestDocument> {
  const count = (status: TestedCase['status']): number =>
    cases.filter((one) => one.status === status).length;
  const counts = {
    passed: count('passed'),
    failed: count('failed'),
    unprepared: count('unprepared'),
    skipped: count('skipped'),
  };
  const isKept = counts.failed + counts.unprepared === 0;
  const run = isKept ? 'passed' : 'failed';
  const status = count('listed') > 0 ? 'listed' : run;
  const document: TestDocument = { ...about, status, counts, cases };
  return {
    exitCode: isKept ? exitCodes.done : exitCodes.failed,
    document,
    text: formatContractText(document, context.palette),
  };
}
