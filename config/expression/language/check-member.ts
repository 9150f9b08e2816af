/** What follows a dot without parentheses: properties of entity types, of values, of static classes. */

import { describeUnknownProperty, findProperty } from '../entity-property.ts';
import { failed } from '../expression-error.ts';
import { readDate } from '../functions/date-text.ts';
import type { ResourceView } from '../values.ts';
import type { ExpressionNode } from './ast.ts';
import { findOrderMember } from './check-order.ts';
import { broken, type CheckState, findVariable, reject, type Typed, typed } from './check-state.ts';
import { ValueGroup, ValueMap, ValuePair, ValueSet } from './collections.ts';
import { requireValue } from './convert.ts';
import { dateProperties, spanProperties, startOfDay } from './date-methods.ts';
import { nullTest, warnIfNull } from './flow.ts';
import { adviseOn } from './instead-of.ts';
import { objectProperties } from './object-members.ts';
import { ParameterValues } from './parameter-values.ts';
import { methodsOf } from './plain-methods.ts';
import { planReading } from './reading.ts';
import { asList, asNumber, asObject, asText, charge, type Run, toItems } from './runtime.ts';
import { overload } from './signature.ts';
import { staticClasses, staticConstants } from './static-methods.ts';
import {
  boolType,
  describeType,
  intType,
  isNullableValue,
  listType,
  longType,
  type StaticType,
  scalarType,
  typeOfProperty,
  withoutNull,
} from './static-type.ts';
import { readStored } from './stored-value.ts';

type MemberNode = ExpressionNode & { readonly kind: 'member' };

/** Classes of .NET that people use and this language has not: named, so that the message is plain. */
const refusedClasses: ReadonlySet<string> = new Set([
  'Random',
  'Environment',
  'Encoding',
  'File',
  'Path',
  'Console',
  'Uri',
  'JsonConvert',
  'JsonSerializer',
  'Array',
  'Tuple',
  'Decimal',
  'decimal',
  'Nullable',
  'TimeZoneInfo',
  'DateTimeOffset',
  'DateOnly',
  'Task',
  'Type',
  'Activator',
  'Assembly',
  'Process',
  'System',
  'object',
  'Object',
]);

/** The static class an expression names: `DateTime`, or a dotted name that ends in one; `undefined` for anything else. */
export function findClass(state: CheckState, node: ExpressionNode): string | undefined {
  let first = node;
  while (first.kind === 'member') first = first.target;
  if (first.kind !== 'name' || findVariable(state, first.name) !== undefined) return undefined;
  const name = node.kind === 'member' || node.kind === 'name' ? node.name : '';
  if (
    node.kind === 'member' &&
    node.target.kind === 'name' &&
    staticClasses.has(node.target.name)
  ) {
    return undefined;
  }
  return staticClasses.has(name) ? name : undefined;
}

/** The class a name stands for that is refused, or `undefined`. */
export function findRefusedClass(state: CheckState, node: ExpressionNode): string | undefined {
  let current = node;
  while (true) {
    if (current.kind === 'name') {
      const { name } = current;
      if (findVariable(state, name) !== undefined || !refusedClasses.has(name)) return undefined;
      return name === 'System' && node.kind === 'member' ? node.name : name;
    }
    if (current.kind !== 'member') return undefined;
    // System.DateTime.UtcNow: a class that is known, under its full name.
    if (staticClasses.has(current.name) && isNameChain(current.target)) return undefined;
    if (refusedClasses.has(current.name) && isNameChain(current.target)) return current.name;
    current = current.target;
  }
}

function isNameChain(node: ExpressionNode): boolean {
  return node.kind === 'name' || (node.kind === 'member' && isNameChain(node.target));
}

