/** From the text of a test file (JSON, comments allowed) to its tests, or to everything that is wrong with it. */
import type { Node } from 'jsonc-parser';
import type { Diagnostic } from '../errors.ts';
import type { ConfigurationFile } from '../model.ts';
import { createSourceText } from '../source/source-text.ts';
import {
  describeProvisioningState,
  describeWorkflowState,
  provisioningStates,
  workflowStates,
} from '../states.ts';
import { type Member, NodeReader } from './node-reader.ts';
import {
  type ConfigurationTest,
  decisionKinds,
  type ExpectedOrder,
  type ExpectedResource,
  type GivenRow,
  type Named,
  type OwnerExpectation,
  orderChanges,
  type Placed,
  type TableRows,
  type TestDecision,
  type TestFile,
  type TestStep,
} from './types.ts';
import {
  decisionKeys,
  fileKeys,
  laterStepKeys,
  orderKeys,
  ownerKeys,
  resourceKeys,
  testKeys,
} from './vocabulary.ts';

const workflowLabels = [...new Set(Object.values(workflowStates).map(describeWorkflowState))];
const provisioningLabels = Object.values(provisioningStates).map(describeProvisioningState);

export type ReadTestFile =
  | { readonly status: 'valid'; readonly file: TestFile }
  | { readonly status: 'invalid'; readonly diagnostics: readonly Diagnostic[] };

/** `path` is the name findings and failures give the file. */
export function readTestFile(file: ConfigurationFile): ReadTestFile {
  const reader = new NodeReader(createSourceText(file));
  const root = reader.parse();
  const tests = root === undefined ? [] : readTests(reader, root, file.path);
  if (reader.findings.length > 0) return { status: 'invalid', diagnostics: reader.findings };
  return { status: 'valid', file: { path: file.path, tests } };
}

/** What stands beside `tests`, for all of them. */
type Common = Pick<TestStep, 'given' | 'tables' | 'removed'> & {
  readonly now: Placed<number> | undefined;
  /** There is a day, right or wrong. */
  readonly isDayStated: boolean;
};

function readTests(reader: NodeReader, root: Node, path: string): readonly ConfigurationTest[] {
  const members = reader.members(root, 'A test file', fileKeys);
  if (root.type !== 'object') return [];
  const find = (name: string) => members.find((member) => member.name === name);
  const list = find('tests');
  if (list === undefined) {
    const name = textOf(reader, find('name')) ?? path.slice(path.lastIndexOf('/') + 1);
    return [readTest(reader, { node: root, members, name }, emptyCommon)];
  }
  for (const lonely of ['name', 'expect', 'dataTests', 'later']) {
    const member = find(lonely);
    if (member !== undefined)
      reader.report(member.key, `"${lonely}" belongs into one of the tests.`, 'Move it there.');
  }
  const common = {
    ...readData(reader, members),
    now: readNow(reader, members),
    isDayStated: find('on') !== undefined,
  };
  const tests = reader.items(list.value, '"tests"');
  if (tests.length === 0 && list.value.type === 'array')
    reader.report(list.value, 'The file has no test.', 'Add { "name": "…", "expect": [ … ] }.');
  return tests.map((node, index) => {
    const own = reader.members(node, 'A test', testKeys);
    const named = own.find((member) => member.name === 'name');
    if (named === undefined) reader.report(node, 'A test needs a name.', 'Add "name": "…".');
    const name = textOf(reader, named) ?? `test ${index + 1}`;
    return readTest(reader, { node, members: own, name }, common);
  });
}

const emptyCommon: Common = {
  given: [],
  tables: [],
  removed: [],
  now: undefined,
  isDayStated: false,
};

interface TestNode {
  readonly node: Node;
  readonly members: readonly Member[];
  readonly name: string;
}

function readTest(
  reader: NodeReader,
  { node, members, name }: TestNode,
  common: Common,
): ConfigurationTest {
  const data = readData(reader, members);
  const now = readNow(reader, members) ?? common.now;
  const isStated = members.some((member) => member.name === 'on') || common.isDayStated;
  if (now === undefined && !isStated)
    reader.report(node, 'A test needs its day.', 'Add "on": "2026-01-05", here or for the file.');
  const first: TestStep = {
    at: reader.place(node),
    now: now ?? { value: 0, at: reader.place(node) },
    given: [...common.given, ...data.given],
    tables: [...common.tables, ...data.tables],
    removed: [...common.removed, ...data.removed],
    isDelivered: true,
    decisions: [],
    expect: readExpectations(reader, members),
    dataTests: readDataTests(reader, members),
  };
  const steps = [first];
  const later = members.find((member) => member.name === 'later');
  for (const child of later === undefined ? [] : reader.items(later.value, '"later"'))
    steps.push(readLaterStep(reader, child, steps.at(-1) ?? first));
  if (steps.every((step) => step.expect.length + step.dataTests.length === 0))
    reader.report(node, `"${name}" expects nothing.`, 'Add "expect": [ { "owner": … } ].');
  return { name, at: reader.place(node), steps };
}

