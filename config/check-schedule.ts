/** Checks the schedule of a job: five fields, or six with seconds first. */
import { spanOf } from './check-mappings.ts';
import type { Findings } from './diagnostics.ts';
import { type Declared, shorten, textOf } from './schema/declare.ts';

interface Field {
  readonly name: string;
  readonly minimum: number;
  readonly maximum: number;
}

const fields: readonly Field[] = [
  { name: 'second', minimum: 0, maximum: 59 },
  { name: 'minute', minimum: 0, maximum: 59 },
  { name: 'hour', minimum: 0, maximum: 23 },
  { name: 'day', minimum: 1, maximum: 31 },
  { name: 'month', minimum: 1, maximum: 12 },
  { name: 'weekday', minimum: 0, maximum: 7 },
];

export function checkSchedule(job: Declared, findings: Findings): void {
  const text = textOf(job, 'CronTabExpression')?.trim() ?? '';
  if (text === '') return;
  const problem = findProblem(text);
  if (problem === undefined) return;
  findings.report(spanOf(job, 'CronTabExpression'), {
    code: 'CONFIG_VALUE_INVALID',
    message: `"${shorten(problem.text)}" is ${problem.what}.`,
    hint: 'Write five fields (minute, hour, day, month, weekday), or six with seconds first: "0 30 2 * * *".',
  });
}

interface Problem {
  readonly text: string;
  readonly what: string;
}

function findProblem(text: string): Problem | undefined {
  const parts = text.split(/\s+/);
  const known = fields.slice(-parts.length);
  const isSound = parts.every((part) => /^[\d*/,\-?LW#A-Za-z]+$/.test(part));
  if (parts.length < 5 || parts.length > 6 || !isSound) return { text, what: 'not a schedule' };
  for (const [index, field] of known.entries()) {
    const wrong = parts[index]?.split(',').find((range) => !isWithin(range, field));
    if (wrong === undefined) continue;
    const { name, minimum, maximum } = field;
    return {
      text: wrong,
      what: `no ${name}, which is a number from ${minimum} to ${maximum}`,
    };
  }
  return undefined;
}

/** Names (`MON`), `*`, `L` and steps after `/` are left alone; `15W` and `5#3` begin with their number. */
function isWithin(range: string, { minimum, maximum }: Field): boolean {
  const [bounds = ''] = range.split('/');
  return bounds.split('-').every((bound) => {
    const digits = /^\d+/.exec(bound);
    if (digits === null) return true;
    const value = Number(digits[0]);
    return value >= minimum && value <= maximum;
  });
}
