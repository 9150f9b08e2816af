/**
 * Fields of TSSCFILE records by record type: the one that is publicly known, and what a layout file adds. Types without a
 * layout keep their data as one text.
 */
import { Ajv } from 'ajv';
import Type, { type Static } from 'typebox';
import { ConnectorError } from '../spi/errors.ts';
import { describeFileError, resolveBelowRoots, resolveSettingPath } from '../spi/file-access.ts';
import { openFile } from '../spi/files/whole-file.ts';
import type { FixedField } from '../spi/mainframe/fixed-columns.ts';
import type { ConnectorContext } from '../spi/package.ts';
import type { TopSecretSettings } from './settings.ts';

const maxLayoutBytes = 1_000_000;

const layoutFile = Type.Record(
  Type.String({ pattern: '^[0-9A-F]{4}$' }),
  Type.Object(
    {
      fields: Type.Array(
        Type.Object(
          {
            name: Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_]*$', maxLength: 60 }),
            start: Type.Integer({ minimum: 33, maximum: 100_000 }),
            end: Type.Integer({ minimum: 33, maximum: 100_000 }),
          },
          { additionalProperties: false },
        ),
        { minItems: 1, maxItems: 200 },
      ),
      every: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
    },
    { additionalProperties: false },
  ),
  { additionalProperties: false },
);

/** What one record type holds from column 33 on. */
export interface TopSecretLayout {
  readonly fields: readonly FixedField[];
  /** The fields come again every so many columns, up to the end of the record: one row for each time. */
  readonly every?: number;
}

/** The one type whose fields are publicly documented. */
const known: Readonly<Record<string, TopSecretLayout>> = {
  '0100': { fields: [{ name: 'NAME', start: 33, end: 64 }] },
};

/** The layouts of a connection. Throws `invalid-value` for a layout file that is none. */
export async function readLayouts(
  settings: TopSecretSettings,
  context: ConnectorContext,
): Promise<ReadonlyMap<string, TopSecretLayout>> {
  const layouts = new Map(Object.entries(known));
  if (settings.LayoutFile === undefined) return layouts;
  const given = resolveSettingPath('LayoutFile', settings.LayoutFile, context);
  const path = await resolveBelowRoots(given, context.sourcesRootPaths);
  for (const [type, layout] of Object.entries(await readLayoutFile(path))) {
    checkLayout(layout, type, path);
    layouts.set(type, layout);
  }
  return layouts;
}

async function readLayoutFile(path: string): Promise<Static<typeof layoutFile>> {
  await using file = await openFile(path);
  const { size } = await file.stat();
  if (size > maxLayoutBytes)
    throw describeBadLayout(path, `it is larger than ${maxLayoutBytes} bytes`);
  const text = await file.readFile('utf8').catch((error: unknown) => {
    throw describeFileError(error, path, 'read');
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw describeBadLayout(path, 'it is no JSON', error);
  }
  const ajv = new Ajv({ strict: false, meta: false, validateSchema: false });
  const validate = ajv.compile(layoutFile);
  if (!validate(value)) {
    const [first] = validate.errors ?? [];
    throw describeBadLayout(path, `${first?.instancePath ?? ''} ${first?.message ?? ''}`.trim());
  }
  // The schema has just accepted the value.
  return value as Static<typeof layoutFile>;
}

function checkLayout(layout: TopSecretLayout, type: string, path: string): void {
  const taken = new Set(['ACID', 'RECORD_ID2']);
  for (const { name, start, end } of layout.fields) {
    if (end < start) throw describeBadLayout(path, `${type}.${name} ends before it starts`);
    if (taken.has(name)) throw describeBadLayout(path, `${type} has the name ${name} twice`);
    taken.add(name);
  }
}

function describeBadLayout(path: string, what: string, cause?: unknown): ConnectorError {
  return new ConnectorError('invalid-value', `The layout file ${path} is wrong: ${what}.`, {
    hint: 'Its form is { "0100": { "fields": [ { "name": "NAME", "start": 33, "end": 64 } ] } }; columns count from 1.',
    cause,
    details: { path },
  });
}
