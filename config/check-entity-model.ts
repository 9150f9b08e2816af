/** Builds the entity model as far as it can be known, and checks keys and associations. */
import type { Names } from './check-names.ts';
import type { Findings } from './diagnostics.ts';
import { displayBindings } from './display-name.ts';
import type {
  Association,
  EntityModel,
  EntityType,
  NavigationProperty,
  Property,
  ScalarProperty,
} from './entity-model.ts';
import { findNearestName, suggest } from './nearest-name.ts';
import { childrenNamed, type Declared, textOf, valuesOf } from './schema/declare.ts';
import { entityAssociation, entityTypeProperty } from './schema/entity-elements.ts';
import { positionOf, spanInValue, spanOfName, spanOfValue } from './source/element-tree.ts';

export interface CheckedEntityModel {
  readonly model: EntityModel;
  /**
   * Names whose meaning a finding has put in doubt. What an expression says about them is not worth a second finding.
   */
  readonly doubtfulWords: ReadonlySet<string>;
  /** All declared properties of an entity type, sound or not; `undefined` when the type is not declared. */
  declaredProperties(entityType: string): readonly string[] | undefined;
}

interface Draft {
  readonly declared: Declared;
  readonly properties: ReadonlyMap<string, Declared>;
}

export function checkEntityModel(names: Names, findings: Findings): CheckedEntityModel {
  const drafts = new Map<string, Draft>();
  const doubtful = new Set<string>();
  for (const declared of names.all('EntityType')) {
    const identifier = textOf(declared, 'Identifier');
    if (identifier === undefined || identifier === '' || drafts.has(identifier)) continue;
    drafts.set(identifier, { declared, properties: propertiesOf(declared, doubtful) });
  }
  const associations = new Map<string, Association>();
  const navigation = new Map<string, NavigationProperty>();
  for (const declared of names.all('EntityAssociation')) {
    const association = checkAssociation(declared, drafts, names, navigation, doubtful, findings);
    if (association !== undefined && !associations.has(association.identifier)) {
      associations.set(association.identifier, association);
    }
  }
  const entityTypes = new Map<string, EntityType>();
  const bindings = displayBindings(names);
  for (const [identifier, draft] of drafts) {
    const displayBinding = bindings.get(identifier);
    const options = { navigation, doubtful, displayBinding, drafts };
    const built = buildEntityType(identifier, draft, options, names, findings);
    entityTypes.set(identifier, built);
  }
  return {
    model: { entityTypes, associations },
    doubtfulWords: doubtful,
    declaredProperties: (name) => {
      const draft = drafts.get(name);
      return draft === undefined ? undefined : [...draft.properties.keys()];
    },
  };
}

function propertiesOf(declared: Declared, doubtful: Set<string>): ReadonlyMap<string, Declared> {
  const properties = new Map<string, Declared>();
  for (const property of childrenNamed(declared, 'Property')) {
    const name = textOf(property, 'Identifier');
    if (name === undefined || name === '' || properties.has(name)) continue;
    properties.set(name, property);
    if (!property.isSound) doubtful.add(name);
  }
  return properties;
}

interface EntityTypeOptions {
  readonly navigation: ReadonlyMap<string, NavigationProperty>;
  readonly doubtful: Set<string>;
  readonly displayBinding: string | undefined;
  readonly drafts: ReadonlyMap<string, Draft>;
}

