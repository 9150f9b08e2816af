/** The entity type that a binding or an expression starts from, by the attribute it stands in. */
import { propertyPart } from '../check-entity-model.ts';
import { compileExpression } from '../expression/compile.ts';
import type { CompileRequest } from '../expression/compile-request.ts';
import { isCode } from '../expression/form.ts';
import type { PropertyOwner } from '../schema/attribute.ts';
import { type Declared, textOf } from '../schema/declare.ts';
import { entityTypeOf, type Scene } from './scene.ts';
import { walkBinding } from './walk-binding.ts';

/** An element as far as it is written: what a declared one and the scan around a cursor have in common. */
export interface WrittenElement {
  readonly name: string;
  readonly parent: WrittenElement | undefined;
  text(attribute: string): string | undefined;
}

export function asWritten(element: Declared): WrittenElement {
  return {
    name: element.definition.name,
    parent: element.parent === undefined ? undefined : asWritten(element.parent),
    text: (attribute) => textOf(element, attribute),
  };
}

/** `undefined` where nothing is known about the attribute, or the names it depends on lead nowhere. */
export function rootOf(
  element: WrittenElement,
  attribute: string,
  scene: Scene,
): string | undefined {
  const { parent } = element;
  switch (element.name) {
    case 'EntityPropertyExpression':
      return element.text('EntityType');
    case 'ResourceType':
      return element.text('SourceEntityType');
    case 'ScalarRule':
    case 'BinaryRule':
      return parent?.text('SourceEntityType');
    case 'QueryRule':
      return attribute.startsWith('Target')
        ? targetOfProperty(parent?.text('TargetEntityType'), element.text('Property'), scene)
        : parent?.text('SourceEntityType');
    case 'ResourceCorrelationRule':
    case 'ResourceClassificationRule': {
      const side = attribute.startsWith('Target') ? 'TargetEntityType' : 'SourceEntityType';
      return ofResourceType(element.text('ResourceType'), side, scene);
    }
    case 'ContextRule':
      return /^Resources(Binding|Expression)$/.test(attribute)
        ? element.text('SourceEntityType')
        : recordTypeOf(element, scene);
    case 'RecordSection':
      return element.text('ResourceEntityType');
    default:
      return undefined;
  }
}

/** The entity type whose property an attribute names. */
export function ownerOfProperty(
  element: WrittenElement,
  owner: PropertyOwner,
  scene: Scene,
): string | undefined {
  if ('attribute' in owner) return element.text(owner.attribute);
  if ('parentAttribute' in owner) return element.parent?.text(owner.parentAttribute);
  if ('isElsewhere' in owner) return undefined;
  const named =
    'resourceTypeAttribute' in owner
      ? element.text(owner.resourceTypeAttribute)
      : element.parent?.text('Identifier');
  return ofResourceType(named, 'TargetEntityType', scene);
}

function ofResourceType(
  identifier: string | undefined,
  side: 'SourceEntityType' | 'TargetEntityType',
  scene: Scene,
): string | undefined {
  const found = scene.names.find('ResourceType', identifier ?? '');
  return found === undefined ? undefined : textOf(found, side);
}

function targetOfProperty(
  entityType: string | undefined,
  property: string | undefined,
  scene: Scene,
): string | undefined {
  const found = entityTypeOf(scene, entityType)?.properties.get(propertyPart(property ?? ''));
  return found?.kind === 'navigation' ? found.target : undefined;
}

/** Without records of their own, identities are their only records. */
function recordTypeOf(rule: WrittenElement, scene: Scene): string | undefined {
  const source = rule.text('SourceEntityType');
  const binding = rule.text('ResourcesBinding');
  if (binding !== undefined && binding !== '') {
    return walkBinding(binding, source, scene).end?.identifier;
  }
  const expression = rule.text('ResourcesExpression');
  if (expression === undefined || expression === '' || source === undefined) return source;
  const compiled = compileExpression({
    expression,
    root: source,
    expected: { kind: 'resources' },
    isLiteralAllowed: false,
    entityModel: scene.entities.model,
    at: { file: '', line: 1, column: 1 },
  });
  return compiled.status === 'compiled' ? compiled.resultEntityType : undefined;
}

/** A request to look at the code of an attribute, whatever its place expects; `undefined` where its type is not known. */
export function requestOf(
  element: WrittenElement,
  attribute: string,
  text: string,
  scene: Scene,
): CompileRequest | undefined {
  const root = rootOf(element, attribute, scene);
  if (root === undefined || entityTypeOf(scene, root) === undefined) return undefined;
  // Beside a binding the parameter of the code is what the binding leads to.
  const binding = attribute.endsWith('Expression')
    ? element.text(attribute.replace(/Expression$/, 'Binding'))
    : undefined;
  return {
    expression: text,
    ...(binding === undefined || isCode(binding) ? {} : { binding }),
    root,
    expected: { kind: 'key' },
    isLiteralAllowed: true,
    entityModel: scene.entities.model,
    at: { file: '', line: 1, column: 1 },
  };
}
