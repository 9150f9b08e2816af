import { describe, expect, it } from 'vitest';
import { findTexts, renderBlocks } from './mail-texts.ts';

describe('languages of mails', () => {
  it.each([
    [['en'], ['en']],
    [
      ['fr-CA', 'EN_us', 'fr'],
      ['fr', 'en'],
    ],
    [['tlh'], ['en']],
    [[], ['en']],
    [['__proto__', 'constructor'], ['en']],
  ])('%j are %j', (cultures, languages) => {
    expect(findTexts(cultures).map(({ language }) => language)).toEqual(languages);
  });

  it('say the same things', () => {
    const shapes = findTexts(['en', 'fr']).map(({ texts }) => Object.keys(texts).sort());

    expect(shapes).toHaveLength(2);
    expect(shapes[0]).toEqual(shapes[1]);
  });
});

describe('the text of a mail', () => {
  it('is plain, and the same as HTML in which values are only text', () => {
    const { text, html } = renderBlocks([
      [
        { kind: 'paragraph', text: 'Hello <b>\r\nKim</b>,' },
        { kind: 'value', label: 'Password', value: '<&"\'>' },
        {
          kind: 'table',
          headers: ['A', 'B'],
          rows: [
            ['1', ''],
            ['x\ny', '<i>'],
          ],
        },
      ],
      [{ kind: 'paragraph', text: 'Again' }],
    ]);

    expect(text).toBe(
      'Hello <b> Kim</b>,\n\nPassword: <&"\'>\n\nA: 1\n\nA: x y\nB: <i>\n\n---\n\nAgain\n',
    );
    expect(html).toBe(
      [
        '<p>Hello &lt;b&gt; Kim&lt;/b&gt;,</p>',
        '<p>Password: <code>&lt;&amp;&quot;&#39;&gt;</code></p>',
        '<table>',
        '<tr><th>A</th><th>B</th></tr>',
        '<tr><td>1</td><td></td></tr>',
        '<tr><td>x y</td><td>&lt;i&gt;</td></tr>',
        '</table>',
        '<hr>',
        '<p>Again</p>',
        '',
      ].join('\n'),
    );
  });
});
