/** Checks what a project says about one connection against the schema of its package. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import Type, { type TSchema, type TUnsafe } from 'typebox';
import { suggestName } from './nearest-name.ts';
import type { ConnectorPackage } from './package.ts';
import { Secret } from './secret.ts';

/** One thing wrong with the settings of a connection; `path` reads `Servers[0].Login`. Values are never repeated. */
export interface SettingFinding {
  readonly code:
    | 'CONNECTION_SETTING_UNKNOWN'
    | 'CONNECTION_SETTING_MISSING'
    | 'CONNECTION_SETTING_INVALID';
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
}

export type SettingsCheck<S> =
  | { readonly status: 'valid'; readonly settings: S }
  | { readonly status: 'invalid'; readonly findings: readonly SettingFinding[] };

/** The schema of a text setting that must not be seen: arrives at the package as a {@link Secret}. */
export function secretText(
  description: string,
  options: Readonly<Record<string, unknown>> = {},
): TUnsafe<Secret> {
  return Type.Unsafe<Secret>({ type: 'string', format: 'secret', description, ...options });
}

/**
 * The settings as the package receives them, or all findings. `"true"` and `"12"` become what the schema wants, names
 * may differ in case, `null` counts as not given, defaults are filled in, secrets become {@link Secret}s whether
 * they arrive as text or as secrets. References (`env:`, `file:`) must have been resolved. No network, no files.
 */
export function checkSettings<S = unknown>(
  definition: Pick<ConnectorPackage<S>, 'settings' | 'displayName'>,
  raw: unknown,
): SettingsCheck<S> {
  const schema = definition.settings as JsonSchema;
  const prepared = prepare(schema, raw);
  const validate = validatorOf(schema);
  if (validate(prepared)) {
    // The schema has just accepted this value, and S is the schema's own type.
    return { status: 'valid', settings: wrapSecrets(schema, prepared) as S };
  }
  return { status: 'invalid', findings: describeErrors(validate.errors ?? [], schema) };
}

const validators = new WeakMap<JsonSchema, ValidateFunction>();

/** Compiled once: connections of one package share a schema, and compiling it costs more than all of their checks. */
function validatorOf(schema: JsonSchema): ValidateFunction {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  // TypeBox gives plain JSON Schema; strictness would refuse its annotations. Checking our own schema against that of all
  // schemas would cost more than everything else here.
  const ajv = new Ajv({
    allErrors: true,
    useDefaults: true,
    strict: false,
    meta: false,
    validateSchema: false,
  });
  ajv.addFormat('secret', true);
  const validate = ajv.compile(schema);
  validators.set(schema, validate);
  return validate;
}

/** The parts of JSON Schema that settings use. */
export type JsonSchema = TSchema & {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
};

/** The schema of one member: declared by name, or by the pattern of a free-form section. */
function findMember(schema: JsonSchema, name: string): JsonSchema | undefined {
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, name)) {
    return schema.properties[name];
  }
  return Object.values(schema.patternProperties ?? {})[0];
}

/** A plain copy with the spelling of names and the types of values that the schema wants, where that is unambiguous. */
function prepare(schema: JsonSchema | undefined, value: unknown): unknown {
  if (value instanceof Secret) return prepare(schema, value.reveal());
  if (Array.isArray(value)) return value.map((item) => prepare(schema?.items, item));
  if (typeof value === 'object' && value !== null) return prepareObject(schema, value);
  if (typeof value === 'string') return coerceText(schema, value);
  if (typeof value === 'number' && schema?.type === 'string') return String(value);
  return value;
}

function prepareObject(schema: JsonSchema | undefined, value: object): Record<string, unknown> {
  const declared = Object.keys(schema?.properties ?? {});
  const entries: [string, unknown][] = [];
  for (const [name, item] of Object.entries(value)) {
    if (item === null || item === undefined) continue;
    const member = declared.includes(name) ? name : (findSpelling(declared, name, value) ?? name);
    entries.push([member, prepare(schema && findMember(schema, member), item)]);
  }
  return Object.fromEntries(entries);
}

/** The declared name that differs from `name` in case only, unless the settings give that one too. */
function findSpelling(
  declared: readonly string[],
  name: string,
  given: object,
): string | undefined {
  return declared.find(
    (candidate) =>
      candidate.toLowerCase() === name.toLowerCase() && !Object.hasOwn(given, candidate),
  );
}

function coerceText(schema: JsonSchema | undefined, text: string): unknown {
  switch (schema?.type) {
    case 'boolean': {
      const word = text.trim().toLowerCase();
      if (word === 'true') return true;
      if (word === 'false') return false;
      return text;
    }
    case 'integer':
      return /^\s*[+-]?\d{1,15}\s*$/.test(text) ? Number(text) : text;
    case 'number':
      return /^\s*[+-]?\d+(\.\d+)?\s*$/.test(text) ? Number(text) : text;
    default:
      return coerceChoice(schema, text);
  }
}

/** Choices are matched whatever their case. */
function coerceChoice(schema: JsonSchema | undefined, text: string): unknown {
  const choice = readChoices(schema).find(
    (candidate) =>
      typeof candidate === 'string' && candidate.toLowerCase() === text.trim().toLowerCase(),
  );
  return choice ?? text;
}

