/**
 * Prints what a test run came to as one plain last line, `N passed, N failed`, for readers that know no test runner.
 * Usage: node scripts/count-tests.mjs <vitest JSON summary> <exit code of the run>
 * A file that could not be loaded counts as one failure, and so does a run that failed without a failing test.
 */
import { readFileSync } from 'node:fs';

const [summaryFile = '', exitCode = '1'] = process.argv.slice(2);
const summary = readSummary(summaryFile);
const skipped =
  summary.skipped === 0 ? [] : [`${summary.skipped} skipped:`, ...summary.skippedNames];
const isUnexplained = Number(exitCode) !== 0 && summary.failed === 0;

for (const line of skipped) process.stdout.write(`${line}\n`);
if (isUnexplained) {
  process.stdout.write(
    `The run ended with exit code ${exitCode} outside of its tests; see above.\n`,
  );
}
const failed = summary.failed + (isUnexplained ? 1 : 0);
process.stdout.write(`${summary.passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

function readSummary(file) {
  const counts = { passed: 0, failed: 0, skipped: 0, skippedNames: [] };
  let results;
  try {
    results = JSON.parse(readFileSync(file, 'utf8')).testResults;
  } catch {
    return { ...counts, failed: 1 };
  }
  for (const { assertionResults, status } of results) {
    for (const test of assertionResults) {
      if (test.status === 'passed') counts.passed += 1;
      else if (test.status === 'failed') counts.failed += 1;
      else counts.skippedNames.push(`  ${test.fullName}`);
    }
    const isBroken =
      status === 'failed' && assertionResults.every((test) => test.status !== 'failed');
    if (isBroken) counts.failed += 1;
  }
  counts.skipped = counts.skippedNames.length;
  return counts;
}
