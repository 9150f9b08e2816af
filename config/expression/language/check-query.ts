/**
 * `queryHandler.Select<T>("…")`: the query is read while the configuration is checked. Its text may be put together of
 * constant texts and values; a value is handed to the query as a value and never read as a part of its text.
 */
import { describeUnknownType } from '../entity-property.ts';
import { failed } from '../expression-error.ts';
import { Findings } from '../finding.ts';
import type { HoleValue } from '../query/check-value.ts';
import { prepareQuery } from '../query/prepare-query.ts';
import type { ArgumentNode, ExpressionNode, Place, StringPart } from './ast.ts';
import { broken, type CheckState, reject, type Typed, typed } from './check-state.ts';
import { charge, type Frame, type Value } from './runtime.ts';
import { describeType, listType, type StaticType } from './static-type.ts';
import { formatValue, isFormatOf } from './value-text.ts';

type CallNode = ExpressionNode & { readonly kind: 'call' };
type MemberNode = ExpressionNode & { readonly kind: 'member' };

/** Stands for a hole in the text of a query; what it is in the text does not matter, holes are known by position. */
const holeCharacter = '\ufffc';

/** A piece of the query's text, in order. */
type Piece =
  | { readonly kind: 'text'; readonly text: string; readonly places: readonly Place[] }
  | { readonly kind: 'hole'; readonly value: ExpressionNode; readonly format?: string };

export function checkQueryCall(state: CheckState, node: CallNode, target: MemberNode): Typed {
  const place = { offset: target.nameOffset, length: target.name.length };
  if (target.name !== 'Select') {
    const message = `queryHandler.${target.name} is unknown.`;
    return reject(state, place, message, 'Write queryHandler.Select<EntityType>("…").');
  }
  const [typeNode, ...otherTypes] = target.typeArguments;
  if (typeNode === undefined || otherTypes.length > 0) {
    const message = 'Select needs the entity type whose resources are looked through.';
    return reject(state, place, message, 'Write queryHandler.Select<EntityType>("…").');
  }
  if (!state.model.entityTypes.has(typeNode.name)) {
    return reject(state, typeNode, ...describeUnknownType(state.model, typeNode.name));
  }
  const [argument, ...others] = node.arguments;
  if (argument === undefined || argument.kind !== 'value' || others.length > 0) {
    return reject(state, place, 'Select takes one text, the query.');
  }
  state.refer?.(typeNode.name, undefined, typeNode);
  return checkText(state, node, typeNode.name, argument);
}

function checkText(
  state: CheckState,
  node: Place,
  entityType: string,
  argument: ArgumentNode & { readonly kind: 'value' },
): Typed {
  const pieces = piecesOf(state, argument.value);
  if (pieces === undefined) {
    return reject(
      state,
      argument,
      'The text of this query is known only when it runs, so it cannot be checked.',
      'Write the query here as a text; values may stand in it as {…} or be added with +.',
    );
  }
  const holes: Typed[] = [];
  const holeAt = new Map<number, number>();
  const places: Place[] = [];
  let text = '';
  for (const piece of pieces) {
    if (piece.kind === 'text') {
      for (const one of piece.places) places.push(one);
      text += piece.text;
      continue;
    }
    holeAt.set(text.length, holes.length);
    places.push(piece.value);
    text += holeCharacter;
    holes.push(checkHole(state, piece));
  }
  if (holes.some((hole) => hole.type.kind === 'unknown')) return broken(node);
  const findings = new Findings();
  const query = prepareQuery({
    query: { text, holes: holeAt },
    entityType,
    entityModel: state.model,
    findings,
    holes: holes.map((hole) => hole.type),
    isHistoryAllowed: false,
  });
  const end = { offset: argument.offset + argument.length - 1, length: 1 };
  for (const { severity, offset, length, message, hint } of findings.items) {
    const first = places[offset] ?? end;
    const last = places[offset + length - 1] ?? first;
    const covered = last.offset + last.length - first.offset;
    state.findings[severity](first.offset, Math.max(1, covered), message, hint);
  }
  if (query === undefined) return broken(node);
  for (const pair of query.reads) state.queried.add(pair);
  const { selection } = query;
  const runs = holes.map((hole) => hole.run);
  return typed(node, listType({ kind: 'entity', entityType, selection }), (frame) => {
    const { queries } = frame.context;
    if (queries === undefined) throw failed('it asks queryHandler where nothing can be queried.');
    const values = runs.map((run) => holeValue(run(frame)));
    return query.run(queries, values, (steps) => charge(frame, steps));
  });
}

