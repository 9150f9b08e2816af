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

describe('readJson', { timeout: 30_000 }, () => {
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

  it('reads elements whose kinds take turns in the order of their parts', () => {
    const { elements, problems } = read(`{
      "A": [ { "n": 1 } ],
      "$elements": [ { "B": [ { "n": 2 }, { "n": 3 } ], "A": { "n": 4 } }, {}, { "B": [ {
        "n": 5, "$elements": [ { "C": [ {} ] } ] } ] } ],
      "C": []
    }`);

    expect(problems).toEqual([]);
    expect(elements.map(({ name, attributes }) => `${name}${attributes[0]?.value}`)).toEqual([
      'A1',
      'B2',
      'B3',
      'A4',
      'B5',
    ]);
    expect(elements[4]?.children.map(({ name }) => name)).toEqual(['C']);
  });

  it('refuses parts that hold something else than elements', () => {
    expect(problemsOf('{"$elements":{"A":[]},"B":[{"$elements":1}],"$schema":[]}')).toEqual([
      '1:14 CONFIG_JSON_SHAPE_INVALID "$elements" must be a list of parts.',
      '1:41 CONFIG_JSON_SHAPE_INVALID "$elements" must be a list of parts.',
      '1:55 CONFIG_JSON_SHAPE_INVALID "$schema" must be text.',
    ]);
    expect(problemsOf('{"$elements":[1,{"A":"x","$elements":[],"A":[]}]}')).toEqual([
      '1:15 CONFIG_JSON_SHAPE_INVALID Each part of "$elements" must be an object.',
      '1:22 CONFIG_JSON_SHAPE_INVALID "A" must be a list of elements.',
      '1:26 CONFIG_JSON_SHAPE_INVALID "$elements" may not stand in itself.',
      '1:41 CONFIG_JSON_KEY_REFUSED The key "A" stands twice.',
    ]);
  });

  it('keeps a number as it is written, however large', () => {
    const numbers = ['1e999', '-0', '0.10', '123456789012345678901234567890', '1E-7'];
    const { elements } = read(`{"A":[${numbers.map((each) => `{"b":${each}}`).join()}]}`);

    expect(elements.map(({ attributes }) => attributes[0]?.value)).toEqual(numbers);
  });

  it.each([
    ['NaN', '1:12 CONFIG_JSON_MALFORMED "NaN" is not JSON.'],
    ['Infinity', '1:12 CONFIG_JSON_MALFORMED "Infinity" is not JSON.'],
    ['0x10', '1:13 CONFIG_JSON_MALFORMED "x10" is not JSON.'],
    [
      '"a\\u0000b"',
      '1:14 CONFIG_ENCODING_INVALID The character U+0000 may not stand in a configuration file.',
    ],
    [
      '"\\ud83d\\ude00\\udc00"',
      '1:25 CONFIG_ENCODING_INVALID The character U+DC00 may not stand in a configuration file.',
    ],
    [
      '"\\uFFFF"',
      '1:13 CONFIG_ENCODING_INVALID The character U+FFFF may not stand in a configuration file.',
    ],
  ])('refuses the value %s', (value, expected) => {
    expect(problemsOf(`{"A":[{"b":${value}}]}`)).toEqual([expected]);
  });

  it('refuses keys that no name can be', () => {
    expect(problemsOf(`{"A":[{"a\\u0000":1,"${'x'.repeat(300)}":2,"prototype":3}]}`)).toEqual([
      '1:8 CONFIG_JSON_KEY_REFUSED A key holds the character U+0000.',
      '1:20 CONFIG_JSON_KEY_REFUSED A key has more than 200 characters.',
      '1:325 CONFIG_JSON_KEY_REFUSED The key "prototype" is not allowed.',
    ]);
  });

  it.each([
    ['a list of a million numbers', `{"A":[${'1,'.repeat(1_000_000)}]}`, 100],
    ['a key a hundred thousand times', `{"A":[{${'"b":1,'.repeat(100_000)}}]}`, 100],
    [
      'an element of a hundred thousand attributes',
      `{"A":[{${Array.from({ length: 100_000 }, (_, n) => `"b${n}":1`).join()}}]}`,
      1,
    ],
    ['a hundred thousand elements', `{"A":[${'{},'.repeat(100_000)}]}`, 0],
  ])('reads %s without drowning in it', (_, text, count) => {
    expect(read(text).problems).toHaveLength(count);
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
