/** Checks the schedule of a job: that it can be read, and that it ever comes. */
import { spanOf } from './check-mappings.ts';
import type { Findings } from './diagnostics.ts';
import { parseSchedule } from './schedule.ts';
import { type Declared, shorten, textOf } from './schema/declare.ts';

export function checkSchedule(job: Declared, findings: Findings): void {
  const text = textOf(job, 'CronTabExpression')?.trim() ?? '';
  if (text === '') return;
  const parsed = parseSchedule(text, 'UTC');
  if (parsed.status === 'invalid') {
    report(job, findings, `"${shorten(parsed.text)}" is ${parsed.what}.`);
  } else if (parsed.schedule.next(anyMoment, 1).length === 0) {
    report(job, findings, `"${shorten(text)}" is a day that never comes.`);
  }
}

/** Whether a schedule comes at all does not depend on when it is checked. */
const anyMoment = Date.UTC(2000, 0, 1);

function report(job: Declared, findings: Findings, message: string): void {
  findings.report(spanOf(job, 'CronTabExpression'), {
    code: 'CONFIG_VALUE_INVALID',
    message,
    hint: 'Write five fields (minute, hour, day, month, weekday), or six with seconds first: "0 30 2 * * *". Name weekdays: MON.',
  });
}
