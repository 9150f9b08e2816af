/** How errors are told: to people on stderr, to programs as a JSON document. */
import { inspect } from 'node:util';
import { CodedError } from '../config/index.ts';
import type { Palette } from './palette.ts';
import { toPrintableText } from './printable-text.ts';

export interface ErrorDocument {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint: string | null;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

/** An error nobody foresaw, as one that can be told; everything else as it is. */
export function toCodedError(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new CodedError(
    'UNEXPECTED',
    message === '' ? 'Something failed without a message.' : message,
    {
      hint: 'Run the same command again with --log-level debug to see where it happened.',
      cause: error,
    },
  );
}

/** `error CODE message`, and the hint below. */
export function formatError(error: CodedError, palette: Palette): string {
  const message =
    error.code === 'UNEXPECTED' ? (error.message.split('\n')[0] ?? '') : error.message;
  const lines = [`${palette.red('error')} ${error.code} ${toPrintableText(message)}`];
  if (error.hint !== undefined) lines.push(`  hint: ${toPrintableText(error.hint)}`);
  return lines.join('\n');
}

/** The stack with all causes, for `--log-level debug`. Secrets print themselves as such. */
export function formatStack(error: CodedError): string {
  return inspect(error.code === 'UNEXPECTED' ? (error.cause ?? error) : error, { depth: 6 });
}

export function describeError({ code, message, hint, details }: CodedError): ErrorDocument {
  return { error: { code, message, hint: hint ?? null, details } };
}
