/** Errors about a project's folder and settings. */
import { CodedError, type CodedErrorOptions } from '../errors.ts';

/** The project folder or one of its settings cannot be used. `details` carries `file`, `line`, `column` where known. */
export class SettingsError extends CodedError {}

/** Where a setting was written: a place in a settings file, or an environment variable. */
export type SettingOrigin =
  | { readonly kind: 'file'; readonly file: string; readonly line: number; readonly column: number }
  | { readonly kind: 'variable'; readonly name: string };

/** Builds an error that opens with the place of the setting. Values never appear: any of them may be a secret. */
export function errorAt(
  origin: SettingOrigin,
  code: string,
  message: string,
  options: CodedErrorOptions,
): SettingsError {
  if (origin.kind === 'variable') {
    return new SettingsError(code, `Environment variable ${origin.name}: ${message}`, {
      ...options,
      details: { variable: origin.name, ...options.details },
    });
  }
  const { file, line, column } = origin;
  return new SettingsError(code, `${file}:${line}:${column}: ${message}`, {
    ...options,
    details: { file, line, column, ...options.details },
  });
}
