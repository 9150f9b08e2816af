import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileOffsetOf, type SourceElement } from './element-tree.ts';
import { createSourceText, placeAt } from './source-text.ts';
import { readXml } from './xml-reader.ts';

const open = '<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">';

function read(text: string) {
  return readXml(createSourceText({ path: 'a.xml', text }));
}

function readOne(elements: string): SourceElement {
  const { elements: all, problems } = read(`${open}${elements}</ConfigurationFile>`);
  expect(problems).toEqual([]);
  const [first] = all;
  if (first === undefined) throw new Error('nothing was read');
  return first;
}

function problemOf(text: string): string {
  const source = createSourceText({ path: 'a.xml', text });
  const { problems, elements, isBroken } = readXml(source);
  const [first] = problems;
  expect(problems).toHaveLength(1);
  expect(isBroken).toBe(true);
  expect(elements).toEqual([]);
  if (first === undefined) return '';
  const { line, column } = placeAt(source, first.span.offset);
  return `${line}:${column} ${first.finding.code} ${first.finding.message}`;
}

function escapeValue(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&#x3C;')
    .replaceAll('"', '&quot;')
    .replace(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

describe('readXml', () => {
  it('keeps the places of elements, attributes and values', () => {
    const text = `\ufeff<?xml version="1.0"?>\r\n${open}\r\n  <A  one='1'\r\n   two = "2">\r\n<B/></A></ConfigurationFile>`;
    const source = createSourceText({ path: 'a.xml', text });
    const { elements } = readXml(source);

    const [a] = elements;
    expect(a?.name).toBe('A');
    expect(placeAt(source, a?.offset ?? 0)).toEqual({ line: 3, column: 3 });
    expect(a?.attributes.map((each) => placeAt(source, each.nameOffset))).toEqual([
      { line: 3, column: 7 },
      { line: 4, column: 4 },
    ]);
    expect(a?.attributes.map((each) => placeAt(source, each.valueOffset))).toEqual([
      { line: 3, column: 12 },
      { line: 4, column: 11 },
    ]);
    expect(a?.children.map((each) => placeAt(source, each.offset))).toEqual([
      { line: 5, column: 1 },
    ]);
  });

  it('resolves references and maps every character back to the file', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (value) => {
        fc.pre(!/[\p{Cc}\p{Cs}\ufffd-\uffff]/u.test(value.replace(/[\t\n\r]/g, '')));
        const written = escapeValue(value);
        const [attribute] = readOne(`<A b="${written}"/>`).attributes;

        expect(attribute?.value).toBe(value);
        if (attribute === undefined) return;
        for (let at = 0; at < value.length; at += 1) {
          const inFile = fileOffsetOf(attribute, at);
          const found = attribute.source.text.slice(inFile, attribute.valueEnd);
          const expected = escapeValue(value.slice(at));
          // The second half of a surrogate pair has no place of its own.
          if (!/^[\udc00-\udfff]/.test(value.slice(at))) expect(found).toBe(expected);
        }
      }),
    );
  });

  it('turns white space in values into spaces, and keeps it when written as reference', () => {
    const [attribute] = readOne('<A b="one\r\ntwo\tthree&#10;four"/>').attributes;

    expect(attribute?.value).toBe('one two three\nfour');
    expect(attribute?.source.text.slice(fileOffsetOf(attribute, 4)).startsWith('two')).toBe(true);
  });

  it('does not take what merely looks like markup for markup', () => {
    const element = readOne(
      '<A b="a > b /> &lt;C/>" c=\'"\'><!-- <D e="f"> --><?pi <E> ?><F/></A>',
    );

    expect(element.attributes.map(({ value }) => value)).toEqual(['a > b /> <C/>', '"']);
    expect(element.children.map(({ name }) => name)).toEqual(['F']);
  });

  it('knows our namespace by its name, whatever the prefix', () => {
    const element = readOne('<my:Sql xmlns:my="urn:lockstep:configuration" my:a="1" b="2"/>');

    expect(element.name).toBe('ls:Sql');
    expect(element.attributes.map(({ name }) => name)).toEqual(['ls:a', 'b']);
  });

  it('reads the vocabulary under a prefix, and files without namespace', () => {
    const prefixed = read(
      '<c:ConfigurationFile xmlns:c="urn:schemas-usercube-com:configuration"><c:A/></c:ConfigurationFile>',
    );
    const bare = read('<ConfigurationFile><A/></ConfigurationFile>');

    expect(prefixed.elements.map(({ name }) => name)).toEqual(['A']);
    expect(bare.elements.map(({ name }) => name)).toEqual(['A']);
  });

  it('reports an undeclared prefix and goes on', () => {
    const { problems, elements } = read(`${open}<ls:Sql/><A/></ConfigurationFile>`);

    expect(problems.map(({ finding }) => finding.code)).toEqual(['CONFIG_NAMESPACE_UNKNOWN']);
    expect(problems[0]?.finding.hint).toContain('xmlns:ls="urn:lockstep:configuration"');
    expect(elements.map(({ name }) => name)).toEqual(['ls:Sql', 'A']);
  });

  it('reports text between elements and goes on', () => {
    const { problems, elements } = read(
      `${open}\n <A/> and <B/>\n<![CDATA[ x ]]></ConfigurationFile>`,
    );

    expect(problems.map(({ finding }) => finding.code)).toEqual([
      'CONFIG_TEXT_UNEXPECTED',
      'CONFIG_TEXT_UNEXPECTED',
    ]);
    expect(elements).toHaveLength(2);
  });

  it('survives names that mean something to JavaScript', () => {
    const { elements } = read(
      `${open}<__proto__ a="1"/><constructor b="2"><toString/></constructor></ConfigurationFile>`,
    );

    expect(elements.map(({ name }) => name)).toEqual(['__proto__', 'constructor']);
    expect(elements[1]?.children.map(({ name }) => name)).toEqual(['toString']);
  });
});

