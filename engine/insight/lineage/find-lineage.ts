/** The part of the graph that one question is about. */
import { type Model, suggest } from '../../../config/index.ts';
import { InsightError } from '../errors.ts';
import {
  drawLineageGraph,
  type FindWritten,
  type LineageGraph,
  orderNode,
  propertyNode,
} from './draw-lineage-graph.ts';
import type { Lineage, LineageEdge } from './lineage.ts';

export type LineageQuestion =
  /** What a resource type, or one of its target properties, comes from. */
  | { readonly resourceType: string; readonly property: string | undefined }
  /** `EntityType:Property`: where its values go. */
  | { readonly from: string };

/** Throws `USAGE_RESOURCE_TYPE_UNKNOWN`, `PROPERTY_UNKNOWN` or `ENTITY_TYPE_UNKNOWN`. */
export function findLineage(
  model: Model,
  findWritten: FindWritten,
  question: LineageQuestion,
): Lineage {
  const graph = drawLineageGraph(model, findWritten);
  if ('from' in question) {
    const start = findProperty(model, question.from);
    const reached = walk([start], graph.feeds);
    return select(graph, question.from, 'uses', reached);
  }
  const { resourceType, property } = question;
  const starts = findOrders(model, graph, resourceType, property);
  const reached = walk(starts, graph.fedBy);
  for (const start of starts) for (const next of graph.feeds.get(start) ?? []) reached.add(next);
  const subject = property === undefined ? resourceType : `${resourceType}.${property}`;
  return select(graph, subject, 'sources', reached);
}

function findProperty(model: Model, name: string): string {
  const separator = name.indexOf(':');
  const entityType = name.slice(0, Math.max(0, separator));
  const property = name.slice(separator + 1);
  const { entityTypes } = model.entityModel;
  const type = entityTypes.get(entityType);
  if (type === undefined) {
    throw new InsightError('ENTITY_TYPE_UNKNOWN', `There is no entity type "${entityType}".`, {
      hint: `Write EntityType:Property. ${suggestOf(entityType, entityTypes.keys())}`,
    });
  }
  if (!type.properties.has(property)) {
    throw new InsightError('PROPERTY_UNKNOWN', `${entityType} has no property "${property}".`, {
      hint: suggestOf(property, type.properties.keys()),
    });
  }
  return propertyNode(entityType, property);
}

function findOrders(
  model: Model,
  graph: LineageGraph,
  resourceType: string,
  property: string | undefined,
): readonly string[] {
  const type = model.resourceTypes.get(resourceType);
  if (type === undefined) {
    throw new InsightError(
      'USAGE_RESOURCE_TYPE_UNKNOWN',
      `There is no resource type "${resourceType}".`,
      { hint: suggestOf(resourceType, model.resourceTypes.keys()) },
    );
  }
  const target = model.entityModel.entityTypes.get(type.targetEntityType);
  const names = [...(target?.properties.keys() ?? [])];
  const isGiven = (name?: string): boolean => graph.nodes.has(orderNode(resourceType, name));
  if (property === undefined) {
    const all = names.filter(isGiven).map((name) => orderNode(resourceType, name));
    return isGiven() ? [orderNode(resourceType), ...all] : all;
  }
  if (!names.includes(property)) {
    throw new InsightError(
      'PROPERTY_UNKNOWN',
      `${type.targetEntityType}, the target of ${resourceType}, has no property "${property}".`,
      { hint: suggestOf(property, names) },
    );
  }
  return isGiven(property) ? [orderNode(resourceType, property)] : [];
}

function suggestOf(name: string, known: Iterable<string>): string {
  const names = [...known];
  const list = names.slice(0, 20).join(', ');
  return suggest(name, names) ?? (names.length === 0 ? 'There are none.' : `There are: ${list}.`);
}

/** Everything that can be reached, the start included; what goes in a circle is reached once. */
function walk(
  starts: readonly string[],
  next: ReadonlyMap<string, ReadonlySet<string>>,
): Set<string> {
  const reached = new Set(starts);
  // A set that grows is walked to its new end.
  for (const id of reached) for (const other of next.get(id) ?? []) reached.add(other);
  return reached;
}

function select(
  graph: LineageGraph,
  subject: string,
  direction: Lineage['direction'],
  reached: ReadonlySet<string>,
): Lineage {
  const ids = [...reached].sort();
  const edges = ids.flatMap((from): readonly LineageEdge[] =>
    [...(graph.feeds.get(from) ?? [])]
      .filter((to) => reached.has(to))
      .sort()
      .map((to) => ({ from, to })),
  );
  const nodes = ids.map(
    (id) =>
      graph.nodes.get(id) ?? ({ id, kind: 'property', label: id, text: null, at: null } as const),
  );
  return { subject, direction, nodes, edges };
}
