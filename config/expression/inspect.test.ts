import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entityModel } from './expression-fixture.ts';
import { type CodeInspection, inspectCode } from './inspect.ts';

/** Looks at code whose `|` is the cursor. */
function inspect(marked: string, binding?: string): CodeInspection & { readonly text: string } {
  const offset = marked.indexOf('|');
  const expression = marked.replace('|', '');
  const result = inspectCode(
    {
      expression,
      ...(binding === undefined ? {} : { binding }),
      root: 'User',
      expected: { kind: 'scalar', type: 'String' },
      isLiteralAllowed: true,
      entityModel,
      at: { file: 'a.xml', line: 1, column: 1 },
    },
    offset < 0 ? expression.length : offset,
  );
  return { ...result, text: expression };
}

function namesAt(marked: string): readonly string[] {
  return inspect(marked).members?.map(({ name }) => name) ?? [];
}

describe('inspectCode', () => {
  it.each([
    ['C#:user:return user.|', 'LastName'],
    ['C#:user:return user.La|', 'LastName'],
    ['C#:user:return user.Site?.|', 'Region'],
    ['C#:user:return user.Site?.Region.|', 'Code'],
    ['C#:user:if (user.|', 'Age'],
    ['C#:user:return string.Join(",", user.Groups.Where(g => g.|', 'Level'],
    ['C#:user:return string.Join(",", user.Groups.Where(g => g.|).Select(g => g.Name));', 'Level'],
    ['C#:user:foreach (var g in user.Groups) { if (g.|', 'Level'],
    ['C#:user:var m = user.Manager; return m.|', 'FirstName'],
    ['C#:user:return $"{user.LastName} {user.|', 'FirstName'],
    ['C#:user:return user.LastName.|', 'ToUpper'],
    ['C#:user:return user.LastName.|', 'Simplify'],
    ['C#:user:return user.Start.|', 'HasValue'],
    ['C#:user:return user.Groups.|', 'FirstOrDefault'],
    ['C#:user:var d = new Dictionary<string, string>(); d.|', 'TryGetValue'],
    ['C#:user:return DateTime.|', 'UtcNow'],
    ['C#:user:return string.|', 'IsNullOrEmpty'],
    ['C#:user:return assignment.|', 'StartDate'],
    ['C#:user:var x = new List<string> { user.|', 'Mail'],
    ['C#:user:return |', 'user'],
    ['C#:user:var mine = 1; return m|', 'mine'],
  ])('lists members: %s', (code, name) => {
    expect(namesAt(code)).toContain(name);
  });

  it('lists nothing inside texts and comments', () => {
    expect(inspect('C#:user:return "user.|').members).toBeUndefined();
    expect(inspect('C#:user:return /* user.| */ "a";').members).toBeUndefined();
  });

  it.each([
    ['C#:user:return user.L|astName;', 'string'],
    ['C#:user:return user.Si|te?.Name;', 'Site'],
    ['C#:user:return user.Site?.Na|me;', 'string'],
    ['C#:user:var n = user.A|ge; return "a";', 'int?'],
    ['C#:user:return user.Groups.Select(g => g|.Name).First();', 'Group'],
  ])('tells the type: %s', (code, type) => {
    expect(inspect(code).typeAt).toBe(type);
  });

  it('names properties and entity types with their places, in unfinished code too', () => {
    for (const code of [
      'C#:user:foreach (Group g in user.Groups) { return g.Name; } return user.Site?.Code;|',
      'C#:user:foreach (Group g in user.Groups) { return g.Name; } return user.Site?.Code + user.|',
    ]) {
      const { references, text } = inspect(code);
      expect(
        references.map((one) => [
          text.slice(one.offset, one.offset + one.length),
          one.entityType,
          one.property,
        ]),
      ).toEqual([
        ['Group', 'Group', undefined],
        ['Groups', 'User', 'Groups'],
        ['Name', 'Group', 'Name'],
        ['Site', 'User', 'Site'],
        ['Code', 'Site', 'Code'],
      ]);
    }
  });

  it('takes the parameter from a binding', () => {
    const result = inspect('C#:site:return site.|', 'Site');

    expect(result.members?.map(({ name }) => name)).toContain('Region');
  });

  it('never fails, whatever is written', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            'user',
            '.',
            '?.',
            'Site',
            '(',
            ')',
            '{',
            '}',
            '[',
            ']',
            '"',
            "'",
            '$"',
            '@"',
            '/*',
            ';',
            'return',
            'var',
            'x',
            '=',
            '=>',
            'foreach',
            'in',
            'new',
            'List<string>',
            '<',
            ',',
            '\\',
            'switch',
          ),
          { maxLength: 20 },
        ),
        fc.nat(80),
        (parts, offset) => {
          const expression = `C#:user:${parts.join(' ')}`;
          const inspection = inspect(`${expression.slice(0, offset)}|${expression.slice(offset)}`);
          for (const one of inspection.references) {
            expect(one.offset + one.length).toBeLessThanOrEqual(expression.length);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
