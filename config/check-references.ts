/** Checks that what elements refer to exists: elements, entity types, properties. */
import { type CheckedEntityModel, propertyPart, splitTypeProperty } from './check-entity-model.ts';
import type { Names } from './check-names.ts';
import type { Findings } from './diagnostics.ts';
import type { Severity } from './errors.ts';
import { suggest } from './nearest-name.ts';
import type { AttributeType, PropertyOwner } from './schema/attribute.ts';
import { type Declared, shorten, textOf } from './schema/declare.ts';
import { type SourceAttribute, spanInValue, spanOfValue } from './source/element-tree.ts';

interface Context {
  readonly names: Names;
  readonly entities: CheckedEntityModel;
  readonly findings: Findings;
}

export function checkReferences(
  declared: readonly Declared[],
  names: Names,
  entities: CheckedEntityModel,
  findings: Findings,
): void {
  const context: Context = { names, entities, findings };
  for (const element of declared) checkElement(context, element);
}

function checkElement(context: Context, element: Declared): void {
  const { attributes } = element.definition;
  for (const { name, type } of attributes) {
    const attribute = element.written.get(name);
    const value = textOf(element, name);
    if (attribute === undefined || value === undefined || value === '') continue;
    checkAttribute(context, element, attribute, type, value);
  }
  for (const child of element.children) checkElement(context, child);
}

function checkAttribute(
  context: Context,
  element: Declared,
  attribute: SourceAttribute,
  type: AttributeType,
  value: string,
): void {
  switch (type.kind) {
    case 'reference':
      // Scaffoldings make tasks of their own: tasks are looked up when jobs are put together.
      if (type.scope !== 'Task') checkIdentifier(context, element, attribute, type.scope, value);
      return;
    case 'property':
      checkProperty(context, element, attribute, type.owner, type.holds, value);
      return;
    case 'type-property':
      checkTypeProperty(context, element, attribute, type.holds, value);
      return;
    default:
  }
}

/**
 * An element without effect may name what scaffoldings, people or the vocabulary's own server provide: there only what
 * looks like a slip of the pen is reported, as a warning.
 */
function checkIdentifier(
  { names, findings }: Context,
  element: Declared,
  attribute: SourceAttribute,
  scope: string,
  value: string,
): void {
  if (names.find(scope, value) !== undefined || names.isDoubtful(value)) return;
  const suggestion = suggest(value, names.identifiersOf(scope));
  const isWritten = attribute.source.generated === undefined;
  if (isWithoutEffect(element) && (suggestion === undefined || !isWritten)) return;
  findings.report(spanOfValue(attribute), {
    code: 'CONFIG_REFERENCE_UNKNOWN',
    severity: severityOf(element),
    message: `There is no ${scope} "${shorten(value)}".`,
    hint: suggestion ?? `Declare it, or correct ${attribute.name}.`,
  });
}

/** True inside an element without effect too. */
function isWithoutEffect(element: Declared): boolean {
  if (element.definition.status === 'not-yet-used') return true;
  return element.parent !== undefined && isWithoutEffect(element.parent);
}

function severityOf(element: Declared): Severity {
  return isWithoutEffect(element) ? 'warning' : 'error';
}

function checkTypeProperty(
  context: Context,
  element: Declared,
  attribute: SourceAttribute,
  holds: 'scalar' | 'navigation' | 'any',
  value: string,
): void {
  const split = splitTypeProperty(value);
  if (split === undefined) {
    context.findings.report(spanOfValue(attribute), {
      code: 'CONFIG_VALUE_INVALID',
      severity: severityOf(element),
      message: `"${shorten(value)}" is not a value of ${attribute.name}, which is EntityType:Property.`,
      hint: 'Write the entity type, a colon, and the property.',
    });
    return;
  }
  if (context.entities.declaredProperties(split.type) === undefined) {
    if (context.names.isDoubtful(split.type)) return;
    const suggestion = suggest(split.type, context.names.identifiersOf('EntityType'));
    if (isWithoutEffect(element) && suggestion === undefined) return;
    context.findings.report(spanInValue(attribute, 0, split.type.length), {
      code: 'CONFIG_REFERENCE_UNKNOWN',
      severity: severityOf(element),
      message: `There is no EntityType "${split.type}".`,
      hint: suggestion ?? 'Declare it, or correct the name.',
    });
    return;
  }
  // The sides of an association are checked with the association.
  if (element.definition.name === 'EntityAssociation') return;
  const offset = split.type.length + 1;
  checkPropertyOf(context, element, attribute, offset, split.type, split.property, holds);
}

function checkProperty(
  context: Context,
  element: Declared,
  attribute: SourceAttribute,
  owner: PropertyOwner,
  holds: 'scalar' | 'navigation' | 'any',
  value: string,
): void {
  const type = ownerOf(context.names, element, owner);
  if (type === undefined) return;
  const property = propertyPart(value);
  if (/^InternalDisplayName(_L\d+)?$/.test(property) && holds === 'any') return;
  checkPropertyOf(
    context,
    element,
    attribute,
    value.length - property.length,
    type,
    property,
    holds,
  );
}

function checkPropertyOf(
  context: Context,
  element: Declared,
  attribute: SourceAttribute,
  offset: number,
  type: string,
  property: string,
  holds: 'scalar' | 'navigation' | 'any',
): void {
  const { entities, findings, names } = context;
  const declared = entities.declaredProperties(type);
  if (declared === undefined || names.isDoubtful(property)) return;
  const span = spanInValue(attribute, offset, property.length);
  if (!declared.includes(property)) {
    findings.report(span, {
      code: 'CONFIG_REFERENCE_UNKNOWN',
      severity: severityOf(element),
      message: `EntityType "${type}" has no property "${shorten(property)}".`,
      hint: suggest(property, declared) ?? `Declare it in ${type}, or correct the name.`,
    });
    return;
  }
  if (entities.doubtfulWords.has(property) || holds === 'any') return;
  const kind = entities.model.entityTypes.get(type)?.properties.get(property)?.kind;
  if (kind === undefined || kind === holds) return;
  findings.report(span, {
    code: 'CONFIG_PROPERTY_KIND_WRONG',
    severity: severityOf(element),
    message: `${type}:${property} is a ${kind} property; a ${holds} property belongs here.`,
    hint:
      kind === 'navigation'
        ? 'Links come from an EntityAssociationMapping, a NavigationRule or a QueryRule.'
        : 'Values come from a ScalarRule; a navigation property needs an EntityAssociation.',
  });
}

/** The entity type a property reference belongs to, when it can be known. */
export function ownerOf(names: Names, element: Declared, owner: PropertyOwner): string | undefined {
  if ('isElsewhere' in owner) return undefined;
  if ('attribute' in owner) return textOf(element, owner.attribute);
  if ('resourceTypeAttribute' in owner) {
    return targetOf(names, textOf(element, owner.resourceTypeAttribute));
  }
  const { parent } = element;
  if (parent === undefined) return undefined;
  if ('parentAttribute' in owner) return textOf(parent, owner.parentAttribute);
  return targetOf(names, textOf(parent, 'Identifier'));
}

function targetOf(names: Names, identifier: string | undefined): string | undefined {
  const resourceType = names.find('ResourceType', identifier ?? '');
  return resourceType === undefined ? undefined : textOf(resourceType, 'TargetEntityType');
}
