import type { Command } from 'commander';
import type { RunCommand } from '../command-line.ts';

export function addDemo(program: Command, run: RunCommand): void {
  program
    .command('demo')
    .description('two days of a small sample company, in a temporary folder that is kept')
    .option('--no-directory', 'leave the LDAP directory out although slapd is installed')
    .action((options: { readonly directory: boolean }, command: Command) =>
      run(command, async (context) => {
        const { runDemo } = await import('../demo.ts');
        return runDemo(context, { withDirectory: options.directory });
      }),
    );
}
