/** Plays the demonstration with the surroundings of the command: `node run-demo.ts [--json] [--without-directory]`. */
import { runDemo } from '../../../cli/demo.ts';
import { createLogger } from '../../../cli/log.ts';
import { createOutput } from '../../../cli/output.ts';

const { env: environment, stdout, stderr, argv } = process;
const output = createOutput(stdout, stderr, { environment, now: Date.now });
const { exitCode, document, text } = await runDemo(
  {
    folder: process.cwd(),
    workingFolder: process.cwd(),
    environment,
    palette: output.palette,
    logger: createLogger({
      level: 'warn',
      isTerminal: false,
      palette: output.stderrPalette,
      write: output.writeError,
    }),
    progress: output.progress,
    now: Date.now,
    signal: new AbortController().signal,
    person: 'operator',
    loadEngine: () => import('../../../engine/index.ts'),
    note: output.note,
  },
  { withDirectory: !argv.includes('--without-directory') },
);
output.print(argv.includes('--json') ? JSON.stringify(document) : text);
process.exitCode = exitCode;
