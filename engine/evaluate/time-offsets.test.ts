/** Rules with time offsets: who has an account when, and what it holds. Each test draws its time line. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResourceType, ScalarRule, TimeOffset } from '../../config/index.ts';
import { evaluateOwner } from './evaluate-owner.ts';
import {
  accountType,
  Graph,
  groupRule,
  literal,
  matchesOf,
  modelOf,
  optionsOf,
  personContext,
  scalarOf,
  scalarRule,
  typeRule,
} from './graph.fixture.ts';
import { addSeconds } from './periods.ts';
import type { AssignedResourceType } from './types.ts';

const minutesPerDay = 1440;

function offset(
  reference: TimeOffset['reference'],
  beforeMinutes = 0,
  afterMinutes = 0,
): { readonly timeOffset: TimeOffset } {
  return { timeOffset: { reference, beforeMinutes, afterMinutes } };
}

function enabled(value: string, when: { readonly timeOffset: TimeOffset }): ScalarRule {
  return scalarRule('Enabled', literal(value), when);
}

const login = scalarRule('Login', scalarOf('Person:Code'));

/** The one row of a person valid from the first of March to the last of August. */
function rowAt(
  now: string,
  rules: Partial<ResourceType>,
  person: Readonly<Record<string, string>> = { Start: '20250301000000', End: '20250831000000' },
): AssignedResourceType | null {
  const type = accountType({ scalarRules: [login], ...rules });
  const model = modelOf({ resourceTypes: [type], contextRules: [personContext] });
  const graph = new Graph()
    .put('Person', 1, { Code: 'E1', ...person })
    .put('Group', 21, { Name: 'Staff' })
    .put('Group', 22, { Name: 'Alumni' });
  const state = { owner: graph.get('Person', 1), roles: [], resourceTypes: [] };
  const options = optionsOf({ now: `${now}120000` });
  return evaluateOwner(model, state, matchesOf(graph, model), options).resourceTypes[0] ?? null;
}

describe('an account that is disabled, enabled, disabled', () => {
  /*
   *                15 Feb    1 Mar                        31 Aug        29 Nov
   * person                     |============================|
   * Before -14 d     [ false   ]
   * Around                     [           true             ]
   * After  +90 d                                            [   false    ]
   * account          |=====================================================|
   */
  const rules: Partial<ResourceType> = {
    scalarRules: [
      login,
      enabled('false', offset('After', 0, 90 * minutesPerDay)),
      enabled('false', offset('Before', -14 * minutesPerDay, 0)),
      enabled('true', offset('Around')),
    ],
  };

  it('exists from the first window to the last', () => {
    for (const day of ['20250101', '20250220', '20250601', '20251001']) {
      expect(rowAt(day, rules)).toMatchObject({
        startDate: '20250215000000',
        endDate: '20251129000000',
      });
    }
    expect(rowAt('20251129', rules)).toBeNull();
  });

  it.each([
    ['20250214', 'false'],
    ['20250215', 'false'],
    ['20250228', 'false'],
    ['20250301', 'true'],
    ['20250830', 'true'],
    ['20250831', 'false'],
    ['20251128', 'false'],
  ])('on %s is to hold %s', (day, value) => {
    expect(rowAt(day, rules)?.policyValues).toMatchObject({ Enabled: value, Login: 'E1' });
  });

  /*
   *                15 Feb    1 Mar   …                      (no end)
   * person                     |=============================>
   * Before           [ false   ]
   * Around                     [           true              >
   * After                                                       never comes
   */
  it('stays for somebody who has no last day', () => {
    const endless = { Start: '20250301000000' };

    expect(rowAt('20250220', rules, endless)).toMatchObject({
      startDate: '20250215000000',
      endDate: null,
      policyValues: { Enabled: 'false' },
    });
    expect(rowAt('20991231', rules, endless)?.policyValues).toMatchObject({ Enabled: 'true' });
  });
});

