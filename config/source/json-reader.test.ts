import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileOffsetOf } from './element-tree.ts';
import { readJson } from './json-reader.ts';
import { createSourceText, placeAt } from './source-text.ts';

function read(text: string) {
  return readJson(createSourceText({ path: 'a.json', text }));
}

function problemsOf(text: string): readonly string[] {
  const source = createSourceText({ path: 'a.json', text });
  return readJson(source).problems.map(({ span, finding }) => {
    const { line, column } = placeAt(source, span.offset);
    return `${line}:${column} ${finding.code} ${finding.message}`;
  });
}

describe('readJson', () => {
  it('reads elements, attributes and children, with comments and trailing commas', () => {
    const { elements, problems } = read(`{
      "$schema": "x", // where from
      "A": [ { "one": "1", "two": 2, "three": true, "B": [ {}, { "x": -1.5 } ], }, ],
      "ls:C": { "D": [] }
    }`);

    expect(problems).toEqual([]);
    expect(elements.map(({ name }) => name)).toEqual(['A', 'ls:C']);
    expect(elements[0]?.attributes.map(({ name, value }) => `${name}=${value}`)).toEqual([
      'one=1',
      'two=2',
      'three=true',
    ]);
    expect(elements[0]?.children.map(({ attributes }) => attributes[0]?.value)).toEqual([
      undefined,
      '-1.5',
    ]);
  });

  it('maps every character of a text back to the file', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (value) => {
        fc.pre(!/[\p{Cs}\ufffd-\uffff]/u.test(value));
        const { elements } = read(`{"A":[{"b":${JSON.stringify(value)}}]}`);
        const attribute = elements[0]?.attributes[0];

        expect(attribute?.value).toBe(value);
        if (attribute === undefined) return;
        for (let at = 0; at < value.length; at += 1) {
          const rest = attribute.source.text.slice(fileOffsetOf(attribute, at), attribute.valueEnd);
          if (!/^[\udc00-\udfff]/.test(value.slice(at))) {
            expect(rest).toBe(JSON.stringify(value.slice(at)).slice(1, -1));
          }
        }
      }),
    );
  });

  it('refuses keys that stand twice or reach a prototype', () => {
    expect(
      problemsOf('{"A":[{"b":"1","b":"2"}],"__proto__":[{}],"B":[{"constructor":"x"}],"A":[]}'),
    ).toEqual([
      '1:16 CONFIG_JSON_KEY_REFUSED The key "b" stands twice.',
      '1:26 CONFIG_JSON_KEY_REFUSED The key "__proto__" is not allowed.',
      '1:49 CONFIG_JSON_KEY_REFUSED The key "constructor" is not allowed.',
      '1:69 CONFIG_JSON_KEY_REFUSED The key "A" stands twice.',
    ]);
  });

  it('says what has the wrong shape and goes on', () => {
    expect(problemsOf('{"A":"x","B":[1,{"c":null}],"C":[{}]}')).toEqual([
      '1:6 CONFIG_JSON_SHAPE_INVALID "A" must be a list of elements.',
      '1:15 CONFIG_JSON_SHAPE_INVALID Each B must be an object: { "Identifier": … }.',
      '1:22 CONFIG_JSON_SHAPE_INVALID "c" is null, which says nothing.',
    ]);
  });

  it.each([
    ['', '1:1 CONFIG_JSON_MALFORMED A value belongs here.'],
    [
      '[]',
      '1:1 CONFIG_JSON_MALFORMED A configuration file in JSON is one object whose keys are element names.',
    ],
    ['{\n "A": [', '2:8 CONFIG_JSON_MALFORMED A "]" is missing here.'],
    ['{"A" []}', '1:6 CONFIG_JSON_MALFORMED A ":" belongs here.'],
    ['{"A":[]]', '1:8 CONFIG_JSON_MALFORMED "]" closes nothing that is open here.'],
    ['{"A":[]}\n{}', '2:1 CONFIG_JSON_MALFORMED The file goes on after its end.'],
    ['{"A":[{"b":"x\n"}]}', '1:12 CONFIG_JSON_MALFORMED The text is not closed.'],
    ['{"A":[{"b":"\\x"}]}', '1:12 CONFIG_JSON_MALFORMED JSON does not know this escape.'],
    ['{A:[]}', '1:2 CONFIG_JSON_MALFORMED "A" is not JSON.'],
    ['{/* "A":[]}', '1:2 CONFIG_JSON_MALFORMED The comment is not closed.'],
    [
      '\u0000',
      '1:1 CONFIG_ENCODING_INVALID The character U+0000 may not stand in a configuration file.',
    ],
  ])('says what is wrong with %j', (text, expected) => {
    expect(problemsOf(text)).toEqual([expected]);
  });

  it.each([
    ['a million open lists', '['.repeat(1_000_000)],
    ['a million open objects', '{"a":'.repeat(1_000_000)],
    ['a gigantic text', `{"A":[{"b":"${'x'.repeat(4_000_000)}"}]}`],
    ['a gigantic number', `{"A":[{"b":${'1'.repeat(4_000_000)}}]}`],
  ])('refuses %s at once', (_, text) => {
    const start = process.cpuUsage();

    const { problems, isBroken } = read(text);

    const { user, system } = process.cpuUsage(start);
    expect(problems.map(({ finding }) => finding.code)).toEqual(['CONFIG_JSON_MALFORMED']);
    expect(isBroken).toBe(true);
    expect((user + system) / 1000).toBeLessThan(1000);
  });
});
