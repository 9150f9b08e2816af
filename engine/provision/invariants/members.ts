/** Groups that keep a minimum of members, and members that stay. */
import type { Invariant, Model } from '../../../config/index.ts';
import type { LinkedResource, ProvisioningOrder } from '../../../connectors/index.ts';
import {
  findByKeysIgnoringCase,
  listDepartures,
  listNeighbours,
  readTableMap,
  type StoreTransaction,
} from '../../store/index.ts';
import {
  Breach,
  describeOrder,
  keyPropertiesOf,
  type ViolatingOrder,
  type Violation,
} from './violation.ts';

type Membership = Extract<
  Invariant,
  { readonly kind: 'MinimumMembers' } | { readonly kind: 'RequiredMembers' }
>;

/** A member leaves a group; `null`: it leaves all of them. */
interface Removal {
  readonly memberId: number;
  readonly groupId: number | null;
  /** It leaves all groups but this one. */
  readonly keptGroupId?: number;
  readonly order: ViolatingOrder;
}

/** What orders take away from groups, whichever side they are delivered on. Memory: the orders that take something away. */
export class MembershipCheck {
  readonly #model: Model;
  readonly #invariant: Membership;
  readonly #self: readonly string[];
  readonly #groupType: string;
  readonly #reverse: string;
  readonly #removals: Removal[] = [];
  readonly #goneGroups = new Map<number, ViolatingOrder>();

  /** @param self keys of the accounts that connections of the system log in with, in lower case */
  constructor(model: Model, invariant: Membership, self: readonly string[]) {
    this.#model = model;
    this.#invariant = invariant;
    this.#self = self;
    const property = model.entityModel.entityTypes
      .get(invariant.entityType)
      ?.properties.get(invariant.property);
    this.#groupType = property?.kind === 'navigation' ? property.target : '';
    this.#reverse = property?.kind === 'navigation' ? property.reverse : '';
  }

