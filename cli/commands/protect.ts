/** Tools that keep secrets out of files: encryption for the certificate of the settings. */
import { chmod } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import {
  type Certificate,
  changePrivateFile,
  createCertificate,
  createOpenIdSecret,
  encryptSettingsFile,
  encryptValue,
  findCertificateFile,
  hashOpenIdSecret,
  openProjectCertificate,
  parseReference,
  refuseOutOfForce,
  resolveSecret,
  Secret,
} from '../../config/index.ts';
import type { CommandContext, CommandResult } from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { toPrintableLine } from '../printable-text.ts';
import { readSecretLine } from '../secret-input.ts';
import { addDecrypt, addEncrypt, refuseExisting, toWriteError } from './protect-files.ts';

interface WriteOptions {
  readonly force?: true;
  readonly dryRun?: true;
}
interface FileOptions extends WriteOptions {
  readonly input: string;
  readonly output: string;
}
interface PasswordOptions extends WriteOptions {
  readonly out: string;
}
interface NewCertificateOptions extends WriteOptions {
  readonly out: string;
  readonly name: string;
  readonly days: number;
  readonly password?: string;
}

const noWrite = 'Nothing was written: this was a dry run.';

export function addProtect(program: Command, run: RunCommand): void {
  const group = program
    .command('protect')
    .description('encrypt settings and data files, for the certificate that the settings name');
  addFile(group, run);
  addValue(group, run);
  addCertificatePassword(group, run);
  addNewCertificate(group, run);
  addEncrypt(group, run);
  addDecrypt(group, run);
  addOpenIdSecret(group, run);
}

function addFile(group: Command, run: RunCommand): void {
  group
    .command('file')
    .description('encrypt every value of a settings file')
    .requiredOption('--input <file>', 'the plain settings file')
    .requiredOption('--output <file>', 'such as appsettings.encrypted.agent.json')
    .option('--force', 'replace the output if it is there')
    .option('--dry-run', 'encrypt, and write nothing')
    .action((options: FileOptions, command: Command) =>
      run(command, (context) => protectFile(context, options)),
    );
}

function addValue(group: Command, run: RunCommand): void {
  group
    .command('value')
    .description(
      'encrypt single values, one line each; without arguments, the lines that are piped in',
    )
    .argument('[values...]', 'values; they stay in the history of the shell')
    .action((values: readonly string[], _options, command: Command) =>
      run(command, (context) => protectValues(context, values)),
    );
}

function addCertificatePassword(group: Command, run: RunCommand): void {
  group
    .command('certificate-password')
    .description(
      'store the password of the certificate, from stdin, where only this account can read it',
    )
    .requiredOption('--out <file>', 'file to write')
    .option('--force', 'replace the file if it is there')
    .option('--dry-run', 'try the password, and write nothing')
    .action((options: PasswordOptions, command: Command) =>
      run(command, (context) => storeCertificatePassword(context, options)),
    );
}

function addNewCertificate(group: Command, run: RunCommand): void {
  group
    .command('new-certificate')
    .description('make a certificate for the settings, signed by itself, with its private key')
    .requiredOption('--out <file>', 'PEM file to write, for this account alone')
    .option('--name <text>', 'common name', 'Lockstep settings')
    .option('--days <n>', 'how long it is in force', parseDays, 730)
    .option('--password <reference>', 'env:<variable> or file:<path>: encrypts the private key')
    .option('--force', 'replace the file if it is there')
    .option('--dry-run', 'write nothing')
    .action((options: NewCertificateOptions, command: Command) =>
      run(command, (context) => makeCertificate(context, options)),
    );
}

function addOpenIdSecret(group: Command, run: RunCommand): void {
  group
    .command('openid-secret')
    .description('the hash of a client secret for the configuration; without one, of a new one')
    .option('--client-secret <text>', 'the secret, or - to pipe it in')
    .action((options: { readonly clientSecret?: string }, command: Command) =>
      run(command, (context) => hashSecret(context, options.clientSecret)),
    );
}

function parseDays(text: string): number {
  const days = Number(text);
  if (/^\d+$/u.test(text) && days >= 1 && days <= 3650) return days;
  throw new InvalidArgumentError('It must be a whole number from 1 to 3650.');
}

/** The certificate of the project, for encrypting. */
async function openForEncryption({
  folder,
  environment,
  now,
}: CommandContext): Promise<Certificate> {
  const certificate = await openProjectCertificate(folder, environment, { now });
  refuseOutOfForce(certificate, now());
  return certificate;
}

