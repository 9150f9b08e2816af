/** Who decided what. */
import { type Command, InvalidArgumentError } from 'commander';
import type { DecisionsFilter, ListedDecision } from '../../engine/index.ts';
import { type CommandContext, type CommandResult, withWorkspace } from '../command-context.ts';
import { collectNames, parseId, parseLimit, type RunCommand } from '../command-line.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { parseDay, parseMoment } from '../moments.ts';
import { formatTable } from '../table.ts';
import { describeName } from './review.ts';

interface ListOptions {
  readonly person?: string;
  readonly kind?: readonly string[];
  readonly since?: string;
  readonly until?: string;
  readonly owner?: string;
  readonly item?: string;
  readonly limit: number;
  readonly before?: number;
}

const defaultLimit = 100;

export function addDecision(program: Command, run: RunCommand): void {
  const group = program.command('decision').description('what people decided');
  group
    .command('list')
    .description('who decided what, when and why; the newest first')
    .option('--person <name>', 'only by this person')
    .option(
      '--kind <kind>',
      'only of this kind, as "review" or "reconcile keep"; may be repeated',
      collectKinds,
    )
    .option('--since <day>', 'only from this day on, as 20260131', parseDay)
    .option('--until <time>', 'only until this day or time', parseMoment)
    .option('--owner <resource>', 'only about this owner, as Staff_Person:1004')
    .option('--item <id>', 'only about this resource type or role')
    .option('--limit <count>', 'at most so many', parseLimit, defaultLimit)
    .option('--before <id>', 'go on where a page ended', parseId)
    .action((options: ListOptions, command: Command) =>
      run(command, (context) => listDecisions(context, options)),
    );
}

async function listDecisions(
  context: CommandContext,
  options: ListOptions,
): Promise<CommandResult<JsonOutput<'decision list'>>> {
  const { person, kind, since, until, owner, item, limit, before = null } = options;
  const page = await withWorkspace(context, async (workspace, engine) => {
    const { store, model } = workspace;
    const filter: DecisionsFilter = {
      ...(person === undefined ? {} : { person }),
      ...(kind === undefined ? {} : { kinds: kind }),
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
      ...(item === undefined ? {} : { item }),
      ...(owner === undefined
        ? {}
        : { owner: await engine.findResource(store, model, owner, { former: true }) }),
    };
    return engine.listDecisionsOf(workspace, filter, { before, limit });
  });
  const rows = page.decisions.map((decision) => [
    decision.id,
    decision.at,
    decision.by,
    decision.kind,
    decision.item,
    decision.owner === null ? null : describeName(decision.owner),
    describeSubject(decision),
    decision.comment,
  ]);
  const headers = ['ID', 'AT', 'BY', 'DECISION', 'ABOUT', 'OWNER', 'WHAT', 'COMMENT'];
  const table = formatTable(headers, rows, context.palette);
  return {
    exitCode: exitCodes.done,
    document: page,
    text: [
      page.decisions.length === 0 ? 'Nothing was decided.' : table,
      ...(page.next === null ? [] : [`There are more. Go on with --before ${page.next}.`]),
    ].join('\n'),
  };
}

/** What kinds of decisions begin with. */
const families = [
  'automation',
  'order',
  'orphan',
  'override-invariant',
  'password',
  'reconcile',
  'review',
  'role',
  'threshold',
  'ticket',
] as const;

/** Kinds as they are kept: those of tickets are written with a hyphen. */
function collectKinds(text: string, previous: readonly string[] | undefined): readonly string[] {
  const kinds = collectNames(text.toLowerCase(), undefined).map((kind) =>
    kind.replace(/^ticket\s+/u, 'ticket-').replace(/\s+/gu, ' '),
  );
  const isKnown = (kind: string): boolean =>
    families.some(
      (family) => kind === family || kind.startsWith(`${family} `) || kind.startsWith(`${family}-`),
    );
  if (kinds.length > 0 && kinds.every(isKnown)) return [...(previous ?? []), ...kinds];
  throw new InvalidArgumentError(`It must begin with one of: ${families.join(', ')}.`);
}

const maxShown = 3;

function describeSubject({ kind, subject, values }: ListedDecision): string | null {
  const isTicket = kind.startsWith('ticket-');
  if (values.length === 0) return subject === '' ? null : subject;
  const shown = values.slice(0, maxShown).map(({ property, current, proposed }) =>
    // What was written by hand is one value, not a change from one to another.
    isTicket
      ? `${property}: ${current ?? '(empty)'}`
      : `${property}: ${current ?? '-'} → ${proposed ?? '-'}`,
  );
  const rest = values.length - shown.length;
  const about = isTicket ? [subject] : [];
  return [...about, ...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}
