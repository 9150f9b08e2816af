import { describe, expect, it } from 'vitest';
import { findings } from './load-fixture.ts';

describe('names of properties', () => {
  it('may not be shown as Id, which every resource has already', () => {
    const [finding] = findings(
      '<EntityType Identifier="E"><Property Identifier="A" IsKey="true" DisplayName_L1="Id" /></EntityType>',
    ).filter(({ severity }) => severity === 'error');

    expect(finding).toMatchObject({ code: 'CONFIG_VALUE_INVALID', line: 2, column: 82 });
  });
});

describe('numbers of languages', () => {
  it('belong to one language each', () => {
    const told = findings(
      `<Language Code="en-US" IndicatorNumber="1" />
<Language Code="fr-FR" IndicatorNumber="1" /><Language Code="de-DE" IndicatorNumber="2" />`,
    ).map(({ severity, line, column, message }) => `${severity} ${line}:${column} ${message}`);

    expect(told).toEqual(['warning 3:41 The number 1 already belongs to Language "en-US".']);
  });
});
