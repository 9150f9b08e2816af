/** One test: its steps, day by day, through the engine as every run goes through it. */
import {
  CodedError,
  type ConfigurationTest,
  type OwnerExpectation,
  provisioningStates,
  type TestDecision,
  type TestStep,
} from '../../../config/index.ts';
import type { ProvisioningOrder } from '../../../connectors/index.ts';
import { decideGaps, decideReview } from '../../provision/index.ts';
import {
  findByKeys,
  listOrders,
  moveOrderedAssignments,
  type ProvisioningOrderRow,
  readOwnedAssignments,
  readTableMap,
  recordAssignmentChanges,
  type StoreTransaction,
  writeOutcome,
} from '../../store/index.ts';
import { runClock } from '../run-clock.ts';
import { computeCorrelationKeys } from '../tasks/compute-correlation-keys.ts';
import { evaluatePolicy } from '../tasks/evaluate-policy.ts';
import { generateOrders } from '../tasks/generate-orders.ts';
import { updatePropertyExpressions } from '../tasks/update-property-expressions.ts';
import type { Workspace } from '../workspace.ts';
import { describeProblem } from './check-tests.ts';
import { Company, type DataProblem } from './company.ts';
import { compareDataTests } from './compare-data-tests.ts';
import {
  compareResources,
  type Difference,
  isSame,
  listOf,
  readExpected,
  showValue,
} from './compare-owner.ts';
import { explainDifference } from './explain-difference.ts';
import { type Inspection, inspectOwners } from './inspect-owner.ts';
import { beginRun, loadCompany } from './load-company.ts';
import { TableSet } from './load-tables.ts';
import { compareText, readActualProperty, readActualResources } from './read-outcome.ts';
import type { CoverageRecorder } from './rule-coverage.ts';
import type { TestFailure, TestOutcome } from './test-outcome.ts';

export interface RunOptions {
  /** Folder of the project: CSV files are named from there. */
  readonly folder: string;
  /** What the expectations looked at is noted here. */
  readonly coverage: CoverageRecorder | null;
  /** Ends at the first difference, and does not explain it. */
  readonly isBrief: boolean;
  readonly setClock: (now: number) => void;
}

export async function runTest(
  workspace: Workspace,
  test: ConfigurationTest,
  options: RunOptions,
): Promise<TestOutcome> {
  const run = new TestRun(workspace, options);
  const failures: TestFailure[] = [];
  for (const step of test.steps) {
    try {
      const problems = await run.advance(step);
      if (problems.length > 0)
        return { status: 'invalid', diagnostics: problems.map(describeProblem) };
      failures.push(...(await run.compare(step)));
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      const { message, hint } = error;
      const problem = { at: step.at, message: `${error.code}: ${message}`, hint };
      return { status: 'invalid', diagnostics: [describeProblem(problem)] };
    }
    if (options.isBrief && failures.length > 0) break;
  }
  return failures.length === 0 ? { status: 'passed' } : { status: 'failed', failures };
}

class TestRun {
  readonly #workspace: Workspace;
  readonly #options: RunOptions;
  readonly #company: Company;
  readonly #tables: TableSet;
  /** Owners that expectations named, also after they have gone. */
  readonly #owners = new Map<string, number>();
  #orders: readonly ProvisioningOrderRow[] = [];
  #lastOrderId = 0;

  constructor(workspace: Workspace, options: RunOptions) {
    this.#workspace = workspace;
    this.#options = options;
    this.#company = new Company(workspace.model);
    this.#tables = new TableSet(workspace.model);
  }