async function protectFile(
  context: CommandContext,
  { input, output, force, dryRun }: FileOptions,
): Promise<CommandResult<JsonOutput<'protect file'>>> {
  const source = resolve(context.workingFolder, input);
  const target = resolve(context.workingFolder, output);
  const isDryRun = dryRun === true;
  await refuseExisting(target, force === true);
  const certificate = await openForEncryption(context);
  const { json, values } = await encryptSettingsFile(source, certificate);
  if (!isDryRun) await writePrivately(target, json);
  return {
    exitCode: exitCodes.done,
    document: { input: source, output: target, values, isDryRun },
    text: isDryRun ? noWrite : toPrintableLine(`Written: ${target}, ${values} values encrypted`),
  };
}

async function protectValues(
  context: CommandContext,
  given: readonly string[],
): Promise<CommandResult<JsonOutput<'protect value'>>> {
  const certificate = await openForEncryption(context);
  const plain = given.length > 0 ? given : (await readSecretLine(context)).split(/\r?\n/u);
  const values: string[] = [];
  for (const value of plain) values.push(await encryptValue(value, certificate));
  return { exitCode: exitCodes.done, document: { values }, text: values.join('\n') };
}

/**
 * A password cannot be kept secret from the machine that has to use it without asking: what is left is to keep it from other
 * accounts, and out of the settings, which are copied and versioned.
 */
async function storeCertificatePassword(
  context: CommandContext,
  { out, force, dryRun }: PasswordOptions,
): Promise<CommandResult<JsonOutput<'protect certificate-password'>>> {
  const { folder, environment, workingFolder, now } = context;
  const isDryRun = dryRun === true;
  const file = resolve(workingFolder, out);
  await refuseExisting(file, force === true);
  const password = new Secret(await readSecretLine(context));
  const certificateFile = await findCertificateFile(folder, environment);
  if (certificateFile !== undefined) {
    await openProjectCertificate(folder, environment, { now, password });
  }
  if (!isDryRun) await writePrivately(file, `${password.reveal()}\n`);
  const local = relative(folder, file);
  const setting = `file:${local.startsWith('..') ? file : local}`;
  const isVerified = certificateFile !== undefined;
  const lines = [
    isDryRun ? noWrite : `Written: ${file}, readable by this account alone.`,
    isVerified
      ? `It opens ${certificateFile}.`
      : 'It was not tried: the settings name no certificate file yet.',
    `Setting: "EncryptionCertificate": { "Password": ${JSON.stringify(setting)} }`,
  ];
  return {
    exitCode: exitCodes.done,
    document: { file, setting, isVerified, isDryRun },
    text: lines.map(toPrintableLine).join('\n'),
  };
}

async function makeCertificate(
  context: CommandContext,
  { out, name, days, password, force, dryRun }: NewCertificateOptions,
): Promise<CommandResult<JsonOutput<'protect new-certificate'>>> {
  const file = resolve(context.workingFolder, out);
  const isDryRun = dryRun === true;
  await refuseExisting(file, force === true);
  const secret = password === undefined ? undefined : await readPassword(context, password);
  const from = context.now();
  if (!isDryRun) {
    const wish = { name, from, days, ...(secret === undefined ? {} : { password: secret }) };
    await writePrivately(file, await createCertificate(wish));
  }
  const expiresAt = new Date(from + days * 86_400_000).toISOString();
  return {
    exitCode: exitCodes.done,
    document: { file, name, expiresAt, hasPassword: secret !== undefined, isDryRun },
    text: isDryRun
      ? noWrite
      : toPrintableLine(`Written: ${file}, in force until ${expiresAt.slice(0, 10)}`),
  };
}

async function readPassword(context: CommandContext, written: string): Promise<Secret> {
  const reference = parseReference(written);
  if (reference === undefined) {
    throw new CliError('USAGE_INVALID', '--password takes a reference, not the password itself.', {
      hint: 'Write env:NAME for a variable, or file:path.',
    });
  }
  return resolveSecret(reference, { folder: context.folder, environment: context.environment });
}

async function hashSecret(
  context: CommandContext,
  given: string | undefined,
): Promise<CommandResult<JsonOutput<'protect openid-secret'>>> {
  const isNew = given === undefined;
  const text = given === '-' ? await readSecretLine(context) : given;
  const secret = text === undefined ? createOpenIdSecret() : new Secret(text);
  const hashedSecret = hashOpenIdSecret(secret);
  return {
    exitCode: exitCodes.done,
    document: { secret: isNew ? secret.reveal() : null, hashedSecret },
    text: isNew
      ? `Secret, shown this once: ${secret.reveal()}\nHashedSecret: ${hashedSecret}`
      : hashedSecret,
  };
}

async function writePrivately(file: string, content: string): Promise<void> {
  try {
    await changePrivateFile(file, async () => content);
    await chmod(file, 0o600);
  } catch (cause) {
    throw toWriteError(file, cause);
  }
}
