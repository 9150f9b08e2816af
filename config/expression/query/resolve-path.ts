/** Paths of a query against the entity model: what they lead to, how they are read, and which pairs that takes. */
import type {
  EntityModel,
  EntityType,
  NavigationProperty,
  ScalarType,
} from '../../entity-model.ts';
import { describeUnknownProperty, describeUnknownType, findProperty } from '../entity-property.ts';
import type { Findings } from '../finding.ts';
import { suggestName } from '../nearest-name.ts';
import type { ReadPair, ResourceView } from '../values.ts';
import type { JoinNode, PathNode } from './query-tree.ts';

/** What a row of the query is joined with: `from` is the row the path starts at, counted from 0, the root. */
export interface Join {
  readonly alias: string;
  readonly from: number;
  readonly steps: readonly Step[];
  readonly entityType: string;
  /** From the root on no step leads to several resources. */
  readonly isSingle: boolean;
  /** Names of the properties from the root to here. */
  readonly names: readonly string[];
}

export interface Step {
  readonly property: string;
  readonly isCollection: boolean;
  readonly onlyType?: string;
}

/** One resource of the root type and those joined with it; `null` where there is none. */
export type Rows = readonly (ResourceView | null)[];

export type PathEnd =
  | { readonly kind: 'scalar'; readonly property: string; readonly type: ScalarType }
  | { readonly kind: 'id' }
  | { readonly kind: 'resource'; readonly property: NavigationProperty };

export interface ResolvedPath {
  /** Row the path starts at. */
  readonly row: number;
  /** Steps after that row, without the end. */
  readonly steps: readonly Step[];
  readonly end: PathEnd;
  /** `EntityType:Property` for messages. */
  readonly subject: string;
  readonly isSingle: boolean;
  /** Names of all properties from the root, the end included; an `Id` adds none. */
  readonly names: readonly string[];
}

export interface Scope {
  readonly model: EntityModel;
  readonly root: EntityType;
  readonly joins: Join[];
  readonly reads: Set<ReadPair>;
  readonly findings: Findings;
}

const maxJoins = 16;

/** Adds what a join names to the scope. */
export function resolveJoin(scope: Scope, node: JoinNode): void {
  const { findings, joins, model } = scope;
  const path = resolvePath(scope, node.path);
  if (path === undefined) return;
  if (path.end.kind !== 'resource') {
    findings.error(
      node.path.offset,
      node.path.length,
      'Only navigation properties can be joined; this is a value.',
    );
    return;
  }
  if (joins.length >= maxJoins) {
    findings.error(node.offset, node.length, `A query has at most ${maxJoins} joins.`);
    return;
  }
  const { name } = node.alias;
  if (joins.some((join) => join.alias === name)) {
    findings.error(node.alias.offset, node.alias.length, `Something is joined as ${name} already.`);
    return;
  }
  const { property } = path.end;
  const typeName = node.type?.name ?? property.target;
  const at = node.type ?? node.path;
  if (!model.entityTypes.has(typeName)) {
    findings.error(at.offset, at.length, ...describeUnknownType(model, typeName));
    return;
  }
  if (typeName !== property.target && model.entityTypes.has(property.target)) {
    findings.error(
      at.offset,
      at.length,
      `${property.identifier} leads to ${property.target}, never to ${typeName}.`,
      `Write ${property.target}, or leave of type out.`,
    );
    return;
  }
  const step: Step = {
    property: property.identifier,
    isCollection: property.isCollection,
    ...(typeName === property.target ? {} : { onlyType: typeName }),
  };
  joins.push({
    alias: name,
    from: path.row,
    steps: [...path.steps, step],
    entityType: typeName,
    isSingle: path.isSingle,
    names: path.names,
  });
}

/** The path, or `undefined` after a finding. */
export function resolvePath(scope: Scope, node: PathNode): ResolvedPath | undefined {
  const { model, root, joins, findings } = scope;
  const [first] = node.segments;
  const joined =
    node.segments.length < 2 ? -1 : joins.findIndex((one) => one.alias === first?.name);
  const join = joins[joined];
  let type = join === undefined ? root : model.entityTypes.get(join.entityType);
  const rest = join === undefined ? node.segments : node.segments.slice(1);
  const names = [...(join?.names ?? [])];
  const steps: Step[] = [];
  let isSingle = join?.isSingle ?? true;
  for (const [index, segment] of rest.entries()) {
    if (type === undefined) return undefined;
    const found = findProperty(type, segment.name);
    if (found === undefined) {
      const [message, hint] = describeUnknownProperty(type, segment.name);
      const aliases = index === 0 && node.segments.length > 1 ? joins.map((one) => one.alias) : [];
      findings.error(
        segment.offset,
        segment.length,
        message,
        suggestName(segment.name, aliases) ?? hint,
      );
      return undefined;
    }
    const isLast = index === rest.length - 1;
    const subject: string = `${type.identifier}:${segment.name}`;
    const place = { row: joined + 1, steps, subject, isSingle, names };
    if (found.kind === 'id' || found.property.kind === 'scalar') {
      if (!isLast) {
        findings.error(
          segment.offset,
          segment.length,
          `${segment.name} is a value, not a resource: nothing can follow it.`,
        );
        return undefined;
      }
      if (found.kind === 'id') return { ...place, end: { kind: 'id' } };
      const { identifier, type: scalar } = found.property as Extract<
        typeof found.property,
        { kind: 'scalar' } // Navigation properties are handled below.
      >;
      scope.reads.add(`${type.identifier}:${identifier}`);
      const end = { kind: 'scalar', property: identifier, type: scalar } as const;
      return { ...place, end, names: [...names, identifier] };
    }
    const { property } = found;
    scope.reads.add(`${type.identifier}:${property.identifier}`);
    names.push(property.identifier);
    isSingle = isSingle && !property.isCollection;
    if (isLast) return { ...place, isSingle, end: { kind: 'resource', property } };
    steps.push({ property: property.identifier, isCollection: property.isCollection });
    const next = model.entityTypes.get(property.target);
    if (next === undefined) {
      findings.error(
        segment.offset,
        segment.length,
        ...describeUnknownType(model, property.target),
      );
    }
    type = next;
  }
  return undefined;
}

/** The resource the steps lead to; `null` where one of them leads nowhere. Only for steps without collections. */
export function follow(start: ResourceView | null, steps: readonly Step[]): ResourceView | null {
  let current = start;
  for (const { property, onlyType } of steps) {
    if (current === null) return null;
    current = current.one(property);
    if (onlyType !== undefined && current?.entityType !== onlyType) return null;
  }
  return current;
}

/** Everything the steps lead to. */
export function followAll(
  start: ResourceView | null,
  steps: readonly Step[],
): readonly ResourceView[] {
  let current: readonly ResourceView[] = start === null ? [] : [start];
  for (const { property, isCollection, onlyType } of steps) {
    const next = current.flatMap((resource): readonly ResourceView[] => {
      if (isCollection) return resource.many(property);
      const one = resource.one(property);
      return one === null ? [] : [one];
    });
    current = onlyType === undefined ? next : next.filter((one) => one.entityType === onlyType);
  }
  return current;
}
