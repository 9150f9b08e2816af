/** `provisioningOrder`: the change an arguments expression is asked about; null where there is none. */
import { describeUnknownProperty, findProperty } from '../entity-property.ts';
import { suggestName } from '../nearest-name.ts';
import type { OrderView } from '../values.ts';
import type { ArgumentNode, ExpressionNode, Place } from './ast.ts';
import {
  type CheckState,
  declareVariable,
  findVariable,
  markAssigned,
  reject,
  type Typed,
  typed,
} from './check-state.ts';
import { resolveType } from './convert.ts';
import { charge, type Frame, type Value } from './runtime.ts';
import {
  boolType,
  describeType,
  isSameType,
  listType,
  type StaticType,
  typeOfProperty,
  withoutNull,
} from './static-type.ts';
import { readStored } from './stored-value.ts';

type CallNode = ExpressionNode & { readonly kind: 'call' };
type MemberNode = ExpressionNode & { readonly kind: 'member' };

export const orderType: StaticType = { kind: 'object', name: 'ProvisioningOrder' };
const changeType: StaticType = { kind: 'object', name: 'ProvisioningOrderChangeType' };

const changeMethods: ReadonlyMap<string, OrderView['changeType']> = new Map([
  ['IsNone', 'none'],
  ['IsAdded', 'added'],
  ['IsUpdated', 'updated'],
  ['IsDeleted', 'deleted'],
]);

const orderMethods = [
  'HasChanged',
  'TryGetScalar',
  'TryGetAddedNavigations',
  'TryGetRemovedNavigations',
] as const;

/** The variable. While code runs it is only told apart from null; what it holds is in the context. */
export function checkOrderName(state: CheckState, node: Place): Typed {
  if (state.orderOf === undefined) {
    const message = 'provisioningOrder exists in the ArgumentsExpression of a resource type only.';
    return reject(state, node, message);
  }
  return typed(node, orderType, (frame) => (orderOf(frame) === null ? null : true));
}

function orderOf(frame: Frame): OrderView | null {
  return frame.context.order ?? null;
}

/** `provisioningOrder.ChangeType`; `undefined` for other values and names. */
export function findOrderMember(
  node: Place & { readonly name: string },
  value: Typed,
): Typed | undefined {
  const { type, run } = value;
  if (type.kind !== 'object' || type.name !== 'ProvisioningOrder' || node.name !== 'ChangeType') {
    return undefined;
  }
  return typed(node, changeType, run);
}

/** True of types whose methods are {@link checkOrderMethod}'s. */
export function isOrderType(type: StaticType): boolean {
  return (
    type.kind === 'object' &&
    (type.name === 'ProvisioningOrder' || type.name === 'ProvisioningOrderChangeType')
  );
}

export function checkOrderMethod(
  state: CheckState,
  node: CallNode,
  target: MemberNode,
  receiver: Typed,
): Typed {
  const place = { offset: target.nameOffset, length: target.name.length };
  const { name } = target;
  if (isSameType(receiver.type, changeType)) {
    const change = changeMethods.get(name);
    if (change === undefined || node.arguments.length > 0) {
      const hint = suggestName(name, changeMethods.keys());
      return reject(state, place, `ChangeType has no method ${name}.`, hint);
    }
    return typed(node, boolType, (frame) => orderOf(frame)?.changeType === change);
  }
  const method = orderMethods.find((one) => one === name);
  if (method === undefined) {
    const hint = suggestName(name, [...orderMethods, 'ChangeType']);
    return reject(state, place, `provisioningOrder has no method ${name}.`, hint);
  }
  const [first, out, ...others] = node.arguments;
  const isOut = method !== 'HasChanged';
  if (
    first?.kind !== 'value' ||
    others.length > 0 ||
    (isOut ? out?.kind !== 'out' : out !== undefined)
  ) {
    const shown = isOut ? `${name}("Property", out var value)` : `${name}("Property")`;
    return reject(
      state,
      place,
      `${name} is given something else than it takes.`,
      `Write ${shown}.`,
    );
  }
  if (first.value.kind !== 'string') {
    const message = `The property of ${name} must be written here as a text.`;
    return reject(state, first, message);
  }
  const property = first.value.value;
  const entityType = state.model.entityTypes.get(state.orderOf ?? '');
  const found = entityType === undefined ? undefined : findProperty(entityType, property);
  if (entityType === undefined || found === undefined || found.kind === 'id') {
    if (entityType === undefined) return reject(state, first, 'There is no order here.');
    return reject(state, first, ...describeUnknownProperty(entityType, property));
  }
  const { identifier } = found.property;
  state.refer?.(entityType.identifier, identifier, first);
  if (method === 'HasChanged') {
    return typed(node, boolType, (frame) => {
      charge(frame, 1);
      return orderOf(frame)?.hasChanged(identifier) === true;
    });
  }
  if (method === 'TryGetScalar') {
    if (found.property.kind !== 'scalar') {
      const message = `${property} is a navigation property.`;
      return reject(state, first, message, 'Use TryGetAddedNavigations.');
    }
    const { type } = found.property;
    const subject = `${entityType.identifier}:${identifier}`;
    return giveOut(state, node, out, typeOfProperty(type), (frame) => {
      const text = orderOf(frame)?.scalar(identifier);
      return text === undefined ? undefined : readStored(type, text, subject);
    });
  }
  if (found.property.kind !== 'navigation') {
    return reject(state, first, `${property} is a value.`, 'Use TryGetScalar.');
  }
  const element: StaticType = { kind: 'entity', entityType: found.property.target };
  const isAdded = method === 'TryGetAddedNavigations';
  return giveOut(state, node, out, listType(element), (frame) => {
    const order = orderOf(frame);
    const linked = isAdded ? order?.added(identifier) : order?.removed(identifier);
    return linked === undefined || linked.length === 0 ? undefined : linked;
  });
}

/** Puts what was found into the variable of `out`, null when nothing was, and says whether something was. */
function giveOut(
  state: CheckState,
  node: Place,
  out: ArgumentNode | undefined,
  type: StaticType,
  find: (frame: Frame) => Value | undefined,
): Typed {
  if (out?.kind !== 'out') return reject(state, node, 'An out variable is missing.');
  const existing = out.type === undefined ? findVariable(state, out.name) : undefined;
  if (out.type === undefined && (existing === undefined || existing.isFixed)) {
    const message = `There is no variable ${out.name} to write to here.`;
    return reject(state, out, message, 'Write out var.');
  }
  const declared =
    out.type === undefined || out.type === 'var' ? undefined : resolveType(state, out.type);
  const wanted = existing?.type ?? declared;
  if (wanted !== undefined && !isSameType(withoutNull(wanted), withoutNull(type))) {
    return reject(state, out, `The variable ${out.name} must be ${describeType(type)}.`);
  }
  const { slot } = existing ?? declareVariable(state, out.name, type, out, false);
  markAssigned(state, slot);
  return typed(node, boolType, (frame) => {
    charge(frame, 1);
    const value = find(frame);
    frame.slots[slot] = value ?? null;
    return value !== undefined;
  });
}
