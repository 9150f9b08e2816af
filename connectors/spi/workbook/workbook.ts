/**
 * Reads workbooks (XLSX, XLSM; ECMA-376, both families of namespaces) sheet by sheet, in bounded memory. Formulas are never
 * computed: the result the writer stored counts. Links to other files are never followed, macros never looked at.
 */
import type { FileHandle } from 'node:fs/promises';
import { Archive, type ArchiveLimits, archiveLimits, describeDamage } from './archive.ts';
import { describeForeign, requireZip } from './foreign-file.ts';
import { findBuiltInFormat, type NumberFormat, parseFormatCode } from './number-formats.ts';
import { type Relationship, readRelationships } from './relationships.ts';
import { readSheetRows, type SheetBatch } from './sheet-rows.ts';
import { TextTable } from './text-table.ts';
import { readPart } from './xml-part.ts';

export interface WorkbookSheet {
  /** From 0, over all sheets in the order of the workbook, hidden ones and charts included. */
  readonly index: number;
  readonly name: string;
  readonly isHidden: boolean;
  /** Charts and dialogs have none. */
  readonly hasRows: boolean;
}

export interface WorkbookOptions {
  /** A folder for what does not fit into memory. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly limits?: ArchiveLimits;
  /** Bytes of shared texts held in memory. */
  readonly sharedBytesInMemory?: number;
}

export interface Workbook extends AsyncDisposable {
  readonly sheets: readonly WorkbookSheet[];
  /** Rows of a sheet that have a value, in batches of up to 1,000. */
  readRows(sheet: WorkbookSheet): AsyncGenerator<SheetBatch, void, undefined>;
}

interface SheetPart extends WorkbookSheet {
  readonly part: string;
}

/** Opens a workbook; the handle stays the caller's. Throws `invalid-value` with the form of a file that is none. */
export async function openWorkbook(
  file: FileHandle,
  path: string,
  options: WorkbookOptions,
): Promise<Workbook> {
  const { signal } = options;
  await requireZip(file, path);
  const archive = await Archive.open(file, path, options.limits ?? archiveLimits);
  const main = await findMainPart(archive, signal);
  const relationships = await readRelationships(archive, main, signal);
  const { sheets, is1904 } = await readSheets(archive, main, relationships, signal);
  const styles = findPart(relationships, 'styles');
  const formats =
    styles !== undefined && archive.has(styles) ? await readFormats(archive, styles, signal) : [];
  const shared = new TextTable({
    folder: options.folder,
    bytesInMemory: options.sharedBytesInMemory ?? 16 * 2 ** 20,
  });
  const sharedPart = findPart(relationships, 'sharedStrings');
  let reading: Promise<void> | undefined;
  return {
    sheets,
    async *readRows(sheet) {
      const found = sheets[sheet.index];
      if (found === undefined || !found.hasRows) return;
      if (sharedPart !== undefined) reading ??= shared.read(archive, sharedPart, signal);
      await reading;
      yield* readSheetRows(archive, found.part, { shared, formats, is1904, signal });
    },
    [Symbol.asyncDispose]: () => shared[Symbol.asyncDispose](),
  };
}

function findPart(
  relationships: ReadonlyMap<string, Relationship>,
  type: string,
): string | undefined {
  for (const each of relationships.values()) if (each.type === type) return each.part;
  return undefined;
}

/** The part that lists the sheets. */
async function findMainPart(archive: Archive, signal: AbortSignal): Promise<string> {
  const main = findPart(await readRelationships(archive, '', signal), 'officeDocument');
  const types = await readContentTypes(archive, signal);
  if (main === undefined || !archive.has(main)) {
    if (archive.has('mimetype')) throw describeForeign(archive.path, 'an OpenDocument file (.ods)');
    throw describeForeign(archive.path, 'a ZIP file without a workbook');
  }
  const type = types.get(main.toLowerCase()) ?? '';
  if (/\.binary\./i.test(type) || /\.bin$/i.test(main)) {
    throw describeForeign(archive.path, 'a binary workbook (.xlsb)');
  }
  if (/wordprocessingml|presentationml/i.test(type)) {
    throw describeForeign(archive.path, 'a document of another office program');
  }
  return main;
}

async function readContentTypes(
  archive: Archive,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const types = new Map<string, string>();
  const part = '[Content_Types].xml';
  if (!archive.has(part)) return types;
  await readPart(
    archive,
    part,
    {
      open(name, { PartName, ContentType }) {
        if (name !== 'Override' || PartName === undefined) return;
        types.set(PartName.replace(/^\//, '').toLowerCase(), ContentType ?? '');
      },
      text: () => undefined,
      close: () => undefined,
    },
    signal,
  );
  return types;
}

async function readSheets(
  archive: Archive,
  main: string,
  relationships: ReadonlyMap<string, Relationship>,
  signal: AbortSignal,
): Promise<{ readonly sheets: readonly SheetPart[]; readonly is1904: boolean }> {
  const sheets: SheetPart[] = [];
  const parts = new Set<string>();
  let is1904 = false;
  await readPart(
    archive,
    main,
    {
      open(name, attributes) {
        if (name === 'workbookPr') is1904 = /^(1|true|on)$/i.test(attributes['date1904'] ?? '');
        if (name !== 'sheet') return;
        const shown = attributes['name'] ?? '';
        const link = relationships.get(findRelationId(attributes) ?? '');
        if (link === undefined || !archive.has(link.part)) {
          throw describeDamage(archive.path, `names the sheet "${shown}" and does not have it`);
        }
        const { part, type } = link;
        if (parts.has(part)) throw describeDamage(archive.path, 'has one sheet under two names');
        parts.add(part);
        sheets.push({
          index: sheets.length,
          name: shown,
          isHidden: (attributes['state'] ?? 'visible') !== 'visible',
          hasRows: type === 'worksheet',
          part,
        });
      },
      text: () => undefined,
      close: () => undefined,
    },
    signal,
  );
  return { sheets, is1904 };
}

/** `r:id`, whatever its prefix; the attribute without one is something else. */
function findRelationId(attributes: Readonly<Record<string, string>>): string | undefined {
  const written = Object.keys(attributes).find((name) => /^[^:]+:id$/.test(name));
  return written === undefined ? undefined : attributes[written];
}

/** The number format of each cell style, by its number. */
async function readFormats(
  archive: Archive,
  part: string,
  signal: AbortSignal,
): Promise<readonly NumberFormat[]> {
  const declared = new Map<number, NumberFormat>();
  const formats: NumberFormat[] = [];
  let isCellStyles = false;
  await readPart(
    archive,
    part,
    {
      open(name, attributes) {
        if (name === 'cellXfs') isCellStyles = true;
        const id = Number(attributes['numFmtId'] ?? 0);
        // Number formats inside differential styles colour cells by rules; they come later and have no say here.
        if (name === 'numFmt' && !declared.has(id)) {
          declared.set(id, parseFormatCode(attributes['formatCode'] ?? ''));
        } else if (name === 'xf' && isCellStyles) {
          formats.push(declared.get(id) ?? findBuiltInFormat(id));
        }
      },
      text: () => undefined,
      close: (name) => {
        if (name === 'cellXfs') isCellStyles = false;
      },
    },
    signal,
  );
  return formats;
}
