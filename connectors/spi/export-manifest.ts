/** What an export proves about the files it wrote: `<connection>.export.json` beside them, sealed (`sealJson`). */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import Type, { type Static } from 'typebox';
import { ConnectorError, connectorErrorKinds } from './errors.ts';
import { describeFileError } from './file-access.ts';
import { checkSeal } from './sealed-json.ts';

const exportedTable = Type.Object({
  /** Name of the connection table. */
  name: Type.String(),
  /** File name in the folder of the manifest; absent when nothing was written. `.partial.csv` when not complete. */
  file: Type.Optional(Type.String()),
  columns: Type.Array(Type.String()),
  /** Rows in the file. */
  rows: Type.Integer({ minimum: 0 }),
  /** Rows the source gave; more than `rows` where a `WhereValue` left some out. */
  rowsRead: Type.Integer({ minimum: 0 }),
  /** The source proved that this was all. Absence means deletion only then. */
  complete: Type.Boolean(),
  evidence: Type.Optional(Type.String()),
  commandColumn: Type.Optional(Type.String()),
  /** When the source was last written, where it is a file. */
  writtenAt: Type.Optional(Type.String()),
  /** The last line of the source ends with a line break, where it is a file of lines. */
  isTerminated: Type.Optional(Type.Boolean()),
  bytes: Type.Integer({ minimum: 0 }),
  sha256: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
});

const exportManifest = Type.Object({
  version: Type.Literal(1),
  connection: Type.String(),
  mode: Type.Union([
    Type.Literal('initial'),
    Type.Literal('complete'),
    Type.Literal('incremental'),
  ]),
  /** True when every table asked for is complete. */
  complete: Type.Boolean(),
  /** Why this mode had no input, by configuration; no file belongs to this export then. */
  nothing: Type.Optional(Type.String()),
  failure: Type.Optional(
    Type.Object({
      code: Type.String(),
      kind: Type.Optional(Type.Enum([...connectorErrorKinds])),
      message: Type.String(),
    }),
  ),
  tables: Type.Array(exportedTable),
  startedAt: Type.String(),
  finishedAt: Type.String(),
});

export type ExportedTable = Readonly<Static<typeof exportedTable>>;
export type ExportManifest = Readonly<Static<typeof exportManifest>>;

/** File name of a connection's manifest. */
export function nameManifest(connection: string): string {
  return `${connection}.export.json`;
}

/** The manifest of the last export; `undefined` when there is none: the files were then dropped by someone else. */
export async function readExportManifest(
  folder: string,
  connection: string,
): Promise<ExportManifest | undefined> {
  const path = join(folder, nameManifest(connection));
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw describeFileError(error, path, 'read');
  }
  return parseManifest(text, path);
}

function parseManifest(text: string, path: string): ExportManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw describeBroken(path, error);
  }
  const validate = validatorOf(exportManifest);
  if (!validate(value)) throw describeBroken(path, validate.errors);
  if (checkSeal(text) === null) throw describeAltered(path);
  // The schema has just accepted the value.
  const { seal: _seal, ...manifest } = value as ExportManifest & { readonly seal?: string };
  return manifest;
}

const validators = new WeakMap<typeof exportManifest, ValidateFunction>();

/** Compiled once, when the first record is read: that takes longer than all checks of a run. */
function validatorOf(schema: typeof exportManifest): ValidateFunction {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  // Our own schema: checking it against that of all schemas would cost more than everything else here.
  const validate = new Ajv({ strict: false, meta: false, validateSchema: false }).compile(schema);
  validators.set(schema, validate);
  return validate;
}

function describeAltered(path: string): ConnectorError {
  return new ConnectorError(
    'incomplete',
    `The record of the export at ${path} is not as it was written.`,
    {
      hint: 'Somebody edited or damaged it after the export. Export again; nothing was changed.',
      details: { path },
    },
  );
}

function describeBroken(path: string, cause: unknown): ConnectorError {
  return new ConnectorError(
    'incomplete',
    `The record of the export at ${path} cannot be understood.`,
    {
      hint: 'Export again: without its record an export proves nothing.',
      cause,
      details: { path },
    },
  );
}
