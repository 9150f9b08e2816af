import { findNewestFile, resolveBelowRoots } from '../../connectors/index.ts';

/** The file of a path, symbolic links followed; with `isPattern` the last created one whose name fits the last part of it. */
export async function locateInput(path: string, isPattern: boolean): Promise<string> {
  return isPattern ? findNewestFile(path, []) : resolveBelowRoots(path, []);
}
