import { Client } from 'ldapts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { activeDirectoryFulfiller } from '../../../connectors/active-directory/fulfil.ts';
import type { Fulfiller } from '../../../connectors/index.ts';
import { runSambaTool, type SambaAddress } from '../../servers/samba.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { addLdif, changeLdif, makeUnit, settingsFor } from './active-directory-forest.ts';
import { linked, order, password, targets } from './active-directory-orders.ts';
import { createContext } from './ldap-directory.ts';
import { set } from './ldap-orders.ts';

/** What Samba's own tool says of an entry; `null` when it is not there. */
async function look(
  samba: SambaAddress,
  dn: string,
  attributes: readonly string[],
): Promise<Readonly<Record<string, readonly string[]>> | null> {
  const answer = await runSambaTool(samba, 'ldbsearch', [
    ...['-b', dn, '-s', 'base', '(objectClass=*)'],
    ...attributes,
  ]).catch(() => '');
  if (!answer.includes('\ndn:') && !answer.startsWith('dn:')) return null;
  const values: Record<string, string[]> = {};
  for (const line of answer.replaceAll('\n ', '').split('\n')) {
    const [, name, separator, value = ''] = /^([A-Za-z-]+)(::?) (.*)$/.exec(line) ?? [];
    if (name === undefined || name === 'dn') continue;
    const text = separator === '::' ? Buffer.from(value, 'base64').toString('utf8') : value;
    values[name] = [...(values[name] ?? []), text];
  }
  return values;
}

