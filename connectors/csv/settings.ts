/** Settings of one CSV connection. */
import Type, { type Static } from 'typebox';
import {
  eitherPath,
  isFileNameRegex,
  valuesToTrim,
  wholeFileFields,
} from '../spi/files/file-settings.ts';

const fields = Type.Object(
  {
    Path: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'File read in complete and initial mode, or folder with one file per table. Required unless PathIncremental is given.',
      }),
    ),
    PathIncremental: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'File of changes read in incremental mode, or folder with one per table. Required unless Path is given.',
      }),
    ),
    IsFileNameRegex: isFileNameRegex,
    ValuesToTrim: valuesToTrim,
    Encoding: Type.String({
      default: 'UTF-8',
      description:
        'Encoding of the file, by its usual name or code page. A byte order mark wins over it.',
    }),
    Separator: Type.String({
      default: ',',
      minLength: 1,
      maxLength: 4,
      pattern: '^[^"\\r\\n]+$',
      description: 'What stands between two values of a line.',
    }),
    NumberOfLinesToSkip: Type.Integer({
      default: 0,
      minimum: 0,
      description: 'Lines of the file above the header line.',
    }),
    ...wholeFileFields,
  },
  eitherPath,
);

export const csvSettings = fields;
export type CsvSettings = Static<typeof fields>;
