import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SourceElement } from '../source/element-tree.ts';
import { readSource } from '../source/read-files.ts';
import { createSourceText, placeAt } from '../source/source-text.ts';
import { convertFile } from './convert-file.ts';
import type { Form } from './find-obstacles.ts';

const open = '<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">';
const declaration = '<?xml version="1.0" encoding="utf-8"?>';

function convert(path: string, text: string, form: Form): { path: string; text: string } {
  const result = convertFile({ path, text }, form);
  if (result.status === 'converted') return result;
  throw new Error(result.obstacles.map(({ finding }) => finding.message).join('\n'));
}

function toJson(elements: string): string {
  return convert('a.xml', `${open}${elements}</ConfigurationFile>`, 'json').text;
}

function toXml(json: string): string {
  const { text } = convert('a.jsonc', json, 'xml');
  return text
    .replace(`${declaration}\n`, '')
    .replace(open, '')
    .replace('</ConfigurationFile>', '')
    .trim();
}

function obstaclesOf(path: string, text: string, form: Form): readonly string[] {
  const result = convertFile({ path, text }, form);
  if (result.status === 'converted') return [];
  return result.obstacles.map(({ span, finding }) => {
    const { line, column } = placeAt(span.source, span.offset);
    return `${line}:${column} ${finding.code} ${finding.message}`;
  });
}

describe('a file in XML', () => {
  it('becomes lists under element names, with numbers and booleans where the vocabulary has them', () => {
    expect(
      toJson(`
        <Language Code="007" IndicatorNumber="1" />
        <EntityType Identifier="A" DisplayName_L1="true">
          <Property Identifier="Key" IsKey="true" TargetColumnIndex="-1" />
          <Property Identifier="Odd" IsKey="1" TargetColumnIndex="+3" />
        </EntityType>`),
    ).toBe(`{
  "Language": [
    { "Code": "007", "IndicatorNumber": 1 }
  ],
  "EntityType": [
    {
      "Identifier": "A",
      "DisplayName_L1": "true",
      "Property": [
        { "Identifier": "Key", "IsKey": true, "TargetColumnIndex": -1 },
        { "Identifier": "Odd", "IsKey": "1", "TargetColumnIndex": "+3" }
      ]
    }
  ]
}
`);
  });

  it('keeps the order of elements whose kinds take turns, in parts', () => {
    const elements =
      '<Job Identifier="J"><A x="1" /><B /><A x="2" /><!-- last --><C /><A x="3" /></Job>';
    const json = toJson(elements);

    expect(json).toContain('"$elements": [\n        {\n          "A": [');
    expect(toXml(json).replaceAll(/\n\s*/g, '')).toBe(elements);
  });

  it('keeps an element apart from an attribute of its name', () => {
    const elements = '<Custom Name="1"><Name Other="2" /></Custom>';

    expect(toXml(toJson(elements)).replaceAll(/\n\s*/g, '')).toBe(elements);
  });

  it('keeps comments, instructions, empty lines, and line breaks in values', () => {
    const text = `${declaration}
<?xml-stylesheet href="a.xsl"?>
<!-- Header. -->
${open}
  <!--
    Two lines,
      the second indented: conf/*/x
  -->
  <A b="one&#10;two&#9;three&#13;four" /> <!-- beside -->

  <!-- before -->
  <A>
    <!-- nothing but this -->
  </A>
  <B>
    <C />
    <!-- last inside -->
  </B>

  <!-- last -->
</ConfigurationFile>
<!-- Footer. -->
`;
    const { path, text: json } = convert('a.xml', text, 'json');

    expect(path).toBe('a.jsonc');
    expect(json).toBe(`// <?xml-stylesheet href="a.xsl"?>
// Header.
{
  /*
    Two lines,
      the second indented: conf/*\\/x
  */
  "A": [
    { "b": "one\\ntwo\\tthree\\rfour" }, // beside

    // before
    {
      // nothing but this
    }
  ],
  "B": [
    {
      "C": [
        {}
      ]
      // last inside
    }
  ]

  // last
}
// Footer.
`);
    expect(convert(path, json, 'xml').text).toBe(text);
  });

  it('is plain JSON when it has no comment, and keeps its line ends', () => {
    const text = `${declaration}\r\n${open}\r\n  <A b="c" />\r\n</ConfigurationFile>\r\n`;
    const { path, text: json } = convert('dir/a.b.XML', text, 'json');

    expect(path).toBe('dir/a.b.json');
    expect(JSON.parse(json)).toEqual({ A: [{ b: 'c' }] });
    expect(json).not.toMatch(/[^\r]\n/);
    expect(convert(path, json, 'xml').text).toBe(text);
  });

  it('is refused with the place of what would be lost', () => {
    const file = (elements: string): string => `${open}\n${elements}</ConfigurationFile>`;

    expect(obstaclesOf('a.xml', file('<A/> <![CDATA[ text ]]>'), 'json')).toEqual([
      '2:6 CONFIG_TEXT_UNEXPECTED Text stands between elements, where it means nothing.',
    ]);
    expect(obstaclesOf('a.xml', file('<constructor/><A __proto__="x"/>'), 'json')).toEqual([
      '2:2 CONFIG_CONVERT_IMPOSSIBLE "constructor" may not be a key of a JSON file.',
      '2:18 CONFIG_CONVERT_IMPOSSIBLE "__proto__" may not be a key of a JSON file.',
    ]);
    expect(obstaclesOf('a.xml', file('<A>'), 'json')).toEqual([
      '2:4 CONFIG_XML_MALFORMED </ConfigurationFile> stands where </A> belongs.',
    ]);
  });
});

