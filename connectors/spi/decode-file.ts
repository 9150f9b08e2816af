/** Bytes of a foreign file to text: encodings by their .NET names, byte order marks, and no silent replacement. */
import iconv from 'iconv-lite';
import { countLines } from './csv-records.ts';
import { decodeUtf8 } from './decode-text.ts';
import { ConnectorError } from './errors.ts';

/** Code pages iconv-lite does not know by number; 28591 to 28606 are ISO 8859-1 to -16. */
const codePages: Readonly<Record<string, string>> = {
  '1200': 'utf-16le',
  '1201': 'utf-16be',
  '12000': 'utf-32le',
  '12001': 'utf-32be',
  '20127': 'ascii',
  '65001': 'utf-8',
};

/** Names that mean little-endian where nothing else is said, as in .NET. */
const aliases: Readonly<Record<string, string>> = {
  'utf-16': 'utf-16le',
  unicode: 'utf-16le',
  unicodefffe: 'utf-16be',
  'utf-32': 'utf-32le',
  'us-ascii': 'ascii',
  utf8: 'utf-8',
};

/** The name iconv-lite uses for an encoding; `undefined` when there is none of that name. */
export function findEncoding(name: string): string | undefined {
  const lower = name.trim().toLowerCase();
  const number = /^(?:cp|windows-)?(\d+)$/.exec(lower)?.[1];
  const iso = Number(number) - 28_590;
  if (iso >= 1 && iso <= 16) return `iso-8859-${iso}`;
  const known = codePages[number ?? ''] ?? aliases[lower] ?? (number ? `cp${number}` : lower);
  return iconv.encodingExists(known) ? known : undefined;
}

const marks: readonly { readonly bytes: readonly number[]; readonly encoding: string }[] = [
  // The longer marks first: the one of UTF-32 starts as the one of UTF-16.
  { bytes: [0xff, 0xfe, 0, 0], encoding: 'utf-32le' },
  { bytes: [0, 0, 0xfe, 0xff], encoding: 'utf-32be' },
  { bytes: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { bytes: [0xff, 0xfe], encoding: 'utf-16le' },
  { bytes: [0xfe, 0xff], encoding: 'utf-16be' },
];

/** The encoding a byte order mark tells; `undefined` when there is none. */
export function readByteOrderMark(start: Uint8Array): string | undefined {
  return marks.find(({ bytes }) => bytes.every((byte, index) => start[index] === byte))?.encoding;
}

/** Text of a file in the encoding its first bytes or the setting tell. Throws `invalid-value` with the line of a wrong byte. */
export async function* decodeFile(
  chunks: AsyncIterable<Uint8Array>,
  encodingSetting: string,
  file: string,
): AsyncGenerator<string, void, undefined> {
  const source = chunks[Symbol.asyncIterator]();
  const { start, isDone } = await readStart(source);
  const encoding = readByteOrderMark(start) ?? findEncoding(encodingSetting);
  if (encoding === undefined) throw describeUnknownEncoding(encodingSetting);
  const whole = prepend(start, source, isDone);
  if (encoding === 'utf-8') yield* decodeUtf8(whole, file);
  else yield* decodeOther(whole, encoding, file);
}

export function describeUnknownEncoding(name: string): ConnectorError {
  return new ConnectorError('invalid-value', `The encoding "${name}" is not known.`, {
    hint: 'Use a name such as UTF-8, UTF-16, iso-8859-1 or windows-1252, or the number of a code page.',
    details: { encoding: name },
  });
}

/** At least four bytes, or all there are: a byte order mark must not fall between two chunks. */
async function readStart(
  source: AsyncIterator<Uint8Array>,
): Promise<{ readonly start: Uint8Array; readonly isDone: boolean }> {
  let start: Uint8Array = new Uint8Array();
  while (start.length < 4) {
    const next = await source.next();
    if (next.done === true) return { start, isDone: true };
    start = start.length === 0 ? next.value : Buffer.concat([start, next.value]);
  }
  return { start, isDone: false };
}

async function* prepend(
  start: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
  isDone: boolean,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    if (start.length > 0) yield start;
    if (isDone) return;
    for (let next = await rest.next(); next.done !== true; next = await rest.next())
      yield next.value;
  } finally {
    await rest.return?.();
  }
}

async function* decodeOther(
  chunks: AsyncIterable<Uint8Array>,
  encoding: string,
  file: string,
): AsyncGenerator<string, void, undefined> {
  const decoder = iconv.getDecoder(encoding, { stripBOM: true });
  const unitLength = readUnitLength(encoding);
  let linesBefore = 0;
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    const text = decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    linesBefore += checkText(text, unitLength, linesBefore, encoding, file);
    if (text !== '') yield text;
  }
  if (length % unitLength !== 0) {
    throw new ConnectorError(
      'incomplete',
      `The file ${file} ends inside a character: it was cut off.`,
      {
        hint: 'Have the file written again in full, then export again.',
        details: { file, encoding },
      },
    );
  }
  const rest = decoder.end() ?? '';
  checkText(rest, unitLength, linesBefore, encoding, file);
  if (rest !== '') yield rest;
}

/** Lines of a text; throws where a byte had no meaning: iconv-lite then gives `U+FFFD`, or half of a surrogate pair. */
function checkText(
  text: string,
  unitLength: number,
  linesBefore: number,
  encoding: string,
  file: string,
): number {
  // UTF-16 and UTF-32 can hold U+FFFD in their own right; other encodings cannot.
  const wrong = unitLength === 1 ? text.indexOf('\ufffd') : findLoneSurrogate(text);
  if (wrong === -1) return countLines(text);
  const line = linesBefore + countLines(text.slice(0, wrong)) + 1;
  throw new ConnectorError(
    'invalid-value',
    `The file ${file} is not ${encoding} at line ${line}.`,
    {
      hint: 'Name the encoding of the file in the Encoding setting.',
      details: { file, line, encoding },
    },
  );
}

function findLoneSurrogate(text: string): number {
  if (text.isWellFormed()) return -1;
  return text.search(/\p{Surrogate}/u);
}

function readUnitLength(encoding: string): number {
  if (encoding.startsWith('utf-16')) return 2;
  return encoding.startsWith('utf-32') ? 4 : 1;
}
