/** Web pages of the vocabulary's own server. The console here has pages of its own. */
import {
  binding,
  choice,
  flag,
  identifier,
  integer,
  optionalChoice,
  optionalInteger,
  property,
  reference,
  requiredBinding,
  requiredChoice,
  requiredInteger,
  requiredReference,
  requiredText,
  text,
} from './attribute.ts';
import {
  defineElement,
  displayName,
  type Element,
  localizedText,
  optionalDisplayName,
} from './element.ts';
import {
  displayTableDesign,
  inputType,
  outputType,
  queryComparisonOperator,
  searchBarDesign,
} from './enumerations.ts';

const unused = {
  status: 'not-yet-used',
  why: 'The console has pages of its own.',
} as const;

const addedMinutes = optionalInteger('AddedMinutes', 'Minutes added to a date that is shown.');

const displayTableColumn = defineElement({
  ...unused,
  name: 'Column',
  doc: 'A column of the table.',
  attributes: [
    binding('DisplayBinding', 'Value that is shown.'),
    binding('SortBinding', 'Value that is sorted by.'),
    binding('OptimizedDisplayBinding', 'Value that is shown, read faster; goes before the other.'),
    binding('OptimizedSortBinding', 'Value sorted by, read faster; goes before the other.'),
    integer('ColumnSize', 'Width of the column.', 1),
    optionalInteger('DefaultSortPriority', 'Place among the columns sorted by at first.'),
    flag('IsSortable', 'Can be sorted by.'),
    flag('IsResizable', 'Can be resized.'),
    flag('CanBeFiltered', 'Can be filtered by.'),
    flag('IsDisplayInSummaryView', 'Shown in the summary.'),
    flag('IsDisplayInDropDownList', 'Shown in lists to choose from.'),
    choice('SearchOperator', queryComparisonOperator, 'How the column is searched.', 'Auto'),
    reference('Tile', 'Tile', 'Tile that is shown instead of a value.'),
    addedMinutes,
  ],
  localized: optionalDisplayName,
  key: [],
});
export const displayTable = defineElement({
  ...unused,
  name: 'DisplayTable',
  doc: 'A table of the resources of an entity type.',
  attributes: [
    identifier(),
    requiredReference('EntityType', 'EntityType', 'Entity type that is shown.'),
    requiredChoice('DisplayTableDesignElement', displayTableDesign, 'Design of the table.'),
    flag('IsEntityTypeDefault', 'The usual table of the entity type.'),
    integer('LinesPerPage', 'Lines of a page.', 15),
    property('ParentProperty', { attribute: 'EntityType' }, 'any', 'Way to the parent, for trees.'),
    reference('HomonymEntityLink', 'HomonymEntityLink', 'Table of namesakes.'),
  ],
  localized: optionalDisplayName,
  children: [displayTableColumn],
});

const autocomplete = [
  binding('AutocompleteBinding', 'Value that is searched while typing.'),
  optionalInteger('MinSearchLength', 'Characters after which the search starts; 4 unless stated.'),
] as const;
export const displayEntityType = defineElement({
  ...unused,
  name: 'DisplayEntityType',
  doc: 'How an entity type is shown.',
  attributes: [
    requiredReference('Identifier', 'EntityType', 'The entity type.'),
    text('Color', 'Colour, `#` and six hexadecimal digits.'),
    flag('HideRoles', 'Leaves out the page of roles in forms.'),
    text('IconCode', 'Picture.'),
    flag('IsHierarchical', 'Resources form a tree.'),
    integer('Priority', 'Place in lists of entity types, smaller first.', 2_147_483_647),
    ...autocomplete,
  ],
  localized: [...optionalDisplayName, localizedText('PluralDisplayName', 'Name of several')],
  // `D0IsActive` and its 127 fellows.
  isOpen: true,
  children: [
    defineElement({
      ...unused,
      name: 'Property',
      doc: 'How a property is shown.',
      attributes: [
        requiredText('Identifier', 'The property.'),
        addedMinutes,
        integer('DisplayOrder', 'Place among the properties.', 0),
        reference('DisplayTable', 'DisplayTable', 'Table of the linked resources.'),
        text('Format', 'How the value is formatted.'),
        reference('Group', 'DisplayPropertyGroup', 'Group it is shown in.'),
        text('IconCode', 'Picture.'),
        choice('InputType', inputType, 'How it is entered.', 'Auto'),
        choice('OutputType', outputType, 'How it is shown.', 'Auto'),
        flag('IsHidden', 'Not shown.'),
        flag('IsReadOnly', 'Not entered.'),
        flag('IsRequired', 'Must be entered.'),
        binding('NavigationBinding', 'Resource a click leads to.'),
        reference('Tile', 'Tile', 'Tile of the linked resources.'),
        ...autocomplete,
      ],
      localized: [
        ...optionalDisplayName,
        localizedText('PlaceHolderText', 'Text of the empty field'),
        localizedText('ToolTipText', 'Text beside the pointer'),
      ],
    }),
  ],
});