describe('a file in JSON', () => {
  it('becomes elements in the order of its keys and parts', () => {
    expect(
      toXml(`{
        "B": [ { "x": 1 } ],
        "$elements": [ { "A": [ {} ], "B": [ { "x": true } ] }, { "A": [ { "y": "<&\\"" } ] } ],
        "C": { "z": -0.5 },
      }`),
    ).toBe(`<B x="1" />
  <A />
  <B x="true" />
  <A y="&lt;&amp;&quot;" />
  <C z="-0.5" />`);
  });

  it('has its comments before the element where XML allows none among attributes', () => {
    expect(
      toXml(`{
        // before the list
        "A": [
          // before the element
          {
            // first of all
            "one": 1, // about one
            /* about
               two */
            "two": 2, // beside two
            // inside
            "B": [ {} // beside B
            ]
            // end of A
          }
        ]
        // end of file
      }`),
    ).toBe(`<!-- before the list -->
  <!-- before the element -->
  <!-- first of all -->
  <!-- about one -->
  <!-- about
       two -->
  <!-- beside two -->
  <A one="1" two="2">
    <!-- inside -->
    <B /> <!-- beside B -->
    <!-- end of A -->
  </A>
  <!-- end of file -->`);
  });

  it('declares our namespace only when it uses it', () => {
    expect(convert('a.json', '{"A":[{"ls:b":"c"}]}', 'xml').text).toContain(
      'xmlns:ls="urn:lockstep:configuration"',
    );
    expect(convert('a.json', '{"A":[{"b":"c"}]}', 'xml').text).not.toContain('xmlns:ls');
  });

  it('is refused with the place of what XML cannot hold', () => {
    expect(
      obstaclesOf('a.json', '{"A b":[{"":1,"xmlns":"x","x:y":2,"ls:1":3,"xml:lang":"de"}]}', 'xml'),
    ).toEqual([
      '1:3 CONFIG_CONVERT_IMPOSSIBLE "A b" is no name that XML can hold.',
      '1:11 CONFIG_CONVERT_IMPOSSIBLE "" is no name that XML can hold.',
      '1:16 CONFIG_CONVERT_IMPOSSIBLE "xmlns" declares a namespace in XML.',
      '1:28 CONFIG_CONVERT_IMPOSSIBLE "x:y" is no name that XML can hold.',
      '1:36 CONFIG_CONVERT_IMPOSSIBLE "ls:1" is no name that XML can hold.',
      '1:45 CONFIG_CONVERT_IMPOSSIBLE "xml:lang" is no name that XML can hold.',
    ]);
    expect(obstaclesOf('a.json', '{"A":[{"b":"x\\u0007"}]}', 'xml')).toEqual([
      '1:14 CONFIG_ENCODING_INVALID The character U+0007 may not stand in a configuration file.',
    ]);
    expect(obstaclesOf('a.json', '{"A":[{"b":"\\ud800"}]}', 'xml')).toEqual([
      '1:13 CONFIG_ENCODING_INVALID The character U+D800 may not stand in a configuration file.',
    ]);
  });

  it('that fits no XML limit any more is refused instead of written', () => {
    const [told] = obstaclesOf('a.json', `{"A":[{"b":"${'<'.repeat(30_000)}"}]}`, 'xml');

    expect(told).toMatch(
      /^1:1 CONFIG_CONVERT_IMPOSSIBLE Read back from XML, the file would not be/,
    );
  });
});

