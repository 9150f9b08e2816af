/** Records as rows: which are read, and what their columns hold. */
import { parentOf, parseDn, respellDn } from '../spi/directory/session/dn.ts';
import { ConnectorError } from '../spi/errors.ts';
import { setCell } from '../spi/files/header.ts';
import type { Row } from '../spi/row.ts';
import { compareOrdinalIgnoreCase } from '../spi/value-formats.ts';
import {
  attributeKey,
  decodeText,
  describeAddress,
  type LdifRecord,
  type LdifValue,
  readText,
} from './records.ts';
import type { LdifSettings } from './settings.ts';

/** Attributes whose values are bytes: RFC 4523, RFC 2798, and those of widespread products. */
const binaryAttributes = [
  ...['usercertificate', 'cacertificate', 'certificaterevocationlist', 'authorityrevocationlist'],
  ...['crosscertificatepair', 'deltarevocationlist', 'usersmimecertificate', 'userpkcs12'],
  ...['jpegphoto', 'photo', 'audio', 'thumbnailphoto', 'thumbnaillogo'],
  ...['objectguid', 'objectsid', 'sidhistory', 'msexchmailboxguid', 'ms-ds-consistencyguid'],
];

/** Not written in records: the name of the entry, and of the one above it. */
const pseudoAttributes: ReadonlySet<string> = new Set(['dn', 'parentdn']);

export const commandColumn = 'Command';

interface Column {
  readonly name: string;
  /** As compared: lower case, options in order. */
  readonly attribute: string;
  readonly isBinary: boolean;
  readonly isName: boolean;
}

export class RecordRows {
  readonly columns: readonly string[];
  readonly #attributes: readonly Column[];
  readonly #columnByAttribute = new Map<string, Column>();
  readonly #filterAttribute: string;
  readonly #filterValues: ReadonlySet<string>;
  readonly #file: string;
  readonly #takesChanges: boolean;

