/** Test files against the configuration: names that nothing answers to, before anything is run. */
import {
  type Diagnostic,
  type Model,
  type OwnerExpectation,
  type Place,
  suggest,
  type TestFile,
  type TestStep,
} from '../../../config/index.ts';

export function checkTests(model: Model, files: readonly TestFile[]): readonly Diagnostic[] {
  const checker = new Checker(model);
  for (const file of files) {
    for (const test of file.tests) for (const step of test.steps) checker.checkStep(step);
  }
  return checker.findings;
}

/** A finding about a test file. */
export function describeProblem(problem: {
  readonly at: Place;
  readonly message: string;
  readonly hint?: string | undefined;
}): Diagnostic {
  return {
    code: 'TEST_FILE_INVALID',
    severity: 'error',
    message: problem.message,
    ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    ...problem.at,
  };
}

class Checker {
  readonly #model: Model;
  readonly #findings: Diagnostic[] = [];

  constructor(model: Model) {
    this.#model = model;
  }

  get findings(): readonly Diagnostic[] {
    return this.#findings;
  }

  checkStep(step: TestStep): void {
    for (const { owner, resourceType, property } of step.decisions) {
      const type = this.#checkOwner(owner.value, owner.at);
      this.#checkResourceType(type, resourceType.value, resourceType.at);
      if (property !== undefined)
        this.#checkTargetProperty(resourceType.value, property.value, property.at);
    }
    for (const expectation of step.expect) this.#checkExpectation(expectation);
    const dataTests = this.#model.dataTests.map(({ identifier }) => identifier);
    for (const { name, nameAt } of step.dataTests)
      this.#require(name, nameAt, dataTests, 'There is no data test');
  }

  #checkExpectation(expectation: OwnerExpectation): void {
    const { entityModel, singleRoles } = this.#model;
    const entityType = this.#checkOwner(expectation.owner.value, expectation.owner.at);
    const own = entityModel.entityTypes.get(entityType ?? '');
    for (const { name, nameAt } of own === undefined ? [] : expectation.properties)
      this.#require(name, nameAt, own?.properties.keys() ?? [], `${entityType} has no property`);
    for (const { value, at } of expectation.roles?.value ?? [])
      this.#require(value, at, singleRoles.keys(), 'There is no single role');
    for (const { name, nameAt, value } of expectation.resourceTypes?.value ?? []) {
      if (!this.#checkResourceType(entityType, name, nameAt)) continue;
      for (const { values, order, differs } of value) {
        for (const one of [...(values ?? []), ...(order?.values ?? [])])
          this.#checkTargetProperty(name, one.name, one.nameAt);
        for (const one of differs?.value ?? []) this.#checkTargetProperty(name, one.value, one.at);
      }
    }
  }

  /** The entity type of the reference; `undefined` after a finding. */
  #checkOwner(reference: string, at: Place): string | undefined {
    const separator = reference.indexOf(':');
    const name = separator === -1 ? reference : reference.slice(0, separator);
    if (separator <= 0) {
      this.#report(at, `"${reference}" names no owner.`, 'Write EntityType:key.');
      return undefined;
    }
    const known = this.#model.entityModel.entityTypes;
    return this.#require(name, at, known.keys(), 'There is no entity type') ? name : undefined;
  }

  #checkResourceType(entityType: string | undefined, name: string, at: Place): boolean {
    const types = this.#model.resourceTypes;
    if (!this.#require(name, at, types.keys(), 'There is no resource type')) return false;
    const source = types.get(name)?.sourceEntityType;
    if (entityType === undefined || source === entityType) return true;
    this.#report(at, `${name} is given to ${source}, not to ${entityType}.`);
    return false;
  }

  #checkTargetProperty(resourceType: string, property: string, at: Place): void {
    const target = this.#model.resourceTypes.get(resourceType)?.targetEntityType ?? '';
    const known = this.#model.entityModel.entityTypes.get(target)?.properties.keys() ?? [];
    this.#require(property, at, known, `${target} has no property`);
  }

  #require(name: string, at: Place, known: Iterable<string>, lead: string): boolean {
    const names = [...known];
    if (names.includes(name)) return true;
    this.#report(at, `${lead} "${name}".`, suggest(name, names));
    return false;
  }

  #report(at: Place, message: string, hint?: string): void {
    this.#findings.push(describeProblem({ at, message, hint }));
  }
}
