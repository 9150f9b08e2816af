/** `string.Format("{0}, {1,10:dd/MM/yyyy}", a, b)`. */
import { failed } from '../expression-error.ts';
import type { ArgumentNode, Place } from './ast.ts';
import {
  broken,
  type CheckState,
  reject,
  type TextPart,
  type Typed,
  typed,
} from './check-state.ts';
import { joinParts } from './join-texts.ts';
import { asText, built, type Value } from './runtime.ts';
import { describeType, type ScalarKind, stringType } from './static-type.ts';
import { formatterOf, formatValue, isFormatOf, textOf } from './value-text.ts';

const pattern =
  /\{\{|\}\}|\{\s*(\d{1,2})\s*(?:,\s*(-?\d{1,4})\s*)?(?::([^{}]{0,100}))?\}|[{}]|[^{}]+/g;

type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'hole';
      readonly index: number;
      readonly width: number;
      readonly format: string;
    };

/** The parts of a composite format, or the brace that opens or closes nothing. */
function readPieces(format: string): readonly Piece[] | string {
  const pieces: Piece[] = [];
  for (const [piece, index, width = '0', how = ''] of format.matchAll(pattern)) {
    if (index !== undefined) {
      pieces.push({ kind: 'hole', index: Number(index), width: Number(width), format: how });
    } else if (piece === '{' || piece === '}') return piece;
    else {
      const text = piece === '{{' || piece === '}}' ? piece.charAt(0) : piece;
      pieces.push({ kind: 'text', text });
    }
  }
  return pieces;
}

export function checkFormat(
  state: CheckState,
  place: Place,
  nodes: readonly ArgumentNode[],
  given: readonly Typed[],
): Typed {
  const [culture] = given;
  const hasCulture = culture?.type.kind === 'scalar' && culture.type.scalar === 'culture';
  const values = hasCulture ? given.slice(1) : given;
  const [format, ...args] = values;
  const node = nodes[hasCulture ? 1 : 0];
  if (format === undefined || node === undefined) {
    return reject(state, place, 'string.Format needs a format.');
  }
  if (values.some((value) => value.type.kind === 'unknown')) return broken(place);
  if (format.type.kind !== 'scalar' || format.type.scalar !== 'string') {
    return reject(
      state,
      format,
      `The format must be string, but this is ${describeType(format.type)}.`,
    );
  }
  const kinds = args.map(({ type }): ScalarKind | undefined =>
    type.kind === 'scalar' ? type.scalar : undefined,
  );
  for (const { type, offset, length } of args) {
    if (type.kind === 'scalar' || type.kind === 'null') continue;
    reject(state, { offset, length }, `${describeType(type)} cannot become part of a text.`);
  }
  const fixed = format.constant?.value;
  if (typeof fixed !== 'string') return formatLater(place, format, args, kinds);
  const pieces = readPieces(fixed);
  if (typeof pieces === 'string') {
    return reject(state, node, `A ${pieces} of this format is not closed or unsupported.`);
  }
  const parts = pieces.map((piece): TextPart => {
    if (piece.kind === 'text') return { kind: 'text', text: piece.text };
    const value = args[piece.index];
    const kind = kinds[piece.index];
    if (value === undefined) {
      const message = `The format names {${piece.index}}, but there are ${args.length} values.`;
      reject(state, node, message);
      return { kind: 'text', text: '' };
    }
    if (kind !== undefined && !isFormatOf(kind, piece.format)) {
      const what = `The format ${piece.format} of ${describeType(value.type)}`;
      reject(state, node, `${what} is not supported yet.`);
      return { kind: 'text', text: '' };
    }
    const { run } = value;
    const write = kind === undefined ? () => '' : formatterOf(kind, piece.format);
    const { width } = piece;
    return {
      kind: 'hole',
      run: (frame) => {
        const text = write(run(frame));
        return width >= 0 ? text.padStart(width) : text.padEnd(-width);
      },
    };
  });
  return joinParts(place, parts);
}

function writeHole(
  piece: Piece & { readonly kind: 'hole' },
  kind: ScalarKind | undefined,
  value: Value,
): string {
  const text =
    kind === undefined || value === null
      ? ''
      : piece.format === ''
        ? textOf(kind, value)
        : formatValue(kind, value, piece.format);
  return piece.width >= 0 ? text.padStart(piece.width) : text.padEnd(-piece.width);
}

/** A format that is only known when it runs. */
function formatLater(
  place: Place,
  format: Typed,
  args: readonly Typed[],
  kinds: readonly (ScalarKind | undefined)[],
): Typed {
  return typed(
    place,
    stringType,
    (frame) => {
      const pieces = readPieces(asText(format.run(frame)));
      if (typeof pieces === 'string') throw failed('string.Format is given a format that is none.');
      let text = '';
      for (const piece of pieces) {
        if (piece.kind === 'text') text += piece.text;
        else {
          const value = args[piece.index];
          if (value === undefined) throw failed('string.Format names a value that is not given.');
          text += writeHole(piece, kinds[piece.index], value.run(frame));
        }
        text = built(frame, text);
      }
      return text;
    },
    { nullness: 'never' },
  );
}
