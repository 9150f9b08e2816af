import { describe, expect, it } from 'vitest';
import { formatWaiting } from './explain-risks.ts';

const value = { resourceType: 'Wiki_User', property: 'Spaces', through: null };

describe('what a request waits for somebody to accept', () => {
  it('is told with the rule, what is held and what would come', () => {
    const held = { account: 'bsand', isPresent: true, isBrought: false, roles: ['Finance'] };
    const brought = { account: null, isPresent: false, isBrought: true, roles: ['Auditor'] };
    const risk = {
      risk: 'Apart',
      name: 'Two hats\u001b[31m',
      level: 40,
      remediation: 'Choose one.',
    };
    const rule = {
      ...{ file: 'risks.xml', line: 7, column: 5 },
      items: [
        { ...value, ...held, resource: 'finance' },
        { ...value, ...brought, resource: 'audit' },
      ],
    };

    const lines = formatWaiting([{ ...risk, rules: [rule] }]);

    expect(lines[0]).toMatch(
      /^ {2}waits: {3}for somebody to accept the risk Two hats.*\(Apart\), level 40$/u,
    );
    expect(lines.join('')).not.toContain('\u001b');
    expect(lines.slice(1)).toEqual([
      '  because: Rule at risks.xml:7:5',
      '  holds:   Wiki_User.Spaces = finance in bsand, by Finance',
      '  brings:  Wiki_User.Spaces = audit',
      '  cure:    Choose one.',
    ]);
  });

  it('is nothing for what does not wait, and said to be gone where it is', () => {
    expect(formatWaiting(null)).toEqual([]);
    expect(formatWaiting([])).toEqual([
      '  waits:   for a risk that is not there any more; approving it accepts none',
    ]);
  });
});
