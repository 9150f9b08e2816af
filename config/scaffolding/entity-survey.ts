/** Entity types as they are written, before anything was checked: what scaffoldings of entity types go by. */
import { splitTypeProperty } from '../check-entity-model.ts';
import type { Names } from '../check-names.ts';
import { childrenNamed, type Declared, textOf, valuesOf } from '../schema/declare.ts';
import { entityAssociation, entityTypeProperty } from '../schema/entity-elements.ts';

/** One end of an association, seen from the property that leads along it. */
export interface Way {
  readonly association: string;
  readonly property: string;
  readonly isCollection: boolean;
  /** True for the end that `Property1` names. */
  readonly isFirst: boolean;
  readonly other: { readonly type: string; readonly isCollection: boolean };
}

export interface ScalarFacts {
  readonly identifier: string;
  readonly type: string;
  readonly isKey: boolean;
  readonly columnIndex: number;
  readonly language?: string;
  readonly neutral?: string;
}

/** Properties that no association leads along, in the order of the file; `undefined` for an unknown entity type. */
export function scalarsOf(names: Names, entityType: string): readonly ScalarFacts[] | undefined {
  const declared = names.find('EntityType', entityType);
  if (declared === undefined) return undefined;
  const ways = new Set(waysOf(names, entityType).map(({ property }) => property));
  return childrenNamed(declared, 'Property')
    .map((property) => valuesOf(property, entityTypeProperty))
    .filter(({ Identifier, Type }) => Type !== 'ForeignKey' && !ways.has(Identifier))
    .map((values) => ({
      identifier: values.Identifier,
      type: values.Type,
      isKey: values.IsKey,
      columnIndex: values.TargetColumnIndex,
      ...(values.Language === undefined ? {} : { language: values.Language }),
      ...(values.NeutralProperty === undefined ? {} : { neutral: values.NeutralProperty }),
    }));
}

/** Navigation properties of an entity type, in the order of the associations. */
export function waysOf(names: Names, entityType: string): readonly Way[] {
  return names.all('EntityAssociation').flatMap((declared) => waysAlong(declared, entityType));
}

function waysAlong(declared: Declared, entityType: string): readonly Way[] {
  const values = valuesOf(declared, entityAssociation);
  const first = splitTypeProperty(values.Property1);
  const second = splitTypeProperty(values.Property2);
  if (first === undefined || second === undefined) return [];
  const { IsProperty1Collection, IsProperty2Collection } = values;
  const ways: readonly (Way & { readonly owner: string })[] = [
    {
      owner: first.type,
      association: values.Identifier,
      property: first.property,
      isCollection: IsProperty1Collection,
      isFirst: true,
      other: { type: second.type, isCollection: IsProperty2Collection },
    },
    {
      owner: second.type,
      association: values.Identifier,
      property: second.property,
      isCollection: IsProperty2Collection,
      isFirst: false,
      other: { type: first.type, isCollection: IsProperty1Collection },
    },
  ];
  return ways.filter(({ owner }) => owner === entityType);
}

/** The property that names a resource in files: the primary key of a mapping written by hand, else the first key. */
export function keyOf(names: Names, entityType: string): string | undefined {
  const mapping = names.find('EntityTypeMapping', entityType);
  const primary =
    mapping === undefined
      ? undefined
      : childrenNamed(mapping, 'Property').find((each) => each.values['IsPrimaryKey'] === true);
  if (primary !== undefined) return textOf(primary, 'Identifier');
  return scalarsOf(names, entityType)?.find(({ isKey }) => isKey)?.identifier;
}
