/** How values of a database are written as text: booleans `true`/`false`, plain decimals, ISO dates, Base64. */

/** `1.5e+3` → `1500`; digits are moved, never computed, so that none is lost. Other text is returned as it is. */
export function plainDecimal(text: string): string {
  const match = /^([+-]?)(\d*)\.?(\d*)[eE]([+-]?\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  // A float of eight bytes has three-digit exponents at most; anything longer is not worth its memory.
  if (Math.abs(point) > 1000) return text;
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0');
  const split = Math.max(point, 1);
  const integer = padded.slice(0, split).replace(/^0+(?=\d)/, '');
  const rest = padded.slice(split).replace(/0+$/, '');
  return `${sign === '-' ? '-' : ''}${integer}${rest === '' ? '' : `.${rest}`}`;
}

/**
 * `2024-03-05 17:30:00.120+00` → `2024-03-05T17:30:00.12`, with `Z` when the source is zoned. Text of another shape
 * (`infinity`, years before Christ) is returned as it is.
 */
export function isoTimestamp(text: string, isZoned: boolean): string {
  const match =
    /^(\d{4,}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d+))?(?:Z|[+-]00(?::?00)?)?$/.exec(text);
  if (match === null) return text;
  const [, day = '', time = '', fraction = ''] = match;
  const digits = fraction.replace(/0+$/, '');
  return `${day}T${time}${digits === '' ? '' : `.${digits}`}${isZoned ? 'Z' : ''}`;
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Names of result columns, made unique: later duplicates are left out (`null`), nameless ones become `column<n>`. */
export function nameColumns(names: readonly string[]): readonly (string | null)[] {
  const seen = new Set<string>();
  return names.map((name, index) => {
    const given = name === '' || name === '?column?' ? `column${index + 1}` : name;
    if (seen.has(given)) return null;
    seen.add(given);
    return given;
  });
}

/** A statement without a byte order mark, and without the `;` or `GO` tools end it with. */
export function trimQuery(text: string): string {
  let query = text.replace(/^\uFEFF/, '').trim();
  for (;;) {
    const shorter = query
      .replace(/;$/, '')
      .replace(/(^|[\s;])GO$/i, '')
      .trim();
    if (shorter === query) return query;
    query = shorter;
  }
}