function readLaterStep(reader: NodeReader, node: Node, before: TestStep): TestStep {
  const members = reader.members(node, 'A step', laterStepKeys);
  const find = (name: string) => members.find((member) => member.name === name);
  const now = readNow(reader, members) ?? { value: before.now.value + 1_000, at: before.now.at };
  if (now.value <= before.now.value) {
    reader.report(
      find('on')?.value ?? node,
      'The clock of a step must be after that of the step before.',
    );
  }
  const deliver = find('deliver');
  const decide = find('decide');
  return {
    at: reader.place(node),
    now,
    ...readData(reader, members),
    isDelivered: deliver === undefined ? true : (reader.flag(deliver.value, '"deliver"') ?? true),
    decisions:
      decide === undefined
        ? []
        : reader.items(decide.value, '"decide"').flatMap((item) => readDecision(reader, item)),
    expect: readExpectations(reader, members),
    dataTests: readDataTests(reader, members),
  };
}

const dayOrInstant = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?Z?)?$/u;

function readNow(reader: NodeReader, members: readonly Member[]): Placed<number> | undefined {
  const member = members.find(({ name }) => name === 'on');
  if (member === undefined) return undefined;
  const text = reader.text(member.value, '"on"');
  if (text === undefined) return undefined;
  const { value, at } = text;
  const isDay = value.length === 10;
  const time = Date.parse(isDay ? value : `${value.replace(/Z$/u, '')}Z`);
  // 31 February would roll over into March.
  const isReal =
    Number.isFinite(time) && new Date(time).toISOString().startsWith(value.slice(0, 10));
  if (dayOrInstant.test(value) && isReal) return { value: time, at };
  reader.report(
    member.value,
    `"${value}" is no day.`,
    'Write 2026-01-05, or an instant of UTC: 2026-01-05T12:00:00Z.',
  );
  return undefined;
}

function readData(
  reader: NodeReader,
  members: readonly Member[],
): Pick<TestStep, 'given' | 'tables' | 'removed'> {
  const read = <T>(name: string, readOne: (node: Node) => T): readonly Named<T>[] => {
    const member = members.find((candidate) => candidate.name === name);
    return member === undefined ? [] : reader.named(member.value, `"${name}"`, readOne);
  };
  return {
    given: read('given', (node) => readRows(reader, node)),
    tables: read('tables', (node) => readTable(reader, node)),
    removed: read('removed', (node) => reader.texts(node, 'the keys')),
  };
}

function readRows(reader: NodeReader, node: Node): readonly GivenRow[] {
  return reader.items(node, 'The rows').map((row) => ({
    value: reader.values(row, 'a row'),
    at: reader.place(row),
  }));
}

function readTable(reader: NodeReader, node: Node): TableRows {
  return node.type === 'string' ? { csv: String(node.value) } : readRows(reader, node);
}

function readDecision(reader: NodeReader, node: Node): readonly TestDecision[] {
  const members = reader.members(node, 'A decision', decisionKeys);
  const find = (name: string) => members.find((member) => member.name === name);
  const kind = find('decision');
  const decision =
    kind === undefined ? undefined : reader.choice(kind.value, '"decision"', decisionKinds);
  const owner = placedText(reader, find('owner'));
  const resourceType = placedText(reader, find('resourceType'));
  if (decision === undefined || owner === undefined || resourceType === undefined) {
    if (kind === undefined || owner === undefined || resourceType === undefined)
      reader.report(node, 'A decision needs "decision", "owner" and "resourceType".');
    return [];
  }
  const property = placedText(reader, find('property'));
  return [{ at: reader.place(node), decision, owner, resourceType, property }];
}

function readExpectations(
  reader: NodeReader,
  members: readonly Member[],
): readonly OwnerExpectation[] {
  const member = members.find(({ name }) => name === 'expect');
  if (member === undefined) return [];
  return reader.items(member.value, '"expect"').flatMap((node) => readOwner(reader, node));
}

