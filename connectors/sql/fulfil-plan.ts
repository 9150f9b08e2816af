/** Which tables and columns the orders of one resource type write, checked against the database. */
import { ConnectorError } from '../spi/errors.ts';
import type { FulfilTarget, LinkTarget } from '../spi/package.ts';
import { parseFormat } from '../spi/value-formats.ts';
import { type CatalogTable, findColumn, findTable } from './catalog.ts';
import type { MappedColumn } from './stored-values.ts';

export interface TargetPlan {
  readonly resourceType: string;
  readonly table: CatalogTable;
  readonly key: MappedColumn;
  readonly columnByProperty: ReadonlyMap<string, MappedColumn>;
  readonly uniqueColumns: readonly MappedColumn[];
  readonly linkByProperty: ReadonlyMap<string, LinkPlan>;
}

/** A link is a column of the row itself, or rows of a table of links. */
export type LinkPlan = ColumnLink | TableLink;
export interface ColumnLink {
  readonly kind: 'column';
  readonly property: string;
  readonly linkedProperty: string;
  readonly linked: MappedColumn;
}
export interface TableLink {
  readonly kind: 'table';
  readonly property: string;
  readonly table: CatalogTable;
  /** Property of the row that its link rows name it by. */
  readonly ownProperty: string;
  readonly own: MappedColumn;
  readonly linkedProperty: string;
  readonly linked: MappedColumn;
}

/** Links held in tables of their own. */
export function tableLinks(plan: TargetPlan): readonly TableLink[] {
  return [...plan.linkByProperty.values()].filter((link) => link.kind === 'table');
}

/** Element of the vocabulary that declares where orders of a resource type go. */
export const mappingElement = 'ls:SqlResourceTypeMapping';
const linkElement = 'ls:Link';

/** Resolves all names; a wrong one is `not-found` with the nearest, a missing one `invalid-value`. */
export function planTarget(target: FulfilTarget, catalog: readonly CatalogTable[]): TargetPlan {
  const { attributes } = target.mapping;
  const tableName = attributes['Table'] ?? target.tableSuffix;
  if (tableName === '') {
    throw wrongMapping(target, 'names no table', `Add Table="…" to ${mappingElement}.`);
  }
  const table = findTable(catalog, tableName);
  // A flag (`bit:…`) has no column of its own; orders that set one are refused.
  const ownColumns = target.columns.filter(
    ({ format }) => parseFormat(format ?? '')?.bit === undefined,
  );
  const columns = ownColumns.map(({ property, column, format, ...flags }) => ({
    ...flags,
    mapped: { property, column: findColumn(table, column), format },
  }));
  const keyName = attributes['KeyColumn'];
  const keyColumn = keyName === undefined ? undefined : findColumn(table, keyName).name;
  const key = columns.find(({ mapped, isPrimaryKey }) =>
    keyColumn === undefined ? isPrimaryKey : mapped.column.name === keyColumn,
  )?.mapped;
  if (key === undefined) {
    throw wrongMapping(
      target,
      `has no property for its key column${keyName === undefined ? '' : ` "${keyName}"`}`,
      'Map the key column in the entity type mapping, or name a mapped one in KeyColumn.',
    );
  }
  return {
    resourceType: target.resourceType,
    table,
    key,
    columnByProperty: new Map(columns.map(({ mapped }) => [mapped.property, mapped])),
    uniqueColumns: columns
      .filter(({ isUniqueKey, mapped }) => isUniqueKey && mapped !== key)
      .map(({ mapped }) => mapped),
    linkByProperty: planLinks(target, table, catalog),
  };
}

/**
 * Tables other than the row's own are written only when a link element names them: the table a link is *read* from may be
 * that of other resources (the members of a department are rows of the people's table), which must not lose rows.
 */
function planLinks(
  target: FulfilTarget,
  table: CatalogTable,
  catalog: readonly CatalogTable[],
): ReadonlyMap<string, LinkPlan> {
  const plans = new Map<string, LinkPlan>();
  for (const link of target.links) {
    if (!link.isCollection && link.tableSuffix === target.tableSuffix) {
      plans.set(link.property, planColumnLink(link, table, link.linkedColumn));
    }
  }
  for (const { element, attributes } of target.mapping.children) {
    if (element !== linkElement) continue;
    const property = attributes['Property'] ?? '';
    const link = target.links.find((candidate) => candidate.property === property);
    if (link === undefined) {
      throw wrongMapping(
        target,
        `links the property "${property}", which no association mapping feeds`,
        'Name a navigation property of the target entity type that has an association mapping.',
      );
    }
    const linkTable = findTable(catalog, attributes['Table'] ?? link.tableSuffix);
    const linkedColumn = attributes['LinkedColumn'] ?? link.linkedColumn;
    const isOwnTable = linkTable.schema === table.schema && linkTable.name === table.name;
    if (isOwnTable && link.isCollection) {
      throw wrongMapping(
        target,
        `links "${property}" through its own table, which holds one value per row`,
        'Set the link from its other side, where it is a single value.',
      );
    }
    plans.set(
      property,
      isOwnTable
        ? planColumnLink(link, table, linkedColumn)
        : {
            kind: 'table',
            property,
            table: linkTable,
            ownProperty: link.ownProperty,
            own: {
              property,
              column: findColumn(linkTable, attributes['Column'] ?? link.ownColumn),
            },
            linkedProperty: link.linkedProperty,
            linked: { property, column: findColumn(linkTable, linkedColumn) },
          },
    );
  }
  return plans;
}

function planColumnLink(link: LinkTarget, table: CatalogTable, column: string): ColumnLink {
  return {
    kind: 'column',
    property: link.property,
    linkedProperty: link.linkedProperty,
    linked: { property: link.property, column: findColumn(table, column) },
  };
}

function wrongMapping(target: FulfilTarget, what: string, hint: string): ConnectorError {
  return new ConnectorError(
    'invalid-value',
    `The ${mappingElement} of the resource type ${target.resourceType} ${what}.`,
    { hint, details: { resourceType: target.resourceType } },
  );
}