  /** Decisions, deliveries, readings and a computation: a day of the company. */
  async advance(step: TestStep): Promise<readonly DataProblem[]> {
    const { store, model } = this.#workspace;
    // What people and systems do was done before the reading of the day.
    this.#options.setClock(step.now.value - 1);
    for (const decision of step.decisions) {
      const problem = await this.#decide(decision);
      if (problem !== null) return [problem];
    }
    if (step.isDelivered) await store.transaction((t) => this.#deliver(t, step.now.value - 1));
    this.#options.setClock(step.now.value);
    const problems = [
      ...this.#company.change(step),
      ...(await this.#tables.change(step.tables, this.#options.folder)),
    ];
    const fromTables = this.#tables.connectors;
    for (const { name, nameAt } of step.given) {
      const connector = model.entityTypeMappings.get(name)?.connector ?? '';
      if (fromTables.has(connector))
        problems.push({
          at: nameAt,
          message: `The test gives tables of ${connector}, so ${name} is read from them.`,
          hint: 'Give all data of a connector as tables, or all as resources.',
        });
    }
    if (problems.length > 0) return problems;
    const at = new Date(step.now.value).toISOString();
    const isOurs = (connector: string) => !fromTables.has(connector);
    await store.transaction((t) => loadCompany(t, this.#company, { model, isOurs, at }));
    await this.#tables.load(this.#workspace);
    await this.#compute();
    return [];
  }

  async compare(step: TestStep): Promise<readonly TestFailure[]> {
    const failures: TestFailure[] = [];
    const byType = Map.groupBy(step.expect, ({ owner }) =>
      owner.value.slice(0, owner.value.indexOf(':')),
    );
    await this.#workspace.store.transaction(async (t) => {
      for (const [entityType, expectations] of byType) {
        const differences = await this.#compareOwners(t, entityType, expectations, step);
        failures.push(...differences);
      }
      failures.push(...(await compareDataTests(t, this.#workspace.model, step)));
    });
    return failures;
  }

  async #compute(): Promise<void> {
    const workspace = this.#workspace;
    const everything = { entityTypes: [], dirty: false };
    await updatePropertyExpressions(workspace, everything);
    await computeCorrelationKeys(workspace, { dirty: false });
    await evaluatePolicy(workspace, {
      ...everything,
      blockProvisioning: false,
      blockAllResourceTypeProvisioning: false,
    });
    // Thresholds are shares of a population that a test does not have.
    await generateOrders(workspace, { resourceTypes: [], force: true, isDryRun: false });
    const all = await workspace.store.transaction((t) => listOrders(t, { limit: 10_000 }));
    this.#orders = all.filter(({ id }) => id > this.#lastOrderId).toSorted((a, b) => a.id - b.id);
    this.#lastOrderId = this.#orders.at(-1)?.id ?? this.#lastOrderId;
  }

  /** Everything that is ordered and not done, as a connection or a person would report it. */
  async #deliver(t: StoreTransaction, now: number): Promise<void> {
    const { model } = this.#workspace;
    const open = await listOrders(t, { statuses: ['generated'], limit: 10_000 });
    if (open.length === 0) return;
    const at = new Date(now).toISOString();
    const runId = await beginRun(t, model, 'fulfil', at);
    const fromTables = this.#tables.connectors;
    for (const order of open.toSorted((a, b) => a.position - b.position || a.id - b.id)) {
      const type = model.resourceTypes.get(order.resource_type);
      const mapping = model.entityTypeMappings.get(type?.targetEntityType ?? '');
      // What a table holds is for the test to say.
      if (mapping === undefined || fromTables.has(mapping.connector)) continue;
      // Written by the generation of orders.
      this.#company.carryOut(JSON.parse(order.payload) as ProvisioningOrder);
      await writeOutcome(t, order.id, ['generated'], {
        status: 'executed',
        at,
        message: null,
        errorCode: null,
        writtenValues: null,
        decidedBy: null,
      });
      const { verified, executed } = provisioningStates;
      await moveOrderedAssignments(t, order, {
        provisioningState:
          type?.mapping?.ticketSynchroIsNotAvailable === true ? verified : executed,
        at,
        lastError: null,
        runId,
      });
      await recordAssignmentChanges(t, model, [order.assigned_resource_type_id], runId);
    }
  }

  async #decide({
    decision,
    owner,
    resourceType,
    property,
  }: TestDecision): Promise<DataProblem | null> {
    const { store, model, effects } = this.#workspace;
    const separator = owner.value.indexOf(':');
    const entityType = owner.value.slice(0, separator);
    const ids = await store.transaction(async (t) => {
      const id = await this.#findOwner(t, entityType, owner.value.slice(separator + 1));
      if (id === null) return null;
      const rows = (await readOwnedAssignments(t, entityType, id)).resourceTypes;
      return rows
        .filter((row) => row.owner_id === id && row.resource_type === resourceType.value)
        .map((row) => row.id);
    });
    if (ids === null || ids.length === 0)
      return {
        at: owner.at,
        message: `${owner.value} has no ${resourceType.value} to decide about.`,
      };
    const common = {
      assignmentIds: ids,
      ...(property === undefined ? {} : { property: property.value }),
      person: 'test',
      comment: null,
      at: runClock(effects.now()).timestamp,
      isDryRun: false,
    };
    switch (decision.value) {
      case 'approve':
      case 'decline':
      case 'unblock':
        await decideReview(store, model, { ...common, decision: decision.value });
        return null;
      case 'keep':
      case 'accept':
      case 'delete':
        await decideGaps(store, model, { ...common, decision: decision.value });
        return null;
    }
  }

  async #compareOwners(
    t: StoreTransaction,
    entityType: string,
    expectations: readonly OwnerExpectation[],
    step: TestStep,
  ): Promise<readonly TestFailure[]> {
    const { coverage, isBrief } = this.#options;
    const { model } = this.#workspace;
    const ids = new Map<OwnerExpectation, number>();
    for (const expectation of expectations) {
      const key = expectation.owner.value.slice(entityType.length + 1);
      const id = await this.#findOwner(t, entityType, key);
      if (id !== null) ids.set(expectation, id);
    }
    const inspect = (): Promise<ReadonlyMap<number, Inspection>> =>
      inspectOwners(t, model, entityType, {
        ids: [...new Set(ids.values())].sort((a, b) => a - b),
        now: step.now.value,
      });
    const needsInspection =
      coverage !== null || expectations.some(({ roles }) => roles !== undefined);
    let inspections = needsInspection ? await inspect() : null;
    const failures: TestFailure[] = [];
    for (const expectation of expectations) {
      const id = ids.get(expectation);
      const inspection = id === undefined ? undefined : inspections?.get(id);
      if (inspection !== undefined) coverage?.note(expectation, entityType, inspection);
      const differences =
        id === undefined
          ? [describeMissing(expectation)]
          : await this.#compareOwner(t, expectation, { entityType, id }, inspection);
      if (differences.length > 0 && !isBrief) inspections ??= await inspect();
      const found = id === undefined ? undefined : inspections?.get(id);
      for (const difference of differences)
        failures.push({
          ...difference,
          owner: expectation.owner.value,
          on: new Date(step.now.value).toISOString(),
          explanation: isBrief
            ? []
            : explainDifference(model, difference, { entityType, inspection: found }),
        });
    }
    return failures;
  }

