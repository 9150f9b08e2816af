import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectorError } from '../spi/errors.ts';
import { parsePath } from './json-path.ts';
import { isList, isObject, JsonNumber, type JsonValue } from './json-value.ts';
import { ListElements } from './list-elements.ts';

const limits = { depth: 64, token: 10_000 };

/** The elements at a path of a text that comes in the pieces given. */
function read(pieces: readonly string[], path = '*', maxSize = 100_000): readonly JsonValue[] {
  const list = new ListElements(parsePath(path, 'Rows'), 'x.json', limits, maxSize);
  for (const piece of pieces) list.push(piece);
  list.end();
  return list.elements.map(({ value }) => value);
}

function cut(text: string, width: number): readonly string[] {
  return text.match(new RegExp(`[^]{1,${width}}`, 'g')) ?? [];
}

/** As the language's own parser would give it. */
function toPlain(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return Number(value.text);
  if (isList(value)) return value.map(toPlain);
  if (!isObject(value)) return value;
  const plain = {};
  for (const [name, member] of value) {
    Object.defineProperty(plain, name, {
      value: toPlain(member),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return plain;
}

function explain(text: string, pieces: readonly string[] = [text]): ConnectorError {
  try {
    read(pieces);
  } catch (error) {
    if (error instanceof ConnectorError) return error;
    throw error;
  }
  throw new Error('The text was read.');
}

describe('JSON that streams', () => {
  it('gives what the language’s own parser gives, wherever its pieces are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue({ maxDepth: 4 }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(undefined, 1, '\t'),
        (elements, width, indent) => {
          const text = JSON.stringify(elements, null, indent);

          expect(read(cut(text, width)).map(toPlain)).toEqual(JSON.parse(text));
        },
      ),
      { numRuns: Number(process.env['LOCKSTEP_JSON_TEXTS'] ?? 500) },
    );
  });

  it('accepts and refuses what the language’s own parser accepts and refuses', () => {
    const piece = fc.constantFrom(
      ...[
        '{',
        '}',
        '[',
        ']',
        ':',
        ',',
        '"a"',
        '"b',
        '"',
        '\\',
        '\\u00e9',
        '\\x',
        'true',
        'nul',
        'null',
      ],
      ...[
        '1',
        '-',
        '01',
        '1e5',
        '.5',
        '1.',
        'NaN',
        ' ',
        '\n',
        '\t',
        '\u00a0',
        '//',
        '\u0000',
        '{"a":1}',
      ],
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 8 }),
        fc.integer({ min: 1, max: 5 }),
        (pieces, width) => {
          const text = `[${pieces.join('')}]`;
          let expected: unknown;
          try {
            expected = JSON.parse(text);
          } catch {
            expect(explain(text, cut(text, width)).code).toMatch(/INVALID_VALUE|INCOMPLETE/);
            return;
          }
          const names = [...text.matchAll(/"a":/g)].length;
          if (names > 1) return;
          expect(read(cut(text, width)).map(toPlain)).toEqual(expected);
        },
      ),
      { numRuns: Number(process.env['LOCKSTEP_JSON_TEXTS'] ?? 2_000) },
    );
  });

  it('keeps every digit of a number, and members of any name', () => {
    const text =
      '[12345678901234567890123, 1.10, -0, 1E400, {"__proto__": {"x": 1}, "": 2, "constructor": null}]';

    const [big, decimal, zero, huge, object] = read([text]);

    expect([big, decimal, zero, huge]).toEqual(
      ['12345678901234567890123', '1.10', '-0', '1E400'].map((digits) => new JsonNumber(digits)),
    );
    expect(object instanceof Map && [...object.keys()]).toEqual(['__proto__', '', 'constructor']);
    expect(({} as Readonly<Record<string, unknown>>)['x']).toBeUndefined();
  });

  it('is incomplete wherever it is cut off', () => {
    const text =
      '{"meta": {"n": 2}, "people": [{"id": 1, "name": "A\\"b"}, {"id": 22}], "z": [true]}';
    for (let length = 0; length < text.length; length += 1) {
      const list = new ListElements(parsePath('people.*', 'Rows'), 'x.json', limits, 1_000);
      expect(() => {
        list.push(text.slice(0, length));
        list.end();
      }).toThrow(/cut off|line 1/);
    }
    expect(read(cut(text, 3), 'people.*').length).toBe(2);
  });

  it.each([
    ['[1,]', 'where none may be'],
    ['[1 2]', 'a value where none may be'],
    ['[1] 2', 'goes on after its end'],
    ['[1][2]', 'goes on after its end'],
    ['[{"a":1,"a":2}]', 'names "a" twice'],
    ['[{"__proto__":1,"\\u005f_proto__":2}]', 'twice'],
    ['[{a:1}]', 'a value where none may be'],
    ["['a']", 'no JSON'],
    ['[01]', 'a number that is none'],
    ['["a\nb"]', 'control character'],
    ['["\\q"]', 'an escape'],
    ['{"a":1}', 'no list at its top'],
    ['1', 'no list at its top'],
    [`${'['.repeat(100)}`, 'nested more than 64'],
    [`["${'x'.repeat(20_000)}`, 'past all limits'],
    [`[[${'1,'.repeat(50_000)}1]]`, 'larger than MaxRecordMegabytes'],
  ])('refuses %.40s', (text, message) => {
    expect(explain(text).message).toContain(message);
  });

  it('names the line', () => {
    expect(explain('[\n1,\n2,\n}').details).toMatchObject({ line: 4 });
  });
});

describe('paths through JSON', () => {
  const text =
    '{"a.b": {"list": [1, 2]}, "*": [3], "meta": {"list": [9]}, "deep": [[4], [5]], "none": null, "two": {"x": 1}}';

  it.each([
    ['a\\.b.list.*', [1, 2]],
    ['\\*.*', [3]],
    ['deep.*', [[4], [5]]],
    ['two', [{ x: 1 }]],
    ['meta.list', [[9]]],
    ['none', [null]],
  ])('%s leads to its elements', (path, expected) => {
    expect(read([text], path).map(toPlain)).toEqual(expected);
  });

  it.each([
    ['gone.*', 'has no "gone.*"'],
    ['meta.*', 'has no list at "meta"'],
    ['none.*', 'has no list at "none"'],
    ['deep.x.*', 'has no object at "deep"'],
  ])('%s is told where it leads nowhere', (path, message) => {
    expect(() => read([text], path)).toThrow(message);
  });

  it('refuses a name on the path that stands twice', () => {
    expect(() => read(['{"people":[1],"people":[2]}'], 'people.*')).toThrow('names "people" twice');
  });

  it.each(['a..b', '.a', 'a.', '.', 'a\\', 'a.^', '*.^.b'])('%j is none', (path) => {
    expect(() => parsePath(path, 'Rows')).toThrow('is no path');
  });

  it('have steps', () => {
    expect(parsePath('^.^.a\\.b.*.\\^', 'x')).toEqual([
      { kind: 'up' },
      { kind: 'up' },
      { kind: 'member', name: 'a.b' },
      { kind: 'each' },
      { kind: 'member', name: '^' },
    ]);
    expect(parsePath('', 'x')).toEqual([]);
  });
});
