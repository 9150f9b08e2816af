import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfiguration, type Model, readTestFile } from '../../../config/index.ts';
import { configuration } from '../company.fixture.ts';
import { checkTests } from './check-tests.ts';
import { CoverageRecorder } from './rule-coverage.ts';
import { runConfigurationTests } from './run-configuration-tests.ts';
import { openTestBench, type TestBench } from './test-bench.ts';

/**
 * People of a company with a wiki: everybody has a user in the space `everybody` and in that of the department; the role
 * Finance gives the space `finance`.
 */
const signal = new AbortController().signal;
const logger = { debug() {}, info() {}, warn() {}, error() {} };
const spaces = [{ Name: 'everybody' }, { Name: 'finance' }, { Name: 'FIN' }, { Name: 'ACC' }];
const departments = [
  { Code: 'FIN', Name: 'Finance' },
  { Code: 'ACC', Name: 'Accounting', Parent: 'FIN' },
];
const ana = {
  Number: '1',
  FirstName: 'Ana',
  LastName: 'Rey',
  Department: 'ACC',
  StartDate: '2026-01-01',
};

let model: Model;
let bench: TestBench;
let folder: string;

beforeAll(async () => {
  const loaded = loadConfiguration([{ path: 'company.xml', text: configuration() }]);
  if (loaded.status === 'invalid') throw new Error(JSON.stringify(loaded.diagnostics));
  model = loaded.model;
  bench = await openTestBench(model, { logger, signal });
  folder = await mkdtemp(join(tmpdir(), 'lockstep-configuration-tests-'));
});

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function readTest(test: object) {
  const text = JSON.stringify({
    on: '2026-01-05',
    given: { HR_Department: departments, Wiki_Space: spaces, HR_Person: [ana] },
    tests: [{ name: 'it', ...test }],
  });
  const read = readTestFile({ path: 'tests/wiki.test.json', text });
  if (read.status === 'invalid') throw new Error(JSON.stringify(read.diagnostics));
  return read.file;
}

async function run(test: object, options: { readonly withCoverage?: boolean } = {}) {
  const result = await runConfigurationTests(bench, {
    model,
    files: [readTest(test)],
    folder,
    withCoverage: options.withCoverage === true,
    stopsAtFirst: false,
    signal,
  });
  return { outcome: result.tests[0]?.outcome, coverage: result.coverage };
}

async function failuresOf(test: object) {
  const { outcome } = await run(test);
  return outcome?.status === 'failed' ? outcome.failures : [];
}

const user = {
  target: null,
  values: {
    Login: 'arey',
    FullName: 'Ana Rey',
    Mail: '1@example.test',
    Unit: 'Accounting',
    Spaces: ['ACC', 'everybody', 'finance'],
  },
  order: 'added',
};
const expectUser = (changes: object) => [
  { owner: 'HR_Person:1', resourceTypes: { Wiki_User_Person: { ...user, ...changes } } },
];

