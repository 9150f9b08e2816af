/** `EntityTypeDisplayName`: which property names the resources of an entity type. */

import { propertyPart } from '../check-entity-model.ts';
import type { Names } from '../check-names.ts';
import { textOf } from '../schema/declare.ts';
import { type ScalarFacts, scalarsOf } from './entity-survey.ts';
import type { Expand } from './expansion-context.ts';

const displayName = 'InternalDisplayName';

/** One expression, or one per language when the property has variants; none where one is written by hand. */
export const expandDisplayName: Expand = (scaffolding, { names }) => {
  const entityType = scaffolding.written.get('EntityType');
  const scalars = entityType === undefined ? undefined : scalarsOf(names, entityType.value);
  if (entityType === undefined || scalars === undefined) return [];
  const given = scaffolding.written.get('Property');
  const chosen = given === undefined ? chooseProperty(scalars) : propertyPart(given.value);
  if (chosen === undefined) return [];
  const variants = variantsOf(chosen, scalars, names);
  const computed: readonly (readonly [string, string])[] =
    variants.length > 0 ? variants : [[displayName, chosen]];
  return computed
    .map(([property, source]) => ({
      name: 'EntityPropertyExpression',
      attributes: {
        Identifier: `${entityType.value}_${property}`,
        EntityType: entityType,
        Property: property,
        Binding: `${entityType.value}:${source}`,
      },
    }))
    .filter(
      ({ attributes }) =>
        !isComputed(names, entityType.value, attributes.Property, attributes.Identifier),
    );
};

/** The first text with "name" in its name, by storage column; else the first key that is a text; else the first. */
function chooseProperty(scalars: readonly ScalarFacts[]): string | undefined {
  const texts = scalars.filter(({ type }) => type === 'String');
  const named = texts
    .filter(({ identifier }) => /name/i.test(identifier))
    .sort((a, b) => a.columnIndex - b.columnIndex);
  const chosen = named[0] ?? texts.find(({ isKey }) => isKey) ?? scalars[0];
  return chosen?.neutral === undefined ? chosen?.identifier : propertyPart(chosen.neutral);
}

/** `InternalDisplayName_Ln` and the variant for it, in order of the languages' numbers. */
function variantsOf(
  neutral: string,
  scalars: readonly ScalarFacts[],
  names: Names,
): readonly (readonly [string, string])[] {
  const numbered = scalars.flatMap((each) => {
    if (each.neutral === undefined || propertyPart(each.neutral) !== neutral) return [];
    const language = names.find('Language', each.language ?? '');
    const number = language === undefined ? undefined : Number(language.values['IndicatorNumber']);
    return number === undefined ? [] : [{ number, identifier: each.identifier }];
  });
  return numbered
    .sort((a, b) => a.number - b.number)
    .map(({ number, identifier }) => [`${displayName}_L${number}`, identifier] as const);
}

/** True when another expression written by hand computes the property; one of the same name is consolidated. */
function isComputed(
  names: Names,
  entityType: string,
  property: string,
  identifier: string,
): boolean {
  return names
    .all('EntityPropertyExpression')
    .some(
      (each) =>
        textOf(each, 'EntityType') === entityType &&
        propertyPart(textOf(each, 'Property') ?? '') === property &&
        textOf(each, 'Identifier') !== identifier,
    );
}
