/** `ConnectorMappings`: an entity type read from files that bear its name. */
import { childrenNamed, type Declared, textOf } from '../schema/declare.ts';
import { spanOfName } from '../source/element-tree.ts';
import { keyOf, scalarsOf, type Way, waysOf } from './entity-survey.ts';
import type { Expand, ExpansionContext } from './expansion-context.ts';
import type { Generated } from './generated-element.ts';

/** Stands in for a package that is not given: the files are CSV files. */
const completePackage = 'Usercube.CSV.Complete@0000001';
const incrementalPackage = 'Usercube.CSV@0000001';

/** A connection named after the connector, the mapping of the entity type, and one per link that its files hold. */
export const expandConnectorMappings: Expand = (scaffolding, context) => {
  const { names } = context;
  const connector = scaffolding.written.get('Connector');
  const entityType = scaffolding.written.get('EntityType');
  if (connector === undefined || entityType === undefined) return [];
  const owner = names.find('Connector', connector.value);
  const key = keyOf(names, entityType.value);
  const scalars = scalarsOf(names, entityType.value);
  if (owner === undefined || scalars === undefined) return [];
  const excluded = new Set(
    childrenNamed(scaffolding, 'ExcludedProperty').map((each) => textOf(each, 'Property') ?? ''),
  );
  const table = tableName(connector.value, entityType.value);
  const otherwise =
    scaffolding.values['IsIncremental'] === true ? incrementalPackage : completePackage;
  return [
    {
      name: 'Connection',
      attributes: {
        Identifier: connector,
        DisplayName_L1: textOf(owner, 'DisplayName_L1') ?? connector.value,
        Connector: connector,
        Package: scaffolding.written.get('Package') ?? otherwise,
      },
    },
    {
      name: 'EntityTypeMapping',
      attributes: { Identifier: entityType, Connector: connector, ConnectionTable: table },
      children: scalars
        .filter(({ identifier }) => !excluded.has(identifier))
        .map(({ identifier }) => ({
          name: 'Property',
          attributes: {
            Identifier: identifier,
            ConnectionColumn: identifier,
            IsPrimaryKey: identifier === key ? true : undefined,
          },
        })),
    },
    ...mapLinks(
      waysOf(names, entityType.value).filter(
        (way) => !excluded.has(way.property) && isHeldHere(way, scaffolding, context),
      ),
      { scaffolding, table, key, context },
    ),
  ];
};

/** Tables belong to the connection whose name they start with; the file keeps the entity type’s name. */
function tableName(connector: string, entityType: string): string {
  const isOwn = entityType === connector || entityType.startsWith(`${connector}_`);
  return isOwn ? entityType : `${connector}_${entityType}`;
}

/**
 * Each link is read once: from the side that leads to one resource; of two such sides, and of two that lead to many, from
 * the first one, or from the only one that the connector's scaffoldings read.
 */
function isHeldHere(way: Way, scaffolding: Declared, { names }: ExpansionContext): boolean {
  if (way.isCollection !== way.other.isCollection) return !way.isCollection;
  if (way.isFirst) return true;
  const connector = textOf(scaffolding, 'Connector');
  return !names
    .all('ConnectorMappings')
    .some(
      (each) =>
        textOf(each, 'Connector') === connector && textOf(each, 'EntityType') === way.other.type,
    );
}

interface Mapped {
  readonly scaffolding: Declared;
  readonly table: string;
  readonly key: string | undefined;
  readonly context: ExpansionContext;
}

/** A link to resources that nothing reads could never be found: it is left out. */
function mapLinks(ways: readonly Way[], mapped: Mapped): readonly Generated[] {
  const unmapped = ways.filter((way) => !isMapped(way.other.type, mapped.context));
  if (unmapped.length > 0) reportUnmapped(unmapped, mapped);
  return ways.filter((way) => !unmapped.includes(way)).flatMap((way) => mapLink(way, mapped));
}

function mapLink(way: Way, { scaffolding, table, key, context }: Mapped): readonly Generated[] {
  const otherKey = keyOf(context.names, way.other.type);
  if (key === undefined || otherKey === undefined) return [];
  return [
    {
      name: 'EntityAssociationMapping',
      attributes: {
        Identifier: way.association,
        Connector: scaffolding.written.get('Connector'),
        ConnectionTable: way.isCollection ? `${table}_${way.property}` : table,
        Column1: key,
        EntityPropertyMapping1: `${textOf(scaffolding, 'EntityType')}:${key}`,
        Column2: way.property,
        EntityPropertyMapping2: `${way.other.type}:${otherKey}`,
      },
    },
  ];
}

function isMapped(entityType: string, { names, isDoubtful }: ExpansionContext): boolean {
  return (
    isDoubtful(entityType) ||
    names.find('EntityTypeMapping', entityType) !== undefined ||
    names.all('ConnectorMappings').some((each) => textOf(each, 'EntityType') === entityType)
  );
}

function reportUnmapped(ways: readonly Way[], { scaffolding, context }: Mapped): void {
  const [{ property }] = [...ways, { property: '' }];
  const links = ways.map((way) => `${way.property} (to ${way.other.type})`).join(', ');
  const are = ways.length === 1 ? 'is' : 'are';
  context.findings.report(spanOfName(scaffolding.source), {
    code: 'CONFIG_MAPPING_MISSING',
    severity: 'warning',
    message: `Of ${textOf(scaffolding, 'EntityType')} ${are} not read: ${links}; no EntityTypeMapping reads where they lead.`,
    hint: `Map those entity types as well, or write <ExcludedProperty Property="${property}" />.`,
  });
}
