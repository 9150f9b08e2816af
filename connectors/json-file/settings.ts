/** Settings of a connection that reads JSON files. */
import Type, { type Static } from 'typebox';
import { eitherPath, isFileNameRegex, wholeFileFields } from '../spi/files/file-settings.ts';

const column = Type.Object(
  {
    Column: Type.String({ minLength: 1, description: 'Name of the column.' }),
    Path: Type.String({ description: 'Where its value stands, from the row on.' }),
  },
  { additionalProperties: false },
);

const table = Type.Object(
  {
    Table: Type.String({
      default: '',
      pattern: '^[^/\\\\]*$',
      description:
        'What follows the name of the connection and _ in the name of the table; empty for a connection with one table.',
    }),
    Rows: Type.String({
      default: '*',
      description:
        'Where the rows stand: names of members joined by dots, * for each element of a list. In JSON Lines the first * is each line.',
    }),
    Columns: Type.Array(column, {
      default: [],
      description: 'Columns whose name is not the path of their value.',
    }),
    OptionalColumns: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      description: 'Columns that no row need have; any other that no row has fails the export.',
    }),
    CommandPath: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Where each row of a file of changes says what happened to it.',
      }),
    ),
  },
  { additionalProperties: false },
);

const fields = Type.Object(
  {
    Path: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'File read in complete and initial mode. Required unless PathIncremental is given.',
      }),
    ),
    PathIncremental: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'File of changes read in incremental mode. Required unless Path is given.',
      }),
    ),
    IsFileNameRegex: isFileNameRegex,
    Format: Type.Optional(
      Type.Union([Type.Literal('Json'), Type.Literal('JsonLines')], {
        description:
          'One JSON text, or one in each line. By default files ending in .jsonl or .ndjson have lines.',
      }),
    ),
    Tables: Type.Array(table, {
      default: [{}],
      minItems: 1,
      description:
        'The tables of the file; by default one, whose rows are the elements of the list.',
    }),
    MaxRecordMegabytes: Type.Number({
      default: 16,
      exclusiveMinimum: 0,
      maximum: 256,
      description: 'Size one element of the outermost list may have: it is held in memory.',
    }),
    ...wholeFileFields,
  },
  eitherPath,
);

export const jsonFileSettings = fields;
export type JsonFileSettings = Static<typeof fields>;
export type JsonTable = JsonFileSettings['Tables'][number];
