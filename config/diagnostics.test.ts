import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDiagnostic } from './diagnostics-format.ts';
import { errorCodes } from './error-codes.ts';
import type { Diagnostic } from './errors.ts';
import { findNearestName } from './nearest-name.ts';

const diagnostic: Diagnostic = {
  code: 'CONFIG_REFERENCE_UNKNOWN',
  severity: 'error',
  message: 'There is no Connector "Staf".',
  hint: 'Did you mean "Staff"?',
  file: 'a/people.xml',
  line: 2,
  column: 5,
  length: 4,
};

describe('formatDiagnostic', () => {
  it('shows the place, the line, a caret and the cure', () => {
    expect(formatDiagnostic(diagnostic, 'one\r\nabc Staf def\r\nthree')).toBe(
      [
        'a/people.xml:2:5 error CONFIG_REFERENCE_UNKNOWN There is no Connector "Staf".',
        '  2 | abc Staf def',
        '    |     ^~~~',
        '  hint: Did you mean "Staff"?',
      ].join('\n'),
    );
  });

  it('leaves the excerpt out without text', () => {
    expect(formatDiagnostic(diagnostic).split('\n')).toHaveLength(2);
  });

  it('keeps tabs above the caret and cuts long lines around the place', () => {
    const tabbed = formatDiagnostic(diagnostic, '\n\t\tab Staf');
    const long = formatDiagnostic(
      { ...diagnostic, column: 501 },
      `\n${'x'.repeat(500)}Staf${'y'.repeat(500)}`,
    );

    expect(tabbed.split('\n')[2]).toBe('    | \t\t  ^~~~');
    const [, line = '', caret = ''] = long.split('\n');
    expect(line.length).toBeLessThan(130);
    expect(line.slice(caret.indexOf('^'), caret.indexOf('^') + 4)).toBe('Staf');
  });

  it('does not send control characters to a terminal', () => {
    const odd = { ...diagnostic, file: 'a\u001b[2J\n.xml', message: '\u009b', hint: '\u0007' };

    expect(formatDiagnostic(odd, '\nab\u001b[2J\u202e')).not.toMatch(
      /(?!\n)[\p{Cc}\p{Bidi_Control}]/u,
    );
    expect(formatDiagnostic(odd, 'x').split('\n')).toHaveLength(4);
  });

  it('never throws, wherever the place is', () => {
    const place = fc.integer({ min: 1, max: 300 });
    fc.assert(
      fc.property(
        place,
        place,
        place,
        fc.string({ unit: 'binary' }),
        (line, column, length, text) => {
          expect(formatDiagnostic({ ...diagnostic, line, column, length }, text)).toContain(
            'CONFIG_',
          );
        },
      ),
    );
  });
});

describe('findNearestName', () => {
  it.each([
    ['Staf', 'Staff'],
    ['STAFF', 'Staff'],
    ['Satff', 'Staff'],
    ['Bagdes', 'Badges'],
    ['Quite other', undefined],
    ['', undefined],
  ])('takes %j for %j', (name, expected) => {
    expect(findNearestName(name, ['Badges', 'Staff', 'Staffing'])).toBe(expected);
  });

  it('never offers the name itself', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (name, candidates) => {
        expect(findNearestName(name, [...candidates, name])).not.toBe(name);
      }),
    );
  });
});

describe('errorCodes', () => {
  it('lists each code once, in order, with meaning and cure', () => {
    const codes = errorCodes.map(({ code }) => code);

    expect(new Set(codes).size).toBe(codes.length);
    expect(Object.isFrozen(errorCodes)).toBe(true);
    for (const { code, meaning, cure } of errorCodes) {
      expect(code).toMatch(/^[A-Z]+(_[A-Z0-9]+)+$/);
      expect(`${meaning}${cure}`, code).toMatch(/\.$/);
    }
  });
});
