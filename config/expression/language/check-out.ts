/** `out` arguments, and `int.TryParse(text, out var n)` and its like. */
import { parseDate, readDateFormat } from '../functions/date-format.ts';
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
import { defaultOf } from './default-value.ts';
import { forget } from './flow.ts';
import { asList, asText, type Frame, toItems, type Value } from './runtime.ts';
import { textReaders } from './static-methods.ts';
import {
  boolType,
  describeType,
  isSameType,
  kindOfTypeName,
  type StaticType,
  scalarType,
  stringType,
  unknownType,
} from './static-type.ts';

interface CallLike extends Tree {
  readonly arguments: readonly ArgumentNode[];
}

/** The slot an `out` argument writes to, its variable declared where it is new; `undefined` after a report. */
export function declareOut(
  state: CheckState,
  argument: ArgumentNode & { readonly kind: 'out' },
  type: StaticType,
  what: string,
): number | undefined {
  if (argument.name === '_' && (argument.type === undefined || argument.type === 'var')) {
    return state.slotCount++;
  }
  if (argument.type === undefined) {
    const existing = findVariable(state, argument.name);
    if (existing === undefined || existing.isFixed) {
      const message = `There is no variable ${argument.name} to write to here.`;
      reject(state, argument, message, 'Write out var.');
      return undefined;
    }
    if (!isSameType(existing.type, type)) {
      reject(state, argument, `The variable of ${what} must be ${describeType(type)}.`);
      return undefined;
    }
    markAssigned(state, existing.slot);
    forget(state, existing.slot);
    return existing.slot;
  }
  const written = argument.type === 'var' ? type : resolveType(state, argument.type);
  if (written.kind !== 'unknown' && !isSameType(written, type)) {
    reject(state, argument, `The variable of ${what} must be ${describeType(type)}.`);
  }
  const { slot } = declareVariable(state, argument.name, type, argument, false);
  markAssigned(state, slot);
  return slot;
}

/** The call, with the variable of `out` declared in the scope around. */
export function checkTryParse(
  state: CheckState,
  node: CallLike,
  className: string,
  place: Place,
  isExact = false,
): Typed {
  const kind = kindOfTypeName(className);
  const read = kind === undefined ? undefined : textReaders.get(kind);
  const method = `${className}.${isExact ? 'TryParseExact' : 'TryParse'}`;
  if (kind === undefined || read === undefined || (isExact && kind !== 'dateTime')) {
    return reject(state, place, `${method} is not supported yet.`);
  }
  const [first, ...more] = node.arguments;
  const last = more.at(-1);
  const between = more.slice(0, -1);
  const format = isExact ? between[0] : undefined;
  const styles = isExact ? between.slice(1) : between;
  if (first?.kind !== 'value' || last?.kind !== 'out' || styles.length > 2) {
    const message = `${method} takes a text and an out variable.`;
    const given = isExact ? 'text, "dd/MM/yyyy", null, DateTimeStyles.None' : 'text';
    return reject(state, place, message, `Write ${method}(${given}, out var value).`);
  }
  const text = convertOrReject(state, state.check(first.value), stringType, 'The argument');
  const formats = isExact ? checkFormats(state, format, place) : undefined;
  for (const style of styles) checkStyle(state, style);
  const type = scalarType(kind);
  const slot = declareOut(state, last, type, method);
  if (slot === undefined || text.type.kind === 'unknown') return broken(node);
  const zero = defaultOf(type);
  return typed(node, boolType, (frame) => {
    const given = text.run(frame);
    let value: Value | undefined;
    if (typeof given === 'string') {
      value = formats === undefined ? read(given) : readExact(given, formats(frame));
    }
    frame.slots[slot] = value ?? zero;
    return value !== undefined;
  });
}

/** A culture or styles: taken, without effect, because the culture is invariant always. */
function checkStyle(state: CheckState, argument: ArgumentNode): void {
  if (argument.kind !== 'value') {
    reject(state, argument, 'out has no use here.');
    return;
  }
  const { type } = state.check(argument.value);
  const isStyle =
    type.kind === 'null' ||
    type.kind === 'unknown' ||
    (type.kind === 'scalar' && ['culture', 'dateStyles', 'numberStyles'].includes(type.scalar));
  if (!isStyle) reject(state, argument, 'A culture or styles are expected here.');
}

function checkFormats(
  state: CheckState,
  argument: ArgumentNode | undefined,
  place: Place,
): ((frame: Frame) => readonly string[]) | undefined {
  const value =
    argument?.kind === 'value'
      ? state.check(argument.value)
      : reject(state, argument ?? place, 'A format is expected here.');
  if (value.type.kind === 'list') {
    const { run } = value;
    return (frame) => toItems(frame, asList(run(frame))).map(asText);
  }
  const { run, type } = convertOrReject(state, value, stringType, 'The format');
  return type === unknownType ? undefined : (frame) => [asText(run(frame))];
}

function readExact(text: string, formats: readonly string[]): Value | undefined {
  for (const format of formats) {
    const known = readDateFormat(format);
    const parsed = known === undefined ? undefined : parseDate(known, text);
    if (parsed !== undefined) return parsed.wallTime - (parsed.offsetMs ?? 0);
  }
  return undefined;
}
