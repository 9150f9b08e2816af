import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** A file that gets the counts of all projects as JSON, for readers that know no test runner. */
const summaryFile = process.env['LOCKSTEP_TEST_SUMMARY'];
const serversSetup = 'test/servers/global-setup.ts';
const commandSetup = 'test/servers/built-command.ts';
/** They load both processors by themselves. */
const alone = ['employees', 'employees-kill'].map((name) => `test/e2e/${name}.test.ts`);
/** Much of a test is waiting: on two processors, too, two files go side by side. */
const maxWorkers = Math.max(2, availableParallelism() - 1);
const endToEnd = {
  globalSetup: [commandSetup],
  testTimeout: 300_000,
  hookTimeout: 300_000,
};

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
          maxWorkers,
          include: ['{config,connectors,engine,cli,console}/**/*.test.ts'],
          // A machine that others keep busy is no failure.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          maxWorkers,
          include: ['test/{contract,integration}/**/*.test.ts'],
          // Starts the servers that are installed, once for all files of the project.
          globalSetup: [serversSetup, commandSetup],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'architecture',
          maxWorkers,
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
