/** Tries every hostile expression in a process of its own; one line of JSON for each. Started by the test beside it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExpressionError } from './expression-error.ts';
import { compile, context, makeUser } from './expression-fixture.ts';
import { QueryResources } from './query/query-resources.ts';

interface Repeated {
  readonly repeat: string;
  readonly times: number;
}

interface Hostile {
  readonly origin: string;
  /** One expression; tried as a value, as a statement, in a text, and as the whole attribute. */
  readonly code?: string;
  /** Statements; long runs are written as what repeats. */
  readonly statements?: string | readonly (string | Repeated)[];
}

function textOf(parts: Hostile['statements']): string {
  if (parts === undefined || typeof parts === 'string') return parts ?? '';
  return parts
    .map((part) => (typeof part === 'string' ? part : part.repeat.repeat(part.times)))
    .join('');
}

/** The attributes an escape is tried as. */
function attributesOf({ code, statements }: Hostile): readonly string[] {
  if (code === undefined) return [`C#:u:${textOf(statements)}`];
  return [
    `C#:u:return ${code};`,
    `C#:u:${code}; return "x";`,
    `C#:u:var x = ${code}; return x.ToString();`,
    `C#:u:return $"{${code}}";`,
    `C#:u:return u.Groups.Select(g => ${code}).Count().ToString();`,
    `C#:u:return u.LastName + (${code});`,
    code,
  ];
}

const user = makeUser();
const queries = new QueryResources((entityType) =>
  [user, ...user.many('Groups')].filter((one) => one.entityType === entityType),
);

function attempt(expression: string, kind: 'expression' | 'binding'): string {
  const result = compile(kind === 'binding' ? { binding: expression } : { expression });
  if (result.status === 'rejected') {
    return result.problems.some((one) => one.message !== '') ? 'refused' : 'refused in silence';
  }
  try {
    const value = result.expression.evaluate(user, { ...context, queries });
    return `value: ${value.kind === 'text' ? String(value.value).slice(0, 40) : value.kind}`;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return error.message.includes('conf/people.xml:7') ? `stopped: ${error.code}` : 'without place';
  }
}

/** Processor time, so that a busy machine does not count; the least of three where one is long. */
function measure(run: () => string): { readonly outcome: string; readonly milliseconds: number } {
  let milliseconds = Number.POSITIVE_INFINITY;
  let outcome = '';
  for (let round = 0; round < 3 && milliseconds > 50; round++) {
    const before = process.cpuUsage();
    outcome = run();
    const { user, system } = process.cpuUsage(before);
    milliseconds = Math.min(milliseconds, (user + system) / 1_000);
  }
  return { outcome, milliseconds };
}

const file = join(import.meta.dirname, 'hostile-expressions.fixture.json');
// Our own file: a list of these.
const hostile = JSON.parse(readFileSync(file, 'utf8')) as readonly Hostile[];
attempt('C#:u:return u.LastName;', 'expression');
for (const [index, entry] of hostile.entries()) {
  for (const text of attributesOf(entry)) {
    for (const kind of ['expression', 'binding'] as const) {
      const measured = measure(() => attempt(text, kind));
      const line = { index, origin: entry.origin, kind, text: text.slice(0, 120), ...measured };
      process.stdout.write(`${JSON.stringify(line)}\n`);
    }
  }
}
const untouched = ['polluted', 'x', 'toString'].every(
  (name) => !Object.hasOwn({}, name) && !Object.keys(Object.prototype).includes(name),
);
process.stdout.write(`${JSON.stringify({ end: true, untouched })}\n`);
