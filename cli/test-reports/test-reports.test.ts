import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import type { JsonOutput } from '../json-schemas.ts';
import { plainPalette } from '../palette.ts';
import { formatJunit } from './junit.ts';
import { formatTap } from './tap.ts';
import { formatTestText } from './text.ts';

const failure = {
  file: 'tests/a.test.json',
  line: 7,
  column: 5,
  on: '2026-01-05T00:00:00.000Z',
  owner: 'Person:1',
  resourceType: 'Account',
  property: 'Name',
  subject: 'value',
  expected: '"<Ana> & Bo"',
  got: '"\u0007"',
  explanation: ['ScalarRule a.xml:3 applied.'],
};
const document: JsonOutput<'test'> = {
  status: 'invalid',
  counts: { passed: 1, failed: 1, invalid: 1 },
  tests: [
    {
      file: 'tests/a.test.json',
      name: 'one # of\ntwo',
      line: 2,
      status: 'passed',
      durationMs: 12.5,
      failures: [],
    },
    {
      file: 'tests/a.test.json',
      name: 'fails',
      line: 5,
      status: 'failed',
      durationMs: 1,
      failures: [failure],
    },
    {
      file: 'tests/b.test.json',
      name: 'cannot run',
      line: 1,
      status: 'invalid',
      durationMs: 0,
      failures: [],
    },
  ],
  coverage: null,
  diagnostics: [
    {
      code: 'TEST_FILE_INVALID',
      severity: 'error',
      message: 'No such key.',
      file: 'tests/b.test.json',
      line: 3,
      column: 2,
      length: 1,
    },
  ],
  report: null,
};

describe('formatJunit', () => {
  it('writes suites with the attributes that Ant requires, and text that XML can hold', () => {
    const xml = formatJunit(document, Date.parse('2026-01-05T10:00:00Z'));

    expect(XMLValidator.validate(xml)).toBe(true);
    const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' });
    const [a, b] = parser.parse(xml).testsuites.testsuite;
    expect(a).toMatchObject({
      id: '0',
      package: 'lockstep',
      name: 'tests/a.test.json',
      timestamp: '2026-01-05T10:00:00',
      hostname: 'localhost',
      tests: '2',
      failures: '1',
      errors: '0',
      time: '0.0135',
    });
    const order = ['properties', 'testcase', 'system-out', 'system-err'];
    expect(Object.keys(a).filter((name) => order.includes(name))).toEqual(order);
    expect(a.testcase[1].failure).toMatchObject({ type: 'value' });
    expect(a.testcase[1].failure['#text']).toContain('expected: "<Ana> & Bo"');
    expect(b.testcase.error['#text']).toBe('tests/b.test.json:3:2 No such key.');
  });
});

describe('formatTestText', () => {
  it('shows what differs without anything that a terminal obeys', () => {
    const text = formatTestText(document, plainPalette);

    expect(text).toContain('one # of⏎two');
    expect(text).toContain('got       "·"');
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});

describe('formatTap', () => {
  it('writes version 14 with a plan, escaped descriptions and details', () => {
    expect(formatTap(document).split('\n')).toEqual([
      'TAP version 14',
      '1..3',
      'ok 1 - tests/a.test.json: one \\# of two',
      'not ok 2 - tests/a.test.json: fails',
      '  ---',
      '  severity: fail',
      '  differences:',
      '    - at: "tests/a.test.json:7:5"',
      '      owner: "Person:1"',
      '      resourceType: "Account"',
      '      property: "Name"',
      '      subject: "value"',
      '      expected: "\\"<Ana> & Bo\\""',
      '      got: "\\"\\u0007\\""',
      '      explanation: ["ScalarRule a.xml:3 applied."]',
      '  ...',
      'not ok 3 - tests/b.test.json: cannot run',
      '  ---',
      '  severity: error',
      '  problems:',
      '    - at: "tests/b.test.json:3:2"',
      '      message: "No such key."',
      '  ...',
      '',
    ]);
  });
});
