/** The numbers of jsonc-parser's `SyntaxKind`, a `const enum` that does not exist at run time. */
export const jsonTokens = {
  openBrace: 1,
  closeBrace: 2,
  openBracket: 3,
  closeBracket: 4,
  colon: 6,
  string: 10,
  number: 11,
  lineComment: 12,
  blockComment: 13,
  lineBreak: 14,
  space: 15,
  unknown: 16,
  endOfFile: 17,
} as const;
