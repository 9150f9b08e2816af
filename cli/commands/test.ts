import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type ConfigurationFile,
  type Diagnostic,
  loadConfiguration,
  readConfigurationFolder,
  readProjectFolders,
  readTestFile,
  readTestFiles,
  type TestFile,
} from '../../config/index.ts';
import type { TestRunResult } from '../../engine/index.ts';
import type { CommandContext, CommandResult } from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { writeResultFile } from '../result-file.ts';
import { formatJunit } from '../test-reports/junit.ts';
import { formatTap } from '../test-reports/tap.ts';
import { formatTestText } from '../test-reports/text.ts';
import { formatFindings } from './validate.ts';

type TestDocument = JsonOutput<'test'>;
type Reporter = 'text' | 'junit' | 'tap';

interface TestOptions {
  readonly filter?: string;
  readonly reporter: Reporter;
  readonly out?: string;
  readonly coverage?: true;
  readonly minCoverage?: number;
}

export function addTest(program: Command, run: RunCommand): void {
  program
    .command('test')
    .description('run the configuration’s own tests; nothing is connected to, nothing is changed')
    .argument('[paths...]', 'test files or folders; the folder tests of the project when not given')
    .option('--filter <text>', 'only tests whose name or file holds this text')
    .addOption(
      new Option('--reporter <format>', 'how results are written')
        .choices(['text', 'junit', 'tap'])
        .default('text'),
    )
    .option('--out <file>', 'write the report to this file, and the results for people to stdout')
    .option('--coverage', 'list the rules that no test exercises')
    .option('--min-coverage <percent>', 'fail when fewer of the rules are exercised', readPercent)
    .action((paths: readonly string[], options: TestOptions, command: Command) =>
      run(command, (context) => test(context, paths, options)),
    );
}

function readPercent(text: string): number {
  const percent = Number(text);
  if (/^\d+(\.\d+)?$/u.test(text) && percent <= 100) return percent;
  throw new InvalidArgumentError('It must be a number from 0 to 100.');
}

async function test(
  context: CommandContext,
  paths: readonly string[],
  options: TestOptions,
): Promise<CommandResult<TestDocument>> {
  const settings = await readProjectFolders(context.folder, context.environment);
  const configuration = await readConfigurationFolder(settings.configurationFolder);
  const engine = await context.loadEngine();
  const loaded = engine.withPackageFindings(loadConfiguration(configuration));
  if (loaded.status === 'invalid') return refuse(context, loaded.diagnostics, configuration);
  const places =
    paths.length === 0
      ? [join(settings.folder, 'tests')]
      : paths.map((path) => resolve(context.workingFolder, path));
  const texts = await readTestFiles(settings.folder, places);
  const read = texts.map(readTestFile);
  const files = read.flatMap((one): readonly TestFile[] =>
    one.status === 'valid' ? [one.file] : [],
  );
  const { model } = loaded;
  const findings = [
    ...read.flatMap((one) => (one.status === 'invalid' ? one.diagnostics : [])),
    ...engine.checkTests(model, files),
  ];
  if (findings.length > 0) return refuse(context, findings, texts);
  const { logger, signal } = context;
  await using bench = await engine.openTestBench(model, { logger, signal });
  let done = 0;
  const result = await engine.runConfigurationTests(bench, {
    model,
    files,
    folder: settings.folder,
    filter: options.filter,
    withCoverage: options.coverage === true || options.minCoverage !== undefined,
    stopsAtFirst: false,
    onResult: () => {
      done += 1;
      context.progress.report('test', done, null);
    },
    signal,
  });
  if (result.tests.length === 0) throw describeNothing(places, options.filter);
  const document = describeRun(result, engine.listTestDiagnostics(result.tests));
  return await conclude(context, document, { ...options, texts });
}

