/** What a resource type mapping means for a directory: which property names the entry, which attribute carries which property. */
import { ConnectorError } from '../../errors.ts';
import { findFlaggedProperty } from '../../mapping-flags.ts';
import type { FulfilTarget, LinkTarget } from '../../package.ts';
import type { AttributeColumn } from '../entries/entry-column.ts';
import { planColumn } from '../entries/entry-values.ts';
import { requireAttribute } from '../session/filter.ts';
import type { DirectorySchema } from '../session/schema.ts';

/** A property that an attribute of the entry carries. */
export interface ScalarPlan {
  readonly property: string;
  readonly column: AttributeColumn;
  readonly format?: string;
  /** Splits one text into several values; absent: lines for `multivaluedtext`, else one value. */
  readonly separator?: string;
}

/** A navigation property: an attribute of the entry itself, or of the entries it leads to. */
export interface LinkPlan {
  readonly property: string;
  readonly attribute: string;
  readonly writes: 'own' | 'linked';
  readonly isCollection: boolean;
  /** Property of the entry whose value stands in the attribute of the linked entries; absent: its DN. */
  readonly ownValueProperty?: string;
  readonly linkedProperty: string;
  /** Column of the linked entries that `linkedProperty` holds. */
  readonly linkedColumn: string;
  /** Property of the linked resource that holds its DN; absent: the linked entry is searched for. */
  readonly linkedDnProperty?: string;
  readonly tableSuffix: string;
}

export interface TargetPlan {
  readonly resourceType: string;
  readonly objectClasses: readonly string[];
  readonly namingAttribute: string;
  readonly dnProperty?: string;
  /** Scalar or navigation property that names the entry above. */
  readonly parentProperty?: string;
  /** Where `parentProperty` is a navigation property: the property of the entry above that holds its DN. */
  readonly parentLinkedProperty?: string;
  readonly namingProperty?: string;
  readonly placeholderMember?: string;
  readonly scalars: ReadonlyMap<string, ScalarPlan>;
  readonly links: ReadonlyMap<string, LinkPlan>;
  /** Attributes that identify the entry wherever it is moved, primary ones first. */
  readonly keys: readonly (ScalarPlan & { readonly isPrimary: boolean })[];
}

/** Reads a mapping. Throws `invalid-value` for one that cannot work, naming what is missing. */
export function planTarget(target: FulfilTarget, schema: DirectorySchema): TargetPlan {
  const { attributes } = target.mapping;
  const roles = readRoles(target);
  const scalars = new Map<string, ScalarPlan>();
  for (const { property, column, format } of target.columns) {
    const planned = planColumn(column, format, schema);
    if (planned.kind !== 'attribute') continue;
    const separator = roles.separators.get(property);
    scalars.set(property, {
      property,
      column: planned,
      ...(format === undefined ? {} : { format }),
      ...(separator === undefined ? {} : { separator }),
    });
  }
  const namingAttribute = requireAttribute(attributes['RDNAttributeIdentifier'] ?? 'cn');
  const byColumn = (name: string): string | undefined =>
    target.columns.find(({ column }) => isSameName(column, name))?.property;
  const dnProperty = roles.dn ?? byColumn('dn');
  const parentProperty =
    roles.parent ??
    byColumn('parentdn') ??
    target.links.find(({ linkedColumn }) => isSameName(linkedColumn, 'parentdn'))?.property;
  const parentLinkedProperty = target.links.find(
    ({ property }) => property === parentProperty,
  )?.linkedProperty;
  const namingProperty = roles.naming ?? byColumn(namingAttribute);
  const placeholder = attributes['ls:PlaceholderMember'] ?? attributes['PlaceholderMember'];
  return {
    resourceType: target.resourceType,
    objectClasses: (attributes['DefaultObjectClass'] ?? '').split(/\s+/).filter(Boolean),
    namingAttribute,
    ...(dnProperty === undefined ? {} : { dnProperty }),
    ...(parentProperty === undefined ? {} : { parentProperty }),
    ...(parentLinkedProperty === undefined ? {} : { parentLinkedProperty }),
    ...(namingProperty === undefined ? {} : { namingProperty }),
    ...(placeholder === undefined || placeholder === '' ? {} : { placeholderMember: placeholder }),
    scalars,
    links: planLinks(target, roles.backlinks, dnProperty),
    keys: target.columns
      .filter(({ isPrimaryKey, isUniqueKey }) => isPrimaryKey || isUniqueKey)
      .toSorted((a, b) => Number(b.isPrimaryKey) - Number(a.isPrimaryKey))
      .flatMap(({ property, isPrimaryKey }) => {
        const scalar = scalars.get(property);
        return scalar === undefined ? [] : [{ ...scalar, isPrimary: isPrimaryKey }];
      }),
  };
}

