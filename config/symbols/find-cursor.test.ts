import { describe, expect, it } from 'vitest';
import type { Cursor } from './cursor.ts';
import { findCursor } from './find-cursor.ts';

const root = '<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">';

/** The cursor at the `|` of a text. */
function at(path: string, marked: string): Cursor {
  return findCursor(path, marked.replace('|', ''), marked.indexOf('|'));
}

function shorten(cursor: Cursor): string {
  const names = (element: { readonly name: string; readonly parent?: unknown } | undefined) => {
    const path: string[] = [];
    for (let each = element; each !== undefined; ) {
      path.unshift(each.name === '' ? '#' : each.name);
      // Every element has the shape of the one below it.
      each = each.parent as typeof element;
    }
    return path.join('/');
  };
  switch (cursor.kind) {
    case 'element':
      return `element in ${names(cursor.parent)} ${cursor.name.length}`;
    case 'attribute':
      return `attribute of ${names(cursor.element)} ${cursor.name.length}${cursor.hasValue ? ' =' : ''}`;
    case 'value':
      return `${names(cursor.element)}@${cursor.attribute} ${cursor.text.slice(0, cursor.at)}|${cursor.text.slice(cursor.at)}`;
    case 'closing':
      return `closing ${names(cursor.element)}`;
    case 'none':
      return 'none';
  }
}

describe('the place in XML', () => {
  it.each([
    [`${root}<Sca|`, 'element in # 3'],
    [`${root}<|`, 'element in # 0'],
    [`${root}\n  |\n</ConfigurationFile>`, 'element in # 0'],
    [
      `${root}<ResourceType Identifier="R"><ScalarRule Prop|`,
      'attribute of #/ResourceType/ScalarRule 4',
    ],
    [
      `${root}<ResourceType>\n<ScalarRule Prop|\n<ScalarRule Property="A" />`,
      'attribute of #/ResourceType/ScalarRule 4',
    ],
    [
      `${root}<ResourceType>\n<ScalarRule Prop\n<ScalarRule Property="A|" />`,
      '#/ResourceType/ScalarRule@Property A|',
    ],
    [
      `${root}<ResourceType Identifier="R"><ScalarRule |/>`,
      'attribute of #/ResourceType/ScalarRule 0',
    ],
    [`${root}<ScalarRule Prop|erty="A" />`, 'attribute of #/ScalarRule 8 ='],
    [`${root}<ScalarRule Property="|`, '#/ScalarRule@Property |'],
    [`${root}<ScalarRule Property="Ab|c\n<ScalarRule />`, '#/ScalarRule@Property Ab|c\n'],
    [`${root}<A B='x|'/>`, '#/A@B x|'],
    [`${root}<A B="&lt;&quot;x|y&amp;z"/>`, '#/A@B <"x|y&z'],
    [`${root}<A B="x > y|"/>`, '#/A@B x > y|'],
    [`${root}<!-- <A B="|" /> -->`, 'none'],
    [`${root}<![CDATA[<A B="|" />]]>`, 'none'],
    [`${root}<!-- <A> --><B C="|" />`, '#/B@C |'],
    [`${root}<A></A><B></B></C><D|`, 'element in # 1'],
    [`${root}<A><B></|`, 'closing #/A/B'],
    [`${root}<A B="1"|`, 'attribute of #/A 0'],
    [
      `<ConfigurationFile xmlns:my="urn:lockstep:configuration"><my:SqlResourceTypeMapping T|`,
      'attribute of #/ls:SqlResourceTypeMapping 1',
    ],
    ['|', 'element in  0'],
    ['', 'element in  0'],
  ])('of %j is %s', (marked, expected) => {
    expect(shorten(at('a.xml', marked))).toBe(expected);
  });

  it('takes lines that end in CRLF, and characters beyond the first plane', () => {
    const cursor = at('a.xml', `${root}\r\n<A B="😀&amp;\r\n|C" />`);

    expect(shorten(cursor)).toBe('#/A@B 😀&\r\n|C');
  });

  it('knows where the characters of a value stand in the file', () => {
    const text = `${root}<A B="&lt;ab&quot;cd" />`;
    const cursor = findCursor('a.xml', text, text.indexOf('cd'));

    expect(cursor).toMatchObject({ kind: 'value', at: 4 });
    if (cursor.kind !== 'value') return;
    expect(cursor.toFile(4, 2)).toEqual({ offset: text.indexOf('cd'), length: 2 });
    expect(cursor.toFile(1, 2)).toEqual({ offset: text.indexOf('ab'), length: 2 });
  });

  it('answers at every place of a text, whatever is cut off', () => {
    const text = `${root}\n<!-- c --><ResourceType A="1&amp;2" B='x'>\n<ScalarRule Property="A"/></ResourceType></ConfigurationFile>`;
    for (let end = 0; end <= text.length; end += 1) {
      expect(findCursor('a.xml', text.slice(0, end), end).kind).toBeTypeOf('string');
      expect(findCursor('a.xml', text, end).kind).toBeTypeOf('string');
    }
  });
});

describe('the place in JSON', () => {
  it.each([
    ['{ "|" }', 'attribute of # 2'],
    ['{ | }', 'attribute of # 0'],
    ['{ "Connector": [ { "Iden|" } ] }', 'attribute of #/Connector 6'],
    ['{ "Connector": [ { "Identifier": "St|aff" } ] }', '#/Connector@Identifier St|aff'],
    ['{ "Connector": [ { "Identifier": "St|', '#/Connector@Identifier St|'],
    ['{ "Connector": [ { "IsDeactivated": | } ] }', '#/Connector@IsDeactivated |'],
    ['{ "Connector": [ { "IsDeactivated": tr|ue } ] }', '#/Connector@IsDeactivated tr|ue'],
    ['{ "EntityType": [ { "Property": [ { "Type": "|" } ] } ] }', '#/EntityType/Property@Type |'],
    ['{ "EntityType": { "Property": { "Type": "|" } } }', '#/EntityType/Property@Type |'],
    ['{ "A": [ { "B": "\\"\\u0041x|y" } ] }', '#/A@B "Ax|y'],
    ['{ // "A": "|"\n }', 'none'],
    ['|', 'none'],
  ])('of %j is %s', (marked, expected) => {
    expect(shorten(at('a.json', marked))).toBe(expected);
  });
});

describe('a long text of unfinished tags', () => {
  // A scan that began anew with every tag would not end within the time of a test.
  it('is scanned once', () => {
    const text = `${root}${'<A B="&amp;" C="'.repeat(60_000)}`;

    expect(shorten(findCursor('a.xml', text, text.length))).toBe('#/A@C |');
  });
});