describe('malformed XML', () => {
  it.each([
    ['', '1:1 CONFIG_XML_MALFORMED The file holds no element.'],
    ['hello', '1:1 CONFIG_XML_MALFORMED Text may not stand before the root element.'],
    ['<a>\n <b>\n</a>', '3:1 CONFIG_XML_MALFORMED </a> stands where </b> belongs.'],
    ['<a>\n <b/>', '1:1 CONFIG_XML_MALFORMED <a> is never closed.'],
    ['<a/>\n<b/>', '2:1 CONFIG_XML_MALFORMED <b> stands after the end of the root element.'],
    ['<a/></a>', '1:5 CONFIG_XML_MALFORMED </a> closes nothing.'],
    [
      '<a b=1/>',
      '1:4 CONFIG_XML_MALFORMED The attribute b of <a> has no value in quotation marks.',
    ],
    ['<a b="1" b="2"/>', '1:10 CONFIG_XML_MALFORMED The attribute b stands twice on <a>.'],
    [
      '<a b="1"c="2"/>',
      '1:9 CONFIG_XML_MALFORMED A space is missing before the attribute c of <a>.',
    ],
    ['<a b="x"y"/>', '1:9 CONFIG_XML_MALFORMED A space is missing before the attribute y of <a>.'],
    [
      '<a>\n<b c="x>\n<d e="f"/></a>',
      '2:6 CONFIG_XML_MALFORMED The value of the attribute c of <b> is not closed.',
    ],
    ['<a b="1 < 2"/>', '1:9 CONFIG_XML_MALFORMED A "<" may not stand in an attribute value.'],
    [
      '<a b="x &nbsp; y"/>',
      '1:9 CONFIG_XML_MALFORMED "&nbsp;" is not a character reference that XML defines.',
    ],
    [
      '<a b="x & y"/>',
      '1:9 CONFIG_XML_MALFORMED "&" is not a character reference that XML defines.',
    ],
    [
      '<a b="&#0;"/>',
      '1:7 CONFIG_XML_MALFORMED "&#0;" is not a character reference that XML defines.',
    ],
    [
      '<a b="&#x110000;"/>',
      '1:7 CONFIG_XML_MALFORMED "&#x110000;" is not a character reference that XML defines.',
    ],
    ['<a><!-- x -- y --></a>', '1:11 CONFIG_XML_MALFORMED A comment may not hold "--".'],
    ['<a><!-- x </a>', '1:4 CONFIG_XML_MALFORMED The comment is not closed.'],
    ['<a>< b/></a>', '1:4 CONFIG_XML_MALFORMED An element name must follow "<".'],
    ['<a\n', '1:1 CONFIG_XML_MALFORMED The tag <a> is not closed.'],
    [
      '\n<?xml version="1.0"?><a/>',
      '2:1 CONFIG_XML_MALFORMED The XML declaration may only stand at the very start of the file.',
    ],
    [
      '<?xml version="1.0" encoding="utf-7"?><a/>',
      '1:21 CONFIG_XML_MALFORMED The file declares the encoding utf-7, which is not read.',
    ],
    [
      '<a>\u0000</a>',
      '1:4 CONFIG_ENCODING_INVALID The character U+0000 may not stand in a configuration file.',
    ],
    ['<a>\ufffd</a>', '1:4 CONFIG_ENCODING_INVALID The file holds bytes that are not UTF-8 here.'],
    [
      '<a>\ud800</a>',
      '1:4 CONFIG_ENCODING_INVALID The character U+D800 may not stand in a configuration file.',
    ],
  ])('says what is wrong with %j', (text, expected) => {
    expect(problemOf(text)).toBe(expected);
  });

  it('names the root element it does not know', () => {
    expect(problemOf('<html/>')).toContain('1:2 CONFIG_ROOT_UNKNOWN');
    expect(problemOf('<ConfigurationFile xmlns="urn:other"/>')).toContain('urn:other');
  });
});

