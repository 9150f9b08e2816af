/** `int.TryParse(text, out var n)` and its like. */
import type { ArgumentNode, Place, Tree } from './ast.ts';
import {
  broken,
  type CheckState,
  declareVariable,
  findVariable,
  markAssigned,
  reject,
  type Typed,
  typed,
} from './check-state.ts';
import { convertOrReject, resolveType } from './convert.ts';
import type { Value } from './runtime.ts';
import { textReaders } from './static-methods.ts';
import { boolType, isSameType, kindOfTypeName, scalarType, stringType } from './static-type.ts';

interface CallLike extends Tree {
  readonly arguments: readonly ArgumentNode[];
}

/** The call, with the variable of `out` declared in the scope around. */
export function checkTryParse(
  state: CheckState,
  node: CallLike,
  className: string,
  place: Place,
): Typed {
  const kind = kindOfTypeName(className);
  const read = kind === undefined ? undefined : textReaders.get(kind);
  if (kind === undefined || read === undefined) {
    return reject(state, place, `${className}.TryParse is not supported yet.`);
  }
  const [first, last, ...others] = node.arguments;
  if (first?.kind !== 'value' || last?.kind !== 'out' || others.length > 0) {
    const message = `${className}.TryParse takes a text and an out variable, nothing else yet.`;
    return reject(state, place, message, `Write ${className}.TryParse(text, out var value).`);
  }
  const text = convertOrReject(state, state.check(first.value), stringType, 'The argument');
  const type = scalarType(kind);
  const existing = last.type === undefined ? findVariable(state, last.name) : undefined;
  if (last.type === undefined && (existing === undefined || existing.isFixed)) {
    return reject(
      state,
      last,
      `There is no variable ${last.name} to write to here.`,
      'Write out var.',
    );
  }
  const declared =
    last.type === undefined || last.type === 'var' ? type : resolveType(state, last.type);
  if (!isSameType(existing?.type ?? declared, type)) {
    return reject(state, last, `The variable of ${className}.TryParse must be ${className}.`);
  }
  const { slot } = existing ?? declareVariable(state, last.name, type, last, false);
  markAssigned(state, slot);
  if (text.type.kind === 'unknown') return broken(node);
  const zero: Value = zeros.get(kind) ?? 0;
  return typed(node, boolType, (frame) => {
    const given = text.run(frame);
    const value = typeof given === 'string' ? read(given) : undefined;
    frame.slots[slot] = value ?? zero;
    return value !== undefined;
  });
}

/** What the variable holds after a failure. */
const zeros: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['long', 0n],
  ['bool', false],
  ['guid', '00000000-0000-0000-0000-000000000000'],
  ['dateTime', -62_135_596_800_000],
]);
