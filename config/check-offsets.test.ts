import { describe, expect, it } from 'vitest';
import { base, errors, resourceType } from './load-fixture.ts';

const rule = (reference: string, before = 0, after = 0): string =>
  `<ScalarRule Property="Title" Binding="Name" TimeOffsetReference="${reference}" TimeOffsetBeforeReference="${before}" TimeOffsetAfterReference="${after}" />`;
const link = (reference: string): string =>
  rule(reference).replace(
    'ScalarRule Property="Title" Binding="Name"',
    'NavigationRule Property="Main" Resource="g"',
  );

describe('rules of one property', () => {
  it.each([
    [
      'of every mode',
      [rule('Default'), rule('Around'), rule('Before', -60, 0), rule('After', 0, 60)],
    ],
    ['one after the other before the start', [rule('Before', -120, -60), rule('Before', -60, 0)]],
    ['one after the other after the end', [rule('After', 60, 120), rule('After', 0, 60)]],
    ['of one link, before and after', [link('Before'), link('After'), link('Default')]],
  ])('may stand beside each other: %s', (_, rules) => {
    expect(errors(base, resourceType(['<TypeRule />', ...rules].join('')))).toEqual([]);
  });

  it.each([
    ['both as the type rule', [rule('Default'), rule('Default')]],
    ['both around the stay', [rule('Around'), rule('Around', -60, 60)]],
    ['that meet before the start', [rule('Before', -120, 0), rule('Before', -60, 60)]],
    ['that meet after the end', [rule('After', 0, 61), rule('After', 60, 120)]],
    ['of one link', [link('Around'), link('Around')]],
  ])('are refused when they hold at the same time: %s', (_, rules) => {
    expect(errors(base, resourceType(['<TypeRule />', ...rules].join('')))).toEqual([
      'CONFIG_RULES_CONFLICT',
    ]);
  });
});
