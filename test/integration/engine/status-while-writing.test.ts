import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { openProject, openWorkspace, readStatus } from '../../../engine/index.ts';
import { makeSqliteProject } from './project.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Another process in the middle of a long write. */
const writing = `
  const { DatabaseSync } = require('node:sqlite');
  const db = new DatabaseSync(process.argv[1]);
  db.exec("begin immediate; update r_hr_person set last_name = 'half done'");
  process.stdout.write('writing');
  process.stdin.on('data', () => { db.exec('commit'); process.exit(0); });`;

it('status answers at once while another process writes, with the store as it was before', async () => {
  await using project = await makeSqliteProject();
  await project.run('Complete', { force: true });
  const file = join(project.folder, 'Work', 'lockstep.db');
  const writer = spawn(process.execPath, ['-e', writing, file], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(writer.stdout, 'data');

  const started = performance.now();
  await using opened = await openProject(project.folder, {
    environment: {},
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    progress: { report() {} },
    now: () => project.clock,
    signal: new AbortController().signal,
  });
  const workspace = await openWorkspace(opened);
  const status = await readStatus(workspace);
  const took = performance.now() - started;
  const seen = await workspace.store.read(({ tx }) => tx('r_hr_person').distinct('last_name'));
  writer.stdin.write('end');
  const [code] = await once(writer, 'exit');

  const hr = status.connectors.find(({ identifier }) => identifier === 'HR');
  expect(hr?.entityTypes.map(({ resources }) => resources)).toEqual([2, 2]);
  expect(seen.map((row) => row.last_name)).not.toContain('half done');
  // Waiting for the writer would take until it ends, which it does after this.
  expect(took).toBeLessThan(20_000);
  expect(code).toBe(0);
});
