/** Names of the formats a mapping may have; what they do is the business of connectors. */

const plainNames: readonly string[] = [
  'Bool',
  'Byte',
  'Int16',
  'Int32',
  'Int64',
  'Double',
  'Bytes',
  'Binary',
  'DateTime',
  'Date',
  '1601Date',
  'Guid',
  'SID',
  'RDN',
  'MultivaluedText',
];

/** All formats, as they are documented; any letter case is read. */
export const valueFormatNames: readonly string[] = [
  ...plainNames,
  'Bit:<property>:<n>',
  'Concat:<separator>',
];

export function isValueFormat(text: string): boolean {
  const name = text.trim().toLowerCase();
  if (plainNames.some((plain) => plain.toLowerCase() === name)) return true;
  const bit = /^bit:[^:]+:(\d{1,2})$/.exec(name);
  if (bit !== null) return Number(bit[1]) >= 1 && Number(bit[1]) <= 64;
  return /^concat:./s.test(text.trimStart().toLowerCase());
}
