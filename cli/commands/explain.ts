import type { Command } from 'commander';
import type { ExplainedOrder, ExplainQuestion, Explanation } from '../../engine/index.ts';
import { type CommandContext, type CommandResult, withWorkspace } from '../command-context.ts';
import { parseId, type RunCommand } from '../command-line.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatExplanation } from '../explain-text.ts';
import type { JsonOutput } from '../json-schemas.ts';

interface ExplainOptions {
  readonly role?: string;
  readonly resourceType?: string;
  readonly value?: string;
  readonly order?: number;
}

export function addExplain(program: Command, run: RunCommand): void {
  program
    .command('explain')
    .description(
      'why, and why not: the rule, the row, the decision and the history behind every value',
    )
    .argument('[reference]', 'EntityType:key, or a key that only one resource has')
    .argument('[property]', 'only this property; why it has no value, where no rule gives one')
    .option('--role <role>', 'how the owner has this role, or why not')
    .option('--resource-type <name>', 'only this resource type; why it is not given')
    .option('--value <key>', 'with a property: why this value or linked resource is given, or not')
    .option('--order <id>', 'an order: why it was made, and what it waits for', parseId)
    .action(
      (
        reference: string | undefined,
        property: string | undefined,
        options: ExplainOptions,
        command: Command,
      ) => run(command, (context) => explain(context, reference, property, options)),
    );
}

async function explain(
  context: CommandContext,
  reference: string | undefined,
  property: string | undefined,
  options: ExplainOptions,
): Promise<CommandResult<JsonOutput<'explain'>>> {
  const asked = readQuestion(reference, property, options);
  const { explanation, order } = await withWorkspace(
    context,
    async (
      workspace,
      engine,
    ): Promise<{ readonly explanation: Explanation; readonly order: ExplainedOrder | null }> => {
      if ('order' in asked) return engine.explainOrder(workspace, asked.order);
      const found = await engine.findResource(workspace.store, workspace.model, asked.reference);
      const explained = await engine.explainResource(workspace, found, asked.question);
      return { explanation: explained, order: null };
    },
  );
  return {
    exitCode: exitCodes.done,
    document: { ...explanation, order },
    text: formatExplanation(explanation, order, context.palette),
  };
}

type Asked =
  | { readonly order: number }
  | { readonly reference: string; readonly question: ExplainQuestion };

function readQuestion(
  reference: string | undefined,
  property: string | undefined,
  { role, resourceType, value, order }: ExplainOptions,
): Asked {
  if (order !== undefined) {
    const others = [reference, property, role, resourceType, value];
    if (others.every((part) => part === undefined)) return { order };
    throw refuse('USAGE_OPTIONS_CONFLICT', 'An order is explained by its number alone.');
  }
  // `explain order 12` reads like the other commands about orders.
  if (reference === 'order' && property !== undefined && /^\d+$/u.test(property))
    return { order: Number(property) };
  if (reference === undefined)
    throw refuse('USAGE_INVALID', 'What is to be explained is not said.');
  if (value !== undefined && property === undefined)
    throw refuse('USAGE_INVALID', '--value needs the property that would hold it.');
  return {
    reference,
    question: {
      ...(property === undefined ? {} : { property }),
      ...(role === undefined ? {} : { role }),
      ...(resourceType === undefined ? {} : { resourceType }),
      ...(value === undefined ? {} : { value }),
    },
  };
}

function refuse(code: string, message: string): CliError {
  return new CliError(code, message, {
    hint: 'Write "explain EntityType:key [property]", or "explain --order <id>".',
  });
}
