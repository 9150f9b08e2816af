/** Reads the sheets of workbooks dropped by other systems or kept by people. */
import type { FileHandle } from 'node:fs/promises';
import { ConnectorError } from '../spi/errors.ts';
import { checkFiles } from '../spi/files/check-files.ts';
import { describeFolder, locateOneFile } from '../spi/files/locate-file.ts';
import { openFile, refuseChanged, waitUntilWritten } from '../spi/files/whole-file.ts';
import type {
  ConnectorContext,
  Exporter,
  ExportRequest,
  TableBatch,
  TableDescription,
  TableRequest,
} from '../spi/package.ts';
import { openWorkbook, type Workbook, type WorkbookSheet } from '../spi/workbook/workbook.ts';
import type { ExcelSettings } from './settings.ts';
import { readSheetTable, readSheetTitles } from './sheet-table.ts';

export const excelExporter: Exporter<ExcelSettings> = {
  checkConnection,
  exportTables,
  describeTables,
};

async function checkConnection(
  settings: ExcelSettings,
  context: ConnectorContext,
): Promise<string> {
  return checkFiles(settings, context, async ({ kind, path }) => {
    if (kind === 'folder') throw describeFolder(path);
    await using opened = await open(path, context);
    const sheets = opened.workbook.sheets.map((sheet) => describeSheet(sheet, settings));
    return `${path} can be read and has ${sheets.join(', ')}.`;
  });
}

function describeSheet(sheet: WorkbookSheet, settings: ExcelSettings): string {
  const notes = [
    sheet.isHidden ? 'hidden' : undefined,
    sheet.hasRows ? undefined : 'without cells',
    isIgnored(sheet, settings) ? 'ignored' : undefined,
  ].filter((note) => note !== undefined);
  const shown = `sheet ${sheet.index} "${sheet.name}"`;
  return notes.length === 0 ? shown : `${shown} (${notes.join(', ')})`;
}

async function describeTables(
  settings: ExcelSettings,
  context: ConnectorContext,
): Promise<readonly TableDescription[]> {
  const located = await locateOneFile(settings, 'initial', context);
  if (located.kind === 'nothing') return [];
  await using opened = await open(located.path, context);
  const tables: TableDescription[] = [];
  for (const sheet of opened.workbook.sheets) {
    if (!sheet.hasRows || isIgnored(sheet, settings)) continue;
    const columns = await readSheetTitles({
      workbook: opened.workbook,
      sheet,
      path: located.path,
      settings,
      context,
    });
    tables.push({ name: String(sheet.index), columns: columns.map((name) => ({ name })) });
  }
  return tables;
}

async function* exportTables(
  request: ExportRequest<ExcelSettings>,
  context: ConnectorContext,
): AsyncGenerator<TableBatch, void, undefined> {
  context.signal.throwIfAborted();
  const { settings } = request;
  const located = await locateOneFile(settings, request.mode, context);
  if (located.kind === 'nothing') {
    yield located;
    return;
  }
  const { path } = located;
  await waitUntilWritten(path, settings, context);
  await using opened = await open(path, context);
  const before = await opened.file.stat();
  const chosen = chooseSheets(request, opened.workbook, path);
  for (const { table, sheet } of chosen) {
    const source = { workbook: opened.workbook, sheet, path, settings, context };
    const end = yield* readSheetTable(source, table);
    context.signal.throwIfAborted();
    await refuseChanged(opened.file, before, path);
    if (end.unread !== undefined) {
      // What stands there could not be read: without proof, nothing is deleted on account of this table.
      context.logger.warn(
        { table: table.name, file: path, sheet: sheet.name, cells: end.unread },
        'formulas in mapped columns have no stored result: the table counts as partial',
      );
      continue;
    }
    yield {
      kind: 'end',
      table: table.name,
      rows: end.rows,
      evidence: `${end.evidence} of ${before.size} bytes, unchanged while read`,
      writtenAt: before.mtime.toISOString(),
      ...(end.commandColumn === undefined ? {} : { commandColumn: end.commandColumn }),
    };
  }
}

interface Opened extends AsyncDisposable {
  readonly file: FileHandle;
  readonly workbook: Workbook;
}

async function open(path: string, context: ConnectorContext): Promise<Opened> {
  const file = await openFile(path);
  try {
    const workbook = await openWorkbook(file, path, {
      folder: context.workFolder,
      signal: context.signal,
    });
    return {
      file,
      workbook,
      [Symbol.asyncDispose]: async () => {
        await workbook[Symbol.asyncDispose]();
        await file.close();
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function isIgnored(sheet: WorkbookSheet, settings: ExcelSettings): boolean {
  return settings.SheetOptions[sheet.index]?.SheetIgnored === true;
}

interface ChosenSheet {
  readonly table: TableRequest;
  readonly sheet: WorkbookSheet;
}

/** The sheets of the tables asked for; of all tables, where none is asked for. */
function chooseSheets(
  request: ExportRequest<ExcelSettings>,
  workbook: Workbook,
  path: string,
): readonly ChosenSheet[] {
  if (request.tables.length > 0) {
    return request.tables.map((table) => ({
      table,
      sheet: findSheet(table, request, workbook, path),
    }));
  }
  return workbook.sheets
    .filter((sheet) => sheet.hasRows && !isIgnored(sheet, request.settings))
    .map((sheet) => {
      const suffix = String(sheet.index);
      const name = `${request.connection}_${suffix}`;
      return { table: { name, suffix, columns: [], formats: {} }, sheet };
    });
}

function findSheet(
  table: TableRequest,
  request: ExportRequest<ExcelSettings>,
  workbook: Workbook,
  path: string,
): WorkbookSheet {
  const sheet = /^(0|[1-9]\d*)$/.test(table.suffix)
    ? workbook.sheets[Number(table.suffix)]
    : undefined;
  const details = { path, table: table.name, sheets: workbook.sheets.map(({ name }) => name) };
  if (sheet === undefined) {
    const readable = workbook.sheets
      .filter((each) => each.hasRows)
      .slice(0, 8)
      .map((each) => `${request.connection}_${each.index} for the sheet "${each.name}"`);
    throw new ConnectorError('not-found', `The workbook ${path} has no sheet for ${table.name}.`, {
      hint: `Tables are named by the number of their sheet, from 0: ${readable.join(', ')}.`,
      details,
    });
  }
  if (isIgnored(sheet, request.settings)) {
    throw new ConnectorError(
      'not-found',
      `The table ${table.name} is the sheet "${sheet.name}", which the connection ignores.`,
      { hint: 'Set SheetIgnored of its SheetOptions to false, or remove the mapping.', details },
    );
  }
  if (!sheet.hasRows) {
    throw new ConnectorError(
      'not-found',
      `The table ${table.name} is the sheet "${sheet.name}" of ${path}, which has no cells.`,
      { hint: 'Charts and dialogs have a number, but no rows: map another sheet.', details },
    );
  }
  return sheet;
}
