/** Checks a query against the entity model and prepares it for running. */
import type { EntityModel } from '../../entity-model.ts';
import type { Findings } from '../finding.ts';
import type { StaticType } from '../language/static-type.ts';
import type { QueryHost, ReadPair, ResourceView } from '../values.ts';
import {
  checkValue,
  type HoleValue,
  isComparable,
  type Read,
  readQueryDate,
  subjectOf,
} from './check-value.ts';
import { type Comparable, compareValues, hasOperator, listOperators, testOf } from './compare.ts';
import { parseQuery } from './parse-query.ts';
import { columnsOf, type QueryColumn } from './query-columns.ts';
import type { FilterNode, HistoryNode, OrderNode, QueryText, ValueNode } from './query-tree.ts';
import {
  followAll,
  type Join,
  type ResolvedPath,
  type Rows,
  resolveJoin,
  resolvePath,
  type Scope,
} from './resolve-path.ts';
import { SelectedResource, type Selection, selectionOf } from './selection.ts';

export interface QueryRequest {
  readonly query: QueryText;
  /** A declared entity type. */
  readonly entityType: string;
  readonly entityModel: EntityModel;
  readonly findings: Findings;
  /** Types of the holes. */
  readonly holes: readonly StaticType[];
  /** Only reports look at former states. */
  readonly isHistoryAllowed: boolean;
}

/** The time a report looks at; dates are UTC ISO. */
export interface QueryHistory {
  readonly kind: HistoryNode['kind'];
  readonly from: string;
  /** Of `as of` the same. */
  readonly to: string;
}

/** How what was found is ordered, where an order is asked for. */
export interface QueryOrder {
  /** Small values, to be kept in place of the resource. */
  keysOf(resource: ResourceView): readonly Comparable[];
  /** Of equal keys, the order of before stays. */
  compare(left: readonly Comparable[], right: readonly Comparable[]): number;
}

export interface PreparedQuery {
  readonly selection: Selection;
  /** What is selected, in its order; without a selection the ids. */
  readonly columns: readonly QueryColumn[];
  readonly history: QueryHistory | null;
  /** All pairs the query reads, and `Type:Id` of its root type. */
  readonly reads: ReadonlySet<ReadPair>;
  /**
   * The resources found, in the order asked for, by id where nothing else is said. `spend` is told of the work done and
   * may stop it by throwing.
   */
  run(host: QueryHost, holes: readonly HoleValue[], spend: Spend): readonly ResourceView[];
  /** The same resources, with everything that can be read of them. */
  find(host: QueryHost, holes: readonly HoleValue[], spend: Spend): readonly ResourceView[];
  /** Those of the host’s resources that are found, by id: neither ordered nor counted. Any part of a type can be looked at. */
  select(host: QueryHost, holes: readonly HoleValue[], spend: Spend): readonly ResourceView[];
  /** `null`: by id. */
  readonly order: QueryOrder | null;
  /** How many are asked for at most. */
  readonly pageSize: number;
}

type Spend = (steps: number) => void;

type Filter = (rows: Rows, holes: readonly HoleValue[], spend: Spend) => boolean;

/** A comparison every resource found must meet, of a property of the root type itself: found by index. */
interface LookUp {
  readonly property: string;
  readonly keyOf: (resource: ResourceView) => Comparable;
  readonly key: Read;
}

interface Prepared {
  readonly entityType: string;
  /** Joins the filter looks at, with those they start from; others change nothing. */
  readonly joins: readonly (Join | undefined)[];
  readonly filter: Filter | undefined;
  readonly lookUp: LookUp | undefined;
  readonly order: readonly { readonly read: Read; readonly isDescending: boolean }[];
  readonly pageSize: number;
  readonly selection: Selection;
}

/** The prepared query, or `undefined` after a finding. */
export function prepareQuery(request: QueryRequest): PreparedQuery | undefined {
  const { entityModel: model, entityType, findings } = request;
  const root = model.entityTypes.get(entityType);
  const node = parseQuery(request.query, findings);
  if (root === undefined || node === undefined) return undefined;
  const reads = new Set<ReadPair>([`${entityType}:Id`]);
  const scope: Scope = { model, root, joins: [], reads, findings };
  if (node.history !== undefined) checkHistory(request, node.history);
  for (const join of node.joins) resolveJoin(scope, join);
  if (findings.hasErrors) return undefined;
  const select = node.select.map((path) => resolvePath(scope, path));
  const used = new Set<number>();
  const lookUps: LookUp[] = [];
  const filter =
    node.where === undefined
      ? undefined
      : checkFilter({ scope, holes: request.holes, used, lookUps }, node.where, true);
  const order = node.orderBy.map((one) => checkOrder(scope, one));
  if (findings.hasErrors) return undefined;
  const names = select.flatMap((path) => (path === undefined ? [] : [path.names]));
  const prepared: Prepared = {
    entityType,
    joins: keepUsed(scope.joins, used),
    filter,
    lookUp: lookUps[0],
    order: order.filter((one) => one !== undefined),
    pageSize: node.pageSize ?? Number.POSITIVE_INFINITY,
    selection: selectionOf(names),
  };
  return {
    selection: prepared.selection,
    columns: columnsOf(scope, node.select, select),
    history: historyOf(node.history),
    reads,
    run: (host, holes, spend) => runQuery(prepared, host, holes, spend),
    find: (host, holes, spend) => findResources(prepared, host, holes, spend),
    select: (host, holes, spend) =>
      selectResources(prepared, host, holes, spend, Number.POSITIVE_INFINITY),
    order: orderOf(prepared),
    pageSize: prepared.pageSize,
  };
}