  async #compareOwner(
    t: StoreTransaction,
    expectation: OwnerExpectation,
    owner: { readonly entityType: string; readonly id: number },
    inspection: Inspection | undefined,
  ): Promise<readonly Difference[]> {
    const { model } = this.#workspace;
    const differences: Difference[] = [];
    const about = { resourceType: null, property: null };
    const type = model.entityModel.entityTypes.get(owner.entityType);
    for (const value of expectation.properties) {
      const actual = await readActualProperty(t, model, owner, value.name);
      const wanted = readExpected(type, value);
      if (isSame(wanted, actual)) continue;
      differences.push({
        ...about,
        at: value.at,
        subject: 'property',
        property: value.name,
        expected: showValue(type, value.name, wanted),
        got: showValue(type, value.name, actual),
      });
    }
    if (expectation.roles !== undefined) {
      const { at, value } = expectation.roles;
      const wanted = value.map((role) => role.value).sort(compareText);
      const held = [...(inspection?.situation.roles ?? [])].sort(compareText);
      const isMet = expectation.isPartial
        ? wanted.every((role) => held.includes(role))
        : wanted.join('\n') === held.join('\n');
      if (!isMet)
        differences.push({
          ...about,
          at,
          subject: 'roles',
          expected: listOf(wanted),
          got: listOf(held),
        });
    }
    if (expectation.resourceTypes === undefined) return differences;
    const actual = await readActualResources(t, model, owner, this.#orders);
    return [...differences, ...compareResources(model, expectation, actual)];
  }

  async #findOwner(t: StoreTransaction, entityType: string, key: string): Promise<number | null> {
    const name = `${entityType}:${key}`;
    const entity = (await readTableMap(t)).entities.get(entityType);
    const keys = this.#workspace.model.entityModel.entityTypes.get(entityType)?.keys ?? [];
    const found =
      entity === undefined ? undefined : (await findByKeys(t, entity, keys, [key])).get(key);
    if (found !== undefined) this.#owners.set(name, found);
    return found ?? this.#owners.get(name) ?? null;
  }
}

function describeMissing(expectation: OwnerExpectation): Difference {
  return {
    at: expectation.owner.at,
    resourceType: null,
    property: null,
    subject: 'owner',
    expected: expectation.owner.value,
    got: 'no such resource, on this day or before',
  };
}