describe('windows that overlap', () => {
  /*
   *                     1 Mar     1 Apr          1 Aug     31 Aug    30 Sep
   * person                |==================================|
   * After  -30 d +30 d                             [  after            ]
   * Before   0 d +31 d    [ before  ]
   * Around +7 d −7 d         [     around                 ]
   * Default               [           default                ]
   * what counts           [           default                ][ after  ]
   */
  const all = [
    enabled('default', offset('Default')),
    enabled('around', offset('Around', 7 * minutesPerDay, -7 * minutesPerDay)),
    enabled('before', offset('Before', 0, 31 * minutesPerDay)),
    enabled('after', offset('After', -30 * minutesPerDay, 30 * minutesPerDay)),
  ];
  const value = (day: string, rules: readonly ScalarRule[]): unknown =>
    rowAt(day, { scalarRules: [login, ...rules] })?.policyValues['Enabled'];

  it('are overwritten in the order After, Before, Around, Default, however they are declared', () => {
    for (const rules of [all, all.toReversed()]) {
      expect(value('20250302', rules)).toBe('default');
      expect(value('20250815', rules)).toBe('default');
      expect(value('20250915', rules)).toBe('after');
      const [, ...offsets] = rules === all ? all : all.toSpliced(0, 0);
      const withoutDefault = offsets.filter((rule) => rule.timeOffset.reference !== 'Default');
      expect(value('20250302', withoutDefault)).toBe('before');
      expect(value('20250315', withoutDefault)).toBe('around');
      expect(value('20250815', withoutDefault)).toBe('around');
      expect(value('20250828', withoutDefault)).toBe('after');
      const edges = withoutDefault.filter((rule) => rule.timeOffset.reference !== 'Around');
      expect(value('20250315', edges)).toBe('before');
    }
  });

  /*
   *                     1 Mar                        31 Aug      30 Sep
   * person                |============================|
   * Staff  Default        [============================]
   * Alumni After -30 d                           [===============]
   * groups                [ Staff              ][ both ][ Alumni ]
   */
  it('add up where a property holds many', () => {
    const navigationRules = [
      groupRule('Staff'),
      groupRule('Alumni', offset('After', -30 * minutesPerDay, 30 * minutesPerDay)),
    ];
    const groups = (day: string): unknown =>
      rowAt(day, { navigationRules })?.policyValues['Groups'];

    expect(groups('20250601')).toEqual([21]);
    expect(groups('20250815')).toEqual([21, 22]);
    expect(groups('20250915')).toEqual([22]);
    expect(rowAt('20250915', { navigationRules })).toMatchObject({ endDate: '20250930000000' });
  });
});

describe('what an offset does to the resource', () => {
  /*
   *                 1 Mar                 31 Aug
   * person            |=====================|
   * type rule     [==============================]   Around -1 d +1 d
   * hours ahead   (24 h)                              moves the order, not the account
   */
  it('moves its period, where the type rule has it; hours ahead of time do not', () => {
    const around = [typeRule(offset('Around', -minutesPerDay, minutesPerDay))];

    expect(rowAt('20250101', { typeRules: around })).toMatchObject({
      startDate: '20250228000000',
      endDate: '20250901000000',
    });
    expect(rowAt('20250101', { fulfillHoursAheadOfTime: 24 })).toMatchObject({
      startDate: '20250301000000',
      endDate: '20250831000000',
    });
  });

  it('does not make one for somebody whom no rule gives any', () => {
    const rules = {
      typeRules: [],
      scalarRules: [login, enabled('false', offset('After', 0, minutesPerDay))],
    };

    expect(rowAt('20250601', rules)).toBeNull();
  });

  it('always holds the window of every value it is to hold', () => {
    const minutes = fc.integer({ min: -60, max: 60 }).map((days) => days * minutesPerDay);
    const anyOffset = fc.record({
      reference: fc.constantFrom<TimeOffset['reference']>('Default', 'Around', 'Before', 'After'),
      beforeMinutes: minutes,
      afterMinutes: minutes,
    });
    const rules = fc.array(fc.record({ timeOffset: anyOffset }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(anyOffset, rules, fc.integer({ min: 0, max: 500 }), (type, given, days) => {
        const now = addSeconds('20250101000000', days * 86_400).slice(0, 8);
        const scalarRules = given.map((rule, index) => enabled(String(index), rule));
        const row = rowAt(now, { typeRules: [typeRule({ timeOffset: type })], scalarRules });
        const instant = `${now}120000`;
        const isHeld =
          row !== null && (row.startDate ?? '') <= instant && instant < (row.endDate ?? '~');

        // Whatever is wanted now is wanted of an account that is wanted now.
        const others = given.filter((rule) => rule.timeOffset.reference !== 'Default');
        const isWindowOpen = others.some(({ timeOffset }) => isOpen(timeOffset, instant));
        const isTypeOpen = row !== null;
        if (isWindowOpen && isTypeOpen) expect(isHeld || isTypeEmpty(type)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

const person = { start: '20250301000000', end: '20250831000000' };

/** What the vocabulary says of a window, written out once more. */
function isOpen({ reference, beforeMinutes, afterMinutes }: TimeOffset, instant: string): boolean {
  const from = reference === 'After' ? person.end : person.start;
  const to = reference === 'Before' ? person.start : person.end;
  const begin = addSeconds(from, beforeMinutes * 60);
  const finish = addSeconds(to, afterMinutes * 60);
  return begin <= instant && instant < finish;
}

function isTypeEmpty(offsetOfType: TimeOffset): boolean {
  const { reference, beforeMinutes, afterMinutes } = offsetOfType;
  if (reference === 'Default') return false;
  const from = reference === 'After' ? person.end : person.start;
  const to = reference === 'Before' ? person.start : person.end;
  return addSeconds(from, beforeMinutes * 60) >= addSeconds(to, afterMinutes * 60);
}
