import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../config/index.ts';
import type { PropertyChange, ProvisioningOrder } from '../../connectors/index.ts';
import { formatLdif } from './format-ldif.ts';

const loaded = loadConfiguration([
  {
    path: 'accounts.xml',
    text: `<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <EntityType Identifier="Account"><Property Identifier="Login" IsKey="true" /><Property Identifier="Title" /></EntityType>
  <EntityType Identifier="Entry"><Property Identifier="Name" IsKey="true" /><Property Identifier="dn" /></EntityType>
  <EntityType Identifier="Group"><Property Identifier="Name" IsKey="true" /></EntityType>
</ConfigurationFile>`,
  },
]);
if (loaded.status === 'invalid') throw new Error(JSON.stringify(loaded.diagnostics));
const { model } = loaded;

function format(
  changeType: ProvisioningOrder['changeType'],
  changes: readonly PropertyChange[],
  parts: { readonly type?: string; readonly values?: Record<string, string> } = {},
): readonly string[] {
  const text = formatLdif(model, {
    id: '1',
    assignedResourceTypeId: '2',
    changeType,
    owner: { id: '3', displayName: 'Ana', identifier: 'E1', values: {} },
    resourceType: {
      identifier: 'Account_Person',
      sourceEntityType: 'Person',
      targetEntityType: parts.type ?? 'Account',
    },
    ...(parts.values === undefined ? {} : { resource: { id: '4', values: parts.values } }),
    changes,
  });
  return text.trimEnd().split('\n').slice(1);
}

const set = (property: string, value: string | null): PropertyChange => ({
  kind: 'set',
  property,
  value,
});
const group = { id: '9', entityType: 'Group', values: { Name: 'staff' } };

describe('an order as LDIF', () => {
  it('adds an entry named by the key of the target', () => {
    expect(
      format('added', [set('Login', 'aroy'), { kind: 'add', property: 'Groups', value: group }]),
    ).toEqual([
      '# Account_Person of Person E1',
      'dn: Login=aroy,ou=Account',
      'changetype: add',
      'objectClass: Account',
      'Login: aroy',
      'Groups: staff',
    ]);
  });

  it('changes one named as it was, and clears what has no value', () => {
    const changes: readonly PropertyChange[] = [
      set('Login', 'new'),
      set('Title', null),
      { kind: 'remove', property: 'Groups', value: { ...group, values: {} } },
    ];

    expect(format('modified', changes, { values: { Login: 'old' } }).slice(1)).toEqual([
      'dn: Login=old,ou=Account',
      'changetype: modify',
      'replace: Login',
      'Login: new',
      '-',
      'replace: Title',
      '-',
      'delete: Groups',
      'Groups: #9',
      '-',
    ]);
  });

  it('deletes an entry by its own name where it has one', () => {
    const values = { Name: 'x', dn: 'cn=x,dc=example,dc=test' };

    expect(format('deleted', [], { type: 'Entry', values }).slice(1)).toEqual([
      'dn: cn=x,dc=example,dc=test',
      'changetype: delete',
    ]);
  });

  it.each([
    ['a,b+c="d"', 'dn: Login=a\\,b\\+c\\=\\"d\\",ou=Account'],
    ['#x ', 'dn: Login=\\#x\\ ,ou=Account'],
    [' x', 'dn: Login=\\ x,ou=Account'],
  ])('names %j so that it stays one name', (login, name) => {
    expect(format('added', [set('Login', login)])[1]).toBe(name);
  });

  it.each([
    'Zoë',
    ' leading',
    'trailing ',
    ': colon',
    '<file',
    'two\nlines',
    'dn: x\nchangetype: delete',
  ])('writes %j so that it is one value', (value) => {
    const line = format('modified', [set('Title', value)], { values: { Login: 'a' } })
      .slice(4)
      .join('\n')
      .replaceAll('\n ', '');

    expect(line).toBe(`Title:: ${Buffer.from(value).toString('base64')}\n-`);
  });

  it('folds long lines', () => {
    const lines = format('modified', [set('Title', 'x'.repeat(200))], { values: { Login: 'a' } });

    expect(lines.every((line) => line.length <= 76)).toBe(true);
    expect(lines.join('\n').replaceAll('\n ', '')).toContain(`Title: ${'x'.repeat(200)}`);
  });
});
