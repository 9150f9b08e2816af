/** Column operations as the command line writes them: `"Last name" text`, `0 Number`, `Start dd/MM/yyyy`. */
import { InvalidArgumentError } from 'commander';
import type { ColumnOperations, Conversion } from '../engine/index.ts';

export interface WrittenOperations {
  readonly newHeaders?: readonly string[];
  readonly headersEditIndex?: readonly string[];
  readonly headersEditName?: readonly string[];
  readonly headersRemoveIndex?: readonly string[];
  readonly headersRemoveName?: readonly string[];
  readonly columnsConcat?: readonly string[];
  readonly columnsMultivalued?: readonly string[];
  readonly columnsDate?: readonly string[];
  readonly columnsBool?: readonly string[];
  readonly columnsInt32?: readonly string[];
  readonly columnsInt64?: readonly string[];
  readonly columnsGuid?: readonly string[];
  readonly columnsBytes?: readonly string[];
  readonly columnsKey?: readonly string[];
}

/** Throws commander's error for a text that does not say what its option needs. */
export function readOperations(written: WrittenOperations): ColumnOperations {
  return {
    ...(written.newHeaders === undefined ? {} : { newHeaders: written.newHeaders }),
    editByIndex: (written.headersEditIndex ?? []).map((text) => {
      const [index = '', name] = readWords(text, [1, 2], '"<index> <name>"');
      return { index: readIndex(index), name: name ?? '' };
    }),
    editByName: (written.headersEditName ?? []).map((text) => {
      const [from = '', to = ''] = readWords(text, [2, 2], '"<old> <new>"');
      return { from, to };
    }),
    removeByIndex: (written.headersRemoveIndex ?? []).map(readIndex),
    removeByName: written.headersRemoveName ?? [],
    concatenations: (written.columnsConcat ?? []).map((text) => {
      const form = '"<column> <column> [<separator> [<header>]]"';
      const [first = '', second = '', separator = '', header] = readWords(text, [2, 4], form);
      return { first, second, separator, ...(header === undefined ? {} : { header }) };
    }),
    conversions: readConversions(written),
    key: written.columnsKey ?? [],
  };
}

function readConversions(written: WrittenOperations): ColumnOperations['conversions'] {
  const formats = [
    ['bool', written.columnsBool],
    ['int32', written.columnsInt32],
    ['int64', written.columnsInt64],
    ['guid', written.columnsGuid],
    ['bytes', written.columnsBytes],
  ] as const;
  const withFormat = formats.flatMap(([format, columns = []]) =>
    columns.map((column) => ({ column, conversion: { kind: 'format', format } as const })),
  );
  const withText = (
    texts: readonly string[] | undefined,
    form: string,
    make: (text: string) => Conversion,
  ): ColumnOperations['conversions'] =>
    (texts ?? []).map((text) => {
      const { word, rest } = splitFirstWord(text, form);
      return { column: word, conversion: make(rest) };
    });
  return [
    ...withText(written.columnsMultivalued, '"<column> <separator>"', (separator) => ({
      kind: 'multivalued',
      separator,
    })),
    ...withText(written.columnsDate, '"<column> <pattern>"', (pattern) => ({
      kind: 'date',
      pattern,
    })),
    ...withFormat,
  ];
}

/** A word, or several in double quotes; a quote inside quotes is doubled. */
const wordPattern = /"((?:[^"]|"")*)"|([^\s"]\S*)/y;

function readWords(
  text: string,
  [least, most]: readonly [number, number],
  form: string,
): readonly string[] {
  const words: string[] = [];
  let at = skipSpaces(text, 0);
  while (at < text.length) {
    const { word, end } = readWord(text, at, form);
    words.push(word);
    at = skipSpaces(text, end);
  }
  if (words.length >= least && words.length <= most) return words;
  throw misspelt(text, form);
}

/** The rest is taken as it stands: separators and patterns may hold spaces. */
function splitFirstWord(
  text: string,
  form: string,
): { readonly word: string; readonly rest: string } {
  const { word, end } = readWord(text, 0, form);
  const rest = text.slice(end + 1);
  if (rest === '' || !/\s/.test(text.charAt(end))) throw misspelt(text, form);
  return { word, rest };
}

function readWord(
  text: string,
  at: number,
  form: string,
): { readonly word: string; readonly end: number } {
  wordPattern.lastIndex = at;
  const match = wordPattern.exec(text);
  if (match === null) throw misspelt(text, form);
  const word = match[1] === undefined ? (match[2] ?? '') : match[1].replaceAll('""', '"');
  return { word, end: at + match[0].length };
}

function skipSpaces(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text.charAt(at))) at += 1;
  return at;
}

function readIndex(text: string): number {
  const index = Number(text);
  if (/^\d{1,6}$/.test(text)) return index;
  throw new InvalidArgumentError(`"${text}" is no index of a column; they count from 0.`);
}

function misspelt(text: string, form: string): InvalidArgumentError {
  const advice = 'Put names with spaces in double quotes.';
  return new InvalidArgumentError(`"${text}" should be ${form}. ${advice}`);
}