function readDataTests(reader: NodeReader, members: readonly Member[]): TestStep['dataTests'] {
  const member = members.find(({ name }) => name === 'dataTests');
  if (member === undefined) return [];
  return reader.members(member.value, '"dataTests"').flatMap(({ name, key, value }) => {
    const ending = reader.choice(value, `"${name}"`, ['passed', 'failed']);
    return ending === undefined ? [] : [{ name, nameAt: reader.place(key), ...ending }];
  });
}

function readOwner(reader: NodeReader, node: Node): readonly OwnerExpectation[] {
  const members = reader.members(node, 'An expectation', ownerKeys);
  const find = (name: string) => members.find((member) => member.name === name);
  const owner = placedText(reader, find('owner'));
  if (owner === undefined) {
    reader.report(node, 'An expectation needs its owner.', 'Add "owner": "EntityType:key".');
    return [];
  }
  const match = find('match');
  const kind =
    match === undefined ? undefined : reader.choice(match.value, '"match"', ['exact', 'partial']);
  const properties = find('properties');
  const roles = find('roles');
  const types = find('resourceTypes');
  return [
    {
      at: reader.place(node),
      owner,
      isPartial: kind?.value === 'partial',
      properties: properties === undefined ? [] : reader.values(properties.value, '"properties"'),
      roles:
        roles === undefined
          ? undefined
          : { value: reader.texts(roles.value, '"roles"'), at: reader.place(roles.value) },
      resourceTypes:
        types === undefined
          ? undefined
          : {
              value: reader.named(types.value, '"resourceTypes"', (value) =>
                readResources(reader, value),
              ),
              at: reader.place(types.key),
            },
    },
  ];
}

function readResources(reader: NodeReader, node: Node): readonly ExpectedResource[] {
  if (node.type === 'null') return [];
  if (node.type === 'array')
    return (node.children ?? []).map((child) => readResource(reader, child));
  return [readResource(reader, node)];
}

function readResource(reader: NodeReader, node: Node): ExpectedResource {
  const members = reader.members(node, 'A resource type', resourceKeys);
  const find = (name: string) => members.find((member) => member.name === name);
  const workflow = find('workflow');
  const provisioning = find('provisioning');
  const textOrNull = (name: string) => readTextOrNull(reader, find(name));
  const values = find('values');
  const differs = find('differs');
  const order = find('order');
  return {
    at: reader.place(node),
    workflow:
      workflow === undefined
        ? undefined
        : reader.choice(workflow.value, '"workflow"', workflowLabels),
    provisioning:
      provisioning === undefined
        ? undefined
        : reader.choice(provisioning.value, '"provisioning"', provisioningLabels),
    target: textOrNull('target'),
    from: textOrNull('from'),
    until: textOrNull('until'),
    values: values === undefined ? undefined : reader.values(values.value, '"values"'),
    differs:
      differs === undefined
        ? undefined
        : { value: reader.texts(differs.value, '"differs"'), at: reader.place(differs.value) },
    order: order === undefined ? undefined : readOrder(reader, order.value),
  };
}

function readTextOrNull(
  reader: NodeReader,
  member: Member | undefined,
): Placed<string | null> | undefined {
  if (member === undefined) return undefined;
  const { name, value } = member;
  if (value.type === 'null') return { value: null, at: reader.place(value) };
  return reader.text(value, `"${name}"`);
}

const linksHint = 'Write links as ["added", "-removed"].';

function readOrder(reader: NodeReader, node: Node): ExpectedOrder | undefined {
  if (node.type !== 'object') {
    const change = reader.choice(node, '"order"', orderChanges);
    return change === undefined ? undefined : { change, values: undefined };
  }
  const members = reader.members(node, 'An order', orderKeys);
  const member = members.find(({ name }) => name === 'change');
  const values = members.find(({ name }) => name === 'values');
  const change =
    member === undefined ? undefined : reader.choice(member.value, '"change"', orderChanges);
  if (member === undefined) reader.report(node, 'An order needs "change".');
  if (change === undefined) return undefined;
  return {
    change,
    values: values === undefined ? undefined : reader.values(values.value, '"values"', linksHint),
  };
}

function placedText(reader: NodeReader, member: Member | undefined): Placed<string> | undefined {
  return member === undefined ? undefined : reader.text(member.value, `"${member.name}"`);
}

function textOf(reader: NodeReader, member: Member | undefined): string | undefined {
  return placedText(reader, member)?.value;
}