function historyOf(node: HistoryNode | undefined): QueryHistory | null {
  if (node === undefined) return null;
  const dates = node.dates.map((date) => new Date(readFixedDate(date) ?? 0).toISOString());
  const [from = '', to = from] = dates;
  return { kind: node.kind, from, to };
}

function checkHistory(request: QueryRequest, history: HistoryNode): void {
  const { findings } = request;
  if (!request.isHistoryAllowed) {
    findings.error(
      history.offset,
      history.length,
      `${history.kind} looks at former states, which only the query of a report can.`,
      'Remove it: expressions see the present state.',
    );
    return;
  }
  for (const date of history.dates) {
    if (readFixedDate(date) !== undefined) continue;
    findings.error(
      date.offset,
      date.length,
      'A date is expected here.',
      'Write "yyyy-MM-ddTHH:mm:ssZ" in double quotes.',
    );
  }
}

/** Milliseconds since the epoch; `undefined` for anything but a date that is written out. */
function readFixedDate(node: ValueNode): number | undefined {
  if (node.kind !== 'string' || node.parts.some((part) => part.kind !== 'text')) return undefined;
  return readQueryDate(node.parts.map((part) => (part.kind === 'text' ? part.text : '')).join(''));
}

interface FilterCheck {
  readonly scope: Scope;
  readonly holes: readonly StaticType[];
  /** Rows the filter reads. */
  readonly used: Set<number>;
  readonly lookUps: LookUp[];
}

/** `isRequired`: what does not meet this filter is not found. */
function checkFilter(check: FilterCheck, node: FilterNode, isRequired: boolean): Filter {
  const none: Filter = () => false;
  if (node.kind !== 'comparison') {
    const isAll = node.kind === 'and';
    const filters = node.filters.map((one) => checkFilter(check, one, isRequired && isAll));
    return isAll
      ? (rows, holes, spend) => filters.every((one) => one(rows, holes, spend))
      : (rows, holes, spend) => filters.some((one) => one(rows, holes, spend));
  }
  const { scope, used, lookUps } = check;
  const { findings } = scope;
  const path = resolvePath(scope, node.path);
  if (path === undefined || !isComparable(scope, path, node.path)) return none;
  const subject = subjectOf(path);
  const { operator, operatorPlace, value } = node;
  if (!hasOperator(subject.category, operator)) {
    findings.error(
      operatorPlace.offset,
      operatorPlace.length,
      `${operator} is not for ${path.subject}, which is of type ${subject.typeName}.`,
      `Its operators are ${listOperators(subject.category)}.`,
    );
    return none;
  }
  if (value.kind === 'null' && operator !== '=' && operator !== '!=') {
    findings.error(value.offset, value.length, 'null is compared with = and != only.');
    return none;
  }
  const right = checkValue(scope, subject, value, check.holes);
  if (right === undefined) return none;
  used.add(path.row);
  if (value.kind === 'path') {
    const other = resolvePath(scope, value.path);
    if (other !== undefined) used.add(other.row);
  }
  const property = indexedProperty(path);
  if (isRequired && operator === '=' && right.isConstant && property !== undefined) {
    const keyOf = (resource: ResourceView): Comparable => subject.read([resource], []);
    lookUps.push({ property, keyOf, key: right.read });
  }
  const test = testOf(operator);
  return (rows, holes, spend) => {
    const left = subject.read(rows, holes);
    const other = right.read(rows, holes);
    if (typeof left === 'string') spendOnTexts(left, other, spend);
    return test(left, other);
  };
}

/** A search costs the product of both lengths at worst; texts of ordinary length cost nothing of their own. */
function spendOnTexts(text: string, part: Comparable, spend: Spend): void {
  if (text.length < 256 || typeof part !== 'string') return;
  spend((text.length * Math.min(part.length, text.length)) >> 9);
}

/** The property of the root type a path is, where it is one that resources can be looked up by. */
function indexedProperty({ row, steps, end }: ResolvedPath): string | undefined {
  if (row !== 0 || steps.length > 0) return undefined;
  if (end.kind === 'id') return 'Id';
  if (end.kind === 'resource') return end.property.identifier;
  return end.type === 'Double' ? undefined : end.property;
}

