/** The list of workloads; each is loaded when it is asked for. */
import type { Contest, Size } from './harness.ts';
import type { ProcessContest } from './race-processes.ts';

/** Functions timed in this process, or processes timed by the clock; `folder` is there for their files and goes afterwards. */
export type Workload =
  | {
      readonly description: string;
      readonly prepare: (size: Size) => Promise<readonly Contest[]>;
    }
  | {
      readonly description: string;
      /** What is started for it is put on `closing`, and ends with the last contest. */
      readonly prepareProcesses: (
        size: Size,
        folder: string,
        closing: AsyncDisposableStack,
      ) => Promise<readonly ProcessContest[]>;
    };

export const workloads: ReadonlyMap<string, Workload> = new Map<string, Workload>([
  [
    'excel',
    {
      description: 'a workbook to CSV, against xlsx2csv',
      prepareProcesses: async (size: Size, folder: string) =>
        (await import('./excel.ts')).prepareExcel(size, folder),
    },
  ],
  [
    'expressions',
    {
      description: 'compiled expressions against the same functions written by hand',
      prepare: async (size: Size) => (await import('./expressions.ts')).prepareExpressions(size),
    },
  ],
  [
    'language-server',
    {
      description: 'an editor and validate in 20,000 elements, against Node without a program',
      prepareProcesses: async (_size, folder) =>
        (await import('./language-server.ts')).prepareLanguageServer(folder),
    },
  ],
  [
    'ldap-export',
    {
      description: 'a directory to CSV, against ldapsearch with paged results',
      prepareProcesses: async (size: Size, folder: string, closing: AsyncDisposableStack) =>
        (await import('./ldap-export.ts')).prepareLdapExport(size, folder, closing),
    },
  ],
  [
    'ldap-fulfil',
    {
      description: 'orders carried out in a directory, against ldapadd and ldapmodify',
      prepareProcesses: async (size: Size, folder: string, closing: AsyncDisposableStack) =>
        (await import('./ldap-fulfil.ts')).prepareLdapFulfil(size, folder, closing),
    },
  ],
  [
    'sql-export',
    {
      description: 'tables to CSV, against psql and mariadb',
      prepareProcesses: async (size: Size, folder: string, closing: AsyncDisposableStack) =>
        (await import('./sql-export.ts')).prepareSqlExport(size, folder, closing),
    },
  ],
  [
    'load',
    {
      description: 'a first load into the store, against .import of the sqlite3 command',
      prepareProcesses: async (size: Size, folder: string) =>
        (await import('./load.ts')).prepareLoad(size, folder),
    },
  ],
  [
    'complete',
    {
      description: 'a complete run with 7 % changed, against DuckDB and the load of what changed',
      prepareProcesses: async (size: Size, folder: string) =>
        (await import('./load.ts')).prepareComplete(size, folder),
    },
  ],
  [
    'incremental',
    {
      description: 'a change of 0.1 % up to its orders, against the same on a tenth of the base',
      prepareProcesses: async (size: Size, folder: string) =>
        (await import('./load.ts')).prepareIncremental(size, folder),
    },
  ],
  [
    'cycle',
    {
      description: 'the memory of first load, day of 7 % and day of 0.1 %, with policy and orders',
      prepareProcesses: async (size, folder) =>
        (await import('./cycle.ts')).prepareCycle(size, folder),
    },
  ],
  [
    'start',
    {
      description: 'a run in which nothing has changed, against Node without a program',
      prepareProcesses: async (size, folder) =>
        (await import('./start.ts')).prepareStart(size, folder),
    },
  ],
  [
    'policy',
    {
      description: 'the whole policy for everybody, against a loop written by hand',
      prepareProcesses: async (size, folder) =>
        (await import('./policy.ts')).preparePolicy(size, folder),
    },
  ],
  [
    'policy-changes',
    {
      description:
        'one attribute of one person, one member of a large group, against nothing changed',
      prepareProcesses: async (size, folder) =>
        (await import('./policy.ts')).prepareSmallChanges(size, folder),
    },
  ],
  [
    'plan',
    {
      description: 'everything a run would order, for everybody: computed, written and shown',
      prepareProcesses: async (size, folder) =>
        (await import('./plan.ts')).preparePlan(size, folder),
    },
  ],
  [
    'prepare',
    {
      description: 'cleansing, sorting and comparing a file of people, against DuckDB',
      prepareProcesses: async (size, folder) =>
        (await import('./prepare.ts')).preparePreparation(size, folder),
    },
  ],
]);
