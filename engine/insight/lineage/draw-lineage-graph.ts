/** The whole way of all values of a configuration, as one graph. */
import type {
  CompiledExpression,
  DimensionCriterion,
  Located,
  Model,
  ResourceType,
  WrittenElement,
} from '../../../config/index.ts';
import { writtenText } from '../../../config/index.ts';
import type { LineageKind, LineageNode } from './lineage.ts';

export interface LineageGraph {
  readonly nodes: ReadonlyMap<string, LineageNode>;
  /** By node, what it feeds; and what feeds it. */
  readonly feeds: ReadonlyMap<string, ReadonlySet<string>>;
  readonly fedBy: ReadonlyMap<string, ReadonlySet<string>>;
}

export const propertyNode = (entityType: string, property: string): string =>
  `property ${entityType}:${property}`;
/** `property` absent: that there is an account at all. */
export const orderNode = (resourceType: string, property?: string): string =>
  `order ${resourceType}${property === undefined ? '' : `.${property}`}`;

/** Says what stands at a place of the files; `null` where that is not known. */
export type FindWritten = (at: Located['at']) => WrittenElement | null;

export function drawLineageGraph(model: Model, findWritten: FindWritten): LineageGraph {
  const drawing = new Drawing(findWritten);
  drawMappings(model, drawing);
  for (const rule of model.propertyExpressions) {
    const own = drawing.element('expression', 'EntityPropertyExpression', rule);
    drawing.reads(rule.value, own);
    drawing.edge(own, drawing.property(rule.entityType, rule.property));
  }
  drawContexts(model, drawing);
  drawRoles(model, drawing);
  for (const type of model.resourceTypes.values()) drawResourceType(model, type, drawing);
  return drawing;
}

class Drawing implements LineageGraph {
  readonly nodes = new Map<string, LineageNode>();
  readonly feeds = new Map<string, Set<string>>();
  readonly fedBy = new Map<string, Set<string>>();
  readonly #findWritten: FindWritten;

  constructor(findWritten: FindWritten) {
    this.#findWritten = findWritten;
  }

  node(kind: LineageKind, label: string, name = label): string {
    const id = `${kind} ${name}`;
    if (!this.nodes.has(id)) this.nodes.set(id, { id, kind, label, text: null, at: null });
    return id;
  }

  /** An element that stands in a file; what a scaffolding generated has no text of its own. */
  element(kind: LineageKind, element: string, { at }: Located): string {
    const written = this.#findWritten(at);
    const id = `${kind} ${element} ${at.file}:${at.line}:${at.column}`;
    const isWritten = written !== null && (written.element === element || kind === 'mapping');
    const text = isWritten ? writtenText(written) : '';
    this.nodes.set(id, { id, kind, label: element, text: text === '' ? null : text, at });
    return id;
  }

  property(entityType: string, property: string): string {
    return this.node('property', `${entityType}:${property}`);
  }

  edge(from: string, to: string): void {
    const feeds = this.feeds.get(from) ?? new Set();
    const fedBy = this.fedBy.get(to) ?? new Set();
    this.feeds.set(from, feeds.add(to));
    this.fedBy.set(to, fedBy.add(from));
  }

  reads(expression: CompiledExpression | undefined, to: string): void {
    if (expression === undefined) return;
    for (const pair of [...expression.reads, ...(expression.queried ?? [])])
      this.edge(this.node('property', pair), to);
  }

  /** Dimensions and role that a rule asks for. */
  asks(
    rule: {
      readonly criteria?: readonly DimensionCriterion[];
      readonly singleRole?: string;
    },
    entityType: string,
    to: string,
  ): void {
    for (const { dimension } of rule.criteria ?? [])
      this.edge(this.node('dimension', `${dimension} of ${entityType}`), to);
    if (rule.singleRole !== undefined) this.edge(this.node('role', rule.singleRole), to);
  }
}

function drawMappings(model: Model, drawing: Drawing): void {
  const column = (connector: string, table: string, name: string): string =>
    drawing.node('column', `${connector} / ${table}: ${name}`);
  for (const mapping of model.entityTypeMappings.values()) {
    for (const property of mapping.properties) {
      const own = drawing.element('mapping', 'EntityTypeMapping', property);
      const { connector, connectionTable } = mapping;
      drawing.edge(column(connector, connectionTable, property.connectionColumn), own);
      drawing.edge(own, drawing.property(mapping.identifier, property.identifier));
    }
  }
  for (const mapping of model.associationMappings.values()) {
    const association = model.entityModel.associations.get(mapping.identifier);
    if (association === undefined) continue;
    const own = drawing.element('mapping', 'EntityAssociationMapping', mapping);
    for (const name of [mapping.column1, mapping.column2])
      drawing.edge(column(mapping.connector, mapping.connectionTable, name), own);
    drawing.edge(own, drawing.property(association.type1, association.property1));
    drawing.edge(own, drawing.property(association.type2, association.property2));
  }
}

