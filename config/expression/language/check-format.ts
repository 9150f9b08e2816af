/** `string.Format("{0}, {1:dd/MM/yyyy}", a, b)` with a format that is written out. */
import type { ArgumentNode, Place } from './ast.ts';
import { broken, type CheckState, reject, type Typed, typed } from './check-state.ts';
import { built, type Run } from './runtime.ts';
import { describeType, stringType } from './static-type.ts';
import { formatValue, isFormatOf } from './value-text.ts';

const part = /\{\{|\}\}|\{(\d{1,2})(?::([^{}]{0,100}))?\}|[{}]|[^{}]+/g;

export function checkFormat(
  state: CheckState,
  place: Place,
  nodes: readonly ArgumentNode[],
  values: readonly Typed[],
): Typed {
  const [first] = nodes;
  if (first?.kind !== 'value' || first.value.kind !== 'string') {
    const hint = 'Write the format itself, or an interpolated string $"…".';
    return reject(
      state,
      place,
      'string.Format takes only a format that is written out, for now.',
      hint,
    );
  }
  if (values.some((value) => value.type.kind === 'unknown')) return broken(place);
  const runs: ((frame: Parameters<Run>[0]) => string)[] = [];
  for (const [piece, index, format = ''] of first.value.value.matchAll(part)) {
    if (index === undefined) {
      if (piece === '{' || piece === '}')
        return reject(state, first, `A ${piece} of this format is not closed or unsupported.`);
      const text = piece === '{{' || piece === '}}' ? piece.charAt(0) : piece;
      runs.push(() => text);
      continue;
    }
    const value = values[Number(index) + 1];
    if (value === undefined) {
      return reject(
        state,
        first,
        `The format names {${index}}, but there are ${values.length - 1} values.`,
      );
    }
    const { type, run } = value;
    if (type.kind === 'null') continue;
    if (type.kind !== 'scalar')
      return reject(state, value, `${describeType(type)} cannot become part of a text.`);
    if (!isFormatOf(type.scalar, format)) {
      return reject(
        state,
        first,
        `The format ${format} of ${describeType(type)} is not supported yet.`,
      );
    }
    runs.push((frame) => formatValue(type.scalar, run(frame), format));
  }
  return typed(place, stringType, (frame) => {
    let text = '';
    for (const run of runs) text = built(frame, text + run(frame));
    return text;
  });
}
