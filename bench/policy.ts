/** The workloads of the policy: all of it for everybody, one attribute of one person, one member of a large group. */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { buildProgram } from './built-program.ts';
import { evaluateCompany } from './evaluate-company.ts';
import type { Size } from './harness.ts';
import { inProject } from './load-project.ts';
import { policySizes } from './policy-company.ts';
import { makePolicyProject } from './policy-project.ts';
import type { Figures, ProcessContest } from './race-processes.ts';

/** Everything for everybody into a store without assignments, against a loop written by hand; and again, nothing changed. */
export async function preparePolicy(
  size: Size,
  folder: string,
): Promise<readonly ProcessContest[]> {
  const project = join(folder, 'project');
  const { people } = policySizes[size];
  await makePolicyProject(project, policySizes[size]);
  const runStep = await buildProgram('policy-step', folder);
  const byHand = await buildProgram('policy-by-hand', join(folder, 'hand'));
  const work = join(project, 'Work');
  const saved = join(folder, 'saved');
  await cp(work, saved, { recursive: true });
  const restore = async (): Promise<void> => {
    await rm(work, { recursive: true, force: true });
    await cp(saved, work, { recursive: true });
  };
  const found: Record<string, string> = {};
  const store = join(work, 'lockstep.db');
  let who = '';
  let storage: Figures = {};
  const contest: ProcessContest = {
    name: `the whole policy for ${people.toLocaleString('en-US')} people`,
    goal: 2,
    memoryGoalMiB: 512,
    ours: () => runStep(project),
    reference: () => byHand(store, size),
    tellsFigures: true,
    prepare: async (next) => {
      if (who !== '') found[who] = describe(store);
      if (who === 'ours') storage = measureStorage(store);
      who = next;
      await restore();
    },
    check: async () => {
      found[who] = describe(store);
      if (found['ours'] !== found['reference'])
        throw new Error(`Ours gives ${found['ours']}, the loop ${found['reference']}.`);
      return storage;
    },
  };
  return [contest];
}

/** How many rows there are, and one sum over what they say. */
function describe(store: string): string {
  const db = new DatabaseSync(store, { readOnly: true });
  try {
    const rows = (sql: string) => JSON.stringify(db.prepare(sql).all());
    return [
      rows(
        'select count(*) n, sum(target_id) t, sum(length(policy_values)) p from assigned_resource_types',
      ),
      rows('select count(*) n, sum(owner_id) o, sum(length(role)) r from assigned_roles'),
      rows('select count(*) n from assigned_values'),
    ].join(' ');
  } finally {
    db.close();
  }
}

/** Bytes of an assigned resource type with the values of its account, and of an assigned role; indexes included. */
function measureStorage(store: string): Figures {
  const db = new DatabaseSync(store, { readOnly: true });
  try {
    const bytesEach = (table: string): number => {
      const number = (sql: string): number => Number(Object.values(db.prepare(sql).get() ?? {})[0]);
      const all = number(
        `select sum(pgsize) from dbstat where name in (select name from sqlite_schema where tbl_name = '${table}')`,
      );
      return Math.round(all / number(`select count(*) from ${table}`));
    };
    return {
      'bytes of an assigned resource type': bytesEach('assigned_resource_types'),
      'bytes of an assigned role': bytesEach('assigned_roles'),
    };
  } finally {
    db.close();
  }
}

/** How many changes a process makes one after the other; of all but the first the median is told. */
const changesOfRun = 12;

/**
 * One attribute of one person, and one member of the group that everybody is in: keys and evaluation, from the change in the
 * store to the rows. The reference is the same program with nothing to do; what the process takes to start shows in both.
 */
export async function prepareSmallChanges(
  size: Size,
  folder: string,
): Promise<readonly ProcessContest[]> {
  const project = join(folder, 'project');
  const { people } = policySizes[size];
  await makePolicyProject(project, policySizes[size]);
  await inProject(project, (workspace) => evaluateCompany(workspace, false));
  const runStep = await buildProgram('change-step', folder);
  const contest = (what: string, name: string, latencyMs: number): ProcessContest => {
    let next = 0;
    return {
      name: `${name}, of ${people.toLocaleString('en-US')}`,
      rounds: 3,
      memoryGoalMiB: 512,
      tellsFigures: true,
      figureGoals: { 'owners evaluated': 1, 'keys and evaluation, ms': latencyMs },
      ours: () => {
        const first = next;
        next += changesOfRun;
        return runStep(what, project, size, String(first), String(changesOfRun));
      },
      reference: () => runStep('nothing', project, size, '0', String(changesOfRun)),
      // Whoever is not among the evaluated would be found by an evaluation of everybody.
      check: async () => {
        const { changes } = await inProject(project, (workspace) =>
          evaluateCompany(workspace, false),
        );
        if (changes === 0) return undefined;
        throw new Error(`An evaluation of everybody still finds ${changes} changes.`);
      },
    };
  };
  return [
    contest('person', 'one attribute of one person', 50),
    contest('member', 'one member of the group of all people', 100),
  ];
}
