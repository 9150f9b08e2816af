/** Settings of one connection to an unload of RACF. */
import Type, { type Static } from 'typebox';

const fields = Type.Object(
  {
    Path: Type.String({
      minLength: 1,
      description: 'File with the unload of the RACF database, as the utility IRRDBU00 writes it.',
    }),
    Encoding: Type.String({
      default: 'UTF-8',
      description:
        'Encoding of the file: UTF-8, ISO-8859-1 …, or an EBCDIC page (IBM037, IBM273, IBM285, IBM297, IBM500, IBM1047, IBM1140, IBM1141, IBM1146, IBM1147).',
    }),
    ChecksMembers: Type.Boolean({
      default: true,
      description:
        'Refuses an unload whose users name fewer groups (0203) than its groups name members (0102): it was cut off.',
    }),
  },
  { additionalProperties: false },
);

export const racfSettings = fields;
export type RacfSettings = Static<typeof fields>;
