/**
 * The process that the workload of small changes times: one change after the other reaches the store, keys and policy follow,
 * and what that took is told. `node change-step.ts person|member|nothing <project folder> <size> <first> <count>`.
 */
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Workspace } from '../engine/index.ts';
import { evaluateCompany } from './evaluate-company.ts';
import { median, type Size } from './harness.ts';
import { exportedFile, inProject, prepare, synchronize } from './load-project.ts';
import { nameGroup, personColumns, personOf, policySizes } from './policy-company.ts';

const [what = '', folder = '', sizeName = 'S', first = '0', count = '1'] = process.argv.slice(2);
const size = policySizes[sizeName as Size];
const store = join(folder, 'Work', 'lockstep.db');

interface Measured {
  readonly ms: number;
  readonly synchronizationMs: number;
  readonly owners: number;
  readonly rows: number;
  readonly bytes: number;
}

/** Another title of the person with this number. */
async function changePerson(workspace: Workspace, index: number): Promise<void> {
  const person = { ...personOf(index, size), Title: `Changed ${index}` };
  await writeFile(
    exportedFile(folder, 'People'),
    `command,${personColumns.join(',')}\nupdate,${personColumns.map((column) => person[column]).join(',')}\n`,
  );
  await prepare(workspace, 'HR', 'incremental');
  await synchronize(workspace, 'HR');
}

/** Somebody leaves the group that everybody is in, as a rule has it. */
async function removeMember(workspace: Workspace, index: number): Promise<void> {
  const { Login } = personOf(index, size);
  await writeFile(
    exportedFile(folder, 'Members'),
    `command,Login,Group\ndelete,${Login},${nameGroup(size.roles)}\n`,
  );
  await prepare(workspace, 'App', 'incremental');
  await synchronize(workspace, 'App');
}

async function countWrites({ store: opened }: Workspace): Promise<number> {
  const rows = await opened.transaction(({ tx }) => tx.raw('select total_changes() as n'));
  return Number(rows[0]?.n);
}

/** Bytes of the write-ahead log; it is emptied into the store. */
async function emptyLog(): Promise<number> {
  const { size: bytes } = await stat(`${store}-wal`);
  const db = new DatabaseSync(store);
  db.exec('pragma wal_checkpoint(truncate)');
  db.close();
  return bytes;
}

async function measure(workspace: Workspace, index: number): Promise<Measured> {
  const started = performance.now();
  if (what === 'person') await changePerson(workspace, index);
  if (what === 'member') await removeMember(workspace, index);
  const synchronized = performance.now();
  await emptyLog();
  const before = await countWrites(workspace);
  const began = performance.now();
  const { owners } = await evaluateCompany(workspace, true);
  const ms = performance.now() - began;
  return {
    ms,
    synchronizationMs: synchronized - started,
    owners,
    rows: (await countWrites(workspace)) - before,
    bytes: await emptyLog(),
  };
}

await inProject(folder, async (workspace) => {
  const measured: Measured[] = [];
  for (let index = 0; index < Number(count); index += 1)
    measured.push(await measure(workspace, Number(first) + index));
  const [cold, ...warm] = measured;
  const of = (name: keyof Measured): number => median(warm.map((one) => one[name]));
  const figures = {
    'owners evaluated': of('owners'),
    'keys and evaluation, ms': of('ms'),
    'the same, first of the process, ms': cold?.ms ?? 0,
    'synchronization before it, ms': of('synchronizationMs'),
    'rows written': of('rows'),
    'KiB written': of('bytes') / 1_024,
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
});
