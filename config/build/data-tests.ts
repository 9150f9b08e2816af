/** Data tests of the model, from declarations that have passed all checks. */
import { splitValues } from '../check-data-tests.ts';
import { propertyPart, splitTypeProperty } from '../check-entity-model.ts';
import type { DataTest } from '../data-test.ts';
import { compareText } from '../diagnostics.ts';
import type { EntityModel } from '../entity-model.ts';
import { normalizeScalar } from '../expression/scalar-text.ts';
import { compilePattern } from '../match-pattern.ts';
import {
  acceptedValuesTest,
  dataTestElements,
  freshnessTest,
  matchesTest,
  notNullTest,
  relationshipTest,
  rowCountTest,
  uniqueTest,
} from '../schema/data-test-elements.ts';
import { type Declared, textOf, valuesOf } from '../schema/declare.ts';
import { positionOf } from '../source/element-tree.ts';
import type { RuleSources } from './rules.ts';

type Sources = RuleSources & { readonly entities: { readonly model: EntityModel } };
type Common = Omit<DataTest, 'kind' | 'property'>;

export function buildDataTests(sources: Sources): readonly DataTest[] {
  const tests = dataTestElements.flatMap(({ name }) =>
    sources.names.all(name).map((declared) => buildDataTest(sources, declared)),
  );
  return tests.sort(
    (a, b) =>
      compareText(a.at.file, b.at.file) || a.at.line - b.at.line || a.at.column - b.at.column,
  );
}

function buildDataTest(sources: Sources, declared: Declared): DataTest {
  const common = buildCommon(sources, declared);
  switch (declared.definition.name) {
    case uniqueTest.name: {
      const { Property, Within } = valuesOf(declared, uniqueTest);
      return {
        ...common,
        kind: 'Unique',
        property: propertyPart(Property),
        ...(Within === undefined ? {} : { within: propertyPart(Within) }),
      };
    }
    case notNullTest.name: {
      const { Property } = valuesOf(declared, notNullTest);
      return { ...common, kind: 'NotNull', property: propertyPart(Property) };
    }
    case acceptedValuesTest.name:
      return buildAcceptedValues(sources, common, declared);
    case matchesTest.name: {
      const { Property, Pattern, IgnoreCase } = valuesOf(declared, matchesTest);
      const compiled = compilePattern(Pattern, IgnoreCase);
      if (compiled.status !== 'compiled') throw unchecked(declared);
      const { matches } = compiled;
      return {
        ...common,
        kind: 'Matches',
        property: propertyPart(Property),
        pattern: Pattern,
        matches,
      };
    }
    case relationshipTest.name: {
      const { Property } = valuesOf(declared, relationshipTest);
      const target = splitTypeProperty(textOf(declared, 'To') ?? '');
      return {
        ...common,
        kind: 'Relationship',
        property: propertyPart(Property),
        ...(target === undefined
          ? {}
          : { target: { entityType: target.type, property: target.property } }),
      };
    }
    case freshnessTest.name: {
      const { Property, MaximumAgeHours } = valuesOf(declared, freshnessTest);
      return {
        ...common,
        kind: 'Freshness',
        ...(Property === undefined ? {} : { property: propertyPart(Property) }),
        maximumAgeHours: MaximumAgeHours,
      };
    }
    case rowCountTest.name: {
      const { Minimum, Maximum, MaximumChangePercent } = valuesOf(declared, rowCountTest);
      return {
        ...common,
        kind: 'RowCount',
        ...(Minimum === undefined ? {} : { minimum: Minimum }),
        ...(Maximum === undefined ? {} : { maximum: Maximum }),
        ...(MaximumChangePercent === undefined
          ? {}
          : { maximumChangePercent: MaximumChangePercent }),
      };
    }
    default:
      throw unchecked(declared);
  }
}

function buildCommon({ expressions }: Sources, declared: Declared): Common {
  // Every data test has these attributes; those without a tolerance give `undefined` for it.
  const values = valuesOf(declared, notNullTest);
  const where = expressions.find(declared, 'where');
  const { ToleratedFailures: failures, ToleratedPercent: percent } = values;
  return {
    identifier: values.Identifier,
    displayName: textOf(declared, 'DisplayName_L1') ?? values.Identifier,
    entityType: values.EntityType,
    severity: values.Severity,
    ...(failures === undefined ? {} : { toleratedFailures: failures }),
    ...(percent === undefined ? {} : { toleratedPercent: percent }),
    ...(where === undefined ? {} : { where }),
    at: positionOf(declared.source),
  };
}

function buildAcceptedValues({ entities }: Sources, common: Common, declared: Declared): DataTest {
  const { Property, Values, Separator } = valuesOf(declared, acceptedValuesTest);
  const name = propertyPart(Property);
  const property = entities.model.entityTypes.get(common.entityType)?.properties.get(name);
  const type = property?.kind === 'scalar' ? property.type : 'String';
  const values = splitValues(Values, Separator).map(
    ({ text }) => normalizeScalar(type, text) ?? text,
  );
  return { ...common, kind: 'AcceptedValues', property: name, values: [...new Set(values)] };
}

/** Only a hole in the checks leads here. */
function unchecked(declared: Declared): Error {
  return new Error(`${declared.definition.name} was built without having been checked.`);
}
