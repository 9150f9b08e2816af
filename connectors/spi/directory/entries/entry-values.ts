/** Columns of a table read from one entry: names computed, options folded, bytes turned into text. */

import { findNearestName } from '../../../../config/index.ts';
import { ConnectorError } from '../../errors.ts';
import type { Logger } from '../../package.ts';
import { compareOrdinalIgnoreCase, parseFormat } from '../../value-formats.ts';
import { parentOf, respellDn } from '../session/dn.ts';
import { requireAttribute } from '../session/filter.ts';
import { type DirectorySchema, isBinaryAttribute, isNameAttribute } from '../session/schema.ts';
import type { AttributeColumn, EntryColumn } from './entry-column.ts';
import type { EntryTexts } from './entry-texts.ts';

const binaryFormats = new Set(['binary', 'bytes', 'guid', 'sid']);
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** How a column of a mapping is read. Throws `invalid-value` for a column that no attribute can have. */
export function planColumn(
  column: string,
  format: string | undefined,
  schema: DirectorySchema,
): EntryColumn {
  const name = column.toLowerCase();
  if (name === 'dn' || name === 'parentdn') return { kind: name, column };
  const parsed = format === undefined ? undefined : parseFormat(format);
  const attribute = requireAttribute(readAttributeName(column, parsed?.bit !== undefined));
  const formatName = format?.trim().toLowerCase() ?? '';
  const known = schema.get(attribute.toLowerCase().split(';')[0] ?? '');
  if (known === undefined && schema.size > 0) throw unknownAttribute(column, attribute, schema);
  // A GUID or a security identifier is bytes in some directories and text in others: the schema decides.
  const isBinary =
    isBinaryAttribute(schema, attribute) || (known === undefined && binaryFormats.has(formatName));
  return {
    kind: 'attribute',
    column,
    attribute,
    isBinary,
    isName: isNameAttribute(schema, attribute),
    isJoined: formatName === 'multivaluedtext',
    isBit: parsed?.bit !== undefined,
  };
}

/** A search for an attribute that does not exist finds entries without it: every value would look deleted. */
function unknownAttribute(
  column: string,
  attribute: string,
  schema: DirectorySchema,
): ConnectorError {
  const nearest = findNearestName(
    attribute,
    [...schema.values()].map(({ name }) => name),
  );
  return new ConnectorError(
    'invalid-value',
    `The column "${column}" is no attribute of the directory.`,
    {
      hint:
        nearest === undefined
          ? 'Correct the connection column of the mapping.'
          : `Did you mean "${nearest}"?`,
      details: { column },
    },
  );
}

/** The attribute behind a column: `bit_userAccountControl_2` reads `userAccountControl`. */
export function readAttributeName(column: string, isBit: boolean): string {
  const match = /^bit_(.+)_(\d{1,2})$/i.exec(column);
  if (match?.[1] !== undefined) return match[1];
  if (!isBit) return column;
  throw new ConnectorError(
    'invalid-value',
    `The column "${column}" has a bit format and a name that tells no attribute.`,
    { hint: 'Name the column bit_<attribute>_<n>, such as bit_userAccountControl_2.' },
  );
}

/** Values as text: bytes in Base64, names respelled, everything else as UTF-8. */
export function readTexts(
  values: readonly Buffer[],
  { isBinary, isName }: Pick<AttributeColumn, 'isBinary' | 'isName'>,
): { readonly texts: readonly string[]; readonly hasForeignBytes: boolean } {
  let hasForeignBytes = false;
  const texts = values.map((value) => {
    if (isBinary) return value.toString('base64');
    try {
      const text = strictUtf8.decode(value);
      return isName ? respellDn(text) : text;
    } catch {
      // The schema called it text; Base64 loses nothing, and the caller says so.
      hasForeignBytes = true;
      return value.toString('base64');
    }
  });
  return { texts, hasForeignBytes };
}

/** Tells once per column what an operator should know about it. */
export interface ColumnWarnings {
  severalValues(column: string): void;
  foreignBytes(column: string): void;
}

export function createColumnWarnings(logger: Logger, table: string): ColumnWarnings {
  const told = new Set<string>();
  const once = (column: string, message: string) => {
    if (told.has(`${message}:${column}`)) return;
    told.add(`${message}:${column}`);
    logger.warn({ table, column }, message);
  };
  return {
    severalValues: (column) =>
      once(column, 'attribute has several values, the first is exported; consider multivaluedtext'),
    foreignBytes: (column) =>
      once(column, 'attribute holds bytes that are not text, exported in Base64'),
  };
}

/** The text of one column, before its format; `null` when the entry has no value. `slot` is where its values are. */
export function readColumn(
  column: EntryColumn,
  entry: EntryTexts,
  slot: number,
  warnings: ColumnWarnings,
): string | null {
  if (column.kind === 'dn') return respellDn(entry.dn);
  if (column.kind === 'parentdn') return emptyToNull(respellDn(parentOf(entry.dn)));
  const texts = entry.textsAt(slot);
  if (texts === undefined) return null;
  if (entry.isForeignAt(slot)) warnings.foreignBytes(column.column);
  if (typeof texts === 'string') return emptyToNull(texts);
  if (!column.isJoined) warnings.severalValues(column.column);
  return joinTexts(texts, column.isJoined);
}

/** All texts joined in order, or the first one in order: the order never depends on the server. */
export function joinTexts(texts: readonly string[], isJoined: boolean): string | null {
  if (texts.length === 0) return null;
  const sorted = texts.length === 1 ? texts : texts.toSorted(compareOrdinalIgnoreCase);
  return emptyToNull(isJoined ? sorted.join('\n') : (sorted[0] ?? ''));
}

function emptyToNull(text: string): string | null {
  return text === '' ? null : text;
}
