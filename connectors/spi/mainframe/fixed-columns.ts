/** Records of fixed columns: what a layout says, and values cut out of a record by it. */

/** One field of a record; columns count from 1, the last one included. */
export interface FixedField {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/**
 * The values of a record, blanks at their end cut off, `null` where nothing is left. A record shorter than its layout has
 * lost blanks on its way; one that is longer has fields of a later release. Columns are characters of the code page.
 */
export function sliceFields(
  record: string,
  fields: readonly FixedField[],
): readonly (string | null)[] {
  const characters = isPlain(record) ? record : [...record];
  return fields.map(({ start, end }) => {
    const part = characters.slice(start - 1, end);
    const value = cutBlanks(typeof part === 'string' ? part : part.join(''));
    return value === '' ? null : value;
  });
}

/** Every character is one unit: columns can be counted without taking the text apart. */
function isPlain(text: string): boolean {
  return !/[\ud800-\udfff]/.test(text);
}

function cutBlanks(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 32) end -= 1;
  return end === text.length ? text : text.slice(0, end);
}

/** The first field that does not begin behind a blank: the record has other columns than the layout. */
export function findShiftedField(
  record: string,
  fields: readonly FixedField[],
): FixedField | undefined {
  const characters = isPlain(record) ? record : [...record];
  return fields.find(({ start }) => (characters[start - 2] ?? ' ') !== ' ');
}
