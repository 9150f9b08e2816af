/** Record sections of the model: which properties each holds, and what its instances are told apart by. */
import { propertyPart } from '../check-entity-model.ts';
import type { CompiledExpressions } from '../check-expressions.ts';
import type { Names } from '../check-names.ts';
import { defaultSectionOf, extendsInto, isBoundary } from '../check-record-sections.ts';
import type { EntityModel } from '../entity-model.ts';
import type { RecordSection } from '../model.ts';
import { recordSection, recordSectionProperty } from '../schema/context-elements.ts';
import { childrenNamed, type Declared, valuesOf } from '../schema/declare.ts';
import { positionOf } from '../source/element-tree.ts';

/** In the order of declaration; empty when the identities of the entity type have none. */
export function buildRecordSections(
  sources: { readonly names: Names; readonly expressions: CompiledExpressions },
  entityModel: EntityModel,
  sourceEntityType: string,
): readonly RecordSection[] {
  const declared = sources.names
    .all('RecordSection')
    .filter((each) => valuesOf(each, recordSection).SourceEntityType === sourceEntityType);
  const defaultSection = defaultSectionOf(declared);
  const boundaries = declared.find(isBoundary) ?? defaultSection;
  const listed = declared.flatMap(propertiesOf);
  return declared.map((each): RecordSection => {
    const values = valuesOf(each, recordSection);
    const isDefault = each === defaultSection;
    const properties = isDefault
      ? unlisted(entityModel, values.ResourceEntityType, listed)
      : propertiesOf(each);
    const { expressions } = sources;
    const instanceKey = expressions.find(each, 'instanceKey');
    const sortKey = expressions.find(each, 'sortKey');
    return {
      identifier: values.Identifier,
      ...(values.StartProperty === undefined
        ? {}
        : { startProperty: propertyPart(values.StartProperty) }),
      ...(values.EndProperty === undefined
        ? {}
        : { endProperty: propertyPart(values.EndProperty) }),
      isDefault,
      isBoundaries: each === boundaries,
      boundaryKind: values.BoundaryKind,
      isExtendable: extendsInto(values.ExtensionKind),
      properties: new Map(
        properties.map(({ property, isExtendable }) => [
          property,
          isExtendable && extendsInto(values.ExtensionKind),
        ]),
      ),
      ...(instanceKey === undefined ? {} : { instanceKey }),
      ...(sortKey === undefined ? {} : { sortKey }),
      ...(values.ExtendedSortKey === undefined ? {} : { extendedSortKey: values.ExtendedSortKey }),
      at: positionOf(each.source),
    };
  });
}

interface SectionProperty {
  readonly property: string;
  readonly isExtendable: boolean;
}

function propertiesOf(section: Declared): readonly SectionProperty[] {
  return childrenNamed(section, 'Property').map((child) => {
    const { Property, ExtensionKind } = valuesOf(child, recordSectionProperty);
    return { property: propertyPart(Property), isExtendable: extendsInto(ExtensionKind) };
  });
}

function unlisted(
  entityModel: EntityModel,
  recordEntityType: string,
  listed: readonly SectionProperty[],
): readonly SectionProperty[] {
  const elsewhere = new Set(listed.map(({ property }) => property));
  const all = entityModel.entityTypes.get(recordEntityType)?.properties.keys() ?? [];
  return [...all]
    .filter((property) => !elsewhere.has(property))
    .map((property) => ({ property, isExtendable: true }));
}