/** Menu items stand inside each other; below the third level they are kept as written. */
function defineMenuItem(levelsBelow: number): Element {
  return defineElement({
    ...unused,
    name: 'MenuItem',
    doc: 'An item of a menu; stands inside another or names it.',
    attributes: [
      text('Identifier', 'Unique name of the element.'),
      reference('ParentMenuItem', 'MenuItem', 'Item above.'),
      reference('EntityType', 'EntityType', 'Entity type it leads to.'),
      text('URI', 'Address it leads to.'),
      text('IconCode', 'Picture.'),
      optionalInteger('DisplayOrderIndicator', 'Place among its fellows.'),
    ],
    localized: optionalDisplayName,
    children: levelsBelow > 0 ? [defineMenuItem(levelsBelow - 1)] : [],
    isOpen: true,
  });
}
export const menuItem = defineMenuItem(2);

export const tile = defineElement({
  ...unused,
  name: 'Tile',
  doc: 'A block that shows some values of a resource.',
  attributes: [
    identifier(),
    requiredReference('EntityType', 'EntityType', 'Entity type that is shown.'),
    requiredText('TileDesignElement', 'Design, such as `picture-text`.'),
  ],
  localized: displayName,
  children: [
    defineElement({
      ...unused,
      name: 'Item',
      doc: 'A value of the tile.',
      attributes: [
        requiredBinding('Binding', 'Value that is shown.'),
        requiredInteger('LineNumber', 'Line it stands in.', {}),
        optionalInteger('LineDisplayOrderIndicator', 'Place in the line.'),
        binding('OptimizedBinding', 'The value, read faster; goes before the other.'),
        addedMinutes,
      ],
      key: [],
    }),
  ],
});
export const indicator = defineElement({
  ...unused,
  name: 'Indicator',
  doc: 'A banner beside resources that meet a condition.',
  attributes: [
    requiredReference('EntityType', 'EntityType', 'Entity type of the resources.'),
    binding('Binding', 'Value that is compared.'),
    binding('OptimizedBinding', 'The value, read faster; goes before the other.'),
    requiredChoice('ComparisonOperator', queryComparisonOperator, 'How it is compared.'),
    requiredInteger('Order', 'Place among the banners.', {}),
  ],
  children: [
    defineElement({
      ...unused,
      name: 'Item',
      doc: 'A banner and the value it stands for; the first that matches is shown.',
      attributes: [
        requiredText('Color', 'Colour of the banner.'),
        text('Value', 'Value it is compared with.'),
      ],
      localized: optionalDisplayName,
      key: [],
    }),
  ],
  key: [],
});
export const searchBar = defineElement({
  ...unused,
  name: 'SearchBar',
  doc: 'What resources of an entity type can be searched by.',
  attributes: [
    requiredReference('EntityType', 'EntityType', 'Entity type of the page.'),
    reference('SearchedEntityType', 'EntityType', 'Entity type that is searched.'),
    binding('SearchedBinding', 'Value that is searched.'),
    requiredChoice('SearchBarDesignElement', searchBarDesign, 'Design of the search.'),
    reference('Menu', 'MenuItem', 'Menu shown below.'),
  ],
  children: [
    defineElement({
      ...unused,
      name: 'Criterion',
      doc: 'A property that is searched by.',
      attributes: [
        binding('Binding1', 'Value that is compared.'),
        binding('OptimizedBinding1', 'The value, read faster; goes before the other.'),
        optionalInteger('ColumnSize', 'Width of the field.'),
        text('DefaultValue', 'What is searched for at first.'),
        optionalChoice('InputType', inputType, 'How it is entered.'),
        flag('IsVisibleInAdvancedView', 'Shown in the advanced search only.'),
        choice('Operator', queryComparisonOperator, 'How it is compared.', 'Auto'),
      ],
      localized: [
        ...optionalDisplayName,
        localizedText('PlaceHolderText', 'Text of the empty field'),
      ],
      isOpen: true,
      key: [],
    }),
  ],
  key: [],
});

/** Documented by name; what they hold is kept as written. */
const namesOnly = [
  'Binding',
  'DisplayEntityAssociation',
  'DisplayEntityProperty',
  'DisplayPropertyGroup',
  'DisplayTableDesignElement',
  'Form',
  'FormMapping',
].map((name) =>
  defineElement({
    ...unused,
    name,
    doc: 'Part of the web pages of the vocabulary’s own server.',
    attributes: [text('Identifier', 'Unique name of the element.')],
    localized: optionalDisplayName,
    isOpen: true,
  }),
);

export const interfaceElements: readonly Element[] = [
  displayTable,
  displayEntityType,
  menuItem,
  tile,
  indicator,
  searchBar,
  ...namesOnly,
];
