/** Scaffoldings that show an entity type: tables, the search, the report of its resources. */
import type { Names } from '../check-names.ts';
import { compareText } from '../diagnostics.ts';
import type { Declared } from '../schema/declare.ts';
import type { SourceAttribute } from '../source/element-tree.ts';
import { scalarsOf } from './entity-survey.ts';
import type { Expand, ExpansionContext } from './expansion-context.ts';
import { type Generated, localizedAttributes } from './generated-element.ts';

/** The entity type a scaffolding is about, as far as it is declared. */
export interface ShownType {
  readonly identifier: string;
  /** As the scaffolding names it, so that findings point there. */
  readonly attribute: SourceAttribute;
  /** Its name for people in the first language, else its identifier. */
  readonly title: string;
  /** Its names for people in all languages. */
  readonly titles: Generated['attributes'];
}

/** Expands nothing where the entity type is not declared, which its reference reports. */
export function expandShown(
  make: (type: ShownType, context: ExpansionContext) => readonly Generated[],
): Expand {
  return (scaffolding, context) => {
    const type = findShownType(scaffolding, context.names);
    return type === undefined ? [] : make(type, context);
  };
}

function findShownType(scaffolding: Declared, names: Names): ShownType | undefined {
  const attribute = scaffolding.written.get('EntityType');
  if (attribute === undefined) return undefined;
  const declared = names.find('EntityType', attribute.value);
  if (declared === undefined) return undefined;
  const identifier = attribute.value;
  const title = declared.written.get('DisplayName_L1')?.value ?? identifier;
  const titles = localizedAttributes(declared, 'DisplayName');
  const isNamed = declared.written.has('DisplayName_L1');
  return {
    identifier,
    attribute,
    title,
    titles: isNamed ? titles : { DisplayName_L1: identifier, ...titles },
  };
}

/** With this many scalar properties or more, a table shows the display name alone. */
const manyScalars = 4;

function expandTable(design: 'table' | 'adaptable' | 'resourcetable'): Expand {
  return expandShown((type, { names }) => {
    const scalars = neutralScalarsOf(type, names).toSorted((a, b) =>
      compareText(a.toLowerCase(), b.toLowerCase()),
    );
    const shown = scalars.length < manyScalars ? scalars : ['InternalDisplayName'];
    return [
      {
        name: 'DisplayTable',
        attributes: {
          Identifier: type.identifier,
          DisplayTableDesignElement: design,
          EntityType: type.attribute,
          IsEntityTypeDefault: true,
        },
        children: shown.map((property) => ({
          name: 'Column',
          attributes: {
            CanBeFiltered: true,
            DisplayBinding: property,
            IsDisplayInSummaryView: true,
            IsResizable: true,
            IsSortable: true,
          },
        })),
      },
    ];
  });
}

/** Scalar properties without the variants per language, in the order of the entity type. */
function neutralScalarsOf(type: ShownType, names: Names): readonly string[] {
  return (scalarsOf(names, type.identifier) ?? [])
    .filter(({ neutral }) => neutral === undefined)
    .map(({ identifier }) => identifier);
}

const expandSearchBar = expandShown(({ identifier, attribute }) => [
  {
    name: 'SearchBar',
    attributes: {
      EntityType: attribute,
      Menu: `Search_${identifier}`,
      SearchBarDesignElement: 'Inline',
    },
  },
]);

/**
 * All properties of the resources. The published query also joins the server's own tables of assignments, which queries
 * here do not know.
 */
const expandReport = expandShown((type, { names }) => {
  const { identifier, attribute, title } = type;
  const own = neutralScalarsOf(type, names);
  const columns = own.length === 0 ? ['InternalDisplayName'] : own;
  return [
    {
      name: 'ReportQuery',
      attributes: {
        Identifier: `Resources_${identifier}`,
        DisplayName_L1: `Resource List - ${title}`,
        Query: `select ${columns.join(', ')}`,
        ReturnedEntityType: attribute,
      },
    },
  ];
});

const expandReportMenus = expandShown(({ identifier, titles }) => [
  {
    name: 'MenuItem',
    attributes: {
      Identifier: `Reports_Resources_${identifier}`,
      ...titles,
      ParentMenuItem: 'Reports',
      ReportQuery: `Resources_${identifier}`,
    },
  },
]);

export const displayScaffoldings: ReadonlyMap<string, Expand> = new Map<string, Expand>([
  ['EntityTypeDisplayTable', expandTable('table')],
  ['EntityTypeDisplayTableAdaptable', expandTable('adaptable')],
  ['EntityTypeDisplayTargetResourceTable', expandTable('resourcetable')],
  ['EntityTypeSearchBar', expandSearchBar],
  ['TargetResourceReport', expandReport],
  ['TargetResourceReportMenus', expandReportMenus],
]);
