/** How data tests end over the data of a day, beside what a test expects of them. */
import type { Model, TestStep } from '../../../config/index.ts';
import type { StoreTransaction } from '../../store/index.ts';
import { type DataTestResult, runDataTests } from '../../synchronize/index.ts';
import type { TestFailure } from './test-outcome.ts';

export async function compareDataTests(
  transaction: StoreTransaction,
  model: Model,
  step: TestStep,
): Promise<readonly TestFailure[]> {
  if (step.dataTests.length === 0) return [];
  const wanted = new Set(step.dataTests.map(({ name }) => name));
  const tests = model.dataTests.filter(({ identifier }) => wanted.has(identifier));
  const results = await runDataTests({ transaction, model, now: step.now.value, tests });
  return step.dataTests.flatMap(({ name, value, at }) => {
    const result = results.find(({ identifier }) => identifier === name);
    if (result?.status === value) return [];
    return [
      {
        at,
        owner: result?.entityType ?? name,
        resourceType: null,
        property: result?.property ?? null,
        subject: 'data test' as const,
        expected: `${name} ${value}`,
        got: result === undefined ? 'no such data test' : `${result.status}: ${result.message}`,
        on: new Date(step.now.value).toISOString(),
        explanation: result === undefined ? [] : [describeRows(result)],
      },
    ];
  });
}

function describeRows({ at, rows, failures, examples }: DataTestResult): string {
  const keys = examples.map(({ key }) => key).join(', ');
  const named = keys === '' ? '' : `: ${keys}`;
  return `${at.file}:${at.line} looked at ${rows} rows, ${failures} fail${named}.`;
}
