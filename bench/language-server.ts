/** How long an editor and `validate` wait in a configuration of 20,000 elements. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { generateConfiguration } from '../test/fixtures/config/large-configuration.ts';
import { questions } from '../test/fixtures/language-server/large-questions.ts';
import { installCommand } from './installed-command.ts';
import type { ProcessContest } from './race-processes.ts';

const answerMs = 100;

export async function prepareLanguageServer(folder: string): Promise<readonly ProcessContest[]> {
  const project = join(folder, 'project');
  const files = generateConfiguration(50).map(({ path, text }) => [`conf/${path}`, text] as const);
  for (const [path, text] of [['appsettings.json', '{}'] as const, ...files]) {
    await mkdir(dirname(join(project, path)), { recursive: true });
    await writeFile(join(project, path), text);
  }
  const command = await installCommand(folder);
  const reference = () => ({ command: process.execPath, args: ['-e', '0'] });
  const waits = [...questions.map(({ what }) => what), 'findings of the edited file'];
  return [
    {
      name: 'an editor in 20,000 elements, each answer right after a change',
      rounds: 3,
      tellsFigures: true,
      figureGoals: Object.fromEntries(waits.map((what) => [`${what}, ms`, answerMs])),
      ours: () => ({
        command: process.execPath,
        args: [join(import.meta.dirname, 'language-server-step.ts')],
      }),
      reference,
    },
    {
      name: 'validate, 20,000 elements',
      goalMs: 2_000,
      ours: () => ({
        command: process.execPath,
        args: [command, '-C', project, 'validate'],
        env: { NODE_COMPILE_CACHE: join(folder, 'compiled') },
      }),
      reference,
    },
  ];
}
