import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { generateTestFileSchema } from './json-schema.ts';
import { readTestFile } from './read-test-file.ts';

const validate = new Ajv({ strict: false }).compile(generateTestFileSchema());

function read(text: string) {
  return readTestFile({ path: 'tests/a.test.jsonc', text });
}

/** `line:column message` of every finding. */
function findingsOf(text: string): readonly string[] {
  const file = read(text);
  if (file.status === 'valid') return [];
  return file.diagnostics.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

const whole = {
  on: '2026-01-05',
  given: { Person: [{ Number: '1', IsActive: true, Age: 41, Manager: null, Teams: ['a', 'b'] }] },
  tests: [
    {
      name: 'all there is to say',
      tables: { Rows: [{ a: '1' }], More: 'more.csv' },
      removed: { Person: ['2'] },
      dataTests: { Unique: 'failed' },
      expect: [
        {
          owner: 'Person:1',
          match: 'partial',
          properties: { Login: 'a' },
          roles: ['Role'],
          resourceTypes: {
            Account: {
              workflow: 'Calculated',
              provisioning: 'Verified',
              target: null,
              from: '2026-01-05',
              until: null,
              values: { Login: 'a', Teams: [] },
              differs: [],
              order: { change: 'added', values: { Login: 'a' } },
            },
            Card: null,
            Key: [{ order: 'none' }, {}],
          },
        },
      ],
      later: [
        {
          on: '2026-01-05T12:00:00Z',
          deliver: false,
          decide: [
            { decision: 'approve', owner: 'Person:1', resourceType: 'Account', property: 'Login' },
          ],
        },
      ],
    },
  ],
};

describe('readTestFile', () => {
  it('reads everything a test can say, as the schema for editors allows it', () => {
    const file = read(JSON.stringify(whole));

    expect(validate(whole) ? [] : validate.errors).toEqual([]);
    if (file.status === 'invalid') throw new Error(JSON.stringify(file.diagnostics));
    const [test] = file.file.tests;
    expect(test?.name).toBe('all there is to say');
    expect(test?.steps.map(({ now }) => new Date(now.value).toISOString())).toEqual([
      '2026-01-05T00:00:00.000Z',
      '2026-01-05T12:00:00.000Z',
    ]);
    const [first, later] = test?.steps ?? [];
    expect(first?.given[0]?.value[0]?.value.map(({ name, value }) => [name, value])).toMatchObject([
      ['Number', '1'],
      ['IsActive', 'true'],
      ['Age', '41'],
      ['Manager', null],
      ['Teams', [{ value: 'a' }, { value: 'b' }]],
    ]);
    const [owner] = first?.expect ?? [];
    expect(owner?.resourceTypes?.value.map(({ value }) => value.length)).toEqual([1, 0, 2]);
    expect(later).toMatchObject({
      isDelivered: false,
      decisions: [{ owner: { value: 'Person:1' } }],
    });
  });

  it('knows the place of every part', () => {
    const file = read(
      '{\n  // comment\n  "on": "2026-01-05",\n  "expect": [{ "owner": "P:1" }],\n}',
    );

    expect(file).toMatchObject({
      status: 'valid',
      file: {
        tests: [
          {
            name: 'a.test.jsonc',
            steps: [
              { expect: [{ owner: { at: { file: 'tests/a.test.jsonc', line: 4, column: 25 } } }] },
            ],
          },
        ],
      },
    });
  });

  it.each([
    ['{ "on" "2026-01-05" }', '1:8 A ":" belongs here.'],
    ['[]', '1:1 A test file must be an object in braces.'],
    ['{ "on": "2026-02-31", "expect": [{ "owner": "P:1" }] }', '1:9 "2026-02-31" is no day.'],
    ['{ "expect": [{ "owner": "P:1" }] }', '1:1 A test needs its day.'],
    ['{ "on": "2026-01-05" }', '1:1 "a.test.jsonc" expects nothing.'],
    ['{ "on": "2026-01-05", "expects": [] }', '1:23 A test file has no "expects".'],
    ['{ "on": "2026-01-05", "expect": [{}] }', '1:34 An expectation needs its owner.'],
    [
      '{ "on": "2026-01-05", "tests": [{ "expect": [{ "owner": "P:1" }] }] }',
      '1:33 A test needs a name.',
    ],
    [
      '{ "on": "2026-01-05", "expect": [{ "owner": "P:1", "match": "exakt" }] }',
      '1:61 "match" must be one of: exact, partial.',
    ],
    [
      '{ "on": "2026-01-05", "expect": [{ "owner": "P:1" }], "later": [{ "on": "2026-01-05" }] }',
      '1:73 The clock of a step must be after that of the step before.',
    ],
  ])('says what is wrong with %s', (text, finding) => {
    expect(findingsOf(text)).toContain(finding);
  });

  it.each([
    '[]',
    '{ "on": "05/01/2026", "expect": [{ "owner": "P:1" }] }',
    '{ "on": "2026-01-05", "tests": [] }',
    '{ "on": "2026-01-05", "expect": [{ "owner": "P:1", "resourceTypes": { "T": { "order": "add" } } }] }',
    '{ "on": "2026-01-05", "expect": [{ "owner": "P:1", "resourceTypes": { "T": { "order": { "change": "modified", "values": { "Teams": { "add": ["a"] } } } } } }] }',
  ])('says one thing of one mistake: %s', (text) => {
    expect(findingsOf(text)).toHaveLength(1);
  });

  it('says how links of an order are written', () => {
    const file = read(
      '{ "on": "2026-01-05", "expect": [{ "owner": "P:1", "resourceTypes": { "T": { "order": { "change": "modified", "values": { "Teams": { "add": ["a"] } } } } } }] }',
    );

    expect(file).toMatchObject({
      diagnostics: [
        {
          message: '"Teams" must be text or a list.',
          hint: 'Write links as ["added", "-removed"].',
        },
      ],
    });
  });

  it('names the nearest choice', () => {
    const file = read(
      '{ "on": "2026-01-05", "expect": [{ "owner": "P:1", "resourceTypes": { "T": { "order": "add" } } }] }',
    );

    expect(file).toMatchObject({ diagnostics: [{ hint: 'Did you mean "added"?' }] });
  });

  it('names the nearest key', () => {
    const file = read('{ "on": "2026-01-05", "expcet": [] }');

    expect(file).toMatchObject({ diagnostics: [{ hint: 'Did you mean "expect"?' }, {}] });
  });
});
