/** Tries one expression or binding on a stored resource. */
import type { Command } from 'commander';
import {
  type Diagnostic,
  type ExpectedValue,
  type ExpressionProblem,
  loadConfiguration,
  type Model,
  readConfigurationFolder,
  suggest,
} from '../../config/index.ts';
import type { Project, TrialOutcome } from '../../engine/index.ts';
import {
  type CommandContext,
  type CommandResult,
  type Engine,
  withProject,
} from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { findEntityType } from '../known-names.ts';
import type { Palette } from '../palette.ts';
import { formatFields, formatTable } from '../table.ts';
import { formatFindings } from './validate.ts';

interface EvalOptions {
  readonly stdin?: true;
  readonly resource?: string;
  readonly type?: string;
  readonly binding?: string;
  readonly as?: string;
  readonly now?: string;
  readonly files?: true;
}

type Document = JsonOutput<'eval'>;

export function addEval(program: Command, run: RunCommand): void {
  program
    .command('eval')
    .description('try an expression: its value, its type, and everything it read')
    .argument('[expression]', 'as in an attribute, such as C#:user:return user.LastName;')
    .option('--stdin', 'read the expression from stdin')
    .option(
      '--resource <reference>',
      'the parameter: EntityType:key, or a key only one resource has',
    )
    .option('--type <entityType>', 'entity type of the parameter')
    .option('--binding <path>', 'a binding, alone or beside the expression')
    .option(
      '--as <type>',
      'what is expected: a property type such as DateTime, key, resource:<EntityType>, resources, arguments',
    )
    .option('--now <date>', 'the clock, such as 2026-01-31T12:00:00Z')
    .option('--files', 'against the configuration files instead of what is deployed')
    .action((expression: string | undefined, options: EvalOptions, command: Command) =>
      run(command, (context) => evaluate(context, expression, options)),
    );
}

async function evaluate(
  context: CommandContext,
  argument: string | undefined,
  options: EvalOptions,
): Promise<CommandResult<Document>> {
  if (options.stdin === true && argument !== undefined) {
    throw usage('The expression is given twice.', 'Give it as an argument or with --stdin.');
  }
  const expression = options.stdin === true ? await context.readInput() : argument;
  const { binding } = options;
  if (expression === undefined && binding === undefined) {
    throw usage('There is nothing to evaluate.', 'Give an expression, --stdin or --binding.');
  }
  return withProject(context, async (project, engine) => {
    const model = await readModel(context, project, engine, options.files === true);
    const { resource, entityType } = await findParameter(engine, project, model, options);
    const hasParameter =
      binding !== undefined || /^\s*c#:\s*[\p{L}_][\p{L}\p{N}_]*:/iu.test(expression ?? '');
    if (entityType === undefined && hasParameter) {
      throw usage(
        'The expression has a parameter, but its entity type is not known.',
        'Name a resource with --resource, or only the entity type with --type.',
      );
    }
    const outcome = await engine.evaluateExpression(project.store, model, {
      ...(expression === undefined ? {} : { expression }),
      ...(binding === undefined ? {} : { binding }),
      ...(options.as === undefined ? {} : { expected: readExpected(model, options.as) }),
      entityType: entityType ?? '',
      resource,
      now: readNow(context, options.now),
    });
    const texts = { expression: expression ?? '', binding: binding ?? '' };
    return describe(outcome, texts, context.palette);
  });
}

async function readModel(
  context: CommandContext,
  project: Project,
  engine: Engine,
  isFromFiles: boolean,
): Promise<Model> {
  if (!isFromFiles) return (await engine.openWorkspace(project)).model;
  const files = await readConfigurationFolder(project.settings.configurationFolder);
  const loaded = loadConfiguration(files);
  if (loaded.status === 'valid') return loaded.model;
  const errors = loaded.diagnostics.filter((one) => one.severity === 'error');
  context.note(formatFindings(errors, files, context.palette).join('\n'));
  throw new CliError('USAGE_INVALID', 'The configuration files are not valid.', {
    hint: 'Correct them first: see "lockstep validate".',
  });
}

async function findParameter(
  engine: Engine,
  project: Project,
  model: Model,
  options: EvalOptions,
): Promise<{
  readonly resource: { readonly entityType: string; readonly id: number } | null;
  readonly entityType: string | undefined;
}> {
  const type = options.type === undefined ? undefined : findEntityType(model, options.type);
  if (options.resource === undefined) return { resource: null, entityType: type };
  const isTyped = type === undefined || options.resource.startsWith(`${type}:`);
  const reference = isTyped ? options.resource : `${type}:${options.resource}`;
  const resource = await engine.findResource(project.store, model, reference);
  return { resource, entityType: resource.entityType };
}

