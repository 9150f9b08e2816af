/** Settings of one LDIF connection. */
import Type, { type Static } from 'typebox';
import { wholeFileFields } from '../spi/files/file-settings.ts';

const fields = Type.Object(
  {
    LDIFFile: Type.String({ minLength: 1, description: 'File with all entries.' }),
    LDIFFileIncremental: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'File of changes read in incremental mode. Without it that mode reads LDIFFile, and the next step finds what changed.',
      }),
    ),
    FilterAttribute: Type.String({
      minLength: 1,
      description: 'Attribute that decides which entries are read, such as objectClass.',
    }),
    FilterValues: Type.String({
      pattern: '\\S',
      description:
        'Values of that attribute, separated by white space: an entry with any of them is read. Letter case does not count.',
    }),
    Attributes: Type.Array(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._;-]*$' }), {
      minItems: 1,
      description:
        'Attributes read, in the order of the columns; dn and parentdn are the names of the entry and of the one above it.',
    }),
    NameAttributes: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      description:
        'Attributes that hold names of entries, such as member: spelled like dn, so that one name is one text.',
    }),
    BinaryAttributes: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      description:
        'Attributes that hold bytes, given in Base64; usual ones such as jpegPhoto and userCertificate are known.',
    }),
    LdifEncoding: Type.String({
      default: 'UTF-8',
      description: 'Encoding of the file, by its usual name or code page.',
    }),
    MaxRecordMegabytes: Type.Number({
      default: 64,
      exclusiveMinimum: 0,
      maximum: 512,
      description: 'Size one record may have: past it, the file is taken for a broken one.',
    }),
    ...wholeFileFields,
  },
  { additionalProperties: false },
);

export const ldifSettings = fields;
export type LdifSettings = Static<typeof fields>;
