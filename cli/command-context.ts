/** What every command is given, and what it gives back. */
import type { Environment } from '../config/index.ts';
import type { Progress, Project, Workspace } from '../engine/index.ts';
import type { ExitCode } from './exit-codes.ts';
import type { CliLogger } from './log.ts';
import type { Palette } from './palette.ts';

/** The engine brings database drivers: it is loaded by the commands that need it. */
export type Engine = typeof import('../engine/index.ts');

export interface CommandContext {
  /** The project folder, absolute. */
  readonly folder: string;
  /** Where the command was called: paths of arguments start here. */
  readonly workingFolder: string;
  readonly environment: Environment;
  readonly palette: Palette;
  readonly logger: CliLogger;
  readonly progress: Progress;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Sets `now` by the clock that all machines share; absent: it stays as it is. */
  readonly setClock?: (byMs: number) => void;
  readonly signal: AbortSignal;
  /** Name of the account that runs the command: who decides, unless the command says otherwise. */
  readonly person: string;
  readonly loadEngine: () => Promise<Engine>;
  /** Says something to people while the command goes on. */
  readonly note: (text: string) => void;
  /** Writes a part of a long result to stdout, and waits until it has been taken. */
  readonly writeResult: (text: string | Uint8Array) => Promise<void>;
  /** What is piped into the command. */
  readonly readInput: () => Promise<string>;
  /** Puts a question to the person at the terminal and gives the answer; absent where nobody sits. */
  readonly ask?: (question: string) => Promise<string>;
}

export interface CommandResult<D = unknown> {
  readonly exitCode: ExitCode;
  /** What `--json` prints; its schema is in `json-schemas.ts`. */
  readonly document: D;
  /** What people read. */
  readonly text: string;
}

/** Opens the project of the context, does the work, and closes it whatever happens. */
export async function withProject<T>(
  context: CommandContext,
  work: (project: Project, engine: Engine) => Promise<T>,
): Promise<T> {
  const engine = await context.loadEngine();
  const { environment, logger, progress, now, setClock, signal } = context;
  await using project = await engine.openProject(context.folder, {
    environment,
    logger,
    progress,
    now,
    ...(setClock === undefined ? {} : { setClock }),
    signal,
  });
  return await work(project, engine);
}

/** The same with the configuration in force. */
export async function withWorkspace<T>(
  context: CommandContext,
  work: (workspace: Workspace, engine: Engine) => Promise<T>,
): Promise<T> {
  return withProject(context, async (project, engine) =>
    work(await engine.openWorkspace(project), engine),
  );
}
