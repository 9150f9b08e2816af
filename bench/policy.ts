/** The workloads of the policy: all of it for everybody, one attribute of one person, one member of a large group. */
import { cp, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { buildProgram } from './built-program.ts';
import type { Size } from './harness.ts';
import { exportedFile, inProject, prepare, synchronize } from './load-project.ts';
import { personColumns, personOf, policySizes } from './policy-company.ts';
import { makePolicyProject } from './policy-project.ts';
import { evaluateAll } from './policy-step.ts';
import type { ProcessContest } from './race-processes.ts';

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
  const contest: ProcessContest = {
    name: `the whole policy for ${people.toLocaleString('en-US')} people`,
    goal: 2,
    ours: () => runStep('complete', project),
    reference: () => byHand(store, size),
    prepare: async (next) => {
      if (who !== '') found[who] = describe(store);
      who = next;
      await restore();
    },
    check: async () => {
      found[who] = describe(store);
      if (found['ours'] !== found['reference'])
        throw new Error(`Ours gives ${found['ours']}, the loop ${found['reference']}.`);
      await tellStorage(store);
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

/** Bytes of an assigned resource type with its values, indexes included. */
async function tellStorage(store: string): Promise<void> {
  const bytes = (await stat(store)).size;
  process.stderr.write(`store: ${Math.round(bytes / 2 ** 20)} MiB\n`);
}

/**
 * One attribute of one person, and one member of a group that half a million people are in: from the change in the store to
 * the rows of the evaluation. The reference is the same program with nothing to do.
 */
export async function prepareSmallChanges(
  size: Size,
  folder: string,
): Promise<readonly ProcessContest[]> {
  const project = join(folder, 'project');
  const { people } = policySizes[size];
  await makePolicyProject(project, policySizes[size], { groupMembers: Math.round(people / 2) });
  await inProject(project, evaluateAll);
  const runStep = await buildProgram('policy-step', folder);
  const work = join(project, 'Work');
  const saved = join(folder, 'saved');
  const changes: readonly (readonly [name: string, prepare: () => Promise<void>])[] = [
    ['one attribute of one person', () => changePerson(project, size)],
    ['one member of a group of half of all people', () => changeMember(project)],
  ];
  const contests: ProcessContest[] = [];
  for (const [name, change] of changes) {
    const copy = `${saved}-${contests.length}`;
    await cp(work, `${copy}-before`, { recursive: true });
    await change();
    await cp(work, copy, { recursive: true });
    await rm(work, { recursive: true });
    await cp(`${copy}-before`, work, { recursive: true });
    const put = async (from: string): Promise<void> => {
      await rm(work, { recursive: true });
      await cp(from, work, { recursive: true });
    };
    contests.push({
      name: `${name}, of ${people.toLocaleString('en-US')}`,
      ours: () => runStep('incremental', project),
      reference: () => runStep('incremental', project),
      prepare: (who) => put(who === 'ours' ? copy : `${copy}-before`),
    });
  }
  return contests;
}

async function changePerson(project: string, size: Size): Promise<void> {
  const person = { ...personOf(policySizes[size].people - 1, policySizes[size]), Title: 'Changed' };
  await writeFile(
    exportedFile(project, 'People'),
    `command,${personColumns.join(',')}\nupdate,${personColumns.map((column) => person[column]).join(',')}\n`,
  );
  await inProject(project, async (workspace) => {
    await prepare(workspace, 'HR', 'incremental');
    await synchronize(workspace, 'HR');
  });
}

async function changeMember(project: string): Promise<void> {
  await writeFile(exportedFile(project, 'Members'), 'command,Login,Group\ndelete,u1,everybody\n');
  await inProject(project, async (workspace) => {
    await prepare(workspace, 'App', 'incremental');
    await synchronize(workspace, 'App');
  });
}
