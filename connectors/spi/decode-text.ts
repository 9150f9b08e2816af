/** Bytes to text, strictly: a byte that means nothing in the encoding is an error with its line, never a `U+FFFD`. */
import { ConnectorError } from './errors.ts';

/** Decodes UTF-8; a byte order mark at the start is dropped. Throws `invalid-value` with the line of the first wrong byte. */
export async function* decodeUtf8(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let lines = 0;
  let carry: Uint8Array = new Uint8Array();
  for await (const chunk of chunks) {
    try {
      yield decoder.decode(chunk, { stream: true });
    } catch (error) {
      throw describeWrongByte(file, lines, joinBytes(carry, chunk), error);
    }
    lines += countLineFeeds(chunk);
    carry = findOpenCharacter(chunk);
  }
  try {
    const rest = decoder.decode();
    if (rest !== '') yield rest;
  } catch (error) {
    throw describeWrongByte(file, lines, carry, error);
  }
}

function describeWrongByte(
  file: string,
  linesBefore: number,
  bytes: Uint8Array,
  cause: unknown,
): ConnectorError {
  const line = linesBefore + findWrongLine(bytes) + 1;
  return new ConnectorError('invalid-value', `The file ${file} is not UTF-8 at line ${line}.`, {
    hint: 'Save the file as UTF-8, or name its encoding in the Encoding setting (windows-1252, for example).',
    cause,
    details: { file, line },
  });
}

/** The bytes of a character that the end of the chunk may have broken: from its lead byte on. */
function findOpenCharacter(chunk: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(3, chunk.length); back += 1) {
    const at = chunk.length - back;
    if ((chunk[at] ?? 0) >= 0xc0) return chunk.subarray(at);
  }
  return new Uint8Array();
}

/** Line feeds before the first wrong byte of a chunk. */
function findWrongLine(bytes: Uint8Array): number {
  let line = 0;
  let start = 0;
  while (start < bytes.length) {
    const feed = bytes.indexOf(10, start);
    const end = feed === -1 ? bytes.length : feed + 1;
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(start, end));
    } catch {
      return line;
    }
    line += 1;
    start = end;
  }
  return Math.max(0, line - 1);
}

function countLineFeeds(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count += 1;
  return count;
}

function joinBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  return Buffer.concat([a, b]);
}
