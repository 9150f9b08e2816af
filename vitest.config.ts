import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** A file that gets the counts of all projects as JSON, for readers that know no test runner. */
const summaryFile = process.env['LOCKSTEP_TEST_SUMMARY'];
const serversSetup = 'test/servers/global-setup.ts';
/** They load both processors by themselves. */
const alone = ['employees', 'employees-kill'].map((name) => `test/e2e/${name}.test.ts`);
const endToEnd = { testTimeout: 300_000, hookTimeout: 300_000 };

export default defineConfig({
  test: {
    reporters:
      summaryFile === undefined
        ? ['default']
        : ['default', ['json', { outputFile: summaryFile }] as const],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{config,connectors,engine,cli,console}/**/*.test.ts'],
          // A machine that others keep busy is no failure.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/{contract,integration}/**/*.test.ts'],
          // Starts the servers that are installed, once for all files of the project.
          globalSetup: existsSync(serversSetup) ? [serversSetup] : [],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'architecture',
          include: ['test/architecture/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          ...endToEnd,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: alone,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...endToEnd,
          name: 'e2e-alone',
          include: alone,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
