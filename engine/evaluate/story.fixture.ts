/** One person and the accounts around it, step by step: data and rules change, orders go out, people decide, it is evaluated again. */
import { expect } from 'vitest';
import type { Model, ProvisioningState, ResourceType, WorkflowState } from '../../config/index.ts';
import { evaluateOwner } from './evaluate-owner.ts';
import {
  accountType,
  Graph,
  type ModelParts,
  matchesOf,
  modelOf,
  optionsOf,
  store,
} from './graph.fixture.ts';
import type {
  AssignedResourceType,
  AssignedRole,
  AssignedValue,
  EvaluationOptions,
  OwnerOutcome,
} from './types.ts';

type Stored = Pick<OwnerOutcome, 'roles' | 'resourceTypes'>;
type Scalars = Readonly<Record<string, string | null>>;

export interface StoryParts extends Omit<ModelParts, 'resourceTypes'> {
  readonly type?: Partial<ResourceType>;
  /** Further resource types. */
  readonly types?: readonly ResourceType[];
  /** Of Person 1; `Code` is E1 unless it says otherwise. */
  readonly person?: Scalars;
  /** By id; Login and so on. */
  readonly accounts?: Readonly<Record<number, Scalars>>;
}

export class Story {
  readonly graph = new Graph();
  #parts: StoryParts;
  #model: Partial<Model> = {};
  #stored: Stored = { roles: [], resourceTypes: [] };
  /** The day; every evaluation is one day after the last, and the system was read just before it. */
  #day = 0;
  readonly #reviewed = new Set<number>();

  constructor(parts: StoryParts = {}) {
    this.#parts = parts;
    this.graph.put('Person', 1, { Code: 'E1', Title: 'Buyer', ...parts.person });
    for (const [id, scalars] of Object.entries(parts.accounts ?? {})) {
      this.graph.put('Account', Number(id), scalars);
    }
  }

  /** Data change: resources come, go, or are written anew. */
  data(change: (graph: Graph) => unknown): this {
    change(this.graph);
    return this;
  }

  /** Another part of the model than the rules. */
  with(parts: Partial<Model>): this {
    this.#model = { ...this.#model, ...parts };
    return this;
  }

  rules(type: Partial<ResourceType>): this {
    this.#parts = { ...this.#parts, type: { ...this.#parts.type, ...type } };
    return this;
  }

  /** The day's evaluation. What it gives must be what it gives again. */
  evaluate(parts: Partial<EvaluationOptions> = {}): this {
    this.#day += 1;
    const outcome = this.#run(this.#stored, parts);
    this.#stored = store(outcome);
    const again = this.#run(this.#stored, { ...parts, timestamp: this.#at('12:00:01') });
    expect({ roles: again.roles, resourceTypes: again.resourceTypes }).toEqual(this.#stored);
    return this;
  }

  #run(stored: Stored, parts: Partial<EvaluationOptions>): OwnerOutcome {
    const model = this.model;
    const matches = {
      ...matchesOf(this.graph, model),
      isReviewed: (id: number) => this.#reviewed.has(id),
    };
    const options = optionsOf({
      timestamp: this.#at('12:00:00'),
      now: this.#at('12:00:00').replaceAll(/\D/g, '').slice(0, 14),
      synchronizedAt: new Map([['Account', this.#at('11:00:00')]]),
      ...parts,
    });
    return evaluateOwner(
      model,
      { owner: this.graph.get('Person', 1), ...stored },
      matches,
      options,
    );
  }

  #at(time: string): string {
    return new Date(Date.parse(`2025-06-01T${time}.000Z`) + this.#day * 86_400_000).toISOString();
  }

  get model(): Model {
    const { type, types = [], ...parts } = this.#parts;
    return {
      ...modelOf({ ...parts, resourceTypes: [accountType(type), ...types] }),
      ...this.#model,
    };
  }

  /** A person authorized this account without an owner. */
  review(targetId: number): this {
    this.#reviewed.add(targetId);
    return this;
  }

  /** Stored roles, as requests of people leave them. */
  holds(roles: readonly AssignedRole[]): this {
    this.#stored = { ...this.#stored, roles };
    return this;
  }

  /** What is stored when the story begins. */
  starts(resourceTypes: readonly AssignedResourceType[]): this {
    this.#stored = { ...this.#stored, resourceTypes };
    return this;
  }

  /** What is pending goes out, and the system, or a person, says that it is done. */
  deliver(): this {
    const isPending = (row: { readonly provisioningState: ProvisioningState }): boolean =>
      row.provisioningState === 1;
    return this.#move(isPending, { provisioningState: 8, orderId: 7 });
  }

  /** The decision of a person about everything in these states. */
  decide(
    from: { readonly workflow?: WorkflowState; readonly provisioning?: ProvisioningState },
    to: {
      readonly workflow?: WorkflowState;
      readonly provisioning?: ProvisioningState;
      readonly isDenied?: boolean;
    },
  ): this {
    return this.#move(
      (row) =>
        (from.workflow === undefined || row.workflowState === from.workflow) &&
        (from.provisioning === undefined || row.provisioningState === from.provisioning),
      {
        ...(to.workflow === undefined ? {} : { workflowState: to.workflow }),
        ...(to.provisioning === undefined ? {} : { provisioningState: to.provisioning }),
        ...(to.isDenied === undefined ? {} : { isDenied: to.isDenied }),
        blockedBy: [],
      },
    );
  }

  #move(
    concerns: (row: AssignedResourceType | AssignedValue) => boolean,
    change: Partial<Pick<AssignedValue, 'workflowState' | 'provisioningState' | 'orderId'>> & {
      readonly blockedBy?: AssignedValue['blockedBy'];
    },
  ): this {
    const stateSince = this.#at('13:00:00');
    const moved = { ...change, stateSince };
    const resourceTypes = this.#stored.resourceTypes.map((row) => ({
      ...row,
      ...(concerns(row) ? moved : {}),
      values: row.values.map((value) => (concerns(value) ? { ...value, ...moved } : value)),
    }));
    this.#stored = { ...this.#stored, resourceTypes };
    return this;
  }

  get rows(): readonly AssignedResourceType[] {
    return this.#stored.resourceTypes;
  }

  /**
   * `18/4 of 10` for each account (`–`: there is none), then its values that deviate: `  Title 18/1 Buyer → Planner`; a weak
   * match ends in `at 80`, a reason to wait in `!confidence`.
   */
  get told(): readonly string[] {
    return this.rows.flatMap((row) => [
      `${stateOf(row)} of ${row.targetId ?? '–'}${row.confidence === null ? '' : ` at ${row.confidence}`}${reasonsOf(row)}`,
      ...row.values.map(
        (value) =>
          `  ${value.property}${value.linkedId === 0 ? '' : ` ${value.linkedId}`} ${stateOf(value)} ${value.currentValue ?? '–'} → ${value.policyValue ?? '–'}${reasonsOf(value)}`,
      ),
    ]);
  }
}

function stateOf(row: {
  readonly workflowState: number;
  readonly provisioningState: number;
  readonly isDenied: boolean;
}): string {
  return `${row.workflowState}/${row.provisioningState}${row.isDenied ? ' denied' : ''}`;
}

function reasonsOf({ blockedBy }: { readonly blockedBy: readonly string[] }): string {
  return blockedBy.map((reason) => ` !${reason}`).join('');
}