describeWithServer('samba', 'orders in a domain', (address) => {
  let samba: SambaAddress;
  let base: string;
  let fulfiller: Fulfiller;

  beforeAll(async () => {
    samba = address();
    base = await makeUnit(samba, 'Orders');
    const units = ['People', 'Leavers', 'Groups'].map(
      (name) => `dn: OU=${name},${base}\nobjectClass: organizationalUnit\n`,
    );
    await addLdif(samba, units.join('\n'));
    fulfiller = await activeDirectoryFulfiller.openFulfiller(
      settingsFor(samba),
      targets,
      createContext(),
    );
  });
  afterAll(async () => {
    await fulfiller?.[Symbol.asyncDispose]();
  });

  const person = (name: string) => `CN=${name},OU=People,${base}`;
  const addUser = (name: string, login: string, secret = 'Correct-horse-4711') =>
    fulfiller.fulfil(
      order('added', {
        changes: [set('Dn', person(name)), set('Login', login), set('Control', '512')],
        password: password(secret),
      }),
    );
  const canLogIn = async (login: string, secret: string): Promise<boolean> => {
    const client = new Client({
      url: `ldaps://${samba.host}`,
      tlsOptions: { rejectUnauthorized: false },
    });
    try {
      await client.bind(`${login}@${samba.realm}`, secret);
      return true;
    } catch {
      return false;
    } finally {
      await client.unbind();
    }
  };

  it('makes an account that can log in, and tells its key', async () => {
    const executed = await addUser('Ana Roy', 'aroy');

    expect(executed).toMatchObject({ status: 'executed', values: { Dn: person('Ana Roy') } });
    expect(executed.values?.['Id']).toMatch(/^[0-9a-f]{32}$/);
    expect(await look(samba, person('Ana Roy'), ['userAccountControl', 'sAMAccountName'])).toEqual({
      userAccountControl: ['512'],
      sAMAccountName: ['aroy'],
    });
    expect(await canLogIn('aroy', 'Correct-horse-4711')).toBe(true);
    expect(await canLogIn('aroy', 'wrong')).toBe(false);
  });

  it('is read with its names spelled as the order spells them', async () => {
    const group = `CN=Spelled,OU=Groups,${base}`;
    await addLdif(samba, `dn: ${group}\nobjectClass: group\nsAMAccountName: spelled\n`);
    const lower = (dn: string) => dn.replaceAll(/CN=|OU=|DC=/g, (type) => type.toLowerCase());
    const read = (dn: string) =>
      fulfiller.read?.(
        order('added', { changes: [set('Dn', dn), linked('add', 'Groups', lower(group))] }),
      );
    const dn = person('Spelled Roy');
    await addUser('Spelled Roy', 'spelledroy');
    await changeLdif(samba, `dn: ${group}\nchangetype: modify\nadd: member\nmember: ${dn}\n`);

    expect(await read(lower(dn))).toMatchObject({
      values: { Dn: lower(dn) },
      links: { Groups: [lower(group)] },
    });
    // A name may be changed in case alone.
    expect(await read(person('spelled roy'))).toMatchObject({ values: { Dn: dn } });
  });

  it('leaves an account without a password switched off', async () => {
    await fulfiller.fulfil(
      order('added', { changes: [set('Dn', person('Silent')), set('Login', 'silent')] }),
    );

    expect(await look(samba, person('Silent'), ['userAccountControl'])).toEqual({
      userAccountControl: ['514'],
    });
  });

  it('makes nobody when the policy refuses the password, and says so', async () => {
    await expect(addUser('Weak', 'weak', 'abc')).rejects.toMatchObject({
      kind: 'invalid-value',
      message: expect.stringContaining('its policy asks for more'),
    });
    expect(await look(samba, person('Weak'), ['cn'])).toBeNull();
  });

  it('makes nobody of an enabled account without a password', async () => {
    const changes = [set('Dn', person('Bare')), set('Login', 'bare'), set('Control', '512')];

    await expect(fulfiller.fulfil(order('added', { changes }))).rejects.toMatchObject({
      kind: 'invalid-value',
    });
    expect(await look(samba, person('Bare'), ['cn'])).toBeNull();
  });

  it('finishes an account that was cut off before its password, and only its own', async () => {
    await addLdif(
      samba,
      `dn: ${person('Cut')}\nobjectClass: user\nsAMAccountName: cut\nuserAccountControl: 514\n`,
    );
    const begun = {
      changes: [set('Dn', person('Cut')), set('Login', 'cut'), set('Control', '512')],
      password: password('Correct-horse-4712'),
    };

    await expect(fulfiller.fulfil(order('added', begun))).rejects.toMatchObject({
      kind: 'already-exists',
    });
    const foreign = [set('Dn', person('Cut')), set('Login', 'other'), set('Control', '512')];
    await expect(
      fulfiller.fulfil(order('added', { ...begun, changes: foreign, isInDoubt: true })),
    ).rejects.toMatchObject({ kind: 'already-exists' });
    await fulfiller.fulfil(order('added', { ...begun, isInDoubt: true }));

    expect(await canLogIn('cut', 'Correct-horse-4712')).toBe(true);
  });

  it('resets a password, unlocks, and makes its owner choose another one', async () => {
    await addUser('Reset', 'reset');
    const resource = { Dn: person('Reset') };

    await fulfiller.fulfil(
      order('modified', { resource, password: password('Another-horse-1', true) }),
    );

    const found = await look(samba, person('Reset'), ['pwdLastSet', 'lockoutTime']);
    expect(found?.['pwdLastSet']).toEqual(['0']);
    // Logging in with it is refused until it has been changed.
    expect(await canLogIn('reset', 'Another-horse-1')).toBe(false);
    const again = order('modified', { resource, password: password('Another-horse-1') });
    await fulfiller.fulfil(again);
    await fulfiller.fulfil(again);
    expect(await canLogIn('reset', 'Another-horse-1')).toBe(true);
  });

  it('changes one flag of an account and leaves the others', async () => {
    await addUser('Flags', 'flags');
    const resource = { Dn: person('Flags') };

    await fulfiller.fulfil(
      order('modified', { resource, changes: [set('NeverExpires', '1', '0')] }),
    );
    await fulfiller.fulfil(order('modified', { resource, changes: [set('Title', 'Clerk')] }));

    expect(await look(samba, person('Flags'), ['userAccountControl', 'title'])).toEqual({
      userAccountControl: ['66048'],
      title: ['Clerk'],
    });
  });

  it('switches an account off and on again', async () => {
    await addUser('Switch', 'switch');
    const resource = { Dn: person('Switch') };

    await fulfiller.fulfil(
      order('modified', { resource, changes: [set('Control', '514', '512')] }),
    );
    expect(await canLogIn('switch', 'Correct-horse-4711')).toBe(false);
    await fulfiller.fulfil(
      order('modified', { resource, changes: [set('Control', '512', '514')] }),
    );
    expect(await canLogIn('switch', 'Correct-horse-4711')).toBe(true);
  });

  it('renames and moves in one order, and writes attributes under the new name', async () => {
    const { values } = await addUser('Mover', 'mover');
    const resource = { Dn: person('Mover'), Id: values?.['Id'] ?? null };
    const dn = `CN=Mover\\, Mia,OU=Leavers,${base}`;

    const moved = await fulfiller.fulfil(
      order('modified', { resource, changes: [set('Dn', dn), set('Title', 'Buyer')] }),
    );

    expect(moved.values).toMatchObject({ Dn: dn, Id: values?.['Id'] });
    expect(await look(samba, dn, ['title', 'cn'])).toEqual({
      title: ['Buyer'],
      cn: ['Mover, Mia'],
    });
    // A second time, and known by its former name only: found by its key.
    await fulfiller.fulfil(
      order('modified', { resource, changes: [set('Dn', dn), set('Title', 'Chief')] }),
    );
    expect(await look(samba, dn, ['title'])).toEqual({ title: ['Chief'] });
  });

  it('makes units, groups and contacts, and lists members from both sides', async () => {
    const unit = `OU=Branch,${base}`;
    const group = `CN=Buyers,${unit}`;
    const contact = `CN=Partner,${unit}`;
    await fulfiller.fulfil(order('added', { resourceType: 'Unit', changes: [set('Dn', unit)] }));
    await fulfiller.fulfil(
      order('added', {
        resourceType: 'Group',
        changes: [set('Dn', group), set('Login', 'buyers')],
      }),
    );
    await fulfiller.fulfil(
      order('added', {
        resourceType: 'Contact',
        changes: [
          set('Dn', contact),
          set('Mail', 'p@example.test'),
          linked('add', 'Groups', group),
        ],
      }),
    );
    await addUser('Ben', 'ben');
    const fromGroup = order('modified', {
      resourceType: 'Group',
      resource: { Dn: group },
      changes: [linked('add', 'Members', person('Ben')), linked('remove', 'Members', contact)],
    });

    // What is there, and gone, already is no failure.
    await fulfiller.fulfil(fromGroup);
    await fulfiller.fulfil(fromGroup);

    expect((await look(samba, group, ['member']))?.['member']).toEqual([person('Ben')]);
    const fromUser = order('modified', {
      resource: { Dn: person('Ben') },
      changes: [linked('remove', 'Groups', group)],
    });
    await fulfiller.fulfil(fromUser);
    await fulfiller.fulfil(fromUser);
    expect(await look(samba, group, ['member'])).toEqual({});
  });

  it('writes long lists of members in parts', async () => {
    const group = `CN=Long,OU=Groups,${base}`;
    const names = Array.from({ length: 1_201 }, (_, index) => `CN=c${index},OU=Groups,${base}`);
    await addLdif(samba, names.map((dn) => `dn: ${dn}\nobjectClass: contact\n`).join('\n'));
    await fulfiller.fulfil(
      order('added', { resourceType: 'Group', changes: [set('Dn', group), set('Login', 'long')] }),
    );
    const change = (kind: 'add' | 'remove', dns: readonly string[]) =>
      fulfiller.fulfil(
        order('modified', {
          resourceType: 'Group',
          resource: { Dn: group },
          changes: dns.map((dn) => linked(kind, 'Members', dn)),
        }),
      );

    await change('add', names);
    expect((await look(samba, group, ['member']))?.['member']).toHaveLength(1_201);
    const found = await fulfiller.read?.(
      order('modified', { resourceType: 'Group', resource: { Dn: group } }),
    );
    expect(found?.links['Members']).toHaveLength(1_201);
    await change('remove', names.slice(1));
    expect((await look(samba, group, ['member']))?.['member']).toEqual([names[0]]);
  });

  it('deletes twice, and a unit with entries below only when told so', async () => {
    const unit = `OU=Closing,${base}`;
    const inside = `CN=Last,${unit}`;
    await addLdif(
      samba,
      `dn: ${unit}\nobjectClass: organizationalUnit\n\ndn: ${inside}\nobjectClass: contact\n`,
    );
    const deletion = order('deleted', { resourceType: 'Unit', resource: { Dn: unit } });

    await expect(fulfiller.fulfil(deletion)).rejects.toMatchObject({ kind: 'conflict' });
    expect(await look(samba, inside, ['cn'])).not.toBeNull();
    const settings = settingsFor(samba, { TreeDelete: true });
    await using bold = await activeDirectoryFulfiller.openFulfiller(
      settings,
      targets,
      createContext(),
    );
    await bold.fulfil(deletion);
    expect(await look(samba, unit, ['ou'])).toBeNull();
    expect(await bold.fulfil(deletion)).toMatchObject({ status: 'executed' });
  });

  it('refuses to send a password over a connection that is not encrypted, before it writes', async () => {
    const settings = settingsFor(samba, { EnableSSL: false });
    await using open = await activeDirectoryFulfiller.openFulfiller(
      settings,
      targets,
      createContext(),
    );

    // The domain refuses the login already: nothing is sent.
    await expect(
      open.fulfil(
        order('added', {
          changes: [set('Dn', person('Clear'))],
          password: password('Pass-word-1'),
        }),
      ),
    ).rejects.toMatchObject({
      kind: 'unauthenticated',
      message: expect.stringContaining('encrypted'),
    });
    expect(await look(samba, person('Clear'), ['cn'])).toBeNull();
  });

  it('takes orders to the pair of server and base that holds the entry', async () => {
    const Servers = ['People', 'Leavers'].map((name) => ({
      Server: samba.host,
      BaseDN: `OU=${name},${base}`,
    }));
    const settings = settingsFor(samba, { Servers });
    await using pairs = await activeDirectoryFulfiller.openFulfiller(
      settings,
      targets,
      createContext(),
    );
    const { values } = await pairs.fulfil(
      order('added', { changes: [set('Dn', person('Pair')), set('Login', 'pair')] }),
    );
    const moved = `CN=Pair,OU=Leavers,${base}`;
    const resource = { Dn: person('Pair'), Id: values?.['Id'] ?? null };
    await runSambaTool(samba, 'ldbrename', [person('Pair'), moved]);

    await pairs.fulfil(order('modified', { resource, changes: [set('Title', 'Found')] }));
    const outside = [set('Dn', `CN=Nowhere,OU=Groups,${base}`)];

    expect(await look(samba, moved, ['title'])).toEqual({ title: ['Found'] });
    await expect(pairs.fulfil(order('added', { changes: outside }))).rejects.toMatchObject({
      kind: 'invalid-value',
    });
    await pairs.fulfil(order('deleted', { resource }));
    expect(await look(samba, moved, ['cn'])).toBeNull();
  });
});
