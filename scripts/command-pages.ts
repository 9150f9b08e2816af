/** Pages about the command line: one per command, made from the program itself, and one about what `--json` prints. */
import type { TSchema } from 'typebox';
import { jsonOutputSchemas } from '../cli/json-schemas.ts';
import { createProgram } from '../cli/program.ts';

type Command = ReturnType<typeof createProgram>;
type Argument = Command['registeredArguments'][number];
type Option = Command['options'][number];

interface CommandPage {
  /** Below `docs/reference/`. */
  readonly path: string;
  readonly text: string;
}

/** An overview, a page per command, a page about JSON output and one schema per document. */
export function listCommandPages(): readonly CommandPage[] {
  const program = createProgram({ version: '', write: () => {}, run: async () => {} });
  return [
    { path: 'commands/README.md', text: writeOverview(program) },
    ...program.commands.map((command) => ({
      path: `commands/${command.name()}.md`,
      text: writeCommandPage(command),
    })),
    { path: 'json-output.md', text: writeJsonPage() },
    ...Object.entries(jsonOutputSchemas).map(([name, schema]) => ({
      path: schemaPath(name),
      text: writeSchema(name, schema),
    })),
  ];
}

function writeOverview(program: Command): string {
  const rows = program.commands.flatMap((command) =>
    leavesOf(command).map((leaf) => [
      `[\`${usageOf(leaf)}\`](${command.name()}.md)`,
      leaf.description(),
    ]),
  );
  return [
    '# Commands',
    `\`lockstep [options] <command>\`. ${program.description()}`,
    'These options stand before or behind any command:',
    formatRows(['option', 'meaning'], program.options.map(describeOption)),
    formatRows(['command', 'does'], rows),
    '## Exit codes',
    formatRows(['code', 'means'], [...exitCodes]),
    'Results go to stdout; notes, log and progress to stderr. What a command prints with `--json` is described in [JSON output](../json-output.md).\n',
  ].join('\n\n');
}

/** The numbers are in `cli/exit-codes.ts`; the help of the command names the same. */
const exitCodes: readonly (readonly [string, string])[] = [
  ['0', 'Done. Warnings are in the result; the work was done.'],
  ['1', 'Failed. Trying again may help.'],
  ['2', 'Wrong usage, configuration or setting. Trying again does not help.'],
  [
    '3',
    'Blocked by a threshold, guard or data test. Nothing was changed by what was blocked; a person has to look.',
  ],
  ['130', 'Interrupted. Running it again is safe; a job goes on with `--resume`.'],
];

function writeCommandPage(command: Command): string {
  const leaves = leavesOf(command);
  const isGroup = command.commands.length > 0;
  return [
    `# lockstep ${command.name()}`,
    `${toSentence(command.description())}`,
    ...leaves.flatMap((leaf) => [
      ...(isGroup
        ? [`## lockstep ${command.name()} ${leaf.name()}`, toSentence(leaf.description())]
        : []),
      `\`\`\`\nlockstep ${usageOf(leaf)}\n\`\`\``,
      ...describeTable(['argument', 'meaning'], leaf.registeredArguments.map(describeArgument)),
      ...describeTable(['option', 'meaning'], leaf.options.map(describeOption)),
    ]),
    'Options of every command and exit codes: [Commands](README.md). What `--json` prints: [JSON output](../json-output.md).\n',
  ].join('\n\n');
}

/** The commands that do something: the subcommands, or the command itself where it has none. */
function leavesOf(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands;
}

/** `ticket confirm [ids...] [options]`, without the program. */
function usageOf(leaf: Command): string {
  const names: string[] = [];
  for (let at: Command | null = leaf; at?.parent; at = at.parent) names.unshift(at.name());
  const values = leaf.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  const options = leaf.options.length === 0 ? [] : ['[options]'];
  return [...names, ...values, ...options].join(' ');
}

function describeArgument(argument: Argument): readonly string[] {
  return [`\`${argument.name()}\``, toSentence(argument.description)];
}

function describeOption(option: Option): readonly string[] {
  const parts = [option.description];
  if (option.mandatory) parts.push('required');
  if (option.argChoices !== undefined) {
    parts.push(`one of ${option.argChoices.map((choice) => `\`${choice}\``).join(', ')}`);
  }
  const isStated = option.defaultValue !== undefined && option.defaultValue !== false;
  if (isStated) parts.push(`\`${String(option.defaultValue)}\` unless given`);
  return [`\`${option.flags}\``, toSentence(parts.join('; '))];
}

function writeJsonPage(): string {
  const rows = Object.entries(jsonOutputSchemas).map(([name, schema]) => [
    printedBy[name] ?? `\`lockstep ${name}\``,
    `[schema](${schemaPath(name)})`,
    describeMembers(schema),
  ]);
  return [
    '# JSON output',
    'With `--json` a command prints exactly one document to stdout, in one of these shapes. Shapes are kept: members are neither removed nor given another meaning. A later version may add some; its schemas say so.',
    formatRows(['printed by', 'schema', 'members'], rows),
    'A value that is not there is `null`. Numbers that commands take as arguments (`orderId`, `assignmentId`) are whole numbers. Each schema is JSON Schema, draft 2020-12.\n',
  ].join('\n\n');
}

/** Documents that are not named for their command. */
const printedBy: Readonly<Record<string, string>> = {
  tasks: '`lockstep export`, `prepare`, `synchronize`, `evaluate`, `generate`, `fulfil`',
  'job steps': '`lockstep job steps`, `lockstep job run --dry-run`',
  'scheduler times': '`lockstep scheduler --dry-run`',
  'resource history': '`lockstep resource show --history`',
  'csv-transform': '`lockstep csv transform`',
  'csv-anonymize': '`lockstep csv anonymize`',
  'password-generate': '`lockstep password generate`',
  decision: 'the decisions of `lockstep review`, `ticket` and `reconcile`',
  error: 'every command that fails',
};

function describeMembers(schema: TSchema): string {
  const properties = 'properties' in schema ? schema['properties'] : undefined;
  if (typeof properties !== 'object' || properties === null) return '';
  return Object.keys(properties)
    .map((name) => `\`${name}\``)
    .join(', ');
}

function schemaPath(name: string): string {
  return `json-output/${name.replaceAll(' ', '-')}.schema.json`;
}

function writeSchema(name: string, schema: TSchema): string {
  const document = { $schema: 'https://json-schema.org/draft/2020-12/schema', title: name };
  return `${JSON.stringify({ ...document, ...schema }, null, 2)}\n`;
}

function describeTable(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  return rows.length === 0 ? [] : [formatRows(headers, rows)];
}

function formatRows(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  return [headers, headers.map(() => '---'), ...rows]
    .map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

function toSentence(text: string): string {
  const sentence = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return sentence.endsWith('.') ? sentence : `${sentence}.`;
}