  see(order: ProvisioningOrder): void {
    const { entityType, property } = this.#invariant;
    const id = Number(order.resource?.id ?? 0);
    if (id === 0 || order.changeType === 'added') return;
    const { targetEntityType } = order.resourceType;
    if (targetEntityType === entityType) this.#seeMember(order, id, property);
    if (targetEntityType === this.#groupType) this.#seeGroup(order, id);
  }

  #seeMember(order: ProvisioningOrder, memberId: number, property: string): void {
    const told = describeOrder(this.#model, order);
    if (order.changeType === 'deleted')
      this.#removals.push({ memberId, groupId: null, order: told });
    for (const change of order.changes) {
      if (change.property !== property) continue;
      if (change.kind === 'remove')
        this.#removals.push({ memberId, groupId: idOf(change.value), order: told });
      if (change.kind === 'link')
        this.#removals.push({
          memberId,
          groupId: null,
          ...(change.value === null ? {} : { keptGroupId: idOf(change.value) }),
          order: told,
        });
    }
  }

  #seeGroup(order: ProvisioningOrder, groupId: number): void {
    const told = describeOrder(this.#model, order);
    if (order.changeType === 'deleted') this.#goneGroups.set(groupId, told);
    for (const change of order.changes) {
      if (change.property !== this.#reverse) continue;
      if (change.kind === 'remove')
        this.#removals.push({ memberId: idOf(change.value), groupId, order: told });
      if (change.kind === 'link' && change.expected)
        this.#removals.push({ memberId: idOf(change.expected), groupId, order: told });
    }
  }

  async finish(t: StoreTransaction): Promise<readonly Violation[]> {
    if (this.#removals.length === 0 && this.#goneGroups.size === 0) return [];
    const violations: Violation[] = [];
    for (const key of this.#invariant.groups) {
      for (const groupId of await this.#find(t, this.#groupType, [key])) {
        const violation = await this.#judge(t, key, groupId);
        if (violation !== null) violations.push(violation);
      }
    }
    return violations;
  }

  async #judge(t: StoreTransaction, key: string, groupId: number): Promise<Violation | null> {
    const members = new Set(await this.#membersOf(t, groupId));
    const isLost = this.#goneGroups.has(groupId);
    const leaving = this.#removals.filter(
      (removal) =>
        members.has(removal.memberId) &&
        (removal.groupId === groupId ||
          (removal.groupId === null && removal.keptGroupId !== groupId)),
    );
    return this.#invariant.kind === 'MinimumMembers'
      ? this.#judgeMinimum(t, { key, groupId, members, leaving, isLost })
      : this.#judgeRequired(t, { key, groupId, members, leaving, isLost });
  }

  async #judgeMinimum(t: StoreTransaction, group: JudgedGroup): Promise<Violation | null> {
    const { identifier } = this.#invariant;
    const minimum = this.#invariant.kind === 'MinimumMembers' ? this.#invariant.minimum : 0;
    if (group.leaving.length === 0 && !group.isLost) return null;
    const left = new Set(group.isLost ? [] : group.members);
    for (const { memberId } of group.leaving) left.delete(memberId);
    // Removed by an earlier run, and still there in what was last read.
    for (const { groupId, memberId } of await this.#departures(t, group.groupId))
      if (groupId === group.groupId || groupId === null) left.delete(memberId);
    if (left.size >= minimum) return null;
    const breach = this.#breachOf(group);
    return breach.toViolation(
      identifier,
      `${group.key} would keep ${left.size} of its ${group.members.size} members, ${minimum} must be left: ${breach.names} would leave.`,
    );
  }

  async #judgeRequired(t: StoreTransaction, group: JudgedGroup): Promise<Violation | null> {
    const { identifier, entityType } = this.#invariant;
    const keys = this.#invariant.kind === 'RequiredMembers' ? this.#invariant.members : [];
    const isSelfKept = this.#invariant.kind === 'RequiredMembers' && this.#invariant.includesSelf;
    const wanted = [...keys, ...(isSelfKept ? this.#self : [])];
    if (wanted.length === 0) return null;
    const required = new Set(await this.#find(t, entityType, wanted));
    const leaving = group.leaving.filter(({ memberId }) => required.has(memberId));
    const isLost = group.isLost && [...required].some((id) => group.members.has(id));
    if (leaving.length === 0 && !isLost) return null;
    const breach = this.#breachOf({ ...group, leaving, isLost });
    return breach.toViolation(
      identifier,
      `A member that must stay would leave ${group.key}: ${breach.names}.`,
    );
  }

  #breachOf({ leaving, groupId, isLost }: JudgedGroup): Breach {
    const breach = new Breach();
    const gone = this.#goneGroups.get(groupId);
    if (isLost && gone !== undefined) breach.add(gone);
    for (const { order } of leaving) breach.add(order);
    return breach;
  }

  async #find(
    t: StoreTransaction,
    entityType: string,
    keys: readonly string[],
  ): Promise<readonly number[]> {
    const entity = (await readTableMap(t)).entities.get(entityType);
    if (entity === undefined) return [];
    return findByKeysIgnoringCase(t, entity, keyPropertiesOf(this.#model, entityType), keys);
  }

  async #membersOf(t: StoreTransaction, groupId: number): Promise<readonly number[]> {
    const property = this.#model.entityModel.entityTypes
      .get(this.#groupType)
      ?.properties.get(this.#reverse);
    if (property?.kind !== 'navigation') return [];
    const { association, side: fromSide } = property;
    return listNeighbours(t, await readTableMap(t), { association, fromSide }, [groupId]);
  }

  #departures(t: StoreTransaction, groupId: number): ReturnType<typeof listDepartures> {
    const typesOf = (entityType: string): readonly string[] =>
      [...this.#model.resourceTypes.values()]
        .filter((type) => type.targetEntityType === entityType)
        .map((type) => type.identifier);
    return listDepartures(t, {
      groupIds: [groupId],
      memberTypes: typesOf(this.#invariant.entityType),
      property: this.#invariant.property,
      groupTypes: typesOf(this.#groupType),
      reverse: this.#reverse,
    });
  }
}

interface JudgedGroup {
  readonly key: string;
  readonly groupId: number;
  readonly members: ReadonlySet<number>;
  readonly leaving: readonly Removal[];
  /** The group itself goes. */
  readonly isLost: boolean;
}

function idOf(linked: LinkedResource): number {
  return Number(linked.id);
}