  /** `takesChanges`: changes are rows with their command; otherwise every record is an entry that is there. */
  constructor(settings: LdifSettings, file: string, hasCommand: boolean, takesChanges: boolean) {
    const names = new Set(settings.NameAttributes.map(attributeKey));
    const binary = new Set([...binaryAttributes, ...settings.BinaryAttributes.map(attributeKey)]);
    const seen = new Map<string, Column>();
    for (const name of settings.Attributes) {
      const attribute = attributeKey(name);
      const [plain = '', ...options] = attribute.split(';');
      const isBinary = options.includes('binary') || binary.has(plain) || binary.has(attribute);
      if (!seen.has(name))
        seen.set(name, { name, attribute, isBinary, isName: names.has(attribute) });
    }
    this.#attributes = [...seen.values()];
    for (const column of this.#attributes) {
      this.#columnByAttribute.set(column.attribute, column);
      // `;binary` says how a value is sent, not what it is.
      if (column.isBinary) {
        this.#columnByAttribute.set(attributeKey(`${column.attribute};binary`), column);
      }
    }
    this.columns = [...(hasCommand ? [commandColumn] : []), ...seen.keys()];
    this.#filterAttribute = attributeKey(settings.FilterAttribute);
    this.#filterValues = new Set(
      settings.FilterValues.toLowerCase()
        .split(/\s+/)
        .filter((value) => value !== ''),
    );
    this.#file = file;
    this.#takesChanges = takesChanges;
  }

  /** The row of a record; `undefined` for an entry that is not asked for. Throws for a change that is no row. */
  read(record: LdifRecord): Row | undefined {
    switch (record.kind) {
      case 'content':
        return this.#makeRow(record.dn, record.values, 'insert');
      case 'add':
        this.#refuseChange(record);
        return this.#makeRow(record.dn, record.values, 'insert');
      case 'delete':
        this.#refuseChange(record);
        // What kind of entry it was is not told; rows that are not there need no deletion.
        return this.#fill(record.dn, this.#readOwnName(record), 'delete');
      case 'moddn':
        this.#refuseChange(record);
        throw this.#describePartial(record);
      case 'modify':
        this.#refuseChange(record);
        return this.#makeRow(record.dn, this.#readReplaced(record), 'update');
    }
  }

  /** Values of a change that replaces all that is read; a row cannot say that the rest stays as it is. */
  #readReplaced(record: Extract<LdifRecord, { readonly kind: 'modify' }>): readonly LdifValue[] {
    const replaced = new Set(record.parts.map(({ attribute }) => attribute));
    const wanted = [...this.#attributes.map(({ attribute }) => attribute), this.#filterAttribute];
    const isWhole =
      record.parts.every(({ operation }) => operation === 'replace') &&
      wanted.every((attribute) => pseudoAttributes.has(attribute) || replaced.has(attribute));
    if (!isWhole) throw this.#describePartial(record);
    return record.parts.flatMap(({ values }) => values);
  }

  /** What the name of a deleted entry tells of it; something must, or the row would name nothing. */
  #readOwnName(record: LdifRecord): ReadonlyMap<Column, readonly string[]> {
    const texts = new Map<Column, readonly string[]>();
    for (const { type, value } of parseDn(record.dn)[0] ?? []) {
      const column = this.#columnByAttribute.get(attributeKey(type));
      if (column !== undefined) texts.set(column, [value]);
    }
    if (texts.size > 0 || this.#attributes.some(({ attribute }) => attribute === 'dn'))
      return texts;
    throw new ConnectorError(
      'unsupported',
      `The record at line ${record.line} of ${this.#file} deletes an entry that no column names.`,
      {
        hint: 'Add dn, or the attribute that names the entries, to Attributes.',
        details: { file: this.#file, line: record.line },
      },
    );
  }

  #makeRow(dn: string, values: readonly LdifValue[], command: string): Row | undefined {
    let isWanted = false;
    const texts = new Map<Column, string[]>();
    for (const value of values) {
      if (value.attribute === this.#filterAttribute && !isWanted) isWanted = this.#matches(value);
      const column = this.#columnByAttribute.get(value.attribute);
      if (column === undefined) continue;
      const found = texts.get(column);
      const text = this.#readValue(value, column);
      if (found === undefined) texts.set(column, [text]);
      else found.push(text);
    }
    return isWanted ? this.#fill(dn, texts, command) : undefined;
  }

  #fill(dn: string, texts: ReadonlyMap<Column, readonly string[]>, command: string): Row {
    const row: Record<string, string | null> = {};
    if (this.columns[0] === commandColumn) row[commandColumn] = command;
    for (const column of this.#attributes) {
      const text = this.#readColumn(column, dn, texts);
      setCell(row, column.name, text === '' ? null : text);
    }
    return row;
  }

  #readColumn(column: Column, dn: string, texts: ReadonlyMap<Column, readonly string[]>): string {
    if (column.attribute === 'dn') return respellDn(dn);
    if (column.attribute === 'parentdn') return parentOf(respellDn(dn));
    const written = this.#columnByAttribute.get(column.attribute) ?? column;
    // A directory keeps no order of values, and one tool gives another than the next.
    return texts.get(written)?.toSorted(compareOrdinalIgnoreCase).join('\n') ?? '';
  }

  #matches(value: LdifValue): boolean {
    const text = value.bytes === null ? undefined : readText(value.bytes);
    return text !== undefined && this.#filterValues.has(text.toLowerCase());
  }

  #readValue(value: LdifValue, column: Column): string {
    if (value.bytes === null) throw describeAddress(value, this.#file);
    if (column.isBinary) return value.bytes.toString('base64');
    // Only a value that had to be encoded may be bytes that nobody said are bytes.
    const text = value.isEncoded ? readText(value.bytes) : decodeText(value, this.#file);
    if (text === undefined) return value.bytes.toString('base64');
    return column.isName ? respellDn(text) : text;
  }

  #refuseChange(record: LdifRecord): void {
    if (this.#takesChanges) return;
    throw new ConnectorError(
      'invalid-value',
      `The record at line ${record.line} of ${this.#file} is a change, but the file is read as all there is.`,
      {
        hint: 'Name files of changes in LDIFFileIncremental: they are read in incremental mode.',
        details: { file: this.#file, line: record.line },
      },
    );
  }

  #describePartial(record: LdifRecord): ConnectorError {
    const what = record.kind === 'modify' ? 'changes part of an entry' : 'renames an entry';
    return new ConnectorError(
      'unsupported',
      `The record at line ${record.line} of ${this.#file} ${what}: the rest of the entry is not told.`,
      {
        hint: 'Have whole entries written (changetype add and delete), or the whole directory.',
        details: { file: this.#file, line: record.line },
      },
    );
  }
}
