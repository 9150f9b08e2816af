/** Single statements against a database that no connection names, loaded when the first one is run. */
export type { CommandBatch, SqlCommand } from './sql/run-command.ts';

export async function loadSqlCommands(): Promise<typeof import('./sql/run-command.ts')> {
  return import('./sql/run-command.ts');
}