function checkOrder(
  scope: Scope,
  { path: node, isDescending }: OrderNode,
): { readonly read: Read; readonly isDescending: boolean } | undefined {
  const path = resolvePath(scope, node);
  if (path === undefined) return undefined;
  if (!path.isSingle) {
    scope.findings.error(
      node.offset,
      node.length,
      `${path.subject} is reached through several resources: nothing can be ordered by it.`,
    );
    return undefined;
  }
  if (path.end.kind === 'resource') {
    const hint = `Name one of its properties, as in ${path.end.property.identifier}.Id.`;
    scope.findings.error(node.offset, node.length, 'A resource has no order.', hint);
    return undefined;
  }
  const { row } = path;
  const { read } = subjectOf({ ...path, row: 0, steps: [] });
  const joins = scope.joins;
  return {
    isDescending,
    read: (rows, holes) => read([resourceAt(rows[0] ?? null, joins, row, path)], holes),
  };
}

/** The one resource a path ends at, from the root, where no step leads to several. */
function resourceAt(
  root: ResourceView | null,
  joins: readonly Join[],
  row: number,
  path: Pick<ResolvedPath, 'steps'>,
): ResourceView | null {
  const join = row === 0 ? undefined : joins[row - 1];
  const start = join === undefined ? root : resourceAt(root, joins, join.from, join);
  return followAll(start, path.steps)[0] ?? null;
}

function keepUsed(joins: readonly Join[], used: Set<number>): readonly (Join | undefined)[] {
  for (let row = joins.length; row > 0; row--) {
    const join = joins[row - 1];
    if (join !== undefined && used.has(row)) used.add(join.from);
  }
  return joins.map((join, index) => (used.has(index + 1) ? join : undefined));
}

function runQuery(
  query: Prepared,
  host: QueryHost,
  holes: readonly HoleValue[],
  spend: Spend,
): readonly ResourceView[] {
  const { filter, selection } = query;
  return findResources(query, host, holes, spend).map((resource) => {
    const watched = host.watch?.(resource) ?? resource;
    // What made it be found is part of what was read.
    if (watched !== resource && filter !== undefined) {
      matches(query, [watched], filter, holes, spend);
    }
    return new SelectedResource(watched, selection);
  });
}

function findResources(
  query: Prepared,
  host: QueryHost,
  holes: readonly HoleValue[],
  spend: Spend,
): readonly ResourceView[] {
  const { order, pageSize } = query;
  if (order.length === 0) return selectResources(query, host, holes, spend, pageSize);
  const found = selectResources(query, host, holes, spend, Number.POSITIVE_INFINITY);
  return sorted(found, order, holes, spend).slice(0, pageSize);
}

function selectResources(
  query: Prepared,
  host: QueryHost,
  holes: readonly HoleValue[],
  spend: Spend,
  limit: number,
): readonly ResourceView[] {
  const { entityType, lookUp, filter } = query;
  const candidates =
    lookUp === undefined
      ? host.resourcesOf(entityType)
      : host.lookUp(entityType, lookUp.property, indexKey(lookUp.key([], holes)), (resource) =>
          indexKey(lookUp.keyOf(resource)),
        );
  const isFound = (resource: ResourceView): boolean =>
    filter === undefined || matches(query, [resource], filter, holes, spend);
  spend(1);
  const found: ResourceView[] = [];
  for (const resource of candidates) {
    if (!isFound(resource)) continue;
    spend(1);
    found.push(resource);
    if (found.length >= limit) break;
  }
  return found;
}

/** True when some choice of joined resources meets the filter; what is joined and not there is null. */
function matches(
  query: Prepared,
  rows: Rows,
  filter: Filter,
  holes: readonly HoleValue[],
  spend: Spend,
): boolean {
  if (rows.length > query.joins.length) {
    spend(0.25);
    return filter(rows, holes, spend);
  }
  const join = query.joins[rows.length - 1];
  const joined = join === undefined ? [] : followAll(rows[join.from] ?? null, join.steps);
  if (joined.length === 0) return matches(query, [...rows, null], filter, holes, spend);
  return joined.some((resource) => matches(query, [...rows, resource], filter, holes, spend));
}

function sorted(
  found: readonly ResourceView[],
  order: Prepared['order'],
  holes: readonly HoleValue[],
  spend: Spend,
): ResourceView[] {
  const keys = found.map((resource) => keysOf(order, resource, holes));
  spend(found.length);
  const compare = (a: number, b: number): number =>
    compareKeys(order, keys[a] ?? [], keys[b] ?? []) || a - b;
  return [...found.keys()].sort(compare).flatMap((index) => found[index] ?? []);
}

function orderOf({ order }: Prepared): QueryOrder | null {
  if (order.length === 0) return null;
  return {
    keysOf: (resource) => keysOf(order, resource, []),
    compare: (left, right) => compareKeys(order, left, right),
  };
}

function keysOf(
  order: Prepared['order'],
  resource: ResourceView,
  holes: readonly HoleValue[],
): readonly Comparable[] {
  return order.map(({ read }) => read([resource], holes));
}

function compareKeys(
  order: Prepared['order'],
  left: readonly Comparable[],
  right: readonly Comparable[],
): number {
  for (const [index, { isDescending }] of order.entries()) {
    const result = compareValues(left[index] ?? null, right[index] ?? null);
    if (result !== 0) return isDescending ? -result : result;
  }
  return 0;
}

/** Numbers that are equal have one key, whichever of the two kinds they are. */
function indexKey(value: Comparable): string | boolean | null {
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : value;
}
