/** Settings of one CSV connection. */
import Type, { type Static } from 'typebox';

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
    IsFileNameRegex: Type.Boolean({
      default: false,
      description:
        'The last part of both paths is a regular expression for the whole file name; of several files the last created is read.',
    }),
    ValuesToTrim: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      description:
        'Texts cut off both ends of headers and values, as often as they stand there, one after the other in this order.',
    }),
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
    SecondsToSettle: Type.Number({
      default: 0,
      minimum: 0,
      maximum: 3_600,
      description: 'How long size and date of the file must stay the same before it is read.',
    }),
    DoneFileSuffix: Type.Optional(
      Type.String({
        minLength: 1,
        pattern: '^[^/\\\\]+$',
        description:
          'The file is read only when a file with its name and this ending stands beside it, such as ".done".',
      }),
    ),
  },
  {
    additionalProperties: false,
    anyOf: [{ required: ['Path'] }, { required: ['PathIncremental'] }],
  },
);

export const csvSettings = fields;
export type CsvSettings = Static<typeof fields>;
