/** What an editor asks about code in an attribute: names it refers to, the type at a place, what may follow a dot. */
import { compileBinding } from './binding.ts';
import type { CompileRequest } from './compile-request.ts';
import { Findings } from './finding.ts';
import { isCode, readForm } from './form.ts';
import type { ExpressionNode } from './language/ast.ts';
import type { CheckState, Typed } from './language/check-state.ts';
import { type CodeRequest, compileCode } from './language/compile-code.ts';
import { completeCode, placeholder } from './language/complete-code.ts';
import {
  type CodeMember,
  membersOfClass,
  membersOfType,
  namesInScope,
} from './language/list-members.ts';
import { describeType } from './language/static-type.ts';

export type { CodeMember } from './language/list-members.ts';

/** A name in the text that stands for something of the entity model. Offsets are from 0, within the attribute text. */
export interface CodeReference {
  readonly kind: 'property' | 'entityType';
  readonly entityType: string;
  /** Given for properties. */
  readonly property?: string;
  readonly offset: number;
  readonly length: number;
}

export interface CodeInspection {
  /** What may be written at the offset; absent where nothing is known. */
  readonly members?: readonly CodeMember[];
  /** The type of the innermost expression around the offset, as an author writes it. */
  readonly typeAt?: string;
  readonly references: readonly CodeReference[];
}

/**
 * Looks at the expression of a request (or its binding, when that holds the `C#:`), `offset` from 0 within that text. Never
 * throws, and takes incomplete code: `user.` with the offset after the dot lists the members of `user`.
 */
export function inspectCode(request: CompileRequest, offset: number): CodeInspection {
  const text =
    request.binding !== undefined && isCode(request.binding) ? request.binding : request.expression;
  if (text === undefined || !isCode(text)) return { references: [] };
  const form = readForm(text);
  if (form.kind !== 'code') return { references: [] };
  const { body, offset: start, parameter } = form;
  const bound =
    request.binding === undefined || isCode(request.binding) || request.binding.trim() === ''
      ? undefined
      : compileBinding(request.binding, request.root, request.entityModel, new Findings());
  const look = (code: string): Seen =>
    observe({
      body: code,
      offset: 0,
      ...(parameter === undefined ? {} : { parameter }),
      ...(bound === undefined ? {} : { bound }),
      root: request.root,
      expected: request.expected,
      entityModel: request.entityModel,
      findings: new Findings(),
    });
  const whole = look(body);
  const at = offset - start;
  const completed = at < 0 || at > body.length ? undefined : completeCode(body, at);
  const prefix = completed === undefined ? undefined : look(completed.text);
  // A reference inside the part that was made up is none of the text.
  const limit = completed?.keptLength ?? 0;
  const early = prefix?.references.filter((one) => one.offset + one.length <= limit) ?? [];
  const members = prefix?.members(request.entityModel);
  const type = whole.typeAt(at) ?? (at <= limit ? prefix?.typeAt(at) : undefined);
  return {
    ...(members === undefined ? {} : { members }),
    ...(type === undefined ? {} : { typeAt: type }),
    references: mergeReferences(whole.references, early).map((one) => ({
      ...one,
      offset: one.offset + start,
    })),
  };
}

function mergeReferences(
  first: readonly CodeReference[],
  second: readonly CodeReference[],
): readonly CodeReference[] {
  const byOffset = new Map<number, CodeReference>();
  for (const reference of [...second, ...first]) byOffset.set(reference.offset, reference);
  return [...byOffset.values()].sort((a, b) => a.offset - b.offset);
}

/** What was seen while some code was checked. */
interface Seen {
  readonly references: readonly CodeReference[];
  typeAt(offset: number): string | undefined;
  /** What may stand where the placeholder stands. */
  members(model: CompileRequest['entityModel']): readonly CodeMember[] | undefined;
}

function observe(request: CodeRequest): Seen {
  const references: CodeReference[] = [];
  const values = new Map<ExpressionNode, Typed>();
  let members: ((model: CompileRequest['entityModel']) => readonly CodeMember[]) | undefined;
  const watch = (node: ExpressionNode, value: Typed, state: CheckState): void => {
    values.set(node, value);
    if (node.kind === 'name' && node.name === placeholder) {
      members = () => namesInScope(state);
    }
    if (node.kind !== 'member' || node.name !== placeholder) return;
    const { target } = node;
    const owner = values.get(target);
    if (owner !== undefined && owner.type.kind !== 'unknown') {
      members = (model) => membersOfType(owner.type, model);
    } else if (target.kind === 'name' || target.kind === 'member') {
      members = () => membersOfClass(target.name);
    }
  };
  const refer: NonNullable<CheckState['refer']> = (entityType, property, place) => {
    const { offset, length } = place;
    references.push(
      property === undefined
        ? { kind: 'entityType', entityType, offset, length }
        : { kind: 'property', entityType, property, offset, length },
    );
  };
  try {
    compileCode({ ...request, observer: { watch, refer } });
  } catch (thrown) {
    // Deep nesting ends the stack before it ends the check: what was seen until then is what there is.
    if (!(thrown instanceof RangeError)) throw thrown;
  }
  return {
    references,
    typeAt(offset) {
      let best: ExpressionNode | undefined;
      for (const [node, { type }] of values) {
        const isAround = node.offset <= offset && offset <= node.offset + node.length;
        if (!isAround || type.kind === 'unknown') continue;
        if (best === undefined || node.length < best.length) best = node;
      }
      const value = best === undefined ? undefined : values.get(best);
      return value === undefined ? undefined : describeType(value.type);
    },
    members: (model) => members?.(model),
  };
}
