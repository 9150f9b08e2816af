/** Data files, encrypted and decrypted in pieces of bounded size. */
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import {
  CodedError,
  decryptStream,
  encryptStream,
  openProjectCertificate,
  refuseOutOfForce,
} from '../../config/index.ts';
import type { CommandContext, CommandResult } from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { toPrintableLine } from '../printable-text.ts';

interface StreamOptions {
  readonly outputPath?: string;
  readonly encoding?: string;
  readonly force?: true;
  readonly dryRun?: true;
}

type Bytes = AsyncIterable<Uint8Array>;
type Transform = (source: Bytes) => Bytes;
type Direction = 'encrypt' | 'decrypt';

export function addEncrypt(group: Command, run: RunCommand): void {
  addStreamCommand(group, run, 'encrypt', 'encrypt data files');
}

export function addDecrypt(group: Command, run: RunCommand): void {
  addStreamCommand(group, run, 'decrypt', 'decrypt data files that "protect encrypt" wrote');
}

function addStreamCommand(
  group: Command,
  run: RunCommand,
  direction: Direction,
  description: string,
): void {
  group
    .command(direction)
    .description(description)
    .argument('<files...>', 'files to read; several of them are written one after the other')
    .option('-o, --output-path <path>', 'a file, or a folder for several (default: stdout)')
    .option(
      '-e, --encoding <name>',
      'the content is text in this encoding, and becomes UTF-8 (default: bytes as they are)',
    )
    .option('--force', 'replace what is there')
    .option('--dry-run', 'read everything, and write nothing')
    .action((files: readonly string[], options: StreamOptions, command: Command) =>
      run(command, (context) => {
        const isJson = command.optsWithGlobals<{ readonly json?: true }>().json === true;
        return streamFiles(context, { direction, files, options, isJson });
      }),
    );
}

interface StreamRequest {
  readonly direction: Direction;
  readonly files: readonly string[];
  readonly options: StreamOptions;
  readonly isJson: boolean;
}

async function streamFiles(
  context: CommandContext,
  { direction, files, options, isJson }: StreamRequest,
): Promise<CommandResult<JsonOutput<'protect encrypt'>>> {
  const isDryRun = options.dryRun === true;
  if (options.outputPath === undefined && isJson && !isDryRun) {
    throw new CliError('USAGE_OPTIONS_CONFLICT', '--json needs --output-path.', {
      hint: 'Both would be written to stdout.',
    });
  }
  if (direction === 'encrypt' && files.length > 1 && options.outputPath === undefined) {
    throw new CliError('USAGE_INVALID', 'Several encrypted files cannot go to stdout together.', {
      hint: 'Name a folder with --output-path, or encrypt one file at a time.',
    });
  }
  const pairs = await pairFiles(context, files, options);
  const transform = await openTransform(context, direction, options.encoding);
  for (const { input, output } of pairs) {
    context.signal.throwIfAborted();
    const content = transform(readBytes(input, context.signal));
    if (isDryRun) await drain(content);
    else if (output === null) for await (const bytes of content) await context.writeResult(bytes);
    else await writeFileOf(output, content);
  }
  const written = pairs.filter(({ output }) => output !== null);
  return {
    exitCode: exitCodes.done,
    document: { files: pairs.map((pair) => ({ ...pair })), isDryRun },
    text: isDryRun
      ? 'Nothing was written: this was a dry run.'
      : written.map(({ output }) => toPrintableLine(`Written: ${output}`)).join('\n'),
  };
}

interface FilePair {
  readonly input: string;
  /** `null`: stdout. */
  readonly output: string | null;
}

/** Where each file goes. Several go into a folder, under their own names. */
async function pairFiles(
  { workingFolder }: CommandContext,
  files: readonly string[],
  { outputPath, force }: StreamOptions,
): Promise<readonly FilePair[]> {
  const inputs = files.map((file) => resolve(workingFolder, file));
  if (outputPath === undefined) return inputs.map((input) => ({ input, output: null }));
  const target = resolve(workingFolder, outputPath);
  const isFolder = await stat(target).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (inputs.length > 1 && !isFolder) {
    throw new CliError('USAGE_INVALID', `${target} is not a folder, and there are several files.`, {
      hint: 'Name a folder that exists.',
    });
  }
  const pairs = inputs.map((input) => ({
    input,
    output: isFolder ? join(target, basename(input)) : target,
  }));
  if (new Set(pairs.map(({ output }) => output)).size < pairs.length) {
    throw new CliError('USAGE_INVALID', 'Two of the files have one name.', {
      hint: 'Give them to the command one after the other, with folders of their own.',
    });
  }
  for (const { output } of pairs) await refuseExisting(output, force === true);
  return pairs;
}

async function openTransform(
  { folder, environment, now }: CommandContext,
  direction: Direction,
  encoding: string | undefined,
): Promise<Transform> {
  const recode = await openRecoding(encoding);
  const certificate = await openProjectCertificate(folder, environment, { now });
  if (direction === 'decrypt') return (source) => recode(decryptStream(source, certificate));
  refuseOutOfForce(certificate, now());
  return (source) => encryptStream(recode(source), certificate);
}

/** Text of the named encoding to UTF-8; bytes as they are without one. */
async function openRecoding(encoding: string | undefined): Promise<Transform> {
  if (encoding === undefined) return (source) => source;
  const { default: iconv } = await import('iconv-lite');
  if (!iconv.encodingExists(encoding)) {
    throw new CliError('USAGE_INVALID', `There is no encoding "${encoding}".`, {
      hint: 'Use a name such as UTF-8, UTF-16LE or windows-1252.',
    });
  }
  return async function* recode(source: Bytes): Bytes {
    const decoder = iconv.getDecoder(encoding);
    for await (const bytes of source) yield Buffer.from(decoder.write(Buffer.from(bytes)), 'utf8');
    yield Buffer.from(decoder.end() ?? '', 'utf8');
  };
}

async function* readBytes(file: string, signal: AbortSignal): Bytes {
  try {
    yield* createReadStream(file, { highWaterMark: 256 * 1024, signal });
  } catch (cause) {
    if (signal.aborted || !(cause instanceof Error) || !('syscall' in cause)) throw cause;
    throw new CliError('USAGE_FILE_NOT_READABLE', `The file ${file} cannot be read.`, {
      cause,
      hint: 'Check its name, and that this account may read it.',
    });
  }
}

async function drain(content: Bytes): Promise<void> {
  for await (const _ of content);
}

/** Complete or absent, and for this account alone: decrypted files hold what was worth encrypting. */
async function writeFileOf(output: string, content: Bytes): Promise<void> {
  const part = `${output}.part`;
  try {
    await rm(part, { force: true });
    const handle = await open(part, 'wx', 0o600);
    try {
      for await (const bytes of content) await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, output);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined);
    throw toWriteError(output, cause);
  }
}

/** Throws `USAGE_FILE_EXISTS`. */
export async function refuseExisting(file: string, mayReplace: boolean): Promise<void> {
  if (mayReplace) return;
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return;
  throw new CliError('USAGE_FILE_EXISTS', `${file} is there already.`, {
    hint: 'Name another file, or replace it with --force.',
  });
}

/** What the file system refuses, as an error that says so; anything else as it is. */
export function toWriteError(file: string, cause: unknown): unknown {
  if (cause instanceof CodedError) return cause;
  if (!(cause instanceof Error) || !('syscall' in cause)) return cause;
  return new CliError('USAGE_FILE_NOT_WRITABLE', `The file ${file} cannot be written.`, {
    cause,
    hint: 'Check that its folder exists and may be written by this account.',
  });
}