export function checkMember(state: CheckState, node: MemberNode): Typed {
  const { target, name } = node;
  const place = { offset: node.nameOffset, length: name.length };
  const className = findClass(state, target);
  if (className !== undefined) return checkStatic(state, node, className);
  const refused = findRefusedClass(state, target);
  if (refused !== undefined) {
    return reject(state, node, `${refused} is not supported yet.`, adviseOn(refused, []));
  }
  if (target.kind === 'name' && findVariable(state, target.name) === undefined) {
    if (target.name === 'assignment') return checkAssignment(state, node);
    if (target.name === 'logger') return reject(state, place, 'logger only has LogDebug(…).');
  }
  const value = state.check(target);
  const { type } = value;
  if (type.kind === 'entity' || (type.kind !== 'unknown' && !isNullableValue(type))) {
    warnIfNull(state, value, place, name);
  } else if (name === 'Value' && type.kind === 'scalar' && !type.isEither) {
    warnIfNull(state, value, place, name);
  }
  const found = findMember(state, node, value);
  if (found !== undefined) return found;
  if (type.kind === 'unknown') return broken(node);
  if (isNullableValue(type)) {
    const inner = findMember(state, node, { ...value, type: withoutNull(type) });
    if (inner !== undefined && type.kind === 'scalar' && type.isEither === true) {
      return (
        findMember(state, node, {
          ...value,
          type: withoutNull(type),
          run: requireValue(value.run, describeType(type)),
        }) ?? inner
      );
    }
    const hint =
      inner === undefined
        ? undefined
        : `The value may be empty: write ?.${name} or .Value.${name}.`;
    return reject(state, place, `${describeType(type)} has no property ${name}.`, hint);
  }
  const hint = hintForMember(type, name);
  return reject(
    state,
    place,
    `${describeType(type)} has no property ${name}, or it is not supported yet.`,
    hint,
  );
}

/** What to write where a type has no such property: a method without its parentheses, an item of a collection, or what is near. */
function hintForMember(type: StaticType, name: string): string | undefined {
  const isMethod = type.kind === 'scalar' && methodsOf(type.scalar).has(name);
  if (isMethod) return `${name} is a method: write ${name}().`;
  if (type.kind === 'list' && type.element.kind === 'entity' && name !== 'Length') {
    return `First pick one, as with .FirstOrDefault()?.${name}, or write .Select(x => x.${name}).`;
  }
  return adviseOn(name, memberNames(type));
}

/** Names of the properties of a type, for suggestions and editors; those of entity types are in the model. */
export function memberNames(type: StaticType): readonly string[] {
  switch (type.kind) {
    case 'list':
      return [type.shape === 'array' ? 'Length' : 'Count'];
    case 'dictionary':
      return ['Count', 'Keys', 'Values'];
    case 'pair':
      return ['Key', 'Value'];
    case 'group':
      return ['Key'];
    case 'object':
      return [...(objectProperties.get(type.name)?.keys() ?? [])];
    case 'scalar':
      if (isNullableValue(type)) return ['HasValue', 'Value'];
      if (type.scalar === 'dateTime') return [...dateProperties.keys()];
      if (type.scalar === 'timeSpan') return [...spanProperties.keys()];
      return type.scalar === 'string' ? ['Length'] : [];
    case 'entity':
    case 'null':
    case 'void':
    case 'unknown':
      return [];
  }
}

function checkStatic(state: CheckState, node: MemberNode, className: string): Typed {
  const { name } = node;
  if (className === 'DateTime' && (name === 'Now' || name === 'UtcNow' || name === 'Today')) {
    state.readsClock = true;
    if (name !== 'Today') state.readsTimeOfDay = true;
    return typed(node, scalarType('dateTime'), (frame) => {
      const now = readDate(frame.context.now);
      if (now === undefined) throw failed('the clock of the run is not a date.');
      return name === 'Today' ? startOfDay(now) : now;
    });
  }
  const constant = staticConstants.get(`${className}.${name}`);
  if (constant === undefined) {
    const names = [...staticConstants.keys(), 'DateTime.Now', 'DateTime.UtcNow', 'DateTime.Today'];
    const own = names
      .filter((key) => key.startsWith(`${className}.`))
      .map((key) => key.slice(className.length + 1));
    const place = { offset: node.nameOffset, length: name.length };
    return reject(state, place, `${className}.${name} is not supported yet.`, adviseOn(name, own));
  }
  const [typeName, value] = constant;
  return typed(node, overload(`->${typeName}`, () => value).result, () => value, {
    constant: { value },
    nullness: 'never',
  });
}

