/** Texts put together of parts: `a + b`, `$"{a} {b}"`, `string.Format`. */
import type { Place } from './ast.ts';
import { type CheckState, reject, type TextPart, type Typed, typed } from './check-state.ts';
import { chargeText, type Frame, maxTextLength, type Run, type Value } from './runtime.ts';
import { describeType, type ScalarKind, stringType } from './static-type.ts';
import { textOf } from './value-text.ts';

type Hole = (frame: Frame) => string | null;

/** `left + right`, one of which is a text. */
export function concatenate(state: CheckState, place: Place, left: Typed, right: Typed): Typed {
  const parts = [left, right].flatMap((side): readonly TextPart[] => {
    const { type } = side;
    // A chain of + is put together in one go.
    if (side.textParts !== undefined) return side.textParts;
    if (type.kind === 'null') return [];
    if (type.kind === 'scalar') return [textPart(side, type.scalar)];
    reject(
      state,
      side,
      `${describeType(type)} cannot become part of a text.`,
      'Name one of its properties.',
    );
    return [];
  });
  const [a, b] = [left.constant?.value, right.constant?.value];
  const isConstant = typeof a === 'string' && typeof b === 'string';
  return joinParts(place, parts, isConstant ? { constant: { value: a + b } } : {});
}

/** A value as a part of a text. */
export function textPart({ run, constant }: Typed, scalar: ScalarKind): TextPart {
  if (constant !== undefined) return { kind: 'text', text: textOf(scalar, constant.value) };
  // The checker has found a text or null.
  if (scalar === 'string' || scalar === 'char') return { kind: 'hole', run: run as Hole };
  if (scalar === 'int' || scalar === 'long') {
    return writtenPart(run, (value) => (value === null ? '' : `${String(value)}`));
  }
  return writtenPart(run, (value) => textOf(scalar, value));
}

/** A value written in a way of its own. */
export function writtenPart(run: Run, write: (value: Value) => string): TextPart {
  return { kind: 'hole', run: (frame) => write(run(frame)) };
}

/** The text of all parts in order. */
export function joinParts(
  place: Place,
  parts: readonly TextPart[],
  more: Pick<Typed, 'constant'> = {},
): Typed {
  return typed(place, stringType, runJoin(parts), { nullness: 'never', textParts: parts, ...more });
}

/** One text before each hole and one after the last. */
function runJoin(parts: readonly TextPart[]): Run {
  const holes: Hole[] = [];
  const texts = [''];
  for (const part of parts) {
    if (part.kind === 'hole') {
      holes.push(part.run);
      texts.push('');
    } else texts[texts.length - 1] += part.text;
  }
  const [before = '', between = '', next = '', after = ''] = texts;
  const [first, second, third] = holes;
  if (first === undefined) return (frame) => finish(frame, before);
  if (holes.length === 1) {
    return (frame) => finish(frame, before + (first(frame) ?? '') + between);
  }
  if (second !== undefined && holes.length === 2) {
    return (frame) =>
      finish(frame, before + (first(frame) ?? '') + between + (second(frame) ?? '') + next);
  }
  if (second !== undefined && third !== undefined && holes.length === 3) {
    return (frame) =>
      finish(
        frame,
        before +
          (first(frame) ?? '') +
          between +
          (second(frame) ?? '') +
          next +
          (third(frame) ?? '') +
          after,
      );
  }
  return (frame) => {
    let text = before;
    for (let index = 0; index < holes.length; index++) {
      text += (holes[index]?.(frame) ?? '') + (texts[index + 1] ?? '');
      if (text.length > maxTextLength) chargeText(frame, text.length);
    }
    return finish(frame, text);
  };
}

/** A text just built, checked against the limit. */
function finish(frame: Frame, text: string): string {
  chargeText(frame, text.length);
  return text;
}