/** Nothing was run: the configuration or a test file has to be corrected first. */
function refuse(
  context: CommandContext,
  diagnostics: readonly Diagnostic[],
  files: readonly ConfigurationFile[],
): CommandResult<TestDocument> {
  const counts = { passed: 0, failed: 0, invalid: 0 };
  return {
    exitCode: exitCodes.usage,
    document: { status: 'invalid', counts, tests: [], coverage: null, diagnostics, report: null },
    text: [...formatFindings(diagnostics, files, context.palette), 'No test was run.'].join('\n'),
  };
}

function describeNothing(places: readonly string[], filter: string | undefined): CliError {
  if (filter !== undefined)
    return new CliError('TEST_NONE', `No test is called anything with "${filter}".`, {
      hint: 'Run "lockstep test" without --filter to see all names.',
    });
  return new CliError('TEST_NONE', `There is no test in ${places.join(', ')}.`, {
    hint: 'Tests are files named *.test.json or *.test.jsonc.',
  });
}

function describeRun(result: TestRunResult, diagnostics: readonly Diagnostic[]): TestDocument {
  const tests = result.tests.map(({ file, name, at, outcome, durationMs }) => ({
    file,
    name,
    line: at.line,
    status: outcome.status,
    durationMs,
    failures:
      outcome.status !== 'failed'
        ? []
        : outcome.failures.map((failure) => ({
            file: failure.at.file,
            line: failure.at.line,
            column: failure.at.column,
            on: failure.on,
            owner: failure.owner,
            resourceType: failure.resourceType,
            property: failure.property,
            subject: failure.subject,
            expected: failure.expected,
            got: failure.got,
            explanation: failure.explanation,
          })),
  }));
  const count = (status: string) => tests.filter((one) => one.status === status).length;
  const counts = { passed: count('passed'), failed: count('failed'), invalid: count('invalid') };
  const failing = counts.failed > 0 ? 'failed' : 'passed';
  const { coverage } = result;
  return {
    status: counts.invalid > 0 ? 'invalid' : failing,
    counts,
    tests,
    coverage:
      coverage === null
        ? null
        : {
            percent: coverage.percent,
            covered: coverage.covered,
            total: coverage.rules.filter(({ reach }) => reach !== 'ineffective').length,
            rules: coverage.rules.map(({ element, subject, at, reach }) => ({
              element,
              subject,
              file: at.file,
              line: at.line,
              column: at.column,
              reach,
            })),
          },
    diagnostics,
    report: null,
  };
}

async function conclude(
  context: CommandContext,
  run: TestDocument,
  options: TestOptions & { readonly texts: readonly ConfigurationFile[] },
): Promise<CommandResult<TestDocument>> {
  const least = options.minCoverage ?? 0;
  const percent = run.coverage?.percent ?? 100;
  const isTooLow = percent < least;
  const document: TestDocument =
    isTooLow && run.status === 'passed' ? { ...run, status: 'failed' } : run;
  const findings = formatFindings(document.diagnostics, options.texts, context.palette);
  const text = [
    ...findings,
    formatTestText(document, context.palette),
    ...(isTooLow ? [`${percent} % of the rules are exercised; at least ${least} % must be.`] : []),
  ].join('\n');
  const exits = { passed: exitCodes.done, failed: exitCodes.failed, invalid: exitCodes.usage };
  const exitCode = exits[document.status];
  const report = formatReport(document, options.reporter, { text, at: context.now() });
  if (options.out === undefined) return { exitCode, document, text: report };
  const file = resolve(context.workingFolder, options.out);
  await writeResultFile(file, report);
  return { exitCode, document: { ...document, report: file }, text: `${text}\nWritten: ${file}` };
}

function formatReport(
  document: TestDocument,
  reporter: Reporter,
  { text, at }: { readonly text: string; readonly at: number },
): string {
  switch (reporter) {
    case 'text':
      return text;
    case 'junit':
      return formatJunit(document, at);
    case 'tap':
      return formatTap(document);
  }
}
