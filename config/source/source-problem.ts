/** What a reader says about a file that it cannot read, and checks that do not depend on the format. */
import type { Finding } from '../diagnostics.ts';
import { findDeclaredEncoding } from './decode-file.ts';
import type { Span } from './element-tree.ts';
import { maximumFileLength } from './limits.ts';
import type { SourceText } from './source-text.ts';

export interface SourceProblem {
  readonly span: Span;
  readonly finding: Finding;
}

/** Everything but tab, line feed and carriage return below the space, surrogate halves, and two non-characters. */
export const illegalCharacter = /(?![\t\n\r\u007f-\u009f])[\p{Cc}\p{Cs}\ufffe\uffff]/u;

/** The first thing wrong with a file's bytes or size, whatever its format. */
export function findTextProblem(source: SourceText): SourceProblem | undefined {
  const { text, problem } = source;
  if (problem !== undefined) {
    const { message, hint, offset, length } = problem;
    const finding = { code: 'CONFIG_ENCODING_INVALID', message, hint } as const;
    return { span: { source, offset, length }, finding };
  }
  if (text.length > maximumFileLength) {
    return {
      span: { source, offset: 0, length: 1 },
      finding: {
        code: 'CONFIG_FILE_TOO_LARGE',
        message: `The file has ${text.length} characters; at most ${maximumFileLength} are read.`,
        hint: 'Split the file, or move it out of the configuration folder if it is not configuration.',
      },
    };
  }
  // Decoding puts U+FFFD in the place of bytes that are not UTF-8.
  const replacement = text.indexOf('\ufffd');
  const illegal = illegalCharacter.exec(text);
  if (replacement >= 0 && (illegal === null || replacement < illegal.index)) {
    return {
      span: { source, offset: replacement, length: 1 },
      finding: {
        code: 'CONFIG_ENCODING_INVALID',
        message: `The file holds bytes that are not ${findDeclaredEncoding(text)?.name ?? 'UTF-8'} here.`,
        hint: 'Save the file as UTF-8.',
      },
    };
  }
  if (illegal !== null) {
    return {
      span: { source, offset: illegal.index, length: 1 },
      finding: {
        code: 'CONFIG_ENCODING_INVALID',
        message: `The character ${describeCharacter(illegal[0])} may not stand in a configuration file.`,
        hint: 'Remove the character; a file full of them is probably not text, or not saved as UTF-8.',
      },
    };
  }
  return undefined;
}

/** A character by its number, as `U+0007`. */
export function describeCharacter(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
