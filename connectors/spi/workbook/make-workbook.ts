/** Makes workbooks part by part, so that whoever tests a reader can say exactly what stands in each. */
import { makeZip, type ZipPart } from './make-zip.ts';

export interface SheetParts {
  readonly name: string;
  /** What stands inside `sheetData`; or give the whole part. */
  readonly data?: string;
  readonly xml?: string;
  readonly state?: 'hidden' | 'veryHidden';
  readonly kind?: 'worksheet' | 'chartsheet' | 'dialogsheet';
}

export interface WorkbookParts {
  readonly sheets: readonly SheetParts[];
  /** Items of the shared table, as XML. */
  readonly shared?: readonly string[];
  /** Number format codes; cell style 1 has the first, and so on. Cell style 0 is general. */
  readonly formats?: readonly (string | number)[];
  readonly is1904?: boolean;
  readonly isStrict?: boolean;
  /** Parts added, or put in place of those of the same name. */
  readonly parts?: readonly ZipPart[];
  /** Parts in this order of the archive; `reverse` puts the sheets before everything that explains them. */
  readonly order?: 'reverse';
}

const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const families = {
  transitional: {
    main: 'http://schemas.openxmlformats.org/spreadsheetml/2006/main',
    relations: 'http://schemas.openxmlformats.org/officeDocument/2006/relationships',
  },
  strict: {
    main: 'http://purl.oclc.org/ooxml/spreadsheetml/main',
    relations: 'http://purl.oclc.org/ooxml/officeDocument/relationships',
  },
};

export function makeWorkbook(workbook: WorkbookParts): Buffer {
  const family = workbook.isStrict === true ? families.strict : families.transitional;
  const parts: ZipPart[] = [
    { name: '[Content_Types].xml', content: formatTypes('sheet.main') },
    {
      name: '_rels/.rels',
      content: formatRelations([['officeDocument', 'xl/workbook.xml']], family),
    },
    { name: 'xl/workbook.xml', content: formatWorkbook(workbook, family) },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content: formatRelations(
        [
          ...workbook.sheets.map(
            ({ kind = 'worksheet' }, index) => [kind, `worksheets/part${index + 1}.xml`] as const,
          ),
          ['styles', 'styles.xml'],
          ['sharedStrings', 'sharedStrings.xml'],
        ],
        family,
      ),
    },
    { name: 'xl/styles.xml', content: formatStyles(workbook.formats ?? [], family) },
    {
      name: 'xl/sharedStrings.xml',
      content: `${head}<sst xmlns="${family.main}">${(workbook.shared ?? []).join('')}</sst>`,
    },
    ...workbook.sheets.map(({ data = '', xml }, index) => ({
      name: `xl/worksheets/part${index + 1}.xml`,
      content:
        xml ??
        `${head}<worksheet xmlns="${family.main}"><sheetData>${data}</sheetData></worksheet>`,
    })),
  ];
  const added = workbook.parts ?? [];
  const kept = parts.filter((part) => added.every(({ name }) => name !== part.name));
  const all = [...kept, ...added];
  return makeZip(workbook.order === 'reverse' ? all.reverse() : all);
}

/** The list of content types; `kind` is the middle of the type of the workbook. */
export function formatTypes(kind: string): string {
  return `${head}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.${kind}+xml"/></Types>`;
}

/** Rows of text, as cells that hold their text themselves; `null` leaves a cell out. */
export function formatRows(rows: readonly (readonly (string | null)[])[]): string {
  return rows
    .map((cells, row) => {
      const shown = cells.map((cell, column) =>
        cell === null
          ? ''
          : `<c r="${columnName(column)}${row + 1}" t="inlineStr"><is><t xml:space="preserve">${escapeText(cell)}</t></is></c>`,
      );
      return `<row r="${row + 1}">${shown.join('')}</row>`;
    })
    .join('');
}

function columnName(column: number): string {
  return column < 26
    ? String.fromCharCode(65 + column)
    : `${columnName(Math.floor(column / 26) - 1)}${columnName(column % 26)}`;
}

/** Characters XML cannot hold or would change are written as spreadsheet programs write them. */
function escapeText(text: string): string {
  return (
    text
      .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/\]\]>/g, ']]&gt;')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
      .replace(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/g, (character) => {
        return `_x${character.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}_`;
      })
  );
}

type Family = (typeof families)['transitional'];

function formatWorkbook(workbook: WorkbookParts, family: Family): string {
  const sheets = workbook.sheets.map(({ name, state }, index) => {
    const hidden = state === undefined ? '' : ` state="${state}"`;
    // Numbers of sheets are not their order.
    return `<sheet name="${escapeText(name)}" sheetId="${900 - index}"${hidden} r:id="rId${index + 1}"/>`;
  });
  const properties = workbook.is1904 === true ? '<workbookPr date1904="1"/>' : '<workbookPr/>';
  return `${head}<workbook xmlns="${family.main}" xmlns:r="${family.relations}">${properties}<sheets>${sheets.join('')}</sheets></workbook>`;
}

function formatRelations(
  relations: readonly (readonly [type: string, target: string])[],
  family: Family,
): string {
  const shown = relations.map(
    ([type, target], index) =>
      `<Relationship Id="rId${index + 1}" Type="${family.relations}/${type}" Target="${target}"/>`,
  );
  return `${head}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${shown.join('')}</Relationships>`;
}

function formatStyles(formats: readonly (string | number)[], family: Family): string {
  const codes = formats.map((format, index) =>
    typeof format === 'number'
      ? ''
      : `<numFmt numFmtId="${200 + index}" formatCode="${escapeText(format).replace(/"/g, '&quot;')}"/>`,
  );
  const styles = formats.map(
    (format, index) => `<xf numFmtId="${typeof format === 'number' ? format : 200 + index}"/>`,
  );
  return `${head}<styleSheet xmlns="${family.main}"><numFmts>${codes.join('')}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>${styles.join('')}</cellXfs></styleSheet>`;
}
