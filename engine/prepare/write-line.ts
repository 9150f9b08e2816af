/** One prepared line into a file. */
import type { ByteOutput } from './byte-output.ts';
import { commands } from './line-list.ts';
import { quotedFold } from './row-routes.ts';

/** A line as cursors give it: the folded key without quotes, then the rest. */
export interface Line {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly foldEnd: number;
  readonly end: number;
  readonly sourceLine: number;
  readonly flags: number;
}

const commandTexts = commands.map((command) =>
  Buffer.from(command === 'none' ? '' : `${command},`),
);

/** The command of the line, when its source delivers commands, then the line itself. */
export function writeLine(output: ByteOutput, line: Line): void {
  const command = commandTexts[line.flags & 3];
  if (command !== undefined && command.length > 0) output.append(command, 0, command.length);
  writeContent(output, line);
}

/** The line as a change that puts it in place. */
export function writeMerge(output: ByteOutput, line: Line): void {
  const merge = commandTexts[1];
  if (merge !== undefined) output.append(merge, 0, merge.length);
  writeContent(output, line);
}

function writeContent(output: ByteOutput, line: Line): void {
  const { bytes, start, foldEnd, end, flags } = line;
  if ((flags & quotedFold) === 0) output.append(bytes, start, end);
  else {
    output.appendText(quoteFold(bytes, start, foldEnd));
    output.append(bytes, foldEnd, end);
  }
  output.rows += 1;
}

function quoteFold(bytes: Uint8Array, start: number, end: number): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
  return `"${text.replaceAll('"', '""')}"`;
}

/** Start of what follows the row number: the cells that say something. */
export function findCells(line: Line): number {
  return skipNumber(line.bytes, line.foldEnd);
}

/** From the separator before a number to the one after it. */
export function skipNumber(bytes: Uint8Array, separator: number): number {
  let at = separator + 1;
  while (bytes[at] !== 44) at += 1;
  return at;
}
