/** Invariants of the model, from declarations that have passed all checks. */
import { splitValues } from '../check-data-tests.ts';
import { propertyPart } from '../check-entity-model.ts';
import { compareText } from '../diagnostics.ts';
import type { Invariant } from '../invariant.ts';
import { type Declared, valuesOf } from '../schema/declare.ts';
import {
  invariantElements,
  maximumChange,
  minimumMembers,
  protectedResources,
  requiredMembers,
} from '../schema/invariant-elements.ts';
import { positionOf } from '../source/element-tree.ts';
import type { RuleSources } from './rules.ts';

export function buildInvariants(sources: RuleSources): readonly Invariant[] {
  const invariants = invariantElements.flatMap(({ name }) =>
    sources.names.all(name).map((declared) => buildInvariant(sources, declared)),
  );
  return invariants.sort((a, b) => compareText(a.identifier, b.identifier));
}

function buildInvariant({ expressions }: RuleSources, declared: Declared): Invariant {
  const at = positionOf(declared.source);
  const split = (list: string | undefined, separator: string | undefined): readonly string[] =>
    splitValues(list ?? '', separator).map(({ text }) => text);
  switch (declared.definition.name) {
    case protectedResources.name: {
      const values = valuesOf(declared, protectedResources);
      const where = expressions.find(declared, 'where');
      return {
        kind: 'ProtectedResources',
        identifier: values.Identifier,
        entityType: values.EntityType,
        keys: split(values.Keys, values.Separator),
        ...(where === undefined ? {} : { where }),
        forbids: values.Forbids,
        at,
      };
    }
    case minimumMembers.name: {
      const values = valuesOf(declared, minimumMembers);
      return {
        kind: 'MinimumMembers',
        identifier: values.Identifier,
        entityType: values.EntityType,
        property: propertyPart(values.Property),
        groups: split(values.Keys, values.Separator),
        minimum: values.Minimum,
        at,
      };
    }
    case requiredMembers.name: {
      const values = valuesOf(declared, requiredMembers);
      return {
        kind: 'RequiredMembers',
        identifier: values.Identifier,
        entityType: values.EntityType,
        property: propertyPart(values.Property),
        groups: split(values.Keys, values.Separator),
        members: split(values.Members, values.Separator),
        includesSelf: values.Self,
        at,
      };
    }
    case maximumChange.name: {
      const values = valuesOf(declared, maximumChange);
      const { Connector: connector, Maximum: maximum, MaximumPercent: percent } = values;
      return {
        kind: 'MaximumChange',
        identifier: values.Identifier,
        ...(connector === undefined ? {} : { connector }),
        changes: values.Kind,
        ...(maximum === undefined ? {} : { maximum }),
        ...(percent === undefined ? {} : { maximumPercent: percent }),
        at,
      };
    }
    default:
      // Only a hole in the checks leads here.
      throw new Error(`${declared.definition.name} was built without having been checked.`);
  }
}