/** `assignment.StartDate` and `EndDate`: whether they can be empty the reference leaves open, so both readings are taken. */
function checkAssignment(state: CheckState, node: MemberNode): Typed {
  const { name } = node;
  const isDate = name === 'StartDate' || name === 'EndDate';
  if (!isDate && name !== 'ParametersValues') {
    const place = { offset: node.nameOffset, length: name.length };
    const hint = adviseOn(name, assignmentMembers);
    return reject(state, place, `assignment.${name} is unknown or not supported yet.`, hint);
  }
  state.readsClock = true;
  state.readsTimeOfDay = true;
  if (!isDate) {
    return typed(node, { kind: 'object', name: 'ParametersValues' }, (frame) => {
      const values = frame.context.assignment?.parametersValues;
      return new ParameterValues(values ?? new Map());
    });
  }
  const type: StaticType = { kind: 'scalar', scalar: 'dateTime', isNullable: true, isEither: true };
  const path = `assignment.${name}`;
  return typed(
    node,
    type,
    (frame) => {
      const { assignment } = frame.context;
      const text = (name === 'StartDate' ? assignment?.startDate : assignment?.endDate) ?? null;
      return readStored('DateTime', text, `assignment.${name}`);
    },
    { path, implies: [path] },
  );
}

/** What `assignment` knows. */
export const assignmentMembers = ['StartDate', 'EndDate', 'ParametersValues'] as const;

function findMember(state: CheckState, node: MemberNode, value: Typed): Typed | undefined {
  const { name } = node;
  const { type, run } = value;
  const ofOrder = findOrderMember(node, value);
  if (ofOrder !== undefined) return ofOrder;
  if (type.kind === 'entity') return readEntity(state, node, type, value);
  if (type.kind === 'object') {
    const property = objectProperties.get(type.name)?.get(name);
    if (property === undefined) return undefined;
    const [result, read] = property;
    return typed(node, result, (frame) => read(run(frame), frame), { nullness: 'never' });
  }
  if (type.kind === 'pair' && (name === 'Key' || name === 'Value')) {
    const isKey = name === 'Key';
    return typed(node, isKey ? type.key : type.value, (frame) => {
      const pair = asObject(run(frame), ValuePair);
      return isKey ? pair.key : pair.value;
    });
  }
  if (type.kind === 'group' && name === 'Key') {
    return typed(node, type.key, (frame) => asObject(run(frame), ValueGroup).key);
  }
  if (type.kind === 'dictionary') return readDictionary(node, type, run);
  if (type.kind === 'list' && name === (type.shape === 'array' ? 'Length' : 'Count')) {
    return typed(node, intType, (frame) => {
      const list = run(frame);
      return list instanceof ValueSet ? list.size : toItems(frame, asList(list)).length;
    });
  }
  if (type.kind !== 'scalar') return undefined;
  if (isNullableValue(type)) {
    if (name === 'HasValue') {
      return typed(node, boolType, (frame) => run(frame) !== null, nullTest(value, false));
    }
    if (name === 'Value')
      return typed(node, withoutNull(type), requireValue(run, describeType(type)));
    return undefined;
  }
  if (type.scalar === 'string' && name === 'Length') {
    return typed(node, intType, (frame) => onValue(run(frame), 'Length').length);
  }
  if (type.scalar === 'dateTime') {
    const property = dateProperties.get(name);
    if (property === undefined) return undefined;
    const [kind, read] = property;
    const result = overload(`->${kind}`, () => null).result;
    return typed(node, result, (frame) => read(asNumber(run(frame))));
  }
  if (type.scalar === 'timeSpan') {
    const property = spanProperties.get(name);
    if (property === undefined) return undefined;
    const [kind, read] = property;
    return typed(node, scalarType(kind), (frame) => read(asNumber(run(frame))));
  }
  return undefined;
}