describe('runConfigurationTests', () => {
  it('passes what the engine gives', async () => {
    expect(await run({ expect: expectUser({}) })).toMatchObject({ outcome: { status: 'passed' } });
  });

  it('says where a value differs, which rule gave it, and what the rule read', async () => {
    const failures = await failuresOf({
      expect: expectUser({ values: { ...user.values, FullName: 'Rey Ana' } }),
    });

    expect(failures).toMatchObject([
      {
        owner: 'HR_Person:1',
        resourceType: 'Wiki_User_Person',
        property: 'FullName',
        expected: '"Rey Ana"',
        got: '"Ana Rey"',
        at: { file: 'tests/wiki.test.json', line: 1 },
      },
    ]);
    expect(failures[0]?.explanation).toEqual([
      expect.stringMatching(
        /^ScalarRule company\.xml:\d+ applied; it read HR_Person:1 FirstName = "Ana", HR_Person:1 LastName = "Rey"\.$/u,
      ),
    ]);
  });

  it('says why a rule gave nothing', async () => {
    const [failure] = await failuresOf({
      given: { HR_Person: [{ Number: '1', Department: null }] },
      expect: [
        {
          owner: 'HR_Person:1',
          match: 'partial',
          resourceTypes: { Wiki_User_Person: { values: { Spaces: ['everybody', 'finance'] } } },
        },
      ],
    });

    expect(failure).toMatchObject({ expected: 'everybody, finance', got: 'everybody' });
    expect(failure?.explanation).toContainEqual(
      expect.stringMatching(
        /^NavigationRule company\.xml:\d+ did not apply: the role "Finance" is not held\.$/u,
      ),
    );
  });

  it('names a rule once that gave something', async () => {
    const [failure] = await failuresOf({
      given: { HR_Person: [{ Number: '1', Department: 'FIN' }] },
      expect: [
        {
          owner: 'HR_Person:1',
          match: 'partial',
          resourceTypes: { Wiki_User_Person: { values: { Spaces: ['FIN', 'everybody'] } } },
        },
      ],
    });

    expect(failure).toMatchObject({ got: 'FIN, everybody, finance' });
    expect(failure?.explanation.filter((line) => line.includes('by the role "Finance"'))).toEqual([
      expect.stringContaining(' applied, by the role "Finance"'),
    ]);
    expect(failure?.explanation.join()).not.toContain('gave nothing');
  });

  it('says in which state a resource type is that has no order', async () => {
    const failures = await failuresOf({
      expect: [{ owner: 'HR_Person:1', roles: ['Finance'] }],
      later: [{ on: '2026-01-06', expect: expectUser({ target: 'arey' }) }],
    });

    expect(failures).toMatchObject([{ subject: 'order', got: 'none: Calculated, Verified' }]);
  });

  it('takes an exact match at its word, and a partial one at what it lists', async () => {
    const values = { Login: 'arey' };

    const exact = await failuresOf({ expect: expectUser({ values }) });
    const partial = await failuresOf({
      expect: [
        {
          owner: 'HR_Person:1',
          match: 'partial',
          resourceTypes: { Wiki_User_Person: { values } },
        },
      ],
    });
    const nothing = await failuresOf({ expect: [{ owner: 'HR_Person:1', resourceTypes: {} }] });

    expect(exact.map(({ property }) => property)).toEqual(['FullName', 'Mail', 'Spaces', 'Unit']);
    expect(partial).toEqual([]);
    expect(nothing).toMatchObject([{ subject: 'resource type', resourceType: 'Wiki_User_Person' }]);
  });

  it('carries out orders before a later day, and notices who leaves', async () => {
    const { outcome } = await run({
      given: { HR_Person: [{ Number: '1', EndDate: '2026-02-01' }] },
      expect: [{ owner: 'HR_Person:1', roles: ['Finance'] }],
      later: [
        {
          on: '2026-01-06',
          expect: [
            {
              owner: 'HR_Person:1',
              resourceTypes: {
                Wiki_User_Person: { target: 'arey', provisioning: 'Verified', until: '2026-02-01' },
              },
            },
            { owner: 'Wiki_User:arey', properties: { Spaces: ['ACC', 'everybody', 'finance'] } },
          ],
        },
        {
          on: '2026-02-01',
          expect: [
            { owner: 'HR_Person:1', resourceTypes: { Wiki_User_Person: { order: 'deleted' } } },
          ],
        },
        { on: '2026-02-02', expect: [{ owner: 'HR_Person:1', resourceTypes: {} }] },
      ],
    });

    expect(outcome).toEqual({ status: 'passed' });
  });

  it('starts every test with an empty store', async () => {
    await run({ expect: expectUser({}) });

    const { outcome } = await run({
      expect: [{ owner: 'HR_Person:2', roles: [] }],
    });

    expect(outcome).toMatchObject({ status: 'failed', failures: [{ subject: 'owner' }] });
  });

  it('reads tables as a synchronization does, from the test or from a file beside it', async () => {
    await writeFile(
      join(folder, 'people.csv'),
      'number,first,last,start,end,department,manager\n1,Ana,Rey,2026-01-01,,FIN,\n,Bo,Ek,,,,\n',
    );
    const text = JSON.stringify({
      on: '2026-01-05',
      tables: { HRPeople: 'people.csv', HRDepartments: [{ code: 'FIN', name: 'Finance' }] },
      expect: [
        {
          owner: 'HR_Person:1',
          properties: {
            FirstName: 'Ana',
            StartDate: '2026-01-01',
            Department: 'FIN',
            Login: 'arey',
          },
        },
      ],
    });
    const read = readTestFile({ path: 'tables.test.json', text });
    if (read.status === 'invalid') throw new Error(JSON.stringify(read.diagnostics));
    const result = await runConfigurationTests(bench, {
      model,
      files: [read.file],
      folder,
      withCoverage: false,
      stopsAtFirst: false,
      signal,
    });

    expect(result.tests[0]?.outcome).toEqual({ status: 'passed' });
  });

  it.each([
    [{ given: { HR_Persn: [{}] } }, 'No mapping reads resources of "HR_Persn".'],
    [{ given: { HR_Person: [{ FirstName: 'A' }] } }, 'A row of HR_Person needs its key Number.'],
    [{ given: { HR_Person: [{ Number: '1', Nme: 'A' }] } }, 'HR_Person has no property "Nme".'],
    [
      { given: { HR_Person: [{ Number: '1', Department: 'X' }] } },
      'The test gives no HR_Department "X".',
    ],
    [
      { given: { HR_Person: [{ Number: '1', StartDate: 'soon' }] } },
      'This is no value of the type DateTime.',
    ],
    [{ removed: { HR_Person: ['9'] } }, 'The test gives no HR_Person "9".'],
    [{ tables: { Nowhere: [] } }, 'No mapping reads a connection table "Nowhere".'],
  ])('refuses data that the configuration does not know: %j', async (test, message) => {
    const { outcome } = await run({ ...test, expect: [{ owner: 'HR_Person:1', roles: [] }] });

    expect(outcome).toMatchObject({ status: 'invalid', diagnostics: [{ message }] });
  });

  it('tells which rules are asserted, reached and missed', async () => {
    const { coverage } = await run(
      {
        expect: [
          {
            owner: 'HR_Person:1',
            match: 'partial',
            resourceTypes: { Wiki_User_Person: { values: { Login: 'arey' } } },
          },
        ],
      },
      { withCoverage: true },
    );

    const reach = new Map(
      coverage?.rules.map(({ subject, element, reach: r }) => [`${element} ${subject}`, r]),
    );
    expect(reach.get('ScalarRule Wiki_User_Person.Login')).toBe('asserted');
    expect(reach.get('ScalarRule Wiki_User_Person.Mail')).toBe('reached');
    expect(reach.get('ScalarRule Wiki_User_Person.Boss')).toBe('missed');
    expect(reach.get('SingleRoleRule Finance')).toBe('reached');
    expect(reach.get('ContextRule HR_Person')).toBe('asserted');
    expect(coverage?.percent).toBeLessThan(100);
  });

  it('leaves rules out of the coverage that do nothing in this version', async () => {
    const rule =
      '<ResourceClassificationRule ResourceType="Wiki_User_Person" Policy="Default" TargetExpression="C#:x:return true;" />';
    const text = configuration().replace('</ConfigurationFile>', `${rule}</ConfigurationFile>`);
    const loaded = loadConfiguration([{ path: 'company.xml', text }]);
    if (loaded.status === 'invalid') throw new Error(JSON.stringify(loaded.diagnostics));
    const before = new CoverageRecorder(model).result;
    const { rules, percent } = new CoverageRecorder(loaded.model).result;

    expect(rules.filter(({ reach }) => reach === 'ineffective')).toHaveLength(1);
    expect(rules).toHaveLength(before.rules.length + 1);
    expect(percent).toBe(before.percent);
  });
});

describe('checkTests', () => {
  it('finds names that the configuration does not have', () => {
    const file = readTest({
      expect: [
        { owner: 'HR_Persn:1', roles: ['Finnance'] },
        { owner: 'HR_Person:1', properties: { Nme: 'a' }, resourceTypes: { Wiki_Usr: null } },
        { owner: 'HR_Person:1', resourceTypes: { Wiki_User_Person: { values: { Logn: 'a' } } } },
        { owner: 'HR_Department:FIN', resourceTypes: { Wiki_User_Person: null } },
      ],
      dataTests: { Nothing: 'passed' },
    });

    expect(checkTests(model, [file]).map(({ message }) => message)).toEqual([
      'There is no entity type "HR_Persn".',
      'There is no single role "Finnance".',
      'HR_Person has no property "Nme".',
      'There is no resource type "Wiki_Usr".',
      'Wiki_User has no property "Logn".',
      'Wiki_User_Person is given to HR_Person, not to HR_Department.',
      'There is no data test "Nothing".',
    ]);
  });
});
