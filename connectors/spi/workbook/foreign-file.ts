/** What a file is that was taken for a workbook and is none. */
import type { FileHandle } from 'node:fs/promises';
import { ConnectorError } from '../errors.ts';

/** Every ZIP file starts so; an empty one with the second. */
const zipStarts = [Buffer.from('PK\x03\x04', 'latin1'), Buffer.from('PK\x05\x06', 'latin1')];
/** Compound files: workbooks of before 2007, and encrypted ones. */
const compoundStart = Buffer.from('d0cf11e0a1b11ae1', 'hex');

/** Throws, with the name of the form, unless the file is a ZIP file. */
export async function requireZip(file: FileHandle, path: string): Promise<void> {
  const start = Buffer.alloc(1_024);
  const { bytesRead } = await file.read(start, 0, start.length, 0);
  const head = start.subarray(0, bytesRead);
  if (zipStarts.some((each) => head.subarray(0, 4).equals(each))) return;
  if (bytesRead === 0) {
    throw new ConnectorError('incomplete', `The file ${path} is empty (0 bytes).`, {
      hint: 'Have the file written again, then export again.',
      details: { path },
    });
  }
  if (head.subarray(0, 8).equals(compoundStart)) throw await describeCompound(file, head, path);
  const form = /^\s*<(!doctype html|html|table)/i.test(head.toString('latin1'))
    ? 'a web page'
    : describeText(head);
  throw describeForeign(path, form);
}

function describeText(head: Buffer): string {
  if (/^\s*<\?xml/.test(head.toString('latin1').replace(/^\u00ef\u00bb\u00bf/, ''))) {
    return 'a single XML file';
  }
  return head.includes(0) ? 'something else' : 'plain text, such as CSV';
}

async function describeCompound(
  file: FileHandle,
  head: Buffer,
  path: string,
): Promise<ConnectorError> {
  // The directory of a compound file names its streams in UTF-16: [MS-CFB] 2.6.
  const sectorSize = 2 ** Math.min(head.length >= 32 ? head.readUInt16LE(30) : 9, 16);
  const sector = head.length >= 52 ? head.readUInt32LE(48) : 0;
  const directory = Buffer.alloc(8 * 1_024);
  await file.read(directory, 0, directory.length, (sector + 1) * sectorSize);
  if (directory.includes(Buffer.from('EncryptedPackage', 'utf16le'))) {
    return new ConnectorError('invalid-value', `The workbook ${path} is encrypted by a password.`, {
      hint: 'Have it saved without a password, in a folder that only the right people may read.',
      details: { path },
    });
  }
  return describeForeign(path, 'a workbook of the old form (.xls)');
}

/** The error for a file of another form. */
export function describeForeign(path: string, form: string): ConnectorError {
  return new ConnectorError(
    'invalid-value',
    `The file ${path} is ${form}, not a workbook (.xlsx or .xlsm).`,
    {
      hint: 'Have it saved as a workbook (.xlsx) by a spreadsheet program, or read it with the package of its own form.',
      details: { path, form },
    },
  );
}