interface Roles {
  readonly dn: string | undefined;
  readonly parent: string | undefined;
  readonly naming: string | undefined;
  readonly separators: ReadonlyMap<string, string>;
  readonly backlinks: ReadonlyMap<string, string>;
}

function readRoles(target: FulfilTarget): Roles {
  const separators = new Map<string, string>();
  const backlinks = new Map<string, string>();
  for (const { element, attributes } of target.mapping.children) {
    const property = attributes['Property'];
    if (element !== 'Property' || property === undefined) continue;
    const separator = attributes['MultiValueSeparator'];
    if (separator !== undefined && separator !== '') separators.set(property, separator);
    const backlink = attributes['DataSourceBacklinkColumnName'];
    if (backlink !== undefined && backlink !== '') backlinks.set(property, backlink);
  }
  return {
    dn: findFlaggedProperty(target.mapping, 'IsDNProperty'),
    parent: findFlaggedProperty(target.mapping, 'IsParentProperty'),
    naming: findFlaggedProperty(target.mapping, 'IsRDNProperty'),
    separators,
    backlinks,
  };
}

function planLinks(
  target: FulfilTarget,
  backlinks: ReadonlyMap<string, string>,
  dnProperty: string | undefined,
): ReadonlyMap<string, LinkPlan> {
  const links = new Map<string, LinkPlan>();
  for (const link of target.links) {
    // The entry above is part of the name, no attribute; neither are those below.
    if ([link.ownColumn, link.linkedColumn].some((name) => isSameName(name, 'parentdn'))) continue;
    links.set(link.property, planLink(link, backlinks.get(link.property), dnProperty));
  }
  return links;
}

/**
 * One of the two columns of a link names an entry, the other is the attribute that lists others: the one the table is named
 * after, else the one that is not the DN. The attribute belongs to the entry that the first column names.
 */
function planLink(
  link: LinkTarget,
  backlink: string | undefined,
  dnProperty: string | undefined,
): LinkPlan {
  const linkedDnProperty = findLinkedDnProperty(link, backlink !== undefined);
  const shared = {
    property: link.property,
    isCollection: link.isCollection,
    linkedProperty: link.linkedProperty,
    linkedColumn: link.linkedColumn,
    tableSuffix: link.tableSuffix,
    ...(linkedDnProperty === undefined ? {} : { linkedDnProperty }),
  };
  if (backlink !== undefined) {
    return { ...shared, attribute: requireAttribute(backlink), writes: 'linked' };
  }
  const isOwn =
    isSameName(link.linkedColumn, link.tableSuffix) ||
    (!isSameName(link.ownColumn, link.tableSuffix) && isSameName(link.ownColumn, 'dn'));
  if (isOwn) return { ...shared, attribute: requireAttribute(link.linkedColumn), writes: 'own' };
  const isLinked =
    isSameName(link.ownColumn, link.tableSuffix) || isSameName(link.linkedColumn, 'dn');
  if (!isLinked) {
    throw new ConnectorError(
      'invalid-value',
      `The link "${link.property}" does not say which entry holds it: neither of its columns is dn.`,
      { hint: 'Map one side of the link to the column dn.' },
    );
  }
  return {
    ...shared,
    attribute: requireAttribute(link.ownColumn),
    writes: 'linked',
    ...(link.ownProperty === dnProperty ? {} : { ownValueProperty: link.ownProperty }),
  };
}

function findLinkedDnProperty(link: LinkTarget, isBacklink: boolean): string | undefined {
  if (isBacklink || isSameName(link.linkedColumn, 'dn')) return link.linkedProperty;
  return Object.entries(link.linkedColumns).find(([, column]) => isSameName(column, 'dn'))?.[0];
}

function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