interface Tree {
  readonly name: string;
  readonly attributes: readonly (readonly [string, string])[];
  readonly children: readonly (Tree | string)[];
}

const texts = fc.oneof(
  fc.constantFrom(
    '',
    'true',
    '12',
    '-0',
    '1e3',
    ' a ',
    '*/',
    '//',
    '\\',
    '-->',
    '"\'',
    '\u{1f600}',
  ),
  fc
    .string({ unit: 'grapheme', maxLength: 12 })
    .filter((text) => !/[\p{Cc}\p{Cs}\ufffd-\uffff]/u.test(text)),
  fc.constantFrom('one\ntwo', 'tab\there', '\r\n', '<&>', 'c => c.X && d'),
);
const commentTexts = fc
  .oneof(
    fc.constantFrom(
      '',
      'plain',
      '*/',
      '*\\/ x',
      '<?pi a?>',
      '\\<?pi?>',
      'a -\\- b',
      '-\\\\- c',
      '- d',
      '"',
      '{',
      '<A b="">',
    ),
    fc.constantFrom('one\n  two\n    three', '\n one\n two */\n', '\n\n', '/* x\n// y', '<?a\n?>'),
    fc
      .string({ unit: 'grapheme', maxLength: 12 })
      .filter((text) => !/[\p{Cc}\p{Cs}\ufffd-\uffff]|--|-$/u.test(text)),
  )
  .map((text) => `<!-- ${text} -->`);
const names = fc.constantFrom('Job', 'A', 'b-c', '_d.e', 'toString', 'Property', 'ls:Link', 'é');

const tree = fc.letrec<{ element: Tree }>((tie) => ({
  element: fc.record({
    name: names,
    attributes: fc.uniqueArray(fc.tuple(names, texts), {
      selector: ([name]) => name,
      maxLength: 3,
    }),
    children: fc.oneof(
      { maxDepth: 4 },
      fc.constant<readonly (Tree | string)[]>([]),
      fc.array(fc.oneof({ weight: 3, arbitrary: tie('element') }, commentTexts), { maxLength: 5 }),
    ),
  }),
})).element;

function write(node: Tree | string, gap: string): string {
  if (typeof node === 'string') return node;
  const attributes = node.attributes.map(([name, value]) => {
    const escaped = value.replace(/[&<"\t\n\r]/g, (each) => `&#${each.charCodeAt(0)};`);
    return ` ${name}="${escaped}"`;
  });
  const inside = node.children.map((child) => `${gap}${write(child, gap)}`).join('');
  return `<${node.name}${attributes.join('')}>${inside}${gap}</${node.name}>`;
}

/** The tree as its writer knows it, without comments. */
function shapeOf({ name, attributes, children }: Tree): unknown {
  const elements = children.filter((child) => typeof child !== 'string');
  return [name, attributes.map(([key, value]) => [key, value]), elements.map(shapeOf)];
}

function shapeRead({ name, attributes, children }: SourceElement): unknown {
  return [name, attributes.map((each) => [each.name, each.value]), children.map(shapeRead)];
}

function commentsOf(xml: string): readonly string[] {
  return [...xml.matchAll(/<!--(.*?)-->|<\?(?!xml )(.*?)\?>/gs)].map(([, text = '', inside]) =>
    (inside ?? text).replace(/\s+/g, ' ').trim(),
  );
}

describe('any file', { timeout: 60_000 }, () => {
  it('comes back from JSON as it was: elements, attributes, values, comments, order', () => {
    const nodes = fc.array(fc.oneof({ weight: 3, arbitrary: tree }, commentTexts), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(nodes, fc.constantFrom('', '\n', '\r\n\r\n  '), (content, gap) => {
        const header = '<ConfigurationFile xmlns:ls="urn:lockstep:configuration">';
        const text = `${header}${content.map((node) => `${gap}${write(node, gap)}`).join('')}${gap}</ConfigurationFile>`;
        const shape = content.filter((node) => typeof node !== 'string').map(shapeOf);

        const json = convert('a.xml', text, 'json');
        const read = readSource(createSourceText(json));
        expect(read.problems).toEqual([]);
        expect(read.elements.map(shapeRead)).toEqual(shape);

        const back = convert(json.path, json.text, 'xml');
        expect(readSource(createSourceText(back)).elements.map(shapeRead)).toEqual(shape);
        expect(commentsOf(back.text)).toEqual(commentsOf(text));

        // From then on nothing moves any more, white space included.
        const again = convert(back.path, back.text, 'json');
        expect(convert(again.path, again.text, 'xml').text).toBe(back.text);
      }),
      { numRuns: 300 },
    );
  });
});
