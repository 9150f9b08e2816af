/** Every key of a test file with its help: what the reader accepts, and what editors are told. */

type Keys = Readonly<Record<string, string>>;

const stepKeys = {
  on: 'The day, or the instant, of the clock: 2026-01-05 (midnight, UTC) or 2026-01-05T12:00:00Z.',
  given:
    'Resources by entity type, one object each: scalar properties as text, links by the key of the other resource. In a later step only what changes.',
  tables:
    'Rows by connection table, as the source holds them, or the name of a CSV file beside this one: read by transformations, mappings and formats.',
  removed: 'Keys by entity type: what is gone from its source on this day.',
  expect: 'What should come out, owner by owner.',
  dataTests: 'By identifier of a data test: passed or failed, over the data of this day.',
} as const satisfies Keys;

export const fileKeys = {
  $schema: 'Where editors find the schema of test files.',
  name: 'What is tested; with a file that holds one test.',
  on: `For all tests of the file that name no day of their own. ${stepKeys.on}`,
  given: `For all tests of the file. ${stepKeys.given}`,
  tables: `For all tests of the file. ${stepKeys.tables}`,
  removed: stepKeys.removed,
  expect: stepKeys.expect,
  dataTests: stepKeys.dataTests,
  later: 'Later days of the one test of the file.',
  tests: 'The tests of the file. What stands beside them holds for all of them.',
} as const satisfies Keys;

export const testKeys = {
  name: 'What is tested, as a sentence.',
  ...stepKeys,
  later: 'Later days: what changes, and what is expected then.',
} as const satisfies Keys;

export const laterStepKeys = {
  ...stepKeys,
  deliver:
    'false leaves the orders of the steps before undone. Otherwise they are carried out as ordered, and read back.',
  decide: 'Decisions of people about what the step before left open.',
} as const satisfies Keys;

export const decisionKeys = {
  decision:
    'approve, decline, unblock: as lockstep review. keep, accept, delete: as lockstep reconcile.',
  owner: 'EntityType:key.',
  resourceType: 'Identifier of the resource type.',
  property: 'Decide about this property only.',
} as const satisfies Keys;

export const ownerKeys = {
  owner: 'EntityType:key.',
  match:
    'exact (the default): what is listed is all there is. partial: there may be more resource types, values and roles.',
  properties: 'Properties of the owner itself, such as computed ones.',
  roles: 'Identifiers of the single roles held on this day.',
  resourceTypes:
    'By identifier: what the owner has of it; null or an empty list for nothing; a list for several accounts.',
} as const satisfies Keys;

export const resourceKeys = {
  workflow: 'Workflow state, as shown to people.',
  provisioning: 'Provisioning state, as shown to people.',
  target: 'Key of the account that was found for the owner; null: none yet.',
  from: 'The day from which the owner should have it; null: for ever before.',
  until: 'The day from which the owner should not have it any more; null: for ever.',
  values: 'What the policy gives, by property; links by key.',
  differs: 'Properties that differ in the system and wait for a decision.',
  order:
    'The order made on this day: added, modified, deleted or none, or an object with its values. Left out: none, unless the match is partial.',
} as const satisfies Keys;

export const orderKeys = {
  change: 'added, modified, deleted or none.',
  values:
    'What the order writes, by property. Links of properties with many: those added; behind a minus sign those removed.',
} as const satisfies Keys;
