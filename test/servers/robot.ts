/** Robot Framework with SeleniumLibrary in a virtual environment, and a browser for it. Nothing of it runs between tests. */
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Programs a test hands to its scripts. */
export interface RobotAddress {
  readonly robot: string;
}

/** Where scripts/install-robot.sh puts it, as root and otherwise. */
function folders(): readonly string[] {
  return ['/opt/lockstep-tests/robot', join(homedir(), '.cache', 'lockstep-tests', 'robot')];
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function findRobot(): string | undefined {
  return folders()
    .map((folder) => join(folder, 'bin', 'robot'))
    .find(isProgram);
}

export function findRobotObstacle(): string | undefined {
  if (findRobot() === undefined)
    return 'Robot Framework is not installed; scripts/install-robot.sh does that';
  const missing = ['/usr/bin/chromium', '/usr/bin/chromedriver'].find((path) => !isProgram(path));
  return missing === undefined ? undefined : `${missing} is not installed`;
}

/** There is nothing to start: each script starts its own. */
export async function startRobot(): Promise<RobotAddress & AsyncDisposable> {
  const robot = findRobot();
  if (robot === undefined) throw new Error(findRobotObstacle());
  return { robot, [Symbol.asyncDispose]: async () => undefined };
}
