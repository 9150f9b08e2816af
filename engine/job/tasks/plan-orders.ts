/** What is pending to orders, a page of owners at a time, in the order in which they are carried out. */
import type { Model, ReadPair, ResourceType } from '../../../config/index.ts';
import type { ProvisioningOrder, Values } from '../../../connectors/index.ts';
import { type AssignedResourceType, isDependencyMet } from '../../evaluate/index.ts';
import {
  addArguments,
  buildOrder,
  describeMissingPlace,
  isDue,
  isLeaving,
  type OrderTurn,
  orderTurns,
} from '../../provision/index.ts';
import {
  type AssignedResourceTypeRow,
  listPendingAssignments,
  listRequestedRoles,
  listSiblings,
  ResourceGraph,
  readAssignedResourceTypes,
  readFormerScalars,
  readValuesOf,
  type StoreTransaction,
} from '../../store/index.ts';
import { toResourceType } from './assignment-rows.ts';
import { openQueries } from './open-queries.ts';

/** Assignments looked at together. */
const pageSize = 1_000;
/** The same where orders carry files. */
const filePageSize = 50;

export interface Planned {
  readonly assignment: AssignedResourceType;
  readonly order: ProvisioningOrder;
}

/** An order that is not made because something it cannot go without is missing; what it is for stays pending. */
export interface Held {
  readonly assignmentId: number;
  readonly resourceType: string;
  readonly owner: string;
  readonly changeType: ProvisioningOrder['changeType'];
  readonly message: string;
}

export interface PlannedPage {
  readonly turn: OrderTurn;
  readonly planned: readonly Planned[];
  readonly held: readonly Held[];
}

/**
 * Orders of these resource types, turn by turn, within a turn by owner. Memory: one page with what its rules read, and two
 * numbers for each pending assignment.
 */
export async function* planOrders(
  t: StoreTransaction,
  model: Model,
  types: readonly ResourceType[],
  now: string,
): AsyncGenerator<PlannedPage> {
  for (const turn of orderTurns(model, types)) {
    const rows = await listPendingAssignments(t, turn.resourceType.identifier);
    const ids = rows
      .filter((row) => isLeaving(row.workflow_state) === turn.isDeletion)
      .map((row) => row.id);
    if (ids.length === 0) continue;
    const planner = await Planner.open(t, model, turn, now);
    const size = turn.resourceType.binaryRules.length > 0 ? filePageSize : pageSize;
    for (let start = 0; start < ids.length; start += size)
      yield await planner.planPage(t, ids.slice(start, start + size));
  }
}

/** What planning one turn needs of the store, prepared once, used for every page. */
class Planner {
  readonly #model: Model;
  readonly #turn: OrderTurn;
  readonly #now: string;
  readonly #graph: ResourceGraph;
  readonly #queries: Awaited<ReturnType<typeof openQueries>>;

  private constructor(
    model: Model,
    turn: OrderTurn,
    now: string,
    parts: {
      readonly graph: ResourceGraph;
      readonly queries: Awaited<ReturnType<typeof openQueries>>;
    },
  ) {
    this.#model = model;
    this.#turn = turn;
    this.#now = now;
    this.#graph = parts.graph;
    this.#queries = parts.queries;
  }

  static async open(
    t: StoreTransaction,
    model: Model,
    turn: OrderTurn,
    now: string,
  ): Promise<Planner> {
    const type = turn.resourceType;
    const graph = await ResourceGraph.open(t, model.entityModel, readsOfOrders(model, type));
    const queries = await openQueries(t, model, type.arguments?.queried ?? new Set());
    return new Planner(model, turn, now, { graph, queries });
  }

