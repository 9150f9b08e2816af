/** Elements of the configurations that the projects of workloads are made of, as XML. */
/** Switches every threshold of a synchronization off. */
export const unlimited = [
  ...['Deleted', 'Inserted', 'Updated'].map(
    (what) => `Maximum${what}Lines="0" MaxPercentage${what}Lines="0"`,
  ),
  ...['Deleted', 'Inserted'].map(
    (what) => `MaximumLink${what}Lines="0" MaxLinkPercentage${what}Lines="0"`,
  ),
].join(' ');

export function connection(name: string, connector: string): string {
  return `<Connection Identifier="${name}" DisplayName_L1="${name}" Connector="${connector}" Package="Usercube.CSV@0000001" />`;
}

export function entityType(
  name: string,
  columns: readonly string[],
  keys: readonly string[],
  navigations: readonly string[],
): string {
  const scalars = columns.map(
    (column) =>
      `<Property Identifier="${column}"${keys.includes(column) ? ' IsKey="true"' : ''} />`,
  );
  const others = navigations.map((one) => `<Property Identifier="${one}" Type="ForeignKey" />`);
  return `<EntityType Identifier="${name}" DisplayName_L1="${name}">${[...scalars, ...others].join('')}</EntityType>`;
}

/** The first column is the key. */
export function mapping(
  name: string,
  connector: string,
  table: string,
  columns: readonly string[],
): string {
  const properties = columns.map(
    (column, index) =>
      `<Property Identifier="${column}" ConnectionColumn="${column}"${index === 0 ? ' IsPrimaryKey="true"' : ''} />`,
  );
  return `<EntityTypeMapping Identifier="${name}" Connector="${connector}" ConnectionTable="${table}">${properties.join('')}</EntityTypeMapping>`;
}

export function association(name: string, one: string, many: string): string {
  return `<EntityAssociation Identifier="${name}" Property1="${one}" Property2="${many}" IsProperty2Collection="true" />`;
}

type End = readonly [column: string, property: string];

export function links(name: string, connector: string, table: string, one: End, two: End): string {
  return `<EntityAssociationMapping Identifier="${name}" Connector="${connector}" ConnectionTable="${table}" Column1="${one[0]}" EntityPropertyMapping1="${one[1]}" Column2="${two[0]}" EntityPropertyMapping2="${two[1]}" />`;
}
