/** Results written to a file instead of stdout. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CliError } from './errors.ts';

/** Throws `USAGE_FILE_NOT_WRITABLE`. */
export async function writeResultFile(file: string, content: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content.endsWith('\n') ? content : `${content}\n`);
  } catch (cause) {
    throw new CliError('USAGE_FILE_NOT_WRITABLE', `The file ${file} cannot be written.`, {
      hint: 'Check that its folder may be written by this account.',
      cause,
    });
  }
}