function buildEntityType(
  identifier: string,
  draft: Draft,
  { navigation, doubtful, displayBinding, drafts }: EntityTypeOptions,
  names: Names,
  findings: Findings,
): EntityType {
  const properties = new Map<string, Property>();
  const keys: string[] = [];
  for (const [name, declared] of draft.properties) {
    const { Type, IsKey, HistoryPrecision } = valuesOf(declared, entityTypeProperty);
    const way = navigation.get(`${identifier}:${name}`);
    if (way !== undefined) {
      const grouping = checkGrouping(declared, way, drafts, names, findings);
      properties.set(name, { ...way, ...grouping, at: positionOf(declared.source) });
      if (IsKey) reportNavigationKey(declared, identifier, name, findings);
      continue;
    }
    if (Type === 'ForeignKey') {
      if (!doubtful.has(name) && !names.isDoubtful(name))
        reportLonelyForeignKey(declared, identifier, name, findings);
      doubtful.add(name);
      continue;
    }
    if (IsKey) keys.push(name);
    reportGroupedScalar(declared, identifier, name, findings);
    const at = positionOf(declared.source);
    const precision = HistoryPrecision > 0 ? { historyPrecisionMinutes: HistoryPrecision } : {};
    const scalar = { kind: 'scalar', identifier: name, type: Type, isKey: IsKey } as const;
    properties.set(name, { ...scalar, ...precision, at });
  }
  const hasDoubt = [...draft.properties.values()].some((property) => !property.isSound);
  if (
    keys.length === 0 &&
    !hasDoubt &&
    draft.declared.source.children.length === draft.properties.size
  ) {
    findings.report(spanOfName(draft.declared.source), {
      code: 'CONFIG_KEY_MISSING',
      message: `EntityType "${identifier}" has no key: rules could not name its resources.`,
      hint: 'Set IsKey="true" on at least one scalar property.',
    });
  }
  return {
    identifier,
    displayName: textOf(draft.declared, 'DisplayName_L1') ?? identifier,
    properties,
    keys,
    displayProperty: chooseDisplayProperty([...properties.values()], displayBinding),
    at: positionOf(draft.declared.source),
  };
}

/** `GroupByProperty` of a navigation property names a property of the entity type it leads to. */
function checkGrouping(
  declared: Declared,
  { target }: NavigationProperty,
  drafts: ReadonlyMap<string, Draft>,
  names: Names,
  findings: Findings,
): { readonly groupByProperty?: string } {
  const attribute = declared.written.get('GroupByProperty');
  if (attribute === undefined || attribute.value === '') return {};
  const groupByProperty = propertyPart(attribute.value);
  const known = drafts.get(target)?.properties;
  if (known === undefined || known.has(groupByProperty)) return { groupByProperty };
  if (names.isDoubtful(groupByProperty)) return {};
  const offset = attribute.value.length - groupByProperty.length;
  findings.report(spanInValue(attribute, offset, groupByProperty.length), {
    code: 'CONFIG_REFERENCE_UNKNOWN',
    message: `EntityType "${target}" has no property "${groupByProperty}".`,
    hint:
      suggest(groupByProperty, known.keys()) ??
      `Name a property of ${target}, where this navigation property leads.`,
  });
  return {};
}

function reportGroupedScalar(
  declared: Declared,
  owner: string,
  name: string,
  findings: Findings,
): void {
  const attribute = declared.written.get('GroupByProperty');
  if (attribute === undefined) return;
  findings.report(spanOfValue(attribute), {
    code: 'CONFIG_PROPERTY_KIND_WRONG',
    severity: 'warning',
    message: `${owner}:${name} is a scalar property; GroupByProperty counts on navigation properties only.`,
    hint: 'Put it on the navigation property that rules fill, such as the groups of an account.',
  });
}

/** The scalar an expression takes over; else the first whose name holds "name"; else the first. */
function chooseDisplayProperty(
  properties: readonly Property[],
  displayBinding: string | undefined,
): string {
  const scalars = properties.filter((each): each is ScalarProperty => each.kind === 'scalar');
  if (scalars.some(({ identifier }) => identifier === displayBinding)) return displayBinding ?? '';
  const named = scalars.find(({ identifier }) => identifier.toLowerCase().includes('name'));
  return (named ?? scalars[0])?.identifier ?? '';
}

function reportNavigationKey(
  declared: Declared,
  owner: string,
  name: string,
  findings: Findings,
): void {
  const attribute = declared.written.get('IsKey');
  findings.report(attribute === undefined ? spanOfName(declared.source) : spanOfValue(attribute), {
    code: 'CONFIG_KEY_INVALID',
    message: `${owner}:${name} is a navigation property and cannot be a key.`,
    hint: 'Set IsKey on a scalar property.',
  });
}

function reportLonelyForeignKey(
  declared: Declared,
  owner: string,
  name: string,
  findings: Findings,
): void {
  const attribute = declared.written.get('Type');
  findings.report(attribute === undefined ? spanOfName(declared.source) : spanOfValue(attribute), {
    code: 'CONFIG_ASSOCIATION_MISSING',
    message: `${owner}:${name} has the type ForeignKey, but no EntityAssociation says where it leads.`,
    hint: `Add an EntityAssociation with Property1="${owner}:${name}", or give the property a scalar type.`,
  });
}

