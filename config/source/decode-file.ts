/** Bytes of a configuration file to text: byte order marks, declared encodings, and declarations that are wrong. */
import { isAscii, isUtf8 } from 'node:buffer';
import iconv from 'iconv-lite';
import type { FileProblem } from '../model.ts';

interface DecodedFile {
  /** With its byte order mark, if it has one. */
  readonly text: string;
  readonly problem?: FileProblem;
}

const utf8Names = /^(?:utf-?8|us-ascii|ascii)$/i;
const utf16Names = /^(?:utf-16(?:le|be)?|ucs-2|iso-10646-ucs-2)$/i;
/**
 * The other encodings that are read, all of them supersets of ASCII. A list and not whatever the library knows: that includes
 * `base64` and `utf-7`, in which a file shows another text to its reader than to us.
 */
const otherNames =
  /^(?:iso-8859-(?:[1-9]|1[013-6])|latin[1-9]|latin10|(?:windows-|cp)125[0-8]|windows-874|ibm(?:437|850|852|858)|koi8-[ru]|macintosh|shift_jis|euc-jp|euc-kr|gb2312|gbk|gb18030|big5)$/i;

/** An XML declaration up to the encoding it names; it may only stand at the very start. */
const declaration =
  /^\ufeff?<\?xml[ \t\r\n][^>]{0,200}?(encoding[ \t\r\n]*=[ \t\r\n]*["']([^"'>]{0,60})["'])/;

export interface DeclaredEncoding {
  readonly name: string;
  /** Of `encoding="…"`, in the text without byte order mark. */
  readonly offset: number;
  readonly length: number;
}

/** What an XML text says of its own encoding; `undefined` when it says nothing. */
export function findDeclaredEncoding(text: string): DeclaredEncoding | undefined {
  const found = declaration.exec(text);
  if (found === null) return undefined;
  const [all, pseudoAttribute = '', name = ''] = found;
  const mark = text.startsWith('\ufeff') ? 1 : 0;
  return {
    name,
    offset: all.length - pseudoAttribute.length - mark,
    length: pseudoAttribute.length,
  };
}

/** True when files in the encoding of this name are read. */
export function isReadEncoding(name: string): boolean {
  return utf8Names.test(name) || utf16Names.test(name) || otherNames.test(name);
}

/**
 * The text of a file. A byte order mark wins over a declaration; without either it is UTF-8. A declaration that the bytes
 * contradict is a problem: other programs would read another text. Bytes that the encoding does not know become U+FFFD.
 */
export function decodeFile(bytes: Uint8Array): DecodedFile {
  const mark = readMark(bytes);
  if (mark !== undefined) {
    const text = new TextDecoder(mark, { ignoreBOM: true }).decode(bytes);
    const declared = findDeclaredEncoding(text);
    const isRight = mark === 'utf-8' ? utf8Names : utf16Names;
    if (declared === undefined || isRight.test(declared.name)) return { text };
    return contradict(text, declared, `starts with the byte order mark of ${mark.toUpperCase()}`);
  }
  const start = iconv.decode(bytes.subarray(0, 400), 'latin1');
  const declared = findDeclaredEncoding(start);
  if (declared !== undefined && otherNames.test(declared.name)) {
    if (isAscii(bytes) || !isUtf8(bytes)) return { text: iconv.decode(bytes, declared.name) };
    // Text in those encodings is never valid UTF-8 by chance; every accented letter would come out as two others.
    return contradict(decodeUtf8(bytes), declared, 'its bytes are UTF-8');
  }
  const text = decodeUtf8(bytes);
  if (declared === undefined || !utf16Names.test(declared.name)) return { text };
  return contradict(text, declared, 'its bytes are not');
}

function readMark(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | undefined {
  const [first, second, third] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return first === 0xef && second === 0xbb && third === 0xbf ? 'utf-8' : undefined;
}

function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

function contradict(text: string, declared: DeclaredEncoding, but: string): DecodedFile {
  const { name, offset, length } = declared;
  return {
    text,
    problem: {
      message: `The file declares the encoding ${name}, but ${but}.`,
      hint: 'Correct the declaration, or save the file in the encoding it declares; UTF-8 is best.',
      offset,
      length,
    },
  };
}
