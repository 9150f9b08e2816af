/** Errors of expressions while they are evaluated. */

import type { Position } from '../errors.ts';
import { CodedError } from '../errors.ts';

/**
 * - `EXPRESSION_FAILED`: an operation had no result (a null was dereferenced, an index was out of range, a number overflowed).
 * - `EXPRESSION_VALUE_INVALID`: a stored text is not a value of the type it is read as.
 * - `EXPRESSION_LIMIT_EXCEEDED`: the evaluation was stopped because it took too many steps or made too large a value.
 */
export type ExpressionErrorCode =
  | 'EXPRESSION_FAILED'
  | 'EXPRESSION_VALUE_INVALID'
  | 'EXPRESSION_LIMIT_EXCEEDED';

/** The only error an evaluation throws. Names the place and what failed, never a value. */
export class ExpressionError extends CodedError {
  readonly at: Position;

  constructor(at: Position, failure: EvaluationFailure) {
    super(failure.code, `The expression at ${at.file}:${at.line} failed: ${failure.message}`, {
      details: { file: at.file, line: at.line, column: at.column },
      hint: failure.hint ?? defaultHints[failure.code],
    });
    this.at = at;
  }
}

const defaultHints: Readonly<Record<ExpressionErrorCode, string>> = {
  EXPRESSION_FAILED:
    'Guard the expression against empty values with ?. and ??, or correct the data it reads.',
  EXPRESSION_VALUE_INVALID:
    'Correct the value in the source, or give the column of the mapping a Format.',
  EXPRESSION_LIMIT_EXCEEDED: 'Simplify the expression: it must stay within the documented limits.',
};

/** A failure before the place is known; {@link toExpressionError} adds it. Stays inside this folder. */
export class EvaluationFailure extends Error {
  readonly code: ExpressionErrorCode;
  readonly hint: string | undefined;

  constructor(code: ExpressionErrorCode, message: string, hint?: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

/** An operation without a result. */
export function failed(message: string, hint?: string): EvaluationFailure {
  return new EvaluationFailure('EXPRESSION_FAILED', message, hint);
}

/** A text that is not a value of the type it is read as. */
export function invalidValue(message: string, hint?: string): EvaluationFailure {
  return new EvaluationFailure('EXPRESSION_VALUE_INVALID', message, hint);
}

/** A limit that keeps an evaluation short. */
export function limitExceeded(message: string): EvaluationFailure {
  return new EvaluationFailure('EXPRESSION_LIMIT_EXCEEDED', message);
}

/** The error to throw for whatever an evaluation threw. An exhausted stack counts as a limit. */
export function toExpressionError(at: Position, thrown: unknown): ExpressionError {
  if (thrown instanceof ExpressionError) return thrown;
  if (thrown instanceof EvaluationFailure) return new ExpressionError(at, thrown);
  if (thrown instanceof RangeError) {
    return new ExpressionError(
      at,
      limitExceeded('it is nested too deeply or makes too large a value.'),
    );
  }
  const failure = failed(
    'the resources it reads could not be read.',
    'Look at the store for the reason.',
  );
  const error = new ExpressionError(at, failure);
  error.cause = thrown;
  return error;
}
