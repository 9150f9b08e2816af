import { describe, expect, it } from 'vitest';
import { base, codes, findings, load, modelOf } from './load-fixture.ts';
import { makesPasswords, type PasswordReset, splitStrengthCheck } from './password-reset.ts';

const type =
  '<ResourceType Identifier="T" DisplayName_L1="T" Policy="P" SourceEntityType="A_User" TargetEntityType="B_Account"><TypeRule /></ResourceType>';
const mapping =
  '<LdapResourceTypeMapping Identifier="T" Connection="BFile" DefaultObjectClass="x" RDNAttributeIdentifier="cn" PasswordResetSetting="New" />';
const settings = (attributes: string): string =>
  `<PasswordResetSettings Identifier="New" ${attributes} />`;

function resetOf(attributes: string): PasswordReset {
  const model = modelOf(load(base, type, mapping, settings(attributes)));
  const reset = model.resourceTypes.get('T')?.mapping?.passwordReset;
  if (reset === undefined) throw new Error('The mapping has none.');
  return reset;
}

/** What these attributes add to what is found anyway. */
function newCodes(attributes: string): readonly string[] {
  const usual = codes(base, type, mapping, settings(''));
  return codes(base, type, mapping, settings(attributes)).filter((code) => !usual.includes(code));
}

describe('settings of passwords', () => {
  it('have the documented defaults, and make nothing by themselves', () => {
    const reset = resetOf('');

    expect(reset).toMatchObject({
      mode: 'Disabled',
      isGenerated: false,
      generated: { length: 12, lowerCase: 6, upperCase: 2, digits: 2, symbols: 2 },
      strengthChecks: [],
      mustChange: false,
      notifies: true,
      notificationCc: [],
      bindings: {},
    });
    expect(makesPasswords(reset)).toBe(false);
    expect(makesPasswords(resetOf('AutoGenerate="true"'))).toBe(true);
    expect(makesPasswords(resetOf('DefaultPassword="env:FIRST"'))).toBe(true);
  });

  it('tell nobody when notifications are off, or where people would have to confirm', () => {
    expect(resetOf('DisableNotifications="true"').notifies).toBe(false);
    expect(resetOf('Mode="2"').notifies).toBe(false);
    expect(resetOf('Mode="One-Way"').notifies).toBe(true);
    expect(resetOf('NotificationCC="a@x.test; b@x.test,;"').notificationCc).toEqual([
      'a@x.test',
      'b@x.test',
    ]);
  });

  it('never hold a password', () => {
    const reset = resetOf('DefaultPassword="Summer-2025"');

    expect(makesPasswords(reset)).toBe(false);
    expect(JSON.stringify(reset)).not.toContain('Summer');
    expect(newCodes('DefaultPassword="Summer-2025"')).toEqual([
      'warning CONFIG_SECRET_WRITTEN_OUT',
    ]);
    expect(
      findings(base, type, mapping, settings('DefaultPassword="Summer-2025"'))
        .map(({ message, hint }) => `${message} ${hint}`)
        .join(),
    ).not.toContain('Summer');
  });

  it.each([
    ['DefaultPassword="env:"', 'warning CONFIG_SECRET_WRITTEN_OUT'],
    ['AutoGenerate="true" DefaultPassword="env:X"', 'warning CONFIG_ATTRIBUTES_CONFLICT'],
    ['Mode="2"', 'warning CONFIG_ATTRIBUTE_NOT_YET_USED'],
    ['GeneratedLength="0"', 'error CONFIG_VALUE_INVALID'],
    ['GeneratedLength="99999999"', 'error CONFIG_VALUE_INVALID'],
    ['GeneratedDigitCharsCount="-1"', 'error CONFIG_VALUE_INVALID'],
    ['StrengthCheck="(?=.*[0-9]).{8,}"', 'error CONFIG_VALUE_INVALID'],
    ['StrengthCheck=\'"[A-Z]","(\'', 'error CONFIG_VALUE_INVALID'],
    ['StrengthCheck=\'"[A-Z]" "[0-9]"\'', 'error CONFIG_VALUE_INVALID'],
    ['BeneficiaryEmailBinding="Owner.Nothing"', 'error CONFIG_BINDING_INVALID'],
    ['NotifiedEmailBinding="Resource.Name"', 'error CONFIG_BINDING_INVALID'],
  ])('%s is found', (attributes, code) => {
    expect(newCodes(attributes)).toEqual([code]);
  });

  it('point at the part of a path that is wrong, behind the owner', () => {
    const [finding] = findings(
      base,
      type,
      mapping,
      settings('BeneficiaryEmailBinding="Owner.Nothing"'),
    ).filter(({ code }) => code === 'CONFIG_BINDING_INVALID');
    const [other] = findings(
      base,
      type,
      mapping,
      settings('BeneficiaryEmailBinding="Nothing"'),
    ).filter(({ code }) => code === 'CONFIG_BINDING_INVALID');

    expect((finding?.column ?? 0) - (other?.column ?? 0)).toBe('Owner.'.length);
  });
});

describe('the list of a strength check', () => {
  it.each([
    ['', []],
    ['  ', []],
    ['[A-Z]', ['[A-Z]']],
    ['"[A-Z]"', ['[A-Z]']],
    ['"[A-Z]","[0-9]"', ['[A-Z]', '[0-9]']],
    [' "a,b" , \'c"d\' ', ['a,b', 'c"d']],
    ['"say ""yes""","it\\\\"', ['say "yes"', 'it\\\\']],
    ["'it''s'", ["it's"]],
  ])('%j is read', (text, expressions) => {
    expect(splitStrengthCheck(text)).toEqual({ status: 'read', expressions });
  });

  it.each(['"a', '"a",', '"a" "b"', '"a"b', "'a"])('%j is refused', (text) => {
    expect(splitStrengthCheck(text).status).toBe('rejected');
  });

  it('takes time in proportion to its length', () => {
    const started = performance.now();

    splitStrengthCheck(`"${'a'.repeat(200_000)}`);
    splitStrengthCheck('""'.repeat(50_000));
    splitStrengthCheck(`"a"${' '.repeat(200_000)}x`);

    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
