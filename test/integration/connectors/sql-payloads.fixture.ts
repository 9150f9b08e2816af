/** Texts that mean something to a database, a driver or a shell, made by combining what is dangerous with where it may stand. */

const dangerous: readonly string[] = [
  "'",
  '"',
  '`',
  "''",
  '""',
  '``',
  '\\',
  "\\'",
  '\\"',
  "\\\\'",
  ';',
  '--',
  '-- ',
  '#',
  '/*',
  '*/',
  '/*!50000 */',
  "' OR '1'='1",
  '" OR ""="',
  "' OR 1=1--",
  "'; DROP TABLE people;--",
  '"; DROP TABLE people;--',
  '`; DROP TABLE people;#',
  "' UNION SELECT password FROM users--",
  "'); DELETE FROM people;--",
  '1; SHUTDOWN',
  "') OR (SELECT count(*) FROM people) > 0--",
  "' || (SELECT group_concat(name) FROM people) || '",
  "'; PRAGMA writable_schema = 1;--",
  "'; EXEC xp_cmdshell(1)--",
  "'/**/OR/**/TRUE#",
  '$1',
  '$$',
  '$tag$ x $tag$',
  '?',
  '??',
  ':name',
  ':1',
  '@p1',
  '@@version',
  '{fn now()}',
  "{d '2024-01-01'}",
  '{call x}',
  '}',
  '{}}{',
  '[x]',
  ']]',
  '%',
  '_',
  '%27%20OR%201',
  '%s%n',
  '\t',
  '\n',
  '\r\n',
  '\b',
  '\x1a',
  '\x7f',
  '＇',
  'ʼ',
  '’',
  '\u202e',
  '😀',
  'e\u0301',
  'ß',
  'İ',
  'NULL',
  'null',
  'DEFAULT',
  'x AS y',
  'a.b',
  '0x41',
  '1e309',
  '=cmd|',
  '+1',
  "E'\\047'",
  "U&'\\0027'",
  "N'x'",
  "x'41'",
];

const places: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `a${text}`,
  (text) => `${text}z`,
  (text) => `a${text}z`,
  (text) => `a ${text} z`,
  (text) => `${text}${text}x`,
  (text) => `'${text}'`,
  (text) => `"${text}"`,
  (text) => `(${text})`,
];

/** More than five hundred, each once; none is empty or blank. */
export const payloads: readonly string[] = [
  ...new Set(dangerous.flatMap((text) => places.map((place) => place(text)))),
].filter((text) => text.trim() !== '');

/** Those that a name of a table or column may be: no database takes more, and names that differ in case alone are one to some. */
export const namePayloads: readonly string[] = (() => {
  const seen = new Set<string>();
  return payloads
    .map((text) => text.trim())
    .filter((text) => {
      const folded = text.normalize('NFKD').toLowerCase().replaceAll(/\p{M}/gu, '');
      const isName =
        text.length <= 60 && Buffer.byteLength(text) <= 63 && !/[\u{10000}-\u{10ffff}]/u.test(text);
      if (!isName || seen.has(folded)) return false;
      seen.add(folded);
      return true;
    });
})();
