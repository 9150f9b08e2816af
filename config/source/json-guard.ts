/**
 * One pass over a JSON text by tokens: refuses what is malformed, too deep or too big before a tree is built.
 * The tree builder is recursive and forgiving; this is neither.
 */
import { createScanner } from 'jsonc-parser';
import { jsonTokens } from './json-tokens.ts';
import { maximumDepth, maximumElements, maximumValueLength } from './limits.ts';

/** An element takes up to four levels in JSON: `$elements`, its part, its list and itself. */
const levelsOfElement = 4;

export interface JsonProblem {
  readonly problem: string;
  readonly hint?: string;
  readonly offset: number;
  readonly length: number;
}

const {
  openBrace,
  closeBrace,
  openBracket,
  closeBracket,
  string: stringLiteral,
  number: numericLiteral,
  unknown: unknownToken,
  endOfFile,
} = jsonTokens;
/** By the numbers of `ScanError`, which exist at run time no more than those of the tokens. */
const scanErrors: Readonly<Record<number, string>> = {
  1: 'The comment is not closed.',
  2: 'The text is not closed.',
  3: 'The number is not complete.',
  4: 'The \\u escape needs four hexadecimal digits.',
  5: 'JSON does not know this escape.',
  6: 'A control character must be written as an escape.',
};

/** The first reason not to read the text further, or `undefined`. */
export function guardJson(text: string): JsonProblem | undefined {
  const scanner = createScanner(text, true);
  const open: number[] = [];
  let objects = 0;
  for (;;) {
    const token: number = scanner.scan();
    const offset = scanner.getTokenOffset();
    const length = Math.max(1, scanner.getTokenLength());
    const error = scanErrors[scanner.getTokenError()];
    if (error !== undefined) return { problem: error, offset, length: 1 };
    if (token === endOfFile) return undefined;
    if (token === unknownToken) {
      return { problem: `"${excerpt(text, offset, length)}" is not JSON.`, offset, length };
    }
    if ((token === stringLiteral || token === numericLiteral) && length > maximumValueLength) {
      return {
        problem: `A value has more than ${maximumValueLength} characters.`,
        offset,
        length: 1,
      };
    }
    if (token === openBrace) {
      objects += 1;
      if (objects > maximumElements) {
        return {
          problem: `The file has more than ${maximumElements} elements.`,
          hint: 'Split the file.',
          offset,
          length,
        };
      }
    }
    if (token === openBrace || token === openBracket) {
      open.push(token);
      if (open.length > maximumDepth * levelsOfElement) {
        const problem = `Values are nested more than ${maximumDepth * levelsOfElement} deep.`;
        return { problem, offset, length };
      }
    }
    if (token === closeBrace || token === closeBracket) {
      const expected = token === closeBrace ? openBrace : openBracket;
      if (open.pop() !== expected) {
        return { problem: `"${text[offset]}" closes nothing that is open here.`, offset, length };
      }
    }
  }
}

function excerpt(text: string, offset: number, length: number): string {
  return text.slice(offset, offset + Math.min(length, 30));
}