function readDictionary(
  node: MemberNode,
  type: StaticType & { readonly kind: 'dictionary' },
  run: Run,
): Typed | undefined {
  const { name } = node;
  if (name === 'Count') return typed(node, intType, (frame) => asObject(run(frame), ValueMap).size);
  if (name !== 'Keys' && name !== 'Values') return undefined;
  const isKeys = name === 'Keys';
  return typed(node, listType(isKeys ? type.key : type.value), (frame) => {
    const map = asObject(run(frame), ValueMap);
    charge(frame, 1 + map.size);
    return Array.from(map.entries(), (entry) => (isKeys ? entry.key : entry.value));
  });
}

function onValue(value: ReturnType<Run>, name: string): string {
  if (value === null)
    throw failed(`${name} is read of a text that is empty.`, 'Write ?. before it.');
  return asText(value);
}

function readEntity(
  state: CheckState,
  node: MemberNode,
  { entityType, selection }: StaticType & { readonly kind: 'entity' },
  value: Typed,
): Typed | undefined {
  const { name } = node;
  const { run } = value;
  const declared = state.model.entityTypes.get(entityType);
  const place = { offset: node.nameOffset, length: name.length };
  if (declared === undefined) return reject(state, place, `There is no entity type ${entityType}.`);
  const found = findProperty(declared, name);
  if (found === undefined) return reject(state, place, ...describeUnknownProperty(declared, name));
  const subject = `${entityType}:${name}`;
  state.refer?.(entityType, name, place);
  if (found.kind === 'id') {
    return typed(node, longType, (frame) => {
      const owner = run(frame);
      // Of an entity type nothing else is an object.
      if (typeof owner === 'object' && owner !== null) return BigInt((owner as ResourceView).id);
      throw failed(
        `${subject} is read of a resource that is empty.`,
        `Write ?.${name} where there may be no resource.`,
      );
    });
  }
  const { property } = found;
  const { identifier } = property;
  const selected = selection?.properties.get(identifier);
  if (selection !== undefined && selected === undefined) {
    const message = `The query that finds this ${entityType} does not select ${name}.`;
    return reject(state, place, message, `Add it: select ${name}`);
  }
  state.reads.add(`${entityType}:${identifier}`);
  if (property.kind === 'scalar') {
    const { type } = property;
    const { run: read, plan } = planReading(value, identifier, subject, type);
    // Which texts are always filled the model does not say; values of other types say it by their `?`.
    const presumed = typeOfProperty(type);
    const nullness = isNullableValue(presumed) ? ('maybe' as const) : undefined;
    return typed(node, presumed, read, {
      ...pathOf(state, value, identifier, nullness),
      ...(plan === undefined ? {} : { plan }),
    });
  }
  const target: StaticType = {
    kind: 'entity',
    entityType: property.target,
    ...(selected === undefined ? {} : { selection: selected }),
  };
  const end = property.isCollection ? 'many' : 'one';
  const { run: read, plan } = planReading(value, identifier, subject, end);
  const planned = plan === undefined ? {} : { plan };
  return property.isCollection
    ? typed(node, listType(target), read, { nullness: 'never', ...planned })
    : typed(node, target, read, { ...pathOf(state, value, identifier, 'maybe'), ...planned });
}

/** What is known of a property by the path that leads to it. */
function pathOf(
  state: CheckState,
  owner: Typed,
  property: string,
  otherwise: Typed['nullness'],
): Pick<Typed, 'path' | 'implies' | 'nullness'> {
  if (owner.path === undefined) return otherwise === undefined ? {} : { nullness: otherwise };
  const path = `${owner.path}.${property}`;
  const nullness = state.known.get(path) ?? otherwise;
  return {
    path,
    implies: [...(owner.implies ?? []), path],
    ...(nullness === undefined ? {} : { nullness }),
  };
}
