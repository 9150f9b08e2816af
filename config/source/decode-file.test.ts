import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { decodeFile } from './decode-file.ts';
import { readSource } from './read-files.ts';
import { createSourceText, placeAt } from './source-text.ts';

const file = (encoding: string): string =>
  `<?xml version="1.0" encoding="${encoding}"?>\n<ConfigurationFile><A b="Grüße – €"/></ConfigurationFile>`;

/** The value of the attribute, or what is wrong and where. */
function read(bytes: Uint8Array, path = 'a.xml'): string {
  const source = createSourceText({ path, ...decodeFile(bytes) });
  const { elements, problems } = readSource(source);
  const [first] = problems;
  if (first === undefined) return elements[0]?.attributes[0]?.value ?? '';
  const { line, column } = placeAt(source, first.span.offset);
  return `${line}:${column} ${first.finding.code} ${first.finding.message}`;
}

describe('the bytes of a file', () => {
  it.each([
    ['UTF-8', Buffer.from(file('utf-8'))],
    ['UTF-8 with mark', Buffer.from(`\ufeff${file('UTF8')}`)],
    ['UTF-16 LE with mark', iconv.encode(`\ufeff${file('utf-16')}`, 'utf-16le')],
    ['UTF-16 BE with mark', iconv.encode(`\ufeff${file('UTF-16')}`, 'utf-16be')],
    ['windows-1252', iconv.encode(file('Windows-1252'), 'windows-1252')],
    ['GB 18030', iconv.encode(file('gb18030'), 'gb18030')],
    ['UTF-8 that says it is ASCII', Buffer.from(file('us-ascii'))],
  ])('are read as %s', (_, bytes) => {
    expect(read(bytes)).toBe('Grüße – €');
  });

  it('are read as ISO-8859-1 and ISO-8859-15, which differ in one sign', () => {
    const text = (encoding: string): string => file(encoding).replace(' – ', ' ');

    expect(read(iconv.encode(text('iso-8859-15'), 'iso-8859-15'))).toBe('Grüße €');
    expect(read(iconv.encode(text('ISO-8859-1').replace('€', '¤'), 'latin1'))).toBe('Grüße ¤');
  });

  it('are read as JSON in the encodings that a mark tells', () => {
    const json = '\ufeff{ "A": [ { "b": "Grüße – €" } ] }';

    for (const encoding of ['utf-8', 'utf-16le', 'utf-16be']) {
      expect(read(iconv.encode(json, encoding), 'a.json'), encoding).toBe('Grüße – €');
    }
  });

  const refused: readonly (readonly [string, Uint8Array, string])[] = [
    [
      'UTF-8 that says it is windows-1252',
      Buffer.from(file('windows-1252')),
      '1:21 CONFIG_ENCODING_INVALID The file declares the encoding windows-1252, but its bytes are UTF-8.',
    ],
    [
      'UTF-8 that says it is UTF-16',
      Buffer.from(file('utf-16')),
      '1:21 CONFIG_ENCODING_INVALID The file declares the encoding utf-16, but its bytes are not.',
    ],
    [
      'UTF-16 that says it is UTF-8',
      iconv.encode(`\ufeff${file('utf-8')}`, 'utf-16le'),
      '1:21 CONFIG_ENCODING_INVALID The file declares the encoding utf-8, but starts with the byte order mark of UTF-16LE.',
    ],
    [
      'UTF-8 with mark that says it is ISO-8859-1',
      Buffer.from(`\ufeff${file('iso-8859-1')}`),
      '1:21 CONFIG_ENCODING_INVALID The file declares the encoding iso-8859-1, but starts with the byte order mark of UTF-8.',
    ],
    [
      'windows-1252 that says it is UTF-8',
      iconv.encode(file('utf-8'), 'windows-1252'),
      '2:28 CONFIG_ENCODING_INVALID The file holds bytes that are not utf-8 here.',
    ],
    [
      'windows-1252 that says nothing',
      iconv.encode('<a b="ü"/>', 'windows-1252'),
      '1:7 CONFIG_ENCODING_INVALID The file holds bytes that are not UTF-8 here.',
    ],
    [
      'bytes that windows-1252 does not know',
      Buffer.concat([iconv.encode(file('windows-1252'), 'windows-1252'), Buffer.from([0x81])]),
      '2:58 CONFIG_ENCODING_INVALID The file holds bytes that are not windows-1252 here.',
    ],
    [
      'UTF-16 without mark',
      iconv.encode(file('utf-16'), 'utf-16le'),
      '1:2 CONFIG_ENCODING_INVALID The character U+0000 may not stand in a configuration file.',
    ],
    [
      'UTF-16 cut in the middle of a character',
      iconv.encode(`\ufeff${file('utf-16')}`, 'utf-16le').subarray(0, -1),
      '2:57 CONFIG_ENCODING_INVALID The file holds bytes that are not utf-16 here.',
    ],
    [
      'overlong UTF-8',
      Buffer.from([0x3c, 0xc0, 0xaf, 0x3e]),
      '1:2 CONFIG_ENCODING_INVALID The file holds bytes that are not UTF-8 here.',
    ],
    ...['utf-7', 'base64', 'hex', 'utf-32', 'ebcdic', 'x'.repeat(50), ''].map(
      (encoding): readonly [string, Uint8Array, string] => [
        `the encoding "${encoding}"`,
        Buffer.from(file(encoding)),
        `1:21 CONFIG_XML_MALFORMED The file declares the encoding ${encoding}, which is not read.`,
      ],
    ),
    [
      'a bell',
      Buffer.from('<a b="\u0007"/>'),
      '1:7 CONFIG_ENCODING_INVALID The character U+0007 may not stand in a configuration file.',
    ],
    [
      'a NUL',
      Buffer.from('<a>\n \0</a>'),
      '2:2 CONFIG_ENCODING_INVALID The character U+0000 may not stand in a configuration file.',
    ],
  ];

  it.each(refused)('are refused with their place: %s', (_, bytes, expected) => {
    expect(read(bytes)).toBe(expected);
  });

  it('count lines however they end', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const text = ['<ConfigurationFile>', '<A b="x', 'y"/>', '<C></D>'].join(end);
      expect(read(Buffer.from(text))).toBe(
        '4:4 CONFIG_XML_MALFORMED </D> stands where </C> belongs.',
      );
    }
  });
});