const scalars = [
  'String',
  'Option',
  'Bytes',
  'Binary',
  'Byte',
  'Int16',
  'Int32',
  'Int64',
  'Double',
  'Bool',
  'Guid',
  'DateTime',
] as const;

function readExpected(model: Model, text: string): ExpectedValue {
  const [name = '', entity] = text.split(':');
  const lower = name.toLowerCase();
  const entityType = entity === undefined ? undefined : findEntityType(model, entity);
  if (lower === 'key') return { kind: 'key' };
  if (lower === 'resource' && entityType !== undefined) return { kind: 'resource', entityType };
  if (lower === 'resources') {
    return entityType === undefined ? { kind: 'resources' } : { kind: 'resources', entityType };
  }
  if (lower === 'arguments') {
    return entityType === undefined
      ? { kind: 'arguments' }
      : { kind: 'arguments', orderOf: entityType };
  }
  const type = scalars.find((one) => one.toLowerCase() === lower);
  if (type !== undefined) return { kind: 'scalar', type };
  const known = [...scalars, 'key', 'resource:<EntityType>', 'resources', 'arguments'];
  throw usage(`"${text}" is no type.`, suggest(text, known) ?? `Known are: ${known.join(', ')}.`);
}

/** The internal form of the clock. */
function readNow(context: CommandContext, text: string | undefined): string {
  const isWhole = text !== undefined && /^\d{14}$/.test(text);
  if (isWhole) return text;
  const instant = text === undefined ? context.now() : Date.parse(text);
  if (Number.isNaN(instant)) {
    throw usage(`"${text}" is no date.`, 'Write 2026-01-31T12:00:00Z or 20260131120000.');
  }
  return new Date(instant).toISOString().replaceAll(/\D/g, '').slice(0, 14);
}

function usage(message: string, hint: string): CliError {
  return new CliError('USAGE_INVALID', message, { hint });
}

interface Texts {
  readonly expression: string;
  readonly binding: string;
}

function describe(outcome: TrialOutcome, texts: Texts, palette: Palette): CommandResult<Document> {
  if (outcome.status === 'rejected') {
    const diagnostics = outcome.problems.map((problem) => toDiagnostic(problem, texts));
    const document: Document = { ...nothing, status: 'rejected', diagnostics };
    const text = formatFindings(diagnostics, filesOf(texts), palette).join('\n').trimEnd();
    return { exitCode: exitCodes.usage, document, text };
  }
  const { type, steps, durationMs, warnings } = outcome;
  const diagnostics = warnings.map((problem) => toDiagnostic(problem, texts));
  const readings = outcome.readings.map((reading) => ({ ...reading }));
  const about = { type, steps, durationMs, readings, diagnostics };
  const value = outcome.status === 'evaluated' ? outcome.value : null;
  const error = outcome.status === 'failed' ? outcome.error : null;
  const document: Document = {
    ...about,
    status: outcome.status,
    value,
    error:
      error === null
        ? null
        : { code: error.code, message: error.message, hint: error.hint ?? null },
  };
  const parts = [
    ...formatFindings(diagnostics, filesOf(texts), palette),
    formatFields([
      error === null ? ['Value', showValue(value)] : ['Failed', palette.red(error.message)],
      ...(error?.hint === undefined ? [] : [['Hint', error.hint] as const]),
      ['Type', type],
      ['Steps', steps],
      ['Time', `${durationMs.toFixed(3)} ms`],
    ]),
  ];
  if (readings.length > 0) {
    const rows = readings.map((one) => [one.resource, one.property, one.value]);
    parts.push(formatTable(['READ OF', 'PROPERTY', 'VALUE'], rows, palette));
  }
  const exitCode = error === null ? exitCodes.done : exitCodes.failed;
  return { exitCode, document, text: parts.join('\n\n') };
}

const nothing = {
  value: null,
  type: null,
  steps: null,
  durationMs: null,
  readings: [],
  error: null,
};

function showValue(value: Document['value']): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  return Object.entries(value)
    .map(([name, text]) => `${name} = ${JSON.stringify(text)}`)
    .join(', ');
}

function filesOf(texts: Texts): readonly { readonly path: string; readonly text: string }[] {
  return [
    { path: 'expression', text: texts.expression },
    { path: 'binding', text: texts.binding },
  ];
}

function toDiagnostic(problem: ExpressionProblem, texts: Texts): Diagnostic {
  const before = texts[problem.in].slice(0, problem.offset).split('\n');
  return {
    code: problem.in === 'binding' ? 'CONFIG_BINDING_INVALID' : 'CONFIG_EXPRESSION_INVALID',
    severity: problem.severity,
    message: problem.message,
    ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    file: problem.in,
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
    length: problem.length,
  };
}
