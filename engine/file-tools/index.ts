export { type AnonymizeOptions, anonymizeCsv } from './anonymize-csv.ts';
export {
  type AnonymizedColumn,
  type AnonymizedType,
  anonymizedTypes,
  parseAnonymizedColumns,
} from './anonymize-value.ts';
export { FileToolError } from './errors.ts';
export { locateInput } from './locate-input.ts';
export { guardFormula } from './spreadsheet-text.ts';
export { compileStrengthCheck } from './strength-check.ts';
export { createTableFile, formatTableRows, type TableFile } from './table-file.ts';
export { type TransformOptions, type TransformOutcome, transformCsv } from './transform-csv.ts';
export type { ColumnOperations, Conversion } from './transform-plan.ts';
export {
  type ColumnType,
  type SpreadsheetTable,
  type TableColumn,
  type TableValue,
  writeSpreadsheet,
} from './write-spreadsheet.ts';
