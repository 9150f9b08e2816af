/** What command files share with the program they add themselves to. */
import { type Command, InvalidArgumentError } from 'commander';
import type { CommandContext, CommandResult } from './command-context.ts';

/** Runs the work of a command under its global options, and prints what it gives. */
export type RunCommand = (
  command: Command,
  work: (context: CommandContext) => Promise<CommandResult>,
) => Promise<void>;

/** Options written once or several times, or with commas: `--entity-type A,B --entity-type C`. */
export function collectNames(value: string, previous: readonly string[] | undefined): string[] {
  const names = value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return [...(previous ?? []), ...names];
}

/** An id of the store. Throws commander's error, which names the argument. */
export function parseId(value: string): number {
  const id = Number(value);
  if (/^\d+$/u.test(value) && Number.isSafeInteger(id)) return id;
  throw new InvalidArgumentError('It must be the number that a list shows.');
}

export function collectIds(value: string, previous: readonly number[] | undefined): number[] {
  return [...(previous ?? []), ...collectNames(value, undefined).map(parseId)];
}

/** A count from 1 to 10,000. */
export function parseLimit(value: string): number {
  const limit = Number(value);
  if (/^\d+$/u.test(value) && limit >= 1 && limit <= 10_000) return limit;
  throw new InvalidArgumentError('It must be a whole number from 1 to 10000.');
}
