import { inspect } from 'node:util';
import Type, { type Static } from 'typebox';
import { describe, expect, it } from 'vitest';
import { Secret } from './secret.ts';
import { checkSettings, secretText } from './settings.ts';

const server = Type.Object(
  {
    Host: Type.String({ description: 'Name of the server.' }),
    Password: secretText('Password of the account.', { minLength: 1 }),
  },
  { additionalProperties: false },
);
const schema = Type.Object(
  {
    Name: Type.String({ minLength: 1, description: 'Name of it.' }),
    Port: Type.Integer({ default: 389, minimum: 1, description: 'Port of the server.' }),
    Ratio: Type.Optional(Type.Number()),
    EnableSSL: Type.Boolean({ default: false }),
    Level: Type.Optional(Type.Union([Type.Literal('Low'), Type.Literal('High')])),
    Servers: Type.Optional(Type.Array(server)),
    Options: Type.Optional(Type.Record(Type.String(), secretText('Free options.'))),
    Password: Type.Optional(secretText('Password.')),
  },
  { additionalProperties: false },
);
const definition = { settings: schema, displayName: 'Test' };
const check = (raw: unknown) => checkSettings<Static<typeof schema>>(definition, raw);

describe('settings of a connection', () => {
  it('takes numbers and truth values written as text, and fills defaults in', () => {
    expect(check({ Name: 'x', Port: '636', EnableSSL: 'False', Ratio: '0.5' })).toEqual({
      status: 'valid',
      settings: { Name: 'x', Port: 636, EnableSSL: false, Ratio: 0.5 },
    });
    expect(check({ Name: 'x' })).toMatchObject({ settings: { Port: 389, EnableSSL: false } });
  });

  it('takes names and choices whatever their case, and null as not given', () => {
    const result = check({ NAME: 'x', enablessl: true, level: 'high', Ratio: null });

    expect(result).toEqual({
      status: 'valid',
      settings: { Name: 'x', EnableSSL: true, Level: 'High', Port: 389 },
    });
  });

  it('wraps secrets, at any depth, whether they come as text or as secrets', () => {
    const result = check({
      Name: new Secret('plain'),
      Password: 'pw1',
      Servers: [{ Host: 'h', Password: new Secret('pw2') }],
      Options: { Login: 'pw3' },
    });

    if (result.status !== 'valid') throw new Error('refused');
    expect(inspect(result, { depth: 9 })).not.toMatch(/pw\d/);
    expect(JSON.stringify(result)).not.toMatch(/pw\d/);
    expect(result.settings.Name).toBe('plain');
    expect(result.settings.Servers?.[0]?.Password.reveal()).toBe('pw2');
    expect(result.settings.Options?.['Login']?.reveal()).toBe('pw3');
  });

  it('reports every finding, with path and cure, and never a value', () => {
    const result = check({
      Prot: 1,
      Port: 'hunter2',
      EnableSSL: 'hunter2',
      Level: 'hunter2',
      Servers: [{ Host: 'h', Password: '', Logn: 'hunter2' }],
    });

    if (result.status !== 'invalid') throw new Error('accepted');
    expect(result.findings.map(({ code, path }) => [code, path])).toEqual([
      ['CONNECTION_SETTING_INVALID', 'EnableSSL'],
      ['CONNECTION_SETTING_INVALID', 'Level'],
      ['CONNECTION_SETTING_MISSING', 'Name'],
      ['CONNECTION_SETTING_INVALID', 'Port'],
      ['CONNECTION_SETTING_UNKNOWN', 'Prot'],
      ['CONNECTION_SETTING_UNKNOWN', 'Servers[0].Logn'],
      ['CONNECTION_SETTING_INVALID', 'Servers[0].Password'],
    ]);
    expect(JSON.stringify(result)).not.toContain('hunter2');
    expect(result.findings.find(({ path }) => path === 'Prot')?.hint).toContain('"Port"');
    expect(result.findings.find(({ path }) => path === 'Level')?.hint).toContain('Low, High');
    expect(result.findings.every((finding) => finding.hint !== '')).toBe(true);
  });

  it('asks for one of several settings when any would do', () => {
    const either = Type.Object(
      { A: Type.Optional(Type.String()), B: Type.Optional(Type.String()) },
      { additionalProperties: false, anyOf: [{ required: ['A'] }, { required: ['B'] }] },
    );

    expect(checkSettings({ settings: either, displayName: 'x' }, {})).toMatchObject({
      findings: [
        { code: 'CONNECTION_SETTING_MISSING', message: expect.stringContaining('"A", "B"') },
      ],
    });
    expect(checkSettings({ settings: either, displayName: 'x' }, { B: '1' }).status).toBe('valid');
  });

  it.each([undefined, null, 'text', 3, []])('refuses %j as settings', (raw) => {
    expect(check(raw)).toMatchObject({ status: 'invalid' });
  });

  it.each(['12x', '1.5', '', '0x10', '99999999999999999999'])(
    'does not take %j for a whole number',
    (Port) => {
      expect(check({ Name: 'x', Port })).toMatchObject({ findings: [{ path: 'Port' }] });
    },
  );

  it('is not misled by names JavaScript uses itself', () => {
    const raw = JSON.parse('{"Name":"x","__proto__":{"Port":1},"constructor":"y"}');

    const result = check(raw);

    expect(result).toMatchObject({ status: 'invalid' });
    expect(({} as { Port?: number }).Port).toBeUndefined();
  });

  it('leaves what it is given as it was', () => {
    const raw = Object.freeze({ Name: 'x', Servers: Object.freeze([]) });

    expect(check(raw)).toMatchObject({ status: 'valid' });
  });
});
