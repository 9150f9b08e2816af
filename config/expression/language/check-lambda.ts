/** Lambdas and method groups as arguments. */
import type { ArgumentNode, ExpressionNode, Place } from './ast.ts';
import { type CheckState, declareVariable, inScope, markAssigned, reject } from './check-state.ts';
import { convertOrReject, materialized, resolveType } from './convert.ts';
import { assume, factsOf, joinFlows, restoreFlow, saveFlow } from './flow.ts';
import type { Frame, Run, Value } from './runtime.ts';
import { isSameType, type StaticType, unknownType } from './static-type.ts';

/** A lambda: its result type and how to apply it. */
export interface Lambda {
  readonly type: StaticType;
  /** What is not null of the first parameter when the lambda gives true, such as `.Owner`. */
  readonly proven: readonly string[];
  apply(frame: Frame, ...values: readonly Value[]): Value;
  /** The slot of the first parameter, and the body, which runs with the item there; of one parameter `apply` is no more. */
  readonly slot: number;
  readonly body: Run;
}

const none: Lambda = {
  type: unknownType,
  proven: [],
  apply: () => null,
  slot: 0,
  body: () => null,
};

interface Wanted {
  /** The method the lambda is for, for messages. */
  readonly name: string;
  readonly place: Place;
  /** Types of the parameters; the lambda may take fewer of them when `least` says so. */
  readonly parameters: readonly StaticType[];
  readonly least?: number;
  readonly result?: StaticType;
  /** What is not null of the first parameter. */
  readonly facts?: readonly string[];
}

/** How many parameters a lambda has; `undefined` when the argument is none. */
export function countParameters(argument: ArgumentNode | undefined): number | undefined {
  if (argument?.kind !== 'value' || argument.value.kind !== 'lambda') return undefined;
  return argument.value.parameters.length;
}

export function checkLambda(
  state: CheckState,
  argument: ArgumentNode | undefined,
  wanted: Wanted,
): Lambda {
  const { name, place, parameters: types } = wanted;
  const node = argument?.kind === 'value' ? argument.value : undefined;
  const lambda = node?.kind === 'lambda' ? node : asLambda(node);
  if (lambda === undefined) {
    reject(state, argument ?? place, `${name} needs a lambda here.`, `Write ${name}(x => …).`);
    return none;
  }
  const { parameters, body } = lambda;
  const least = wanted.least ?? types.length;
  if (parameters.length < least || parameters.length > types.length) {
    const count = least === 1 ? 'one parameter' : `${least} parameters`;
    reject(state, argument ?? place, `The lambda of ${name} takes ${count}.`);
    return none;
  }
  return inScope(state, () => {
    const before = saveFlow(state);
    const slots = parameters.map((parameter, index) => {
      const type = types[index] ?? unknownType;
      if (parameter.type !== undefined) {
        const written = resolveType(state, parameter.type);
        if (written.kind !== 'unknown' && type.kind !== 'unknown' && !isSameType(written, type))
          reject(state, parameter.type, `The parameter ${parameter.name} is of another type here.`);
      }
      const { slot } = declareVariable(state, parameter.name, type, parameter, true);
      markAssigned(state, slot);
      return slot;
    });
    const [own = -1] = slots;
    assume(
      state,
      factsOf(
        wanted.facts?.map((path) => own + path),
        'never',
      ),
    );
    const checked =
      body.kind === 'block'
        ? { ...state.checkBlock(body), offset: body.offset, length: body.length }
        : materialized(state.check(body));
    const result =
      wanted.result === undefined
        ? checked
        : convertOrReject(state, checked, wanted.result, `The lambda of ${name}`);
    if (result.type.kind === 'void') reject(state, body, `The lambda of ${name} gives no value.`);
    // It may run or not: what was known stays known unless the lambda says otherwise.
    restoreFlow(state, joinFlows(before, saveFlow(state)));
    const apply = applier(slots, result.run);
    const facts = 'whenTrue' in result ? [...(result.whenTrue ?? [])] : [];
    const proven = facts
      .filter(([path, nullness]) => nullness === 'never' && path.startsWith(`${own}.`))
      .map(([path]) => path.slice(`${own}`.length));
    return { type: result.type, proven, apply, slot: own, body: result.run };
  });
}

function applier(slots: readonly number[], run: Run): Lambda['apply'] {
  const [first, second] = slots;
  if (first !== undefined && second === undefined) {
    return (frame, value) => {
      frame.slots[first] = value ?? null;
      return run(frame);
    };
  }
  return (frame, ...values) => {
    for (const [index, slot] of slots.entries()) frame.slots[slot] = values[index] ?? null;
    return run(frame);
  };
}

/** A method group such as `char.IsDigit` as the lambda it stands for. */
function asLambda(
  node: ExpressionNode | undefined,
): (ExpressionNode & { readonly kind: 'lambda' }) | undefined {
  if (node?.kind !== 'member') return undefined;
  const { offset, length, height } = node;
  const place = { offset, length, height };
  // A name nobody can write.
  const name = ' item';
  const value: ExpressionNode = { kind: 'name', name, ...place };
  const call: ExpressionNode = {
    kind: 'call',
    target: node,
    arguments: [{ kind: 'value', value, ...place }],
    ...place,
  };
  return { kind: 'lambda', parameters: [{ name, offset, length }], body: call, ...place };
}
