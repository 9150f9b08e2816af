/** `UniverseDataModel`: an entity type, with what its associations lead to, in a universe of reports. */
import type { Names } from '../check-names.ts';
import { childrenNamed, type Declared, textOf } from '../schema/declare.ts';
import { attributeOf } from '../source/element-tree.ts';
import { waysOf } from './entity-survey.ts';
import type { Expand } from './expansion-context.ts';
import { type Generated, generatedText } from './generated-element.ts';

/**
 * The universe with what all scaffoldings together put into it, so that several of one universe agree. It joins the
 * universe that is written by hand.
 */
export const expandUniverseDataModel: Expand = (scaffolding, { names }) => {
  const universe = scaffolding.written.get('Universe');
  if (universe === undefined || universe.value === '') return [];
  const fellows = names
    .all('UniverseDataModel')
    .filter((each) => textOf(each, 'Universe') === universe.value);
  const children = withoutRepeats(fellows.flatMap((each) => instancesOf(each, names)));
  return [{ name: 'Universe', attributes: { Identifier: universe }, children, joins: true }];
};

function instancesOf(scaffolding: Declared, names: Names): readonly Generated[] {
  const entityType = textOf(scaffolding, 'EntityType') ?? '';
  const declared = names.find('EntityType', entityType);
  if (declared === undefined) return [];
  const root = argumentsOf(scaffolding, 'RootInstance', 'Instance')[0] ?? entityType;
  const [template] = argumentsOf(scaffolding, 'UniverseTemplate', 'Template');
  return [
    instance(root, titleOf(declared), entityType),
    ...(template === undefined
      ? navigationsOf(scaffolding, declared, root, names)
      : (templates[template]?.(entityType, root, names) ?? [])),
  ];
}

/** Per navigation property an instance, named after entity type and property, and the association that leads to it. */
function navigationsOf(
  scaffolding: Declared,
  declared: Declared,
  root: string,
  names: Names,
): readonly Generated[] {
  const entityType = textOf(declared, 'Identifier') ?? '';
  const excluded = argumentsOf(scaffolding, 'ExcludedProperty', 'Property');
  return waysOf(names, entityType)
    .filter(({ property }) => !excluded.includes(property))
    .flatMap(({ association, property, isFirst, other }) => {
      const identifier = `${entityType}_${property}`;
      const written = childrenNamed(declared, 'Property').find(
        (each) => textOf(each, 'Identifier') === property,
      );
      const title = written === undefined ? property : titleOf(written);
      return [
        isFirst
          ? link(association, root, identifier, 'From1To2')
          : link(association, identifier, root, 'From2To1'),
        instance(identifier, title, other.type),
      ];
    });
}

type Template = (entityType: string, root: string, names: Names) => readonly Generated[];

const templates: Readonly<Record<string, Template>> = {
  OwnedResourceTypes: (entityType, root, names) =>
    names
      .all('ResourceType')
      .filter((each) => textOf(each, 'SourceEntityType') === entityType)
      .flatMap((each) => ownedResourceType(each, `${entityType}_OwnedAssignedResourceTypes`, root)),
  OwnedSingleRoles: (entityType, root) => ownedRoles('Single', entityType, root),
  OwnedCompositeRoles: (entityType, root) => ownedRoles('Composite', entityType, root),
};

function ownedResourceType(
  resourceType: Declared,
  prefix: string,
  root: string,
): readonly Generated[] {
  const name = textOf(resourceType, 'Identifier') ?? '';
  const assigned = `${prefix}_${name}`;
  const title = titleOf(resourceType);
  return [
    instance(assigned, `Assigned ${title}`, 'AssignedResourceType', {
      FilterProperty: 'RoleId',
      FilterResourceType: name,
    }),
    instance(`${assigned}_Resource`, title, textOf(resourceType, 'TargetEntityType') ?? ''),
    link('AssignedResourceType.Resource', assigned, `${assigned}_Resource`, 'From1To2'),
    link('AssignedResourceType.Owner', assigned, root, 'From2To1'),
  ];
}

function ownedRoles(
  kind: 'Single' | 'Composite',
  entityType: string,
  root: string,
): readonly Generated[] {
  const assigned = `${entityType}_OwnedAssigned${kind}Roles`;
  return [
    instance(assigned, `Assigned ${kind} Roles`, `Assigned${kind}Role`),
    link(`Assigned${kind}Role.Owner`, root, assigned, 'From1To2'),
    instance(`${assigned}_Role`, `${kind} Role`, `${kind}Role`),
    link(`Assigned${kind}Role.Role`, assigned, `${assigned}_Role`, 'From1To2'),
  ];
}

function instance(
  identifier: string,
  title: string,
  entityType: string,
  more: Generated['attributes'] = {},
): Generated {
  return {
    name: 'EntityInstance',
    attributes: {
      Identifier: identifier,
      DisplayName_L1: title,
      EntityType: entityType,
      ...more,
    },
  };
}

function link(
  association: string,
  first: string,
  second: string,
  direction: 'From1To2' | 'From2To1',
): Generated {
  return {
    name: 'AssociationInstance',
    attributes: {
      Association: association,
      Instance1: first,
      Instance2: second,
      Direction: direction,
    },
  };
}

/** An instance that several scaffoldings make is one, as is an association between the same two. */
function withoutRepeats(made: readonly Generated[]): readonly Generated[] {
  const seen = new Set<string>();
  return made.filter((each) => {
    const key = generatedText(each, 'Identifier') ?? JSON.stringify(each.attributes);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Values of an attribute of the arguments inside a scaffolding, which are kept as they are written. */
function argumentsOf(scaffolding: Declared, element: string, attribute: string): readonly string[] {
  return scaffolding.source.children
    .filter(({ name }) => name === element)
    .flatMap((each) => attributeOf(each, attribute)?.value ?? []);
}

function titleOf(declared: Declared): string {
  const title = declared.written.get('DisplayName_L1')?.value;
  return title ?? textOf(declared, 'Identifier') ?? '';
}
