/** Reads all systems of the small company and computes nothing: what plans start from. */
import { exportConnection, prepareConnector, synchronizeConnector } from '../../../engine/index.ts';
import type { ProjectFolder } from './project.ts';

export async function readSystems(project: ProjectFolder): Promise<void> {
  project.clock += 60_000;
  await using workspace = await project.open();
  for (const connection of workspace.model.connections.keys())
    await exportConnection(workspace, { connection, mode: 'complete', ignoreCookie: true });
  for (const connector of ['HR', 'Wiki']) {
    const mode = { connector, mode: 'complete', commandColumn: null, force: true } as const;
    await prepareConnector(workspace, mode);
    const options = { connector, force: true, resume: false, isDryRun: false };
    await synchronizeConnector(workspace, options);
  }
}
