/** What can be written after a dot, for editors. */
import type { EntityModel, Property } from '../../entity-model.ts';
import { collectionMethodNames } from './check-collection.ts';
import { linqNames } from './check-linq.ts';
import { assignmentMembers, memberNames } from './check-member.ts';
import type { CheckState } from './check-state.ts';
import { objectMethods } from './object-members.ts';
import { methodsOf } from './plain-methods.ts';
import type { MethodTable, Overload } from './signature.ts';
import { staticClasses, staticConstants } from './static-methods.ts';
import {
  describeType,
  elementType,
  isNullableValue,
  type StaticType,
  typeOfProperty,
} from './static-type.ts';

/** What may stand after a dot, or at the beginning of a name. */
export interface CodeMember {
  readonly name: string;
  /** The type as an author writes it: `string`, `DateTime?`, `IEnumerable<Group>`; for methods `(string) -> bool`. */
  readonly type: string;
  readonly doc: string;
}

/** Members of a value of this type, by name. */
export function membersOfType(type: StaticType, model: EntityModel): readonly CodeMember[] {
  if (type.kind === 'entity') return membersOfEntity(type.entityType, model);
  const properties = memberNames(type).map((name) => ({ name, type: 'property', doc: '' }));
  return sorted([...properties, ...methodsOfType(type)]);
}

function methodsOfType(type: StaticType): readonly CodeMember[] {
  if (type.kind === 'scalar') {
    if (isNullableValue(type)) return named(['GetValueOrDefault', 'ToString', 'Equals']);
    const own = listMethods(methodsOf(type.scalar), true);
    return type.scalar === 'string' ? [...own, ...without(named(linqNames), own)] : own;
  }
  if (type.kind === 'object') {
    if (type.name === 'Regex')
      return named(['IsMatch', 'Match', 'Matches', 'Replace', 'Split', 'Count']);
    if (type.name === 'ProvisioningOrder') {
      return named([
        'ChangeType',
        'HasChanged',
        'TryGetAddedNavigations',
        'TryGetRemovedNavigations',
        'TryGetScalar',
      ]);
    }
    const table = objectMethods.get(type.name);
    return table === undefined ? [] : listMethods(table, true);
  }
  if (elementType(type) === undefined) return [];
  const own = named(collectionMethodNames(type));
  return [...own, ...without(named(linqNames), own)];
}

function without(
  members: readonly CodeMember[],
  known: readonly CodeMember[],
): readonly CodeMember[] {
  const names = new Set(known.map(({ name }) => name));
  return members.filter(({ name }) => !names.has(name));
}

function named(names: readonly string[]): readonly CodeMember[] {
  return names.map((name) => ({ name, type: 'method', doc: '' }));
}

function listMethods(table: MethodTable, hasReceiver: boolean): readonly CodeMember[] {
  return [...table].map(([name, overloads]) => ({
    name,
    type: overloads[0] === undefined ? 'method' : describeOverload(overloads[0], hasReceiver),
    doc: overloads
      .slice(1)
      .map((one) => describeOverload(one, hasReceiver))
      .join('\n'),
  }));
}

function describeOverload(overload: Overload, hasReceiver: boolean): string {
  const parameters = overload.parameters
    .slice(hasReceiver ? 1 : 0)
    .map(({ type, isAnyText }) => (isAnyText ? 'object' : describeType(type)));
  return `(${parameters.join(', ')}${overload.isVariadic ? '…' : ''}) -> ${describeType(overload.result)}`;
}

function membersOfEntity(identifier: string, model: EntityModel): readonly CodeMember[] {
  const entityType = model.entityTypes.get(identifier);
  if (entityType === undefined) return [];
  const declared = [...entityType.properties.values()].map((property) => ({
    name: property.identifier,
    type: describeProperty(property),
    doc: `${property.kind === 'scalar' ? 'Property' : 'Navigation property'} of ${identifier}`,
  }));
  const known = new Set(declared.map(({ name }) => name));
  const own = [
    { name: 'Id', type: 'long', doc: `Internal number of the ${identifier}` },
    { name: 'InternalDisplayName', type: 'string', doc: `Name shown for the ${identifier}` },
  ].filter(({ name }) => !known.has(name));
  return sorted([...declared, ...own]);
}

function describeProperty(property: Property): string {
  if (property.kind === 'scalar') return describeType(typeOfProperty(property.type));
  return property.isCollection ? `IEnumerable<${property.target}>` : property.target;
}

/** Static members of a class; empty for names that are none. */
export function membersOfClass(name: string): readonly CodeMember[] {
  if (name === 'assignment')
    return assignmentMembers.map((one) => ({ name: one, type: 'property', doc: '' }));
  if (name === 'logger') return named(['LogDebug']);
  if (name === 'queryHandler') return named(['Select']);
  const table = staticClasses.get(name);
  if (table === undefined) return [];
  const constants = [...staticConstants]
    .filter(([key]) => key.startsWith(`${name}.`))
    .map(([key, [type]]) => ({ name: key.slice(name.length + 1), type, doc: '' }));
  const clock = name === 'DateTime' ? ['Now', 'UtcNow', 'Today'] : [];
  const patterns =
    name === 'Regex' ? ['IsMatch', 'Match', 'Matches', 'Replace', 'Split', 'Escape'] : [];
  return sorted([
    ...constants,
    ...clock.map((one) => ({ name: one, type: 'DateTime', doc: 'From the clock of the run' })),
    ...named(patterns),
    ...listMethods(table, false),
  ]);
}

/** Names that may begin an expression: variables first, then what is always there. */
export function namesInScope(state: CheckState): readonly CodeMember[] {
  const variables = state.scopes
    .toReversed()
    .flatMap((scope) => [...scope.values()])
    .filter(({ name }) => !name.startsWith(' '))
    .map(({ name, type }) => ({ name, type: describeType(type), doc: 'Variable' }));
  const order = state.orderOf === undefined ? [] : ['provisioningOrder'];
  const implicit = ['assignment', 'logger', 'queryHandler', ...order].map((name) => ({
    name,
    type: 'object',
    doc: 'Always there',
  }));
  const classes = [...staticClasses.keys()].map((name) => ({ name, type: 'class', doc: '' }));
  return [...variables, ...implicit, ...classes];
}

function sorted(members: readonly CodeMember[]): readonly CodeMember[] {
  return members.toSorted((a, b) => Number(a.name > b.name) - Number(a.name < b.name));
}
