/** What scaffoldings and tasks need to know about connectors: their connections, entity types and resource types. */
import type { Names } from '../check-names.ts';
import type { JobIntegrationRule } from '../model.ts';
import {
  connection,
  connector,
  entityAssociationMapping,
  entityTypeMapping,
} from '../schema/connector-elements.ts';
import { type Declared, textOf, valuesOf } from '../schema/declare.ts';
import type { Element, Values } from '../schema/element.ts';
import { resourceType } from '../schema/resource-type-elements.ts';
import { mappingScope } from '../schema/resource-type-mapping-elements.ts';

export interface ConnectorFacts {
  readonly identifier: string;
  readonly agent?: string;
  readonly completeJob: JobIntegrationRule;
  readonly incrementalJob: JobIntegrationRule;
  readonly isDeactivated: boolean;
  readonly usesActiveDirectory: boolean;
  /** Connections whose export feeds a mapping, in order. */
  readonly exportingConnections: readonly string[];
  readonly entityTypes: readonly string[];
  /** Resource types whose targets the connector holds or whose orders one of its connections carries out. */
  readonly resourceTypes: readonly string[];
}

export interface Landscape {
  readonly connectors: readonly ConnectorFacts[];
  readonly entityTypes: readonly string[];
  readonly resourceTypes: readonly string[];
  find(connector: string): ConnectorFacts | undefined;
  connectorOf(connection: string): string | undefined;
  /** Owner entity types of these resource types, each once. */
  sourceTypesOf(resourceTypes: readonly string[]): readonly string[];
}

export function surveyLandscape(names: Names): Landscape {
  const sourceByResourceType = new Map<string, string>();
  for (const declared of names.all('ResourceType')) {
    const { Identifier, SourceEntityType } = valuesOf(declared, resourceType);
    sourceByResourceType.set(Identifier, SourceEntityType);
  }
  const owned = collectOwned(names);
  const connectors = names.all('Connector').map((declared) => survey(declared, owned));
  const byIdentifier = new Map(connectors.map((each) => [each.identifier, each]));
  return {
    connectors,
    entityTypes: names.identifiersOf('EntityType'),
    resourceTypes: names.identifiersOf('ResourceType'),
    find: (identifier) => byIdentifier.get(identifier),
    connectorOf: (identifier) => {
      const found = names.find('Connection', identifier);
      return found === undefined ? undefined : textOf(found, 'Connector');
    },
    sourceTypesOf: (resourceTypes) =>
      unique(resourceTypes.map((each) => sourceByResourceType.get(each) ?? '')),
  };
}

/** The values of what connectors own, read once: a configuration may have a thousand of each. */
interface Owned {
  readonly mappings: ReadonlyMap<string, readonly Values<typeof entityTypeMapping>[]>;
  readonly links: ReadonlyMap<string, readonly Values<typeof entityAssociationMapping>[]>;
  readonly connections: ReadonlyMap<string, readonly Values<typeof connection>[]>;
  readonly resourceTypes: readonly {
    readonly identifier: string;
    readonly target: string;
    readonly carrier?: string;
  }[];
}

function collectOwned(names: Names): Owned {
  const read = <E extends Element>(definition: E) =>
    names.all(definition.name).map((declared) => valuesOf(declared, definition));
  return {
    mappings: Map.groupBy(read(entityTypeMapping), (each) => each.Connector ?? ''),
    links: Map.groupBy(read(entityAssociationMapping), (each) => each.Connector),
    connections: Map.groupBy(read(connection), (each) => each.Connector),
    resourceTypes: read(resourceType).map((each) => {
      const mapping = names.find(mappingScope, each.Identifier);
      const carrier = mapping === undefined ? undefined : textOf(mapping, 'Connection');
      return {
        identifier: each.Identifier,
        target: each.TargetEntityType,
        ...(carrier === undefined ? {} : { carrier }),
      };
    }),
  };
}

function survey(declared: Declared, owned: Owned): ConnectorFacts {
  const values = valuesOf(declared, connector);
  const mappings = owned.mappings.get(values.Identifier) ?? [];
  const links = owned.links.get(values.Identifier) ?? [];
  const connections = owned.connections.get(values.Identifier) ?? [];
  const entityTypes = mappings.map((each) => each.Identifier);
  const tables = [...mappings, ...links].map(
    (each) => each.ConnectionTable ?? each.Identifier ?? '',
  );
  const readable = connections
    .filter((each) => each.DeactivationExportFulfill !== 'Export')
    .map((each) => each.Identifier);
  const feeding = readable.filter((each) => tables.some((table) => isTableOf(table, each)));
  const carriers = connections.map((each) => each.Identifier);
  return {
    identifier: values.Identifier,
    ...(values.Agent === undefined ? {} : { agent: values.Agent }),
    completeJob: values.CompleteJob,
    incrementalJob: values.IncrementalJob,
    isDeactivated: values.IsDeactivated,
    usesActiveDirectory: connections.some((each) => /^[\w-]+\.AD@/.test(each.Package)),
    // Tables named by no connection say nothing; then every connection that may be read is.
    exportingConnections: feeding.length > 0 || tables.length === 0 ? feeding : readable,
    entityTypes,
    resourceTypes: owned.resourceTypes
      .filter(
        ({ target, carrier }) =>
          entityTypes.includes(target) || (carrier !== undefined && carriers.includes(carrier)),
      )
      .map((each) => each.identifier),
  };
}

/** A table is named after its connection, or after it and a dataset. */
function isTableOf(table: string, connectionName: string): boolean {
  const lower = table.toLowerCase();
  const name = connectionName.toLowerCase();
  return lower === name || lower.startsWith(`${name}_`);
}

export function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)].filter((name) => name !== '');
}