/** The values a setting may take, when the schema lists them. */
export function readChoices(schema: JsonSchema | undefined): readonly unknown[] {
  if (schema?.enum !== undefined) return schema.enum;
  const consts = (schema?.anyOf ?? []).map((option) => option.const);
  return consts.includes(undefined) ? [] : consts;
}

function wrapSecrets(schema: JsonSchema | undefined, value: unknown): unknown {
  if (schema?.format === 'secret' && typeof value === 'string') return new Secret(value);
  if (Array.isArray(value)) return value.map((item) => wrapSecrets(schema?.items, item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      wrapSecrets(schema && findMember(schema, name), item),
    ]),
  );
}

function describeErrors(errors: readonly ErrorObject[], root: JsonSchema): SettingFinding[] {
  const findings = new Map<string, SettingFinding>();
  // An alternative that failed is told once, by its own error; the errors of its arms only repeat it.
  const alternatives = errors.filter((error) => error.keyword === 'anyOf');
  for (const error of errors) {
    const isArm = alternatives.some((outer) => error.schemaPath.startsWith(`${outer.schemaPath}/`));
    if (isArm) continue;
    const finding = describeError(error, root);
    const key = `${finding.path}\n${finding.code}`;
    if (!findings.has(key)) findings.set(key, finding);
  }
  return [...findings.values()].sort((a, b) => compareText(a.path, b.path));
}

function describeError(error: ErrorObject, root: JsonSchema): SettingFinding {
  const path = formatPath(error.instancePath);
  const schema = findSchema(root, error.instancePath);
  const params: Readonly<Record<string, unknown>> = error.params;
  switch (error.keyword) {
    case 'additionalProperties':
      return describeUnknown(path, String(params['additionalProperty']), schema);
    case 'required': {
      const name = String(params['missingProperty']);
      const member = joinPath(path, name);
      const purpose = schema && findMember(schema, name)?.description;
      return {
        code: 'CONNECTION_SETTING_MISSING',
        path: member,
        message: `The setting "${member}" is required and is not given.`,
        ...(purpose === undefined ? {} : { hint: `Add it: ${purpose}` }),
      };
    }
    case 'anyOf':
      return describeAlternatives(path, schema);
    default:
      return describeInvalid(path, error, schema);
  }
}

function describeUnknown(
  path: string,
  name: string,
  schema: JsonSchema | undefined,
): SettingFinding {
  const member = joinPath(path, name);
  const hint = suggestName(name, Object.keys(schema?.properties ?? {}));
  return {
    code: 'CONNECTION_SETTING_UNKNOWN',
    path: member,
    message: `The setting "${member}" is not known to this package.`,
    ...(hint === undefined ? {} : { hint }),
  };
}

function describeAlternatives(path: string, schema: JsonSchema | undefined): SettingFinding {
  const names = (schema?.anyOf ?? []).flatMap((option) => option.required ?? []);
  if (names.length > 0) {
    const members = [...new Set(names)].map((name) => `"${joinPath(path, name)}"`);
    return {
      code: 'CONNECTION_SETTING_MISSING',
      path: joinPath(path, names[0] ?? ''),
      message: `One of the settings ${members.join(', ')} is required and none is given.`,
      hint: 'Give at least one of them.',
    };
  }
  return describeChoice(path, readChoices(schema));
}

function describeChoice(path: string, choices: readonly unknown[]): SettingFinding {
  return {
    code: 'CONNECTION_SETTING_INVALID',
    path,
    message: `The setting "${path}" holds a value that is not one of those allowed.`,
    ...(choices.length === 0 ? {} : { hint: `Use one of: ${choices.join(', ')}.` }),
  };
}

const typeWords: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  string: 'text',
  array: 'a list',
  object: 'a section',
};

function describeInvalid(
  path: string,
  error: ErrorObject,
  schema: JsonSchema | undefined,
): SettingFinding {
  if (error.keyword === 'enum' || error.keyword === 'const') {
    return describeChoice(path, readChoices(schema));
  }
  const shown = path === '' ? 'The settings' : `The setting "${path}"`;
  const type = String((error.params as Readonly<Record<string, unknown>>)['type']);
  const what =
    error.keyword === 'type' ? `must be ${typeWords[type] ?? type}` : (error.message ?? 'is wrong');
  return {
    code: 'CONNECTION_SETTING_INVALID',
    path,
    message: `${shown} ${what}.`,
    ...(schema?.description === undefined ? {} : { hint: schema.description }),
  };
}

/** `/Servers/0/Login` → `Servers[0].Login`. */
function formatPath(pointer: string): string {
  let path = '';
  for (const part of splitPointer(pointer)) {
    path = /^\d+$/.test(part) ? `${path}[${part}]` : joinPath(path, part);
  }
  return path;
}

function splitPointer(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function joinPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function findSchema(root: JsonSchema, pointer: string): JsonSchema | undefined {
  let schema: JsonSchema | undefined = root;
  for (const part of splitPointer(pointer)) {
    schema =
      /^\d+$/.test(part) && schema?.items ? schema.items : schema && findMember(schema, part);
  }
  return schema;
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
