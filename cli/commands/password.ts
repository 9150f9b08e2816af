import { randomInt } from 'node:crypto';
import { type Command, InvalidArgumentError } from 'commander';
import type { CommandContext, CommandResult } from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { addPasswordResets } from './password-reset.ts';

interface GenerateOptions {
  readonly defaultPassword?: string;
  readonly autoGenerate?: true;
  readonly digitChars: number;
  readonly lowerCaseChars: number;
  readonly upperCaseChars: number;
  readonly symbolChars: number;
  readonly generatedLength: number;
  readonly strengthCheck?: readonly string[];
}

/** Passwords made at most until one passes the strength check. */
const maxAttempts = 1_000;

export function addPassword(program: Command, run: RunCommand): void {
  const password = program.command('password').description('passwords, made and replaced');
  password
    .command('generate')
    .description('print a password made by chance, or a given one after a check of its strength')
    .option('--default-password <text>', 'the password, unless one is generated')
    .option('--auto-generate', 'generate one')
    .option('--digit-chars <n>', 'digits, at least', parseCount, 0)
    .option('--lower-case-chars <n>', 'lower-case letters, at least', parseCount, 0)
    .option('--upper-case-chars <n>', 'upper-case letters, at least', parseCount, 0)
    .option('--symbol-chars <n>', 'symbols, at least', parseCount, 0)
    .option(
      '--generated-length <n>',
      'characters in all; the sum of the above if larger',
      parseCount,
      0,
    )
    .option(
      '--strength-check <expression>',
      'regular expression to be found in it; several times: all of them',
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
    )
    .action((options: GenerateOptions, command: Command) =>
      run(command, (context) => generate(context, options)),
    );
  addPasswordResets(password, run);
}

function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/u.test(text) && count <= 1_000) return count;
  throw new InvalidArgumentError('It must be a whole number from 0 to 1000.');
}

async function generate(
  context: CommandContext,
  options: GenerateOptions,
): Promise<CommandResult<JsonOutput<'password-generate'>>> {
  const engine = await context.loadEngine();
  const isStrong = engine.compileStrengthCheck(options.strengthCheck ?? []);
  const isGenerated = options.autoGenerate === true;
  const make = isGenerated
    ? () => engine.generatePassword(readRecipe(options), (below) => randomInt(below))
    : () => options.defaultPassword ?? '';
  const attempts = isGenerated ? maxAttempts : 1;
  if (make() === '') {
    throw new CliError('USAGE_INVALID', 'There is no password to make.', {
      hint: 'Give --default-password, or --auto-generate with counts of characters or --generated-length.',
    });
  }
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const password = make();
    if (!isStrong(password)) continue;
    return {
      exitCode: exitCodes.done,
      document: { password, length: password.length, isGenerated },
      text: password,
    };
  }
  // The password stays out of the message: errors are kept in logs.
  const message = isGenerated
    ? `None of ${maxAttempts} passwords passed the strength check.`
    : 'The default password does not pass the strength check.';
  throw new CliError('PASSWORD_TOO_WEAK', message, {
    hint: isGenerated
      ? 'Ask for the characters that the check wants, and for enough of them.'
      : 'Choose another one, or let it be generated.',
  });
}

function readRecipe(options: GenerateOptions): {
  readonly digits: number;
  readonly lowerCase: number;
  readonly upperCase: number;
  readonly symbols: number;
  readonly length: number;
} {
  return {
    digits: options.digitChars,
    lowerCase: options.lowerCaseChars,
    upperCase: options.upperCaseChars,
    symbols: options.symbolChars,
    length: options.generatedLength,
  };
}