interface End {
  readonly type: string;
  readonly property: string;
}

function checkAssociation(
  declared: Declared,
  drafts: ReadonlyMap<string, Draft>,
  names: Names,
  navigation: Map<string, NavigationProperty>,
  doubtful: Set<string>,
  findings: Findings,
): Association | undefined {
  const values = valuesOf(declared, entityAssociation);
  const end1 = checkEnd(declared, 'Property1', drafts, names, doubtful, findings);
  const end2 = checkEnd(declared, 'Property2', drafts, names, doubtful, findings);
  if (end1 === undefined || end2 === undefined || values.Identifier === '' || !declared.isSound) {
    for (const text of [values.Property1, values.Property2]) doubtful.add(propertyPart(text));
    return undefined;
  }
  const keys = [`${end1.type}:${end1.property}`, `${end2.type}:${end2.property}`] as const;
  const taken = keys.map((key) => navigation.get(key)).find((found) => found !== undefined);
  if (keys[0] === keys[1] || taken !== undefined) {
    const attribute = declared.written.get(navigation.has(keys[0]) ? 'Property1' : 'Property2');
    findings.report(
      attribute === undefined ? spanOfName(declared.source) : spanOfValue(attribute),
      {
        code: 'CONFIG_ASSOCIATION_INVALID',
        message:
          taken === undefined
            ? `EntityAssociation "${values.Identifier}" has the same property on both sides.`
            : `${attribute?.value ?? ''} already belongs to EntityAssociation "${taken.association}".`,
        hint: 'Each side of each association needs a property of its own.',
      },
    );
    return undefined;
  }
  const at = positionOf(declared.source);
  const add = (from: End, to: End, isCollection: boolean, side: 1 | 2): void => {
    navigation.set(`${from.type}:${from.property}`, {
      kind: 'navigation',
      identifier: from.property,
      target: to.type,
      isCollection,
      association: values.Identifier,
      side,
      reverse: to.property,
      at,
    });
  };
  add(end1, end2, values.IsProperty1Collection, 1);
  add(end2, end1, values.IsProperty2Collection, 2);
  return {
    identifier: values.Identifier,
    type1: end1.type,
    property1: end1.property,
    isProperty1Collection: values.IsProperty1Collection,
    type2: end2.type,
    property2: end2.property,
    isProperty2Collection: values.IsProperty2Collection,
    at,
  };
}

function checkEnd(
  declared: Declared,
  attributeName: 'Property1' | 'Property2',
  drafts: ReadonlyMap<string, Draft>,
  names: Names,
  doubtful: Set<string>,
  findings: Findings,
): End | undefined {
  const attribute = declared.written.get(attributeName);
  if (attribute === undefined) return undefined;
  const split = splitTypeProperty(attribute.value);
  // A wrong form or an unknown type is reported with all other references.
  if (split === undefined) return undefined;
  const draft = drafts.get(split.type);
  if (draft === undefined) return undefined;
  if (draft.properties.has(split.property)) return split;
  if (names.isDoubtful(split.property)) return undefined;
  // The property that was meant then lacks its association, which is the same mistake.
  const meant = findNearestName(split.property, draft.properties.keys());
  if (meant !== undefined) doubtful.add(meant);
  findings.report(spanInValue(attribute, split.type.length + 1, split.property.length), {
    code: 'CONFIG_REFERENCE_UNKNOWN',
    message: `EntityType "${split.type}" does not declare the property "${split.property}".`,
    hint:
      suggest(split.property, draft.properties.keys()) ??
      `Declare it: <Property Identifier="${split.property}" Type="ForeignKey" /> in ${split.type}.`,
  });
  return undefined;
}

/** The two halves of `EntityType:Property`. */
export function splitTypeProperty(text: string): End | undefined {
  const parts = text.split(':');
  const [type, property] = parts;
  if (parts.length !== 2 || type === undefined || property === undefined) return undefined;
  return type === '' || property === '' ? undefined : { type, property };
}

/** The property's name in `Type:Property` or `Property`. */
export function propertyPart(text: string): string {
  return text.slice(text.lastIndexOf(':') + 1);
}
