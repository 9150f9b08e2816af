/** Checks mappings: keys, tables, sides of association mappings, thresholds. */
import { type CheckedEntityModel, splitTypeProperty } from './check-entity-model.ts';
import type { Names } from './check-names.ts';
import type { Findings } from './diagnostics.ts';
import type { Association } from './entity-model.ts';
import { suggest } from './nearest-name.ts';
import {
  connector,
  entityAssociationMapping,
  entityTypeMapping,
  propertyMapping,
} from './schema/connector-elements.ts';
import { childrenNamed, type Declared, shorten, textOf, valuesOf } from './schema/declare.ts';
import type { Values } from './schema/element.ts';
import { type Span, spanOfName, spanOfValue } from './source/element-tree.ts';
import { isValueFormat, valueFormatNames } from './value-formats.ts';

const maximumUniqueKeys = 3;

export function checkMappings(
  names: Names,
  entities: CheckedEntityModel,
  findings: Findings,
): void {
  for (const mapping of names.all('EntityTypeMapping')) checkMapping(mapping, findings);
  for (const mapping of names.all('EntityAssociationMapping')) {
    checkAssociationMapping(mapping, names, entities, findings);
  }
  const mappings = Map.groupBy(
    names.all('EntityTypeMapping').map((mapping) => valuesOf(mapping, entityTypeMapping)),
    (mapping) => mapping.Connector ?? '',
  );
  for (const declared of names.all('Connector')) {
    const own = mappings.get(textOf(declared, 'Identifier') ?? '') ?? [];
    checkThresholds(declared, own, findings);
  }
}

/** The span of an attribute's value, or of the element's name when it is not written. */
export function spanOf(declared: Declared, attributeName: string): Span {
  const attribute = declared.written.get(attributeName);
  return attribute === undefined ? spanOfName(declared.source) : spanOfValue(attribute);
}

function checkMapping(mapping: Declared, findings: Findings): void {
  const { Identifier, Connector } = valuesOf(mapping, entityTypeMapping);
  if (Connector === undefined && !mapping.written.has('Connector')) {
    findings.report(spanOfName(mapping.source), {
      code: 'CONFIG_ATTRIBUTE_MISSING',
      message: `EntityTypeMapping "${Identifier}" needs the attribute Connector.`,
      hint: 'Name the connector whose export writes the table.',
    });
  }
  const properties = childrenNamed(mapping, 'Property');
  const isSound =
    properties.every((property) => property.isSound) &&
    properties.length === mapping.source.children.length;
  // Read one by one: thousands of properties pass here, and giving each all of its values costs most of this check.
  const primary = properties.filter((each) => each.values['IsPrimaryKey'] === true);
  if (primary.length === 0 && isSound) {
    findings.report(spanOfName(mapping.source), {
      code: 'CONFIG_KEY_MISSING',
      message: `EntityTypeMapping "${Identifier}" has no primary key: rows could not be told apart.`,
      hint: 'Set IsPrimaryKey="true" on the property that is unique and never changes.',
    });
  }
  for (const extra of primary.slice(1)) {
    findings.report(spanOf(extra, 'IsPrimaryKey'), {
      code: 'CONFIG_KEY_INVALID',
      message: `EntityTypeMapping "${Identifier}" has more than one primary key.`,
      hint: 'Keep one; set IsUniqueKey on the others.',
    });
  }
  const unique = properties.filter((each) => each.values['IsUniqueKey'] === true);
  for (const extra of unique.slice(maximumUniqueKeys)) {
    findings.report(spanOf(extra, 'IsUniqueKey'), {
      code: 'CONFIG_KEY_INVALID',
      message: `EntityTypeMapping "${Identifier}" has more than ${maximumUniqueKeys} unique keys.`,
      hint: 'Keep those that association mappings use.',
    });
  }
  for (const property of properties) checkFormat(property, findings);
}

function checkFormat(property: Declared, findings: Findings): void {
  const format = textOf(property, 'Format') ?? '';
  if (format === '' || isValueFormat(format)) return;
  findings.report(spanOf(property, 'Format'), {
    code: 'CONFIG_VALUE_INVALID',
    message: `"${shorten(format)}" is no format of a mapping.`,
    hint: suggest(format, valueFormatNames) ?? hintAtFormats(format),
  });
}

/** Dates of any other form are no matter of a mapping. */
function hintAtFormats(format: string): string {
  const known = `Use one of ${valueFormatNames.join(', ')}.`;
  if (!/[dMyHhms]{2}/.test(format)) return known;
  return `${known} "lockstep csv transform --columns-date" brings dates of other forms into the internal one, before the file is read.`;
}

/** True when the sides of the mapping stand the other way round than those of the association. */
export function areSidesCrossed(
  entityType1: string,
  entityType2: string,
  association: { readonly type1: string; readonly type2: string },
): boolean {
  const { type1, type2 } = association;
  return type1 !== type2 && entityType1 === type2 && entityType2 === type1;
}

/**
 * The association a mapping feeds: the one it names, or without a name the only one between its two entity types.
 * `undefined` where that is none, or not one alone.
 */
export function associationOf(
  values: Values<typeof entityAssociationMapping>,
  associations: ReadonlyMap<string, Association>,
): Association | undefined {
  if (values.Identifier !== undefined) return associations.get(values.Identifier);
  const type1 = splitTypeProperty(values.EntityPropertyMapping1)?.type;
  const type2 = splitTypeProperty(values.EntityPropertyMapping2)?.type;
  const [only, ...others] = [...associations.values()].filter(
    (each) =>
      (each.type1 === type1 && each.type2 === type2) ||
      (each.type1 === type2 && each.type2 === type1),
  );
  return others.length === 0 ? only : undefined;
}

