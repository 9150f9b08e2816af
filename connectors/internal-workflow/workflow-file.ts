/** The file that says which workflow an order starts. */
import { Ajv } from 'ajv';
import Type, { type Static } from 'typebox';
import { ConnectorError } from '../spi/errors.ts';
import { describeFileError, resolveSettingPath } from '../spi/file-access.ts';
import { openFile } from '../spi/files/whole-file.ts';
import type { ConnectorContext } from '../spi/package.ts';

const names = Type.Optional(Type.Array(Type.String({ minLength: 1 })));

const workflowFile = Type.Object(
  {
    SourceEntityIdentifier: Type.String({ minLength: 1 }),
    TargetEntityTypeIdentifier: Type.String({ minLength: 1 }),
    NavigationToTargetEntity: Type.Optional(Type.String({ minLength: 1 })),
    NavigationTargetToSource: Type.Optional(Type.String({ minLength: 1 })),
    FulfillInternalWorkflowConfigurations: Type.Array(
      Type.Object(
        {
          ChangeType: Type.Union(
            (['Added', 'Modified', 'Deleted'] as const).map((type) => Type.Literal(type)),
          ),
          Model: Type.Object(
            {
              WorkflowIdentifier: Type.Optional(Type.String({ minLength: 1 })),
              TransitionIdentifier: Type.String({ minLength: 1 }),
              Message: Type.String(),
              Body: Type.String(),
            },
            { additionalProperties: false },
          ),
          ScalarProperties: names,
          NavigationProperties: names,
          DateProperties: names,
        },
        { additionalProperties: false },
      ),
      { minItems: 1 },
    ),
  },
  { additionalProperties: false },
);
export type WorkflowFile = Static<typeof workflowFile>;
export type WorkflowStart = WorkflowFile['FulfillInternalWorkflowConfigurations'][number];

const maxBytes = 1024 * 1024;

/** The file of the settings, checked for its form. Throws a `ConnectorError` that names every place that is wrong. */
export async function readWorkflowFile(
  setting: string,
  context: Pick<ConnectorContext, 'projectFolder'>,
): Promise<WorkflowFile> {
  const path = resolveSettingPath('WorkflowJsonPath', setting, context);
  const content = parse(await readText(path), path);
  const validate = new Ajv({ allErrors: true, strict: false }).compile(workflowFile);
  if (!validate(content)) {
    const places = (validate.errors ?? [])
      .filter(({ keyword }) => keyword !== 'anyOf' && keyword !== 'const')
      .map(({ instancePath, message, params }) => {
        const extra = (params as { readonly additionalProperty?: string }).additionalProperty;
        const name = extra === undefined ? '' : ` ("${extra}")`;
        return `${instancePath === '' ? 'the file' : instancePath} ${message ?? 'is wrong'}${name}`;
      });
    throw wrong(
      path,
      [...new Set(places)].join('; ') || 'a ChangeType is none of Added, Modified and Deleted',
    );
  }
  // Accepted by the schema just now.
  const file = content as WorkflowFile;
  const seen = new Set<string>();
  for (const { ChangeType } of file.FulfillInternalWorkflowConfigurations) {
    if (seen.has(ChangeType)) throw wrong(path, `${ChangeType} is there twice`);
    seen.add(ChangeType);
  }
  return file;
}

async function readText(path: string): Promise<string> {
  try {
    await using file = await openFile(path);
    const { size } = await file.stat();
    if (size > maxBytes) throw wrong(path, `it is larger than ${maxBytes} bytes`);
    const bytes = await file.readFile();
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw wrong(path, 'it is not UTF-8 text');
    throw describeFileError(error, path, 'read');
  }
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw wrong(path, 'it is not JSON', cause);
  }
}

function wrong(path: string, what: string, cause?: unknown): ConnectorError {
  return new ConnectorError('invalid-value', `The workflow file ${path} cannot be used: ${what}.`, {
    hint: 'Correct the file; the README of the package shows one.',
    details: { path },
    ...(cause === undefined ? {} : { cause }),
  });
}
