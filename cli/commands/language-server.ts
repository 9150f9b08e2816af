import { stdin, stdout } from 'node:process';
import type { Command } from 'commander';
import type { CommandContext, CommandResult } from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { exitCodes } from '../exit-codes.ts';

export function addLanguageServer(program: Command, run: RunCommand): void {
  program
    .command('language-server')
    .description('completion, navigation and findings for editors, by the Language Server Protocol')
    .option('--stdio', 'speak over stdin and stdout, which is the only way')
    // Editors add it; the protocol's library ends the process when this one is gone.
    .option('--clientProcessId <id>', 'process of the editor')
    .action((_options, command: Command) =>
      run(command, (context) => serve(context, command.parent?.version() ?? '')),
    );
}

/** The protocol has stdin and stdout for itself: nothing may be printed at the end. */
async function serve(context: CommandContext, version: string): Promise<CommandResult> {
  const { serveLanguage } = await import('../language-server/server.ts');
  const { environment, signal } = context;
  await serveLanguage({ input: stdin, output: stdout, environment, version, signal });
  return { exitCode: exitCodes.done, document: null, text: '' };
}
