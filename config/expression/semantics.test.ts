import { describe, expect, it } from 'vitest';
import { compile, context, makeUser } from './expression-fixture.ts';
import { semanticsRows } from './semantics.ts';

/** The text of an expression of any type. */
function textOf(expression: string): string | null {
  const result = compile({ expression: `C#:u:return $"{${expression}}";` });
  const plain = compile({ expression: `C#:u:var value = ${expression}; return "" + value;` });
  const usable = plain.status === 'compiled' ? plain : result;
  if (usable.status === 'rejected') throw new Error(JSON.stringify(usable.problems));
  const value = usable.expression.evaluate(makeUser(), context);
  return value.kind === 'text' ? (value.value ?? '') : null;
}

describe('semantics of .NET', () => {
  it.each(semanticsRows.map((row) => [row.expression, row.result] as const))(
    '%s',
    (expression, result) => {
      if (typeof result === 'string') expect(textOf(expression)).toBe(result);
      else expect(() => textOf(expression)).toThrow(result.fails);
    },
  );
});
