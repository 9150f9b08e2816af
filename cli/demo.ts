/** The demonstration: two days of a small company, from the first reading to the last proof, in a folder that is kept. */
import { type CommandContext, type CommandResult, withProject } from './command-context.ts';
import { buildCompany } from './demo/build-company.ts';
import { addDirectory, type DirectoryServer, findSlapd } from './demo/directory-server.ts';
import { deploy, firstDay } from './demo/first-day.ts';
import { createNarrator } from './demo/narrator.ts';
import { listNextCommands } from './demo/next-commands.ts';
import { secondDay } from './demo/second-day.ts';
import { describeStates, readOrders, type Stage } from './demo/stage.ts';
import { exitCodes } from './exit-codes.ts';
import { formatTable } from './table.ts';

export interface DemoOptions {
  /** False leaves the directory out although a server could be started. */
  readonly withDirectory: boolean;
}

/** What `--json` prints. */
export interface DemoDocument {
  readonly folder: string;
  readonly directory: boolean;
  readonly steps: number;
  /** Expectations that were met; the first that is not ends the demonstration with an error. */
  readonly checks: number;
  readonly orders: number;
  readonly toReconcile: number;
  readonly durationMs: number;
  /** Commands to go on with. */
  readonly next: readonly string[];
}

/**
 * Plays both days and tells them through `context.note`; the result is what stands where in the end. The directory server
 * is stopped before it returns. Throws `DEMO_STEP_UNEXPECTED` as soon as something does not come out as told.
 */
export async function runDemo(
  context: CommandContext,
  options: DemoOptions,
): Promise<CommandResult<DemoDocument>> {
  const startedAt = context.now();
  const folder = await buildCompany(startedAt);
  const narrator = createNarrator({ write: context.note, palette: context.palette, folder });
  context.note(`Fernhill Instruments, 34 people on two sites, was built in ${folder}.`);
  await using directory = await startDirectory(context, options, folder);
  return await withProject({ ...context, folder }, async (project, engine) => {
    const workspace = await deploy(project, engine, narrator);
    const targets = ['Helpdesk', ...(directory === null ? [] : ['Directory']), 'Badges'];
    const stage: Stage = { folder, context, engine, workspace, narrator, targets };
    for (const scene of [...firstDay, ...secondDay]) {
      context.signal.throwIfAborted();
      await scene(stage);
    }
    return summarize(stage, directory, startedAt);
  });
}

async function startDirectory(
  context: CommandContext,
  { withDirectory }: DemoOptions,
  folder: string,
): Promise<DirectoryServer | null> {
  const installation = withDirectory ? findSlapd(context.environment) : null;
  if (installation === null) {
    const reason = withDirectory ? 'no LDAP server (slapd) is installed here' : 'as asked';
    context.note(`It has a helpdesk and a badge system, and no directory: ${reason}.`);
    return null;
  }
  const server = await addDirectory(folder, installation);
  context.note(
    server === null
      ? 'It has a helpdesk and a badge system, and no directory: the LDAP server (slapd) does not start here.'
      : `It has a helpdesk, a badge system, and a directory: ${installation.program} on 127.0.0.1:${server.port}.`,
  );
  return server;
}

async function summarize(
  stage: Stage,
  directory: DirectoryServer | null,
  startedAt: number,
): Promise<CommandResult<DemoDocument>> {
  const { context, engine, workspace, folder, narrator } = stage;
  const next = listNextCommands(context, folder);
  const states = await describeStates(stage);
  const { gaps } = await engine.readStatus(workspace);
  const document: DemoDocument = {
    folder,
    directory: directory !== null,
    ...narrator.counts(),
    orders: (await readOrders(stage)).length,
    toReconcile: gaps,
    durationMs: context.now() - startedAt,
    next: next.map(({ command }) => command),
  };
  const seconds = Math.ceil(document.durationMs / 1_000);
  const parts = [
    `\nDone in ${seconds} s: ${document.orders} orders made and proved, ${gaps} things found that wait for a decision.`,
    formatTable(states.headers, states.rows, context.palette),
    `The folder is kept: ${folder}${describeRestart(directory)}`,
    `Next:\n${next.map(({ command, does }) => `  ${command}\n      ${does}`).join('\n')}`,
  ];
  return { exitCode: exitCodes.done, document, text: parts.join('\n\n') };
}

function describeRestart(directory: DirectoryServer | null): string {
  if (directory === null) return '';
  return `\nIts directory server has been stopped. Jobs that read everything need it: ${directory.command}`;
}