function drawContexts(model: Model, drawing: Drawing): void {
  for (const rule of model.contextRules.values()) {
    const own = drawing.element('context', 'ContextRule', rule);
    for (const part of [rule.records, rule.start, rule.end, rule.exclude]) drawing.reads(part, own);
    for (const { dimension, value } of rule.dimensions)
      drawing.reads(value, drawing.node('dimension', `${dimension} of ${rule.sourceEntityType}`));
  }
}

function drawRoles(model: Model, drawing: Drawing): void {
  const composite = (name: string): string => drawing.node('role', name, `composite ${name}`);
  for (const rule of model.compositeRoleRules) {
    const own = drawing.element('rule', 'CompositeRoleRule', rule);
    const entityType = model.compositeRoles.get(rule.role)?.entityType ?? '';
    drawing.asks({ criteria: rule.criteria }, entityType, own);
    if (rule.parentRole !== undefined) drawing.edge(composite(rule.parentRole), own);
    drawing.edge(own, composite(rule.role));
  }
  for (const rule of model.singleRoleRules) {
    const own = drawing.element('rule', 'SingleRoleRule', rule);
    const entityType = model.singleRoles.get(rule.role)?.entityType ?? '';
    drawing.asks({ criteria: rule.criteria }, entityType, own);
    if (rule.compositeRole !== undefined) drawing.edge(composite(rule.compositeRole), own);
    drawing.edge(own, drawing.node('role', rule.role));
  }
}

function drawResourceType(model: Model, type: ResourceType, drawing: Drawing): void {
  const order = (property?: string): string => {
    const name = property === undefined ? type.identifier : `${type.identifier}.${property}`;
    return drawing.node('order', name);
  };
  const rule = (
    element: string,
    written: Located & Parameters<Drawing['asks']>[0],
    property: string | undefined,
    reads: readonly (CompiledExpression | undefined)[],
  ): void => {
    const own = drawing.element('rule', element, written);
    drawing.asks(written, type.sourceEntityType, own);
    for (const expression of reads) drawing.reads(expression, own);
    drawing.edge(own, order(property));
  };
  const context = model.contextRules.get(type.sourceEntityType);
  for (const one of type.typeRules) {
    rule('TypeRule', one, undefined, []);
    if (context !== undefined)
      drawing.edge(
        drawing.element('context', 'ContextRule', context),
        drawing.element('rule', 'TypeRule', one),
      );
  }
  for (const one of type.scalarRules) rule('ScalarRule', one, one.property, [one.value]);
  for (const one of type.binaryRules) rule('BinaryRule', one, one.property, [one.value]);
  for (const one of type.navigationRules) rule('NavigationRule', one, one.property, []);
  for (const one of type.queryRules) rule('QueryRule', one, one.property, [one.source, one.target]);
  for (const one of type.correlationRules)
    rule('ResourceCorrelationRule', one, undefined, [one.source, one.target]);
  drawAttributes(model, type, drawing);
}

/** Where orders of the type write: the columns by which the system's own files tell the same properties. */
function drawAttributes(model: Model, type: ResourceType, drawing: Drawing): void {
  const { mapping } = type;
  if (mapping === undefined) return;
  const attribute = (table: string, column: string): string => {
    const label = `${mapping.connection} / ${table}: ${column}`;
    return drawing.node('attribute', label);
  };
  const target = model.entityModel.entityTypes.get(type.targetEntityType);
  const columns = model.entityTypeMappings.get(type.targetEntityType);
  for (const property of target?.properties.values() ?? []) {
    const own = orderNode(type.identifier, property.identifier);
    if (!drawing.nodes.has(own)) continue;
    if (property.kind === 'navigation') {
      const links = model.associationMappings.get(property.association);
      if (links === undefined) continue;
      const column = property.side === 1 ? links.column2 : links.column1;
      drawing.edge(own, attribute(links.connectionTable, column));
      continue;
    }
    const column = columns?.properties.find(({ identifier }) => identifier === property.identifier);
    if (columns !== undefined && column !== undefined)
      drawing.edge(own, attribute(columns.connectionTable, column.connectionColumn));
  }
}