describe('hostile XML', () => {
  const bomb = `<!DOCTYPE a [<!ENTITY x0 "ha">${Array.from({ length: 30 }, (_, n) => `<!ENTITY x${n + 1} "&x${n};&x${n};">`).join('')}]><a>&x30;</a>`;
  const cases: readonly (readonly [string, string, string])[] = [
    ['an entity bomb', bomb, 'CONFIG_XML_DTD_REFUSED'],
    [
      'an external entity',
      '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
      'CONFIG_XML_DTD_REFUSED',
    ],
    ['a million open elements', '<a>'.repeat(1_000_000), 'CONFIG_XML_MALFORMED'],
    [
      'a gigantic attribute',
      `${open.slice(0, -1)} b="${'x'.repeat(4_000_000)}"/>`,
      'CONFIG_XML_MALFORMED',
    ],
    ['a gigantic name', `<${'a'.repeat(4_000_000)}/>`, 'CONFIG_XML_MALFORMED'],
    [
      'very many attributes',
      `<a ${Array.from({ length: 50_000 }, (_, n) => `b${n}=""`).join(' ')}/>`,
      'CONFIG_XML_MALFORMED',
    ],
    ['very many unclosed quotes', '<a b="'.repeat(200_000), 'CONFIG_XML_MALFORMED'],
    ['very many ampersands', `<a>${'&'.repeat(1_000_000)}</a>`, 'CONFIG_XML_MALFORMED'],
    ['very many comment starts', '<!--'.repeat(500_000), 'CONFIG_XML_MALFORMED'],
    ['a file past the limit', `<a>${' '.repeat(17 * 1024 * 1024)}</a>`, 'CONFIG_FILE_TOO_LARGE'],
  ];

  it.each(cases)('refuses %s at once', (_, text, code) => {
    const start = process.cpuUsage();

    const { problems, elements } = read(text);

    const { user, system } = process.cpuUsage(start);
    expect(problems.map(({ finding }) => finding.code)).toEqual([code]);
    expect(elements).toEqual([]);
    expect((user + system) / 1000).toBeLessThan(1000);
  });
});

interface Tree {
  readonly name: string;
  readonly value: string;
  readonly filler: string;
  readonly children: readonly Tree[];
}

function write({ name, value, filler, children }: Tree): string {
  const tag = `<${name}${value === '' ? '' : ` v="${escapeValue(value)}"`}`;
  return children.length === 0
    ? `${tag}/>`
    : `${tag}>${filler}${children.map(write).join(filler)}</${name}>`;
}

function shapeOf(element: SourceElement): unknown {
  const value = element.attributes[0]?.value ?? '';
  return { name: element.name, value, children: element.children.map(shapeOf) };
}

function shapeOfTree({ name, value, children }: Tree): unknown {
  return { name, value, children: children.map(shapeOfTree) };
}

describe('any well-formed file', () => {
  it('is read as it was written', () => {
    const childless = fc.record({
      name: fc.constantFrom('A', 'b-c', '_d.e', 'toString', '__proto__', 'x1', 'element'),
      value: fc.constantFrom('', '/', '>', '/>', '<!--', ']]>', '"\'', '&lt;', '\n', 'é\u{1f600}'),
      filler: fc.constantFrom('', '\r\n ', '<!-- <A> -->', '<?p <b/> ?>', '<!-- \' " -->'),
      children: fc.constant<readonly Tree[]>([]),
    });
    const level = (below: fc.Arbitrary<Tree>): fc.Arbitrary<Tree> =>
      fc
        .tuple(childless, fc.array(below, { maxLength: 3 }))
        .map(([element, children]) => ({ ...element, children }));
    const tree = level(level(level(childless)));
    fc.assert(
      fc.property(fc.array(tree, { maxLength: 3 }), (trees) => {
        const { elements, problems } = read(
          `${open}${trees.map(write).join('\n')}</ConfigurationFile>`,
        );

        expect(problems).toEqual([]);
        expect(elements.map(shapeOf)).toEqual(trees.map(shapeOfTree));
      }),
      { numRuns: 300 },
    );
  });
});
