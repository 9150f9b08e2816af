/** Errors about a project's folder and settings. */
import { CodedError, type CodedErrorOptions } from '../errors.ts';

/** The project folder or one of its settings cannot be used. `details` carries `file`, `line`, `column` where known. */
export class SettingsError extends CodedError {}

/** Where a setting was written: a place in a settings file, an environment variable, or a secret of a vault. */
export type SettingOrigin =
  | { readonly kind: 'file'; readonly file: string; readonly line: number; readonly column: number }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'secret'; readonly name: string };

/** `file:line:column`, or what it is and its name. */
export function describeOrigin(origin: SettingOrigin): string {
  switch (origin.kind) {
    case 'file':
      return `${origin.file}:${origin.line}:${origin.column}`;
    case 'variable':
      return `Environment variable ${origin.name}`;
    case 'secret':
      return `Secret ${origin.name} of the vault`;
  }
}

/** Builds an error that opens with the place of the setting. Values never appear: any of them may be a secret. */
export function errorAt(
  origin: SettingOrigin,
  code: string,
  message: string,
  options: CodedErrorOptions,
): SettingsError {
  return new SettingsError(code, `${describeOrigin(origin)}: ${message}`, {
    ...options,
    details: { ...detailsOf(origin), ...options.details },
  });
}

function detailsOf(origin: SettingOrigin): Readonly<Record<string, unknown>> {
  switch (origin.kind) {
    case 'file':
      return { file: origin.file, line: origin.line, column: origin.column };
    case 'variable':
      return { variable: origin.name };
    case 'secret':
      return { secret: origin.name };
  }
}
