/** Joins our own modules, and libraries that every start needs, into a few files. */
import { isAbsolute, join } from 'node:path';
import { build } from 'rolldown';

/** Libraries of plain JavaScript, with what they need themselves: nine hundred files, half of the time of a start. */
export const joinedLibraries: readonly string[] = [
  'typebox',
  ...['ajv', 'fast-deep-equal', 'fast-uri', 'json-schema-traverse'],
  'commander',
  ...['fast-xml-parser', 'fast-xml-builder', 'anynum', 'is-unsafe'],
  ...['path-expression-matcher', 'strnum', 'xml-naming'],
  ...['csv-parse', 'csv-stringify'],
  'croner',
  're2js',
  ...['knex', 'lodash', 'tarn', 'debug', 'ms', 'colorette', 'pg-connection-string'],
  'get-package-type',
  ...['pino', '@pinojs/redact', 'atomic-sleep', 'on-exit-leak-free', 'pino-std-serializers'],
  ...['process-warning', 'quick-format-unescaped', 'real-require', 'safe-stable-stringify'],
  ...['sonic-boom', 'thread-stream'],
];

/** Writes `folder/<name>.js`, and beside it what is loaded only when it is used, from the program at `input`, an absolute path. */
export async function joinModules(name: string, input: string, folder: string): Promise<void> {
  await build({
    cwd: join(import.meta.dirname, '..'),
    input: { [name]: input },
    platform: 'node',
    external: (id) => !id.startsWith('.') && !isAbsolute(id) && !isJoined(id),
    logLevel: 'silent',
    output: { dir: folder, format: 'esm', chunkFileNames: '[name]-[hash].js' },
  });
}

/** Whether a module that is imported by this name is part of one of them. */
function isJoined(id: string): boolean {
  return joinedLibraries.some((library) => id === library || id.startsWith(`${library}/`));
}
