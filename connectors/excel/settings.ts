/** Settings of one Excel connection. */
import Type, { type Static } from 'typebox';
import {
  eitherPath,
  isFileNameRegex,
  valuesToTrim,
  wholeFileFields,
} from '../spi/files/file-settings.ts';

const sheetOptions = Type.Object(
  {
    SheetIgnored: Type.Boolean({ description: 'The sheet is not read; it keeps its number.' }),
    NumberOfLinesToSkip: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 1_048_575,
      description: 'Rows of the sheet above the header row, empty ones included.',
    }),
  },
  { additionalProperties: false },
);

const fields = Type.Object(
  {
    Path: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Workbook read in complete and initial mode. Required unless PathIncremental is given.',
      }),
    ),
    PathIncremental: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Workbook of changes read in incremental mode. Required unless Path is given.',
      }),
    ),
    IsFileNameRegex: isFileNameRegex,
    ValuesToTrim: valuesToTrim,
    SheetOptions: Type.Array(sheetOptions, {
      default: [],
      description:
        'What to do with each sheet, by its position; sheets without an entry are read from their first row.',
    }),
    ...wholeFileFields,
  },
  eitherPath,
);

export const excelSettings = fields;
export type ExcelSettings = Static<typeof fields>;
