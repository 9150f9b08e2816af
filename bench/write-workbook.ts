/** Writes a workbook of any number of rows, streaming: what a spreadsheet program would write, without one. */
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { crc32, createDeflateRaw } from 'node:zlib';

export interface WorkbookPlan {
  readonly titles: readonly string[];
  readonly rows: number;
  /** Cells of a row, by its number from 0; text is shared, numbers are numbers. */
  readonly makeRow: (index: number) => readonly (string | number)[];
}

interface Part {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly packed: number;
  readonly sum: number;
}

const spreadsheetMl = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const relationships = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

/** One sheet; texts go to the shared table in the order of their first use, as spreadsheet programs write them. */
export async function writeLargeWorkbook(path: string, plan: WorkbookPlan): Promise<void> {
  const output = createWriteStream(path);
  const parts: Part[] = [];
  const zip: Zip = { output, parts, offset: 0 };
  const numbers = new Map<string, number>();
  await addText(zip, '[Content_Types].xml', contentTypes);
  await addText(zip, '_rels/.rels', relation('officeDocument', 'xl/workbook.xml'));
  await addText(zip, 'xl/workbook.xml', workbookXml);
  await addText(zip, 'xl/_rels/workbook.xml.rels', workbookRelations);
  await addText(zip, 'xl/styles.xml', stylesXml);
  await addPart(zip, 'xl/worksheets/sheet1.xml', sheetXml(plan, numbers));
  await addPart(zip, 'xl/sharedStrings.xml', sharedXml(numbers));
  const start = zip.offset;
  for (const part of parts) await put(zip, directoryEntry(part));
  await put(zip, directoryEnd(parts.length, start, zip.offset - start));
  output.end();
  await finished(output);
}

interface Zip {
  readonly output: NodeJS.WritableStream;
  readonly parts: Part[];
  offset: number;
}

const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const contentTypes = `${head}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`;
const workbookXml = `${head}<workbook xmlns="${spreadsheetMl}" xmlns:r="${relationships}"><sheets><sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>`;
const stylesXml = `${head}<styleSheet xmlns="${spreadsheetMl}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>`;
const workbookRelations = `${head}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${relationships}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${relationships}/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId3" Type="${relationships}/styles" Target="styles.xml"/></Relationships>`;

function relation(type: string, target: string): string {
  return `${head}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${relationships}/${type}" Target="${target}"/></Relationships>`;
}

function* sheetXml(plan: WorkbookPlan, numbers: Map<string, number>): Generator<string> {
  yield `${head}<worksheet xmlns="${spreadsheetMl}"><sheetData>`;
  yield formatRow(plan.titles, 1, numbers);
  for (let index = 0; index < plan.rows; index += 1) {
    yield formatRow(plan.makeRow(index), index + 2, numbers);
  }
  yield '</sheetData></worksheet>';
}

function formatRow(
  cells: readonly (string | number)[],
  number: number,
  numbers: Map<string, number>,
): string {
  let xml = `<row r="${number}">`;
  for (const [column, cell] of cells.entries()) {
    const reference = `${String.fromCharCode(65 + column)}${number}`;
    if (typeof cell === 'number') {
      xml += `<c r="${reference}"><v>${cell}</v></c>`;
      continue;
    }
    let shared = numbers.get(cell);
    if (shared === undefined) {
      shared = numbers.size;
      numbers.set(cell, shared);
    }
    xml += `<c r="${reference}" t="s"><v>${shared}</v></c>`;
  }
  return `${xml}</row>`;
}

function* sharedXml(numbers: ReadonlyMap<string, number>): Generator<string> {
  yield `${head}<sst xmlns="${spreadsheetMl}" uniqueCount="${numbers.size}">`;
  for (const text of numbers.keys()) {
    yield `<si><t>${text.replace(/&/g, '&amp;').replace(/</g, '&lt;')}</t></si>`;
  }
  yield '</sst>';
}

function addText(zip: Zip, name: string, text: string): Promise<void> {
  return addPart(zip, name, [text]);
}

/** A part whose sizes follow it, as they are known only then. */
async function addPart(zip: Zip, name: string, pieces: Iterable<string>): Promise<void> {
  const offset = zip.offset;
  await put(zip, localHeader(name));
  const start = zip.offset;
  const deflate = createDeflateRaw({ level: 6 });
  let size = 0;
  let sum = 0;
  const packing = (async () => {
    for await (const chunk of deflate) await put(zip, chunk as Buffer);
  })();
  let text = '';
  const flush = async (): Promise<void> => {
    const bytes = Buffer.from(text);
    text = '';
    size += bytes.length;
    sum = crc32(bytes, sum);
    if (!deflate.write(bytes)) await new Promise<void>((done) => deflate.once('drain', done));
  };
  for (const piece of pieces) {
    text += piece;
    if (text.length > 256 * 1024) await flush();
  }
  await flush();
  deflate.end();
  await packing;
  const part = { name, offset, size, packed: zip.offset - start, sum };
  zip.parts.push(part);
  await put(zip, dataDescriptor(part));
}

async function put(zip: Zip, bytes: Buffer): Promise<void> {
  zip.offset += bytes.length;
  if (zip.output.write(bytes)) return;
  await new Promise<void>((done) => zip.output.once('drain', () => done()));
}

function localHeader(name: string): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(8, 6);
  header.writeUInt16LE(8, 8);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, Buffer.from(name)]);
}

function dataDescriptor(part: Part): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE(0x08074b50, 0);
  bytes.writeUInt32LE(part.sum, 4);
  bytes.writeUInt32LE(part.packed, 8);
  bytes.writeUInt32LE(part.size, 12);
  return bytes;
}

function directoryEntry(part: Part): Buffer {
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(20, 4);
  entry.writeUInt16LE(20, 6);
  entry.writeUInt16LE(8, 8);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(part.sum, 16);
  entry.writeUInt32LE(part.packed, 20);
  entry.writeUInt32LE(part.size, 24);
  entry.writeUInt16LE(part.name.length, 28);
  entry.writeUInt32LE(part.offset, 42);
  return Buffer.concat([entry, Buffer.from(part.name)]);
}

function directoryEnd(parts: number, start: number, size: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts, 8);
  end.writeUInt16LE(parts, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(start, 16);
  return end;
}
