/** Settings of one connection to a file of Top Secret. */
import Type, { type Static } from 'typebox';

const fields = Type.Object(
  {
    Path: Type.String({
      minLength: 1,
      description: 'File of records that the utility TSSCFILE made of a TSS LIST command.',
    }),
    Encoding: Type.String({
      default: 'UTF-8',
      description:
        'Encoding of the file: UTF-8, ISO-8859-1 …, or an EBCDIC page (IBM037, IBM273, IBM285, IBM297, IBM500, IBM1047, IBM1140, IBM1141, IBM1146, IBM1147).',
    }),
    RecordLength: Type.Optional(
      Type.Integer({
        minimum: 64,
        maximum: 32_760,
        description:
          'Length of each record of a file in EBCDIC without line ends; TSSCFILE writes 300.',
      }),
    ),
    LayoutFile: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'JSON file that names the fields of record types, from the manual of Top Secret; see the README.',
      }),
    ),
  },
  { additionalProperties: false },
);

export const topSecretSettings = fields;
export type TopSecretSettings = Static<typeof fields>;
