/** An expectation beside what came out: every difference, with its place in the test file. */
import type {
  EntityType,
  ExpectedResource,
  GivenValue,
  Model,
  Named,
  OwnerExpectation,
  Place,
  Placed,
  ScalarType,
} from '../../../config/index.ts';
import { readKeys } from './company.ts';
import { toInternalText, toReadableText } from './internal-text.ts';
import { type ActualResource, type ActualValue, compareText } from './read-outcome.ts';

export interface Difference {
  readonly at: Place;
  readonly resourceType: string | null;
  readonly property: string | null;
  /** What is different: `value`, `roles`, `target` … */
  readonly subject:
    | 'resource type'
    | 'workflow state'
    | 'provisioning state'
    | 'target'
    | 'from'
    | 'until'
    | 'value'
    | 'differing properties'
    | 'order'
    | 'value of the order'
    | 'roles'
    | 'property'
    | 'owner'
    | 'data test';
  readonly expected: string;
  readonly got: string;
}

type Reported = Omit<Difference, 'at' | 'resourceType' | 'property'> & {
  readonly property?: string;
};

/** Differences of the resource types an expectation lists; with an exact match also of those it does not list. */
export function compareResources(
  model: Model,
  expectation: OwnerExpectation,
  actual: readonly ActualResource[],
): readonly Difference[] {
  const listed = expectation.resourceTypes;
  if (listed === undefined) return [];
  const differences: Difference[] = [];
  for (const { name, nameAt, value: expected } of listed.value) {
    const own = actual.filter(({ resourceType }) => resourceType === name);
    if (own.length !== expected.length) {
      differences.push({
        at: nameAt,
        resourceType: name,
        property: null,
        subject: 'resource type',
        expected: expected.length === 0 ? 'none' : count(expected.length),
        got: own.length === 0 ? 'none' : `${count(own.length)}: ${own.map(describe).join('; ')}`,
      });
      continue;
    }
    const targetType = model.entityModel.entityTypes.get(
      model.resourceTypes.get(name)?.targetEntityType ?? '',
    );
    for (const [resource, found] of pair(expected, own)) {
      const compared = new ResourceComparison(resource, found, targetType, expectation.isPartial);
      differences.push(...compared.run());
    }
  }
  if (expectation.isPartial) return differences;
  const names = new Set(listed.value.map(({ name }) => name));
  for (const resource of actual) {
    if (names.has(resource.resourceType)) continue;
    differences.push({
      at: listed.at,
      resourceType: resource.resourceType,
      property: null,
      subject: 'resource type',
      expected: 'none, because it is not listed and the match is exact',
      got: describe(resource),
    });
  }
  return differences;
}

/** Those that name a target first, the others in order. */
function pair(
  expected: readonly ExpectedResource[],
  actual: readonly ActualResource[],
): readonly (readonly [ExpectedResource, ActualResource])[] {
  const free = [...actual];
  const taken = new Map<ExpectedResource, ActualResource>();
  const take = (resource: ExpectedResource, index: number): void => {
    const [found] = index < 0 ? [] : free.splice(index, 1);
    if (found !== undefined) taken.set(resource, found);
  };
  for (const resource of expected) {
    const target = resource.target?.value;
    if (target != null)
      take(
        resource,
        free.findIndex((one) => one.target === target),
      );
  }
  for (const resource of expected) if (!taken.has(resource)) take(resource, 0);
  return [...taken];
}

class ResourceComparison {
  readonly #expected: ExpectedResource;
  readonly #actual: ActualResource;
  readonly #targetType: EntityType | undefined;
  readonly #isPartial: boolean;
  readonly #differences: Difference[] = [];

  constructor(
    expected: ExpectedResource,
    actual: ActualResource,
    targetType: EntityType | undefined,
    isPartial: boolean,
  ) {
    this.#expected = expected;
    this.#actual = actual;
    this.#targetType = targetType;
    this.#isPartial = isPartial;
  }

