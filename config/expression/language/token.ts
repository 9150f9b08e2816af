/** Tokens of the C# subset. */

interface Place {
  /** From 0, within the body of the expression. */
  readonly offset: number;
  readonly length: number;
}

/** A part of an interpolated string: text, or the tokens of a hole with its format. */
export type InterpolatedPart =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'hole';
      readonly tokens: readonly Token[];
      readonly alignment?: number;
      readonly format?: string;
      readonly offset: number;
      readonly length: number;
    };

export type Token = Place &
  (
    | { readonly kind: 'name'; readonly text: string; readonly isKeyword: boolean }
    | { readonly kind: 'symbol'; readonly text: string }
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'char'; readonly value: string }
    | { readonly kind: 'interpolated'; readonly parts: readonly InterpolatedPart[] }
    | { readonly kind: 'int'; readonly value: bigint; readonly isLong: boolean }
    | { readonly kind: 'double'; readonly value: number }
    | { readonly kind: 'end' }
  );

/** Words of C# that cannot name a variable. Types such as `string` are among them. */
export const keywords: ReadonlySet<string> = new Set(
  (
    'abstract as base bool break byte case catch char checked class const continue decimal default delegate do double else enum ' +
    'event explicit extern false finally fixed float for foreach goto if implicit in int interface internal is lock long namespace ' +
    'new null object operator out override params private protected public readonly ref return sbyte sealed short sizeof stackalloc ' +
    'static string struct switch this throw true try typeof uint ulong unchecked unsafe ushort using virtual void volatile while'
  ).split(' '),
);

/** Symbols, longest first. */
export const symbols: readonly string[] = [
  '??=',
  '<<=',
  '>>=',
  '??',
  '?.',
  '=>',
  '==',
  '!=',
  '<=',
  '>=',
  '&&',
  '||',
  '++',
  '--',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '&=',
  '|=',
  '^=',
  '::',
  '->',
  '..',
  ...'+-*/%=<>!?:;,.(){}[]&|^~',
];
