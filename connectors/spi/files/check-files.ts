/** What the check of a connection tells of the files it reads. */
import type { ConnectorContext } from '../package.ts';
import { type LocatedFile, locateFile, type PathSettings } from './locate-file.ts';

/** A sentence for the file of each mode: what it is like, or why there is none. Throws what keeps it from being read. */
export async function checkFiles(
  settings: PathSettings,
  context: Pick<ConnectorContext, 'projectFolder' | 'sourcesRootPaths'>,
  describe: (located: Exclude<LocatedFile, { readonly kind: 'nothing' }>) => Promise<string>,
): Promise<string> {
  const answers: string[] = [];
  for (const mode of ['complete', 'incremental'] as const) {
    const located = await locateFile(settings, mode, context);
    answers.push(located.kind === 'nothing' ? located.reason : await describe(located));
  }
  return answers.join(' ');
}