  run(): readonly Difference[] {
    const { workflow, provisioning, target, from, until, values, differs } = this.#expected;
    const { lastError } = this.#actual;
    const why = lastError === null ? '' : `: ${lastError}`;
    if (workflow !== undefined && workflow.value !== this.#actual.workflow)
      this.#report(workflow.at, {
        subject: 'workflow state',
        expected: workflow.value,
        got: this.#actual.workflow,
      });
    if (provisioning !== undefined && provisioning.value !== this.#actual.provisioning)
      this.#report(provisioning.at, {
        subject: 'provisioning state',
        expected: provisioning.value,
        got: `${this.#actual.provisioning}${why}`,
      });
    if (target !== undefined && target.value !== this.#actual.target)
      this.#report(target.at, {
        subject: 'target',
        expected: target.value ?? '(none)',
        got: this.#actual.target ?? '(none)',
      });
    this.#compareDate('from', from, this.#actual.from);
    this.#compareDate('until', until, this.#actual.until);
    if (values !== undefined)
      this.#compareValues('value', values, this.#actual.values, this.#expected.at);
    if (differs !== undefined) {
      const expected = differs.value.map(({ value }) => value).sort(compareText);
      if (expected.join('\n') !== this.#actual.differs.join('\n'))
        this.#report(differs.at, {
          subject: 'differing properties',
          expected: listOf(expected),
          got: listOf(this.#actual.differs),
        });
    }
    this.#compareOrder();
    return this.#differences;
  }

  #compareDate(
    subject: 'from' | 'until',
    expected: Placed<string | null> | undefined,
    actual: string | null,
  ): void {
    if (expected === undefined) return;
    const internal = toInternalText('DateTime', expected.value);
    if (internal === actual) return;
    this.#report(expected.at, {
      subject,
      expected: expected.value ?? '(unbounded)',
      got: actual === null ? '(unbounded)' : toReadableText('DateTime', actual),
    });
  }

  #compareOrder(): void {
    const { order } = this.#expected;
    if (order === undefined && this.#isPartial) return;
    const expected = order?.change.value ?? 'none';
    const actual = this.#actual.order;
    const at = order?.change.at ?? this.#expected.at;
    if (expected !== (actual?.change ?? 'none')) {
      const note = order === undefined ? ', because no order is listed and the match is exact' : '';
      this.#report(at, {
        subject: 'order',
        expected: `${expected}${note}`,
        got: this.#describeOrder(),
      });
      return;
    }
    if (order?.values !== undefined && actual !== null)
      this.#compareValues('value of the order', order.values, actual.values, at);
  }

  #describeOrder(): string {
    const { order } = this.#actual;
    if (order === null) {
      // The states say why: waiting for a decision, or done before.
      const { workflow, provisioning, lastError } = this.#actual;
      return `none: ${workflow}, ${provisioning}${lastError === null ? '' : `, ${lastError}`}`;
    }
    const values = [...order.values].map(
      ([property, value]) => `${property} = ${this.#show(property, value)}`,
    );
    return values.length === 0 ? order.change : `${order.change} (${values.join(', ')})`;
  }

  #compareValues(
    subject: 'value' | 'value of the order',
    expected: readonly Named<GivenValue['value']>[],
    actual: ReadonlyMap<string, ActualValue>,
    at: Place,
  ): void {
    for (const value of expected) {
      const found = actual.get(value.name);
      const wanted = readExpected(this.#targetType, value);
      if (isSame(wanted, found)) continue;
      this.#report(value.at, {
        property: value.name,
        subject,
        expected: this.#show(value.name, wanted),
        got: found === undefined ? '(no rule gives it)' : this.#show(value.name, found),
      });
    }
    if (this.#isPartial) return;
    const names = new Set(expected.map(({ name }) => name));
    for (const [property, value] of actual) {
      if (names.has(property) || isNothing(value)) continue;
      this.#report(at, {
        property,
        subject,
        expected: '(none), because it is not listed and the match is exact',
        got: this.#show(property, value),
      });
    }
  }

  #show(property: string, value: ActualValue): string {
    return showValue(this.#targetType, property, value);
  }

  #report(at: Place, difference: Reported): void {
    this.#differences.push({
      at,
      resourceType: this.#actual.resourceType,
      ...difference,
      property: difference.property ?? null,
    });
  }
}

/** The value a test writes, in the form the store holds; text that is no value of the type stays as it is. */
export function readExpected(
  type: EntityType | undefined,
  value: Named<GivenValue['value']>,
): ActualValue {
  const declared = type?.properties.get(value.name);
  if (declared?.kind === 'navigation' || Array.isArray(value.value)) {
    const keys = readKeys(value).map((key) => key.value);
    return { kind: 'links', keys: keys.sort(compareText) };
  }
  const text = value.value as string | null; // Not a list: see above.
  const internal = toInternalText(declared?.type ?? 'String', text);
  return { kind: 'scalar', text: internal === undefined ? text : internal };
}

export function isSame(expected: ActualValue, actual: ActualValue | undefined): boolean {
  if (actual === undefined) return isNothing(expected);
  if (expected.kind === 'scalar' && actual.kind === 'scalar') return expected.text === actual.text;
  if (expected.kind === 'links' && actual.kind === 'links')
    return expected.keys.join('\n') === actual.keys.join('\n');
  return isNothing(expected) && isNothing(actual);
}

function isNothing(value: ActualValue): boolean {
  return value.kind === 'scalar' ? value.text === null : value.keys.length === 0;
}

export function showValue(
  type: EntityType | undefined,
  property: string,
  value: ActualValue,
): string {
  if (value.kind === 'links') return listOf(value.keys);
  const declared = type?.properties.get(property);
  const scalarType: ScalarType = declared?.kind === 'scalar' ? declared.type : 'String';
  return value.text === null ? '(none)' : `"${toReadableText(scalarType, value.text)}"`;
}

export function listOf(names: readonly string[]): string {
  return names.length === 0 ? '(none)' : names.join(', ');
}

function describe(resource: ActualResource): string {
  const target = resource.target === null ? 'no account yet' : `account ${resource.target}`;
  const order = resource.order === null ? '' : `, order ${resource.order.change}`;
  return `${target}, ${resource.workflow}, ${resource.provisioning}${order}`;
}

function count(resources: number): string {
  return resources === 1 ? 'one' : String(resources);
}
