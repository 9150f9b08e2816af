/** The libraries that are joined with our own modules in what the package ships. */

/** Libraries of plain JavaScript, with what they need themselves: five hundred files, a third of the time of a start. */
export const joinedLibraries: readonly string[] = [
  'typebox',
  ...['ajv', 'fast-deep-equal', 'fast-uri', 'json-schema-traverse'],
  'commander',
  ...['fast-xml-parser', 'fast-xml-builder', 'anynum', 'is-unsafe'],
  ...['path-expression-matcher', 'strnum', 'xml-naming'],
  ...['csv-parse', 'csv-stringify'],
  'croner',
  're2js',
];

/** Whether a module that is imported by this name is part of one of them. */
export function isJoined(id: string): boolean {
  return joinedLibraries.some((library) => id === library || id.startsWith(`${library}/`));
}