function holeValue(value: Value): HoleValue {
  if (typeof value !== 'object' || value === null) return value;
  if ('entityType' in value) return value;
  throw failed('a value of a query is of another type than the checker found.');
}

/** A value that stands in the text; one with a format is a text. */
function checkHole(state: CheckState, piece: Piece & { readonly kind: 'hole' }): Typed {
  const value = state.check(piece.value);
  const { type, run } = value;
  if (type.kind === 'unknown' || type.kind === 'null' || type.kind === 'entity') return value;
  if (type.kind !== 'scalar') {
    return reject(state, value, `${describeType(type)} cannot stand in a query.`);
  }
  const { format } = piece;
  if (format === undefined) return value;
  const { scalar } = type;
  if (!isFormatOf(scalar, format)) {
    return reject(
      state,
      value,
      `The format ${format} of ${describeType(type)} is not supported yet.`,
    );
  }
  const text: StaticType = { kind: 'scalar', scalar: 'string', isNullable: true };
  return typed(value, text, (frame: Frame) => {
    const found = run(frame);
    return found === null ? null : formatValue(scalar, found, format);
  });
}

/** The pieces of a text that is written here; `undefined` when it is not. */
function piecesOf(state: CheckState, node: ExpressionNode): readonly Piece[] | undefined {
  switch (node.kind) {
    case 'string':
    case 'char':
      return [{ kind: 'text', text: node.value, places: mapText(state.text, node, node.value) }];
    case 'interpolated':
      return interpolatedPieces(state.text, node, node.parts);
    case 'binary': {
      if (node.operator !== '+') return undefined;
      const left = piecesOf(state, node.left);
      const right = piecesOf(state, node.right);
      if (left === undefined && right === undefined) return undefined;
      return [
        ...(left ?? [{ kind: 'hole', value: node.left }]),
        ...(right ?? [{ kind: 'hole', value: node.right }]),
      ];
    }
    default:
      return undefined;
  }
}

function interpolatedPieces(
  source: string,
  node: Place,
  parts: readonly StringPart[],
): readonly Piece[] {
  const start = source.indexOf('"', node.offset) + 1;
  const isVerbatim = source.slice(node.offset, start).includes('@');
  let at = start;
  return parts.map((part): Piece => {
    if (part.kind === 'text') {
      const places: Place[] = [];
      at = mapCharacters(source, at, part.text, isVerbatim, places);
      return { kind: 'text', text: part.text, places };
    }
    const { value, format } = part;
    const end = source.indexOf('}', value.offset + value.length);
    at = end < 0 ? at : end + 1;
    return format === undefined ? { kind: 'hole', value } : { kind: 'hole', value, format };
  });
}

/** Where each character of a text stands in the code. */
function mapText(source: string, node: Place, value: string): readonly Place[] {
  const quote = source.charAt(node.offset) === "'" ? "'" : '"';
  const start = source.indexOf(quote, node.offset) + 1;
  const isVerbatim = source.slice(node.offset, start).includes('@');
  const places: Place[] = [];
  mapCharacters(source, start, value, isVerbatim, places);
  return places;
}

/** Walks over characters as written, an escape for each that is written as one; gives where the walk ends. */
function mapCharacters(
  source: string,
  start: number,
  value: string,
  isVerbatim: boolean,
  places: Place[],
): number {
  let at = start;
  for (let index = 0; index < value.length; index++) {
    const offset = at;
    const character = source.charAt(at);
    const escaped = isVerbatim
      ? null
      : /^\\(?:x[0-9a-fA-F]{1,4}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)/.exec(
          source.slice(at, at + 10),
        );
    if (escaped !== null) at += escaped[0].length;
    else if (source.charAt(at + 1) === character && character === value.charAt(index)) {
      // Doubled: a quote in a verbatim text, a brace in an interpolated one; else two characters of the text.
      at += isDoubled(source, at, value, index, isVerbatim) ? 2 : 1;
    } else at += 1;
    places.push({ offset, length: at - offset });
  }
  return at;
}

function isDoubled(
  source: string,
  at: number,
  value: string,
  index: number,
  isVerbatim: boolean,
): boolean {
  const character = source.charAt(at);
  if (character === '"') return isVerbatim;
  if (character !== '{' && character !== '}') return false;
  // Braces are doubled in interpolated texts only, where every one of them is.
  return value.charAt(index + 1) !== character || source.charAt(at + 3) === character;
}