function checkAssociationMapping(
  mapping: Declared,
  names: Names,
  entities: CheckedEntityModel,
  findings: Findings,
): void {
  const values = valuesOf(mapping, entityAssociationMapping);
  const side1 = splitTypeProperty(values.EntityPropertyMapping1);
  const side2 = splitTypeProperty(values.EntityPropertyMapping2);
  if (side1 === undefined || side2 === undefined) return;
  const association = associationOf(values, entities.model.associations);
  const isNamed = mapping.written.has('Identifier');
  if (association === undefined && !isNamed && mapping.isSound) {
    findings.report(spanOfName(mapping.source), {
      code: 'CONFIG_ATTRIBUTE_MISSING',
      message: `${side1.type} and ${side2.type} are not joined by one association alone, so EntityAssociationMapping needs the attribute Identifier.`,
      hint: 'Name the association.',
    });
  }
  if (association !== undefined) {
    const { type1, type2 } = association;
    const expected = `${type1} and ${type2}`;
    const isCrossed = areSidesCrossed(side1.type, side2.type, association);
    for (const [attribute, found, wanted] of [
      ['EntityPropertyMapping1', side1.type, isCrossed ? type2 : type1],
      ['EntityPropertyMapping2', side2.type, isCrossed ? type1 : type2],
    ] as const) {
      if (found === wanted || !entities.model.entityTypes.has(found)) continue;
      findings.report(spanOf(mapping, attribute), {
        code: 'CONFIG_MAPPING_SIDE_INVALID',
        message: `${found} is no side of EntityAssociation "${association.identifier}", which joins ${expected}.`,
        hint: `Name a key property of ${wanted}.`,
      });
    }
    // How a scaffolding writes its mapping is nobody's business.
    if (isCrossed && mapping.source.source.generated === undefined) {
      findings.report(spanOf(mapping, 'EntityPropertyMapping1'), {
        code: 'CONFIG_MAPPING_SIDES_CROSSED',
        severity: 'info',
        message: `The sides of this mapping stand the other way round than those of EntityAssociation "${association.identifier}"; they are matched by entity type.`,
      });
    }
  }
  checkLookup(mapping, 'EntityPropertyMapping1', side1, names, entities, findings);
  checkLookup(mapping, 'EntityPropertyMapping2', side2, names, entities, findings);
}

function checkLookup(
  mapping: Declared,
  attribute: 'EntityPropertyMapping1' | 'EntityPropertyMapping2',
  side: { readonly type: string; readonly property: string },
  names: Names,
  entities: CheckedEntityModel,
  findings: Findings,
): void {
  const property = entities.model.entityTypes.get(side.type)?.properties.get(side.property);
  if (property?.kind !== 'scalar') return;
  const typeMapping = names.find('EntityTypeMapping', side.type);
  if (typeMapping === undefined && names.isDoubtful(side.type)) return;
  if (typeMapping === undefined) {
    findings.report(spanOf(mapping, attribute), {
      code: 'CONFIG_MAPPING_MISSING',
      message: `${side.type} has no EntityTypeMapping: its resources could not be found by ${side.property}.`,
      hint: `Add an EntityTypeMapping for ${side.type}.`,
    });
    return;
  }
  const mapped = childrenNamed(typeMapping, 'Property').find(
    (each) => textOf(each, 'Identifier') === side.property,
  );
  const values = mapped === undefined ? undefined : valuesOf(mapped, propertyMapping);
  const isKey = values?.IsPrimaryKey === true || values?.IsUniqueKey === true;
  const isMappedKey = mapped !== undefined && property.isKey;
  if (!isKey && !isMappedKey && typeMapping.children.every((child) => child.isSound)) {
    findings.report(spanOf(mapping, attribute), {
      code: 'CONFIG_KEY_INVALID',
      message: `${side.type}:${side.property} is no key of its mapping, so that its values may name several resources.`,
      hint: `Set IsUniqueKey="true" on ${side.property} in the EntityTypeMapping of ${side.type}.`,
    });
  }
  const connectorName = textOf(mapping, 'Connector');
  const other = textOf(typeMapping, 'Connector');
  if (other !== undefined && connectorName !== undefined && other !== connectorName) {
    findings.report(spanOf(mapping, attribute), {
      code: 'CONFIG_MAPPING_CONNECTOR_MIXED',
      severity: 'warning',
      message: `${side.type} belongs to the connector "${other}", the mapping to "${connectorName}".`,
      hint: 'Links are found only among resources that are loaded already; synchronize the other connector first.',
    });
  }
}

/** `0` switches a threshold off; every kind of change should be guarded by at least one. */
function checkThresholds(
  declared: Declared,
  mappings: readonly Values<typeof entityTypeMapping>[],
  findings: Findings,
): void {
  const values = valuesOf(declared, connector);
  const kinds = (['Inserted', 'Updated', 'Deleted'] as const).filter(
    (kind) =>
      values[`Maximum${kind}Lines`] === 0 &&
      values[`MaxPercentage${kind}Lines`] === 0 &&
      (mappings.length === 0 ||
        mappings.some(
          (mapping) =>
            mapping[`Maximum${kind}Lines`] === 0 && mapping[`MaxPercentage${kind}Lines`] === 0,
        )),
  );
  if (kinds.length === 0) return;
  findings.report(spanOf(declared, 'Identifier'), {
    code: 'CONFIG_THRESHOLDS_OFF',
    severity: 'warning',
    message: `Nothing limits how many resources of connector "${values.Identifier}" one run may change: ${kinds.join(', ').toLowerCase()}.`,
    hint: 'Set a line count or a percentage above 0 for each kind of change.',
  });
}
