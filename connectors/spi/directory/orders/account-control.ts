/**
 * Accounts of Active Directory and AD LDS: created switched off, given a password, then switched on. The other way round the
 * server refuses, or an account without a password is live.
 * https://learn.microsoft.com/openspecs/windows_protocols/ms-adts/dd302fd1-0aa7-406b-ad91-2a6b35738557
 */
import { ConnectorError } from '../../errors.ts';
import type { OrderPassword, ProvisioningOrder } from '../../order.ts';
import type { RawAttribute } from '../session/protocol.ts';
import type { AccountHooks, NewAccount } from './account-hooks.ts';
import { change } from './attribute-changes.ts';
import type { PasswordPlace } from './passwords.ts';

const control = 'userAccountControl';
const ldsSwitch = 'msDS-UserAccountDisabled';
const disabled = 0x2;
const normalAccount = 0x200;
/** Normal, trusts and computers: an account is exactly one of them. */
const accountTypes = 0x3b00;
/** No password is needed, or a smart card stands for it. */
const withoutPassword = 0x4_0020;
const userClasses = new Set(['user', 'inetorgperson', 'computer']);

export const windowsAccounts: AccountHooks = {
  checkPassword: (order, place) => {
    if (order.password === undefined || place.session.isEncrypted) return;
    throw new ConnectorError(
      'unsupported',
      'The order sets a password, and the connection is not encrypted; nothing was written.',
      { hint: 'Set EnableSSL or StartTls.' },
    );
  },
  writePassword: (dn, password, place) => resetPassword(dn, password, place),
  setsPasswordFirst: true,
  startAccount: (dn, attributes, order, place) => {
    if (!isUser(attributes)) return { attributes };
    return place.settings.AsAdLds
      ? startLdsAccount(dn, attributes, order, place)
      : startDomainAccount(dn, attributes, order, place);
  },
};

function isUser(attributes: readonly RawAttribute[]): boolean {
  const classes = findValues(attributes, 'objectClass').map((value) => value.toString('utf8'));
  return classes.some((name) => userClasses.has(name.toLowerCase()));
}

function findValues(attributes: readonly RawAttribute[], type: string): readonly Buffer[] {
  return (
    attributes.find((attribute) => attribute.type.toLowerCase() === type.toLowerCase())?.values ??
    []
  );
}

/** The order says whether the account is on; when it does not, an account with a password is. */
function startDomainAccount(
  dn: string,
  attributes: readonly RawAttribute[],
  order: ProvisioningOrder,
  { session }: PasswordPlace,
): NewAccount {
  const [given] = findValues(attributes, control);
  const wanted = readFlags(given, order.password === undefined);
  const isOn = (wanted & disabled) === 0;
  if (isOn && order.password === undefined && (wanted & withoutPassword) === 0) {
    throw new ConnectorError(
      'invalid-value',
      `"${dn}" was to be an enabled account, and the order brings no password; nothing was written.`,
      {
        hint: 'Give the resource type password reset settings, or create the account disabled (userAccountControl 514).',
        details: { dn },
      },
    );
  }
  const start = String(wanted | disabled);
  const finish = async (): Promise<void> => {
    await session.modify(dn, [change('replace', control, [Buffer.from(String(wanted))])]);
  };
  return {
    attributes: withValue(attributes, control, start),
    ...(isOn ? { finish } : {}),
  };
}

function readFlags(given: Buffer | undefined, isDisabledByDefault: boolean): number {
  const text = given?.toString('utf8') ?? '';
  const flags = /^-?\d+$/.test(text) ? Number(text) : isDisabledByDefault ? disabled : 0;
  return (flags & accountTypes) === 0 ? flags | normalAccount : flags;
}

function startLdsAccount(
  dn: string,
  attributes: readonly RawAttribute[],
  order: ProvisioningOrder,
  { session }: PasswordPlace,
): NewAccount {
  const [given] = findValues(attributes, ldsSwitch);
  const isOn = given === undefined ? order.password !== undefined : given.toString() === 'FALSE';
  const finish = async (): Promise<void> => {
    await session.modify(dn, [change('replace', ldsSwitch, [Buffer.from('FALSE')])]);
  };
  return { attributes: withValue(attributes, ldsSwitch, 'TRUE'), ...(isOn ? { finish } : {}) };
}

function withValue(
  attributes: readonly RawAttribute[],
  type: string,
  value: string,
): readonly RawAttribute[] {
  const others = attributes.filter((one) => one.type.toLowerCase() !== type.toLowerCase());
  return [...others, { type, values: [Buffer.from(value)] }];
}

/** A reset: the account is unlocked as well, and its owner may have to choose another password at the next login. */
async function resetPassword(
  dn: string,
  { value, mustChange }: OrderPassword,
  { session, settings }: PasswordPlace,
): Promise<void> {
  await session.modify(dn, [change('replace', 'unicodePwd', [encodePassword(value.reveal())])]);
  await session.modify(dn, [change('replace', 'lockoutTime', [Buffer.from('0')])]);
  if (!mustChange && settings.AsAdLds) return;
  // -1 is "now": a password that had to be changed has been.
  await session.modify(dn, [
    change('replace', 'pwdLastSet', [Buffer.from(mustChange ? '0' : '-1')]),
  ]);
}

/** In quotes, two bytes per unit, low byte first. */
function encodePassword(password: string): Buffer {
  return Buffer.from(`"${password}"`, 'utf16le');
}