  async planPage(t: StoreTransaction, ids: readonly number[]): Promise<PlannedPage> {
    const type = this.#turn.resourceType;
    const rows = await readAssignedResourceTypes(t, ids);
    const values = Map.groupBy(
      await readValuesOf(t, ids),
      (value) => value.assigned_resource_type_id,
    );
    const assignments = rows.map((row) => toResourceType(row, values.get(row.id) ?? []));
    await this.#loadGraph(t, assignments);
    const former = await this.#readFormer(t, assignments);
    const requests = await this.#readRequests(t, assignments);
    const siblings =
      type.dependsOn === undefined
        ? new Map<number, AssignedResourceTypeRow[]>()
        : Map.groupBy(
            await listSiblings(
              t,
              type.dependsOn,
              rows.map((row) => row.owner_id),
            ),
            (row) => row.owner_id,
          );
    const planned: Planned[] = [];
    const held: Held[] = [];
    for (const assignment of assignments) {
      const others = (siblings.get(assignment.ownerId) ?? []).map((row) => toResourceType(row, []));
      const found = this.#plan(assignment, others, { former, request: requests.get(assignment) });
      if (found === null) continue;
      if ('order' in found) planned.push(found);
      else held.push(found);
    }
    return { turn: this.#turn, planned, held };
  }

  async #loadGraph(
    t: StoreTransaction,
    assignments: readonly AssignedResourceType[],
  ): Promise<void> {
    const type = this.#turn.resourceType;
    const graph = this.#graph;
    graph.forgetPage();
    await graph.load(
      t,
      type.sourceEntityType,
      assignments.map((assignment) => assignment.ownerId),
    );
    await graph.load(
      t,
      type.targetEntityType,
      assignments.map((assignment) => assignment.targetId).filter((id) => id !== null),
    );
    for (const [entityType, ids] of linkedIds(this.#model, type, assignments))
      await graph.load(t, entityType, [...ids]);
  }

  /** Linked resources that have vanished: what is to be unlinked is named by what it last was. */
  async #readFormer(
    t: StoreTransaction,
    assignments: readonly AssignedResourceType[],
  ): Promise<FormerResources> {
    const former = new Map<string, ReadonlyMap<number, Values>>();
    const linked = linkedIds(this.#model, this.#turn.resourceType, assignments);
    for (const [entityType, ids] of linked) {
      const gone = [...ids].filter((id) => this.#graph.view(entityType, id) === null);
      if (gone.length > 0) former.set(entityType, await readFormerScalars(t, entityType, gone));
    }
    return former;
  }

  /** The request behind an assignment: its own, or that of the newest role that its rules name. */
  async #readRequests(
    t: StoreTransaction,
    assignments: readonly AssignedResourceType[],
  ): Promise<ReadonlyMap<AssignedResourceType, string>> {
    const type = this.#turn.resourceType;
    const requests = new Map<AssignedResourceType, string>();
    const roles = rolesOf(type);
    const byOwner = new Map<number, number>();
    if (roles.length > 0) {
      const owners = assignments.map((assignment) => assignment.ownerId);
      for (const row of await listRequestedRoles(t, type.sourceEntityType, owners, roles))
        byOwner.set(row.owner_id, row.id);
    }
    for (const assignment of assignments) {
      const own = assignment.request === null ? null : assignment.id;
      const request = own ?? byOwner.get(assignment.ownerId);
      if (request !== undefined) requests.set(assignment, String(request));
    }
    return requests;
  }

  /** `null`: nothing is due. */
  #plan(
    assignment: AssignedResourceType,
    others: readonly AssignedResourceType[],
    known: { readonly former: FormerResources; readonly request: string | undefined },
  ): Planned | Held | null {
    const type = this.#turn.resourceType;
    const now = this.#now;
    const findResource = (entityType: string, id: number) => this.#graph.view(entityType, id);
    const owner = findResource(type.sourceEntityType, assignment.ownerId);
    const isMet = owner !== null && isDependencyMet(type, owner, others);
    if (!isDue(assignment, type, now, isMet)) return null;
    const { targetId } = assignment;
    const target = targetId === null ? null : findResource(type.targetEntityType, targetId);
    const request = {
      id: '0',
      model: this.#model,
      assignment,
      owner,
      target,
      findResource,
      findFormer: (entityType: string, id: number) => known.former.get(entityType)?.get(id) ?? null,
      ...(known.request === undefined ? {} : { requestId: known.request }),
    };
    const order = buildOrder(request);
    if (order === null) return null;
    const hold = (message: string): Held => ({
      assignmentId: assignment.id ?? 0,
      resourceType: type.identifier,
      owner: order.owner.identifier,
      changeType: order.changeType,
      message,
    });
    const missing = describeMissingPlace(this.#model, type, order);
    if (missing !== null) return hold(missing);
    const complete = addArguments({
      resourceType: type,
      order,
      owner,
      period: assignment,
      now,
      ...(this.#queries === undefined ? {} : { queries: this.#queries }),
      findResource,
    });
    if (complete.status === 'computed') return { assignment, order: complete.order };
    return hold(complete.message);
  }
}

/** By entity type and id. */
type FormerResources = ReadonlyMap<string, ReadonlyMap<number, Values>>;

/** Single roles by which rules of the type give the resource, or values of it. */
function rolesOf(type: ResourceType): readonly string[] {
  const { typeRules, scalarRules, navigationRules, binaryRules } = type;
  const rules = [...typeRules, ...scalarRules, ...navigationRules, ...binaryRules];
  return [...new Set(rules.flatMap(({ singleRole }) => singleRole ?? []))];
}

/** An order carries all scalars but files of the owner, of the target and of what it links to. */
function readsOfOrders(model: Model, type: ResourceType): ReadonlySet<ReadPair> {
  const reads = new Set<ReadPair>(type.arguments?.reads);
  for (const rule of type.binaryRules) {
    for (const pair of rule.value.reads) reads.add(pair);
    reads.add(`${type.targetEntityType}:${rule.property}`);
  }
  const addScalars = (entityType: string): void => {
    for (const property of model.entityModel.entityTypes.get(entityType)?.properties.values() ??
      []) {
      const isFile = property.kind === 'scalar' && property.type === 'Binary';
      if (property.kind === 'scalar' && !isFile) reads.add(`${entityType}:${property.identifier}`);
    }
  };
  addScalars(type.sourceEntityType);
  addScalars(type.targetEntityType);
  for (const property of model.entityModel.entityTypes
    .get(type.targetEntityType)
    ?.properties.values() ?? []) {
    if (property.kind === 'navigation') addScalars(property.target);
  }
  return reads;
}

function linkedIds(
  model: Model,
  type: ResourceType,
  assignments: readonly AssignedResourceType[],
): ReadonlyMap<string, ReadonlySet<number>> {
  const ids = new Map<string, Set<number>>();
  const add = (property: string, id: number): void => {
    const declared = model.entityModel.entityTypes
      .get(type.targetEntityType)
      ?.properties.get(property);
    if (declared?.kind !== 'navigation' || id === 0) return;
    const known = ids.get(declared.target) ?? new Set<number>();
    ids.set(declared.target, known);
    known.add(id);
  };
  for (const assignment of assignments) {
    for (const [property, value] of Object.entries(assignment.policyValues)) {
      if (Array.isArray(value)) for (const id of value) add(property, id);
    }
    for (const value of assignment.values) {
      if (value.kind !== 'navigation') continue;
      add(value.property, value.linkedId);
      add(value.property, Number(value.policyValue ?? 0));
      add(value.property, Number(value.currentValue ?? 0));
    }
  }
  return ids;
}
