/*
 * Ana (1) has an account of the wiki, Ben (2) gets one that is not there yet. Cards of the badge office are made by hand.
 *
 *   Kim asks for a new password of Ana's account; Lou lets it go where orders of the type wait for a review.
 */
import { expect, it, vi } from 'vitest';
import { closeTicket } from '../../../../engine/fulfil/index.ts';
import {
  approvePasswordResets,
  askPasswordResets,
  findTicket,
  fulfilOrders,
  generateOrders,
  type ResetsAsked,
  withdrawOrders,
} from '../../../../engine/index.ts';
import type { Company } from '../../../../engine/job/company.fixture.ts';
import { sendMails } from '../../../../engine/job/mail/send-mails.ts';
import { listMails, listOrderEvents } from '../../../../engine/store/index.ts';
import { startSmtpServer } from '../../../servers/smtp.ts';
import {
  Accounts,
  deliverTo,
  dumpOf,
  readMail,
  withCertificate,
  withPasswords,
  workspaceOf,
} from './accounts.ts';
import {
  dataOf,
  describeInMemory,
  describeOnEveryStore,
  type OpenCompany,
  settle,
} from './company.ts';

vi.setConfig({ testTimeout: 60_000 });

const generated = `Mode="One-Way" AutoGenerate="true" BeneficiaryEmailBinding="Owner.Login" BeneficiaryFullNameBinding="FirstName"`;
const staff = [
  { number: '1', last: 'Roy', department: 'FIN' },
  { number: '2', last: 'Ode', department: 'FIN' },
];
const people = dataOf(staff, [{ login: 'aroy', number: '1' }]);
const usual: ResetsAsked = {
  accounts: ['Wiki_User:aroy'],
  resourceType: null,
  mustChange: null,
  isTold: true,
  person: 'Kim',
  comment: 'Lost, call 12',
  isDryRun: false,
};

interface StartOptions {
  readonly attributes?: string;
  readonly isHeld?: boolean;
  readonly change?: (text: string) => string;
}

async function start(open: OpenCompany, options: StartOptions = {}): Promise<Company> {
  const { attributes = generated, isHeld = false, change = (text: string) => text } = options;
  const company = await open(
    { resourceTypeAttributes: `BlockProvisioning="${isHeld}" MaximumInsertPercent="0"` },
    (text) =>
      change(
        withPasswords(attributes)(text)
          .replace('Package="Lockstep.SQL.SQLite@0000001"', 'Package="Usercube.LDAP@0000001"')
          .replace('<ScalarRule Property="Holder"', '<TypeRule /><ScalarRule Property="Holder"'),
      ),
  );
  await settle(company, people);
  await withCertificate(company);
  await company.store.transaction(({ tx }) =>
    tx('r_hr_person').where({ login: 'aroy' }).update({ login: 'ana@example.com' }),
  );
  return company;
}
const ask = (company: Company, asked: Partial<ResetsAsked> = {}) =>
  askPasswordResets(company.workspace, { ...usual, ...asked });
const ordersOf = ({ store }: Company) =>
  store.read(({ tx }) => tx('provisioning_orders').orderBy('id').select('id', 'status'));

describeOnEveryStore((open) => {
  it('replaces a password once, tells its owner, and keeps who asked and why', async () => {
    await using company = await start(open);
    await using server = await startSmtpServer();
    const workspace = workspaceOf(company, { server });
    const accounts = new Accounts();

    expect(await ask(company, { isDryRun: true })).toMatchObject([{ orderId: null }]);
    expect(await ordersOf(company)).toEqual([]);
    const asked = await Promise.allSettled([ask(company), ask(company, { mustChange: true })]);
    expect(asked.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(asked.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'PASSWORD_RESET_WAITING' },
    });
    // Nothing that no assignment waits for is taken away by an evaluation.
    company.clock += 86_400_000;
    await settle(company, null);
    expect(await deliverTo(company, workspace, accounts)).toMatchObject({ executed: 1 });

    const [order] = accounts.orders;
    const [password = ''] = [...accounts.passwords.values()].flat();
    expect(order).toMatchObject({ changeType: 'modified', changes: [] });
    expect(await sendMails(workspace)).toMatchObject({ sent: 1 });
    const { header, text } = readMail(server.mails[0]?.raw);
    expect(header).toContain('Your new password: Wiki user');
    expect(text).toContain(`Password: ${password}`);
    expect(text).toContain('Account (Login): aroy');
    expect(await dumpOf(company)).not.toContain(password);
    const { events, decisions } = await company.store.read(async (t) => ({
      events: await listOrderEvents(t, Number(order?.id)),
      decisions: await t.tx('decisions'),
    }));
    expect(events).toMatchObject([{ kind: 'asked', person: 'Kim', message: 'Lost, call 12' }]);
    expect(decisions).toMatchObject([
      { kind: 'password reset', decided_by: 'Kim', comment: 'Lost, call 12' },
    ]);
    expect(await ask(company)).toMatchObject([{ status: 'generated', toldTo: 'ana@example.com' }]);
  });

  it('sets the same password again when it dies before the outcome is stored, and tells that one', async () => {
    await using company = await start(open);
    const workspace = workspaceOf(company, {});
    const accounts = new Accounts();
    await ask(company);

    await expect(deliverTo(company, workspace, accounts, true)).rejects.toThrow('killed');
    const queued = () => company.store.read((t) => listMails(t, {}, { before: null, limit: 10 }));
    expect(await queued()).toEqual([]);
    await expect(ask(company)).rejects.toMatchObject({ code: 'PASSWORD_RESET_WAITING' });
    expect(await deliverTo(company, workspace, accounts)).toMatchObject({ executed: 1, probed: 1 });

    const [first, ...again] = [...accounts.passwords.values()].flat();
    expect(again).toEqual([first]);
    expect(await queued()).toHaveLength(1);
    expect(await company.store.transaction(({ tx }) => tx('order_passwords'))).toEqual([]);
  });

  it('waits for another person where orders of the type wait for a review', async () => {
    await using company = await start(open, { isHeld: true });
    const accounts = new Accounts();
    const [{ orderId } = { orderId: null }] = await ask(company);
    const id = orderId ?? expect.fail();
    const lou = { person: 'Lou', comment: null, isDryRun: false };

    expect(await deliverTo(company, company.workspace, accounts)).toMatchObject({ executed: 0 });
    expect(accounts.orders).toEqual([]);
    await expect(
      approvePasswordResets(company.workspace, [id], { ...lou, person: 'kim' }),
    ).rejects.toMatchObject({ code: 'PASSWORD_RESET_OWN' });
    await approvePasswordResets(company.workspace, [id], { ...lou, isDryRun: true });
    expect(await ordersOf(company)).toEqual([{ id, status: 'held' }]);
    await approvePasswordResets(company.workspace, [id], lou);
    await expect(approvePasswordResets(company.workspace, [id], lou)).rejects.toMatchObject({
      code: 'PASSWORD_RESET_NOT_HELD',
    });
    expect(await deliverTo(company, company.workspace, accounts)).toMatchObject({ executed: 1 });
    const events = await company.store.read((t) => listOrderEvents(t, id));
    expect(events.map(({ kind, person }) => `${kind} by ${person}`)).toEqual([
      'asked by Kim',
      'approved by Lou',
    ]);
  });

  it('is taken back as long as nothing has begun it, and leaves nothing open', async () => {
    await using company = await start(open, { isHeld: true });
    const [{ orderId } = { orderId: null }] = await ask(company);
    const before = await company.store.read(({ tx }) => tx('assigned_resource_types'));

    const { store, model, clock } = company;
    const decision = {
      person: 'Lou',
      comment: 'It was found.',
      at: new Date(clock).toISOString(),
      isDryRun: false,
    };
    expect(await withdrawOrders(store, model, [orderId ?? 0], decision)).toMatchObject({
      resets: 1,
    });

    expect(await ordersOf(company)).toEqual([{ id: orderId, status: 'cancelled' }]);
    expect(await company.store.read(({ tx }) => tx('assigned_resource_types'))).toEqual(before);
    expect(await ask(company)).toHaveLength(1);
  });
});

describeInMemory((open) => {
  it('asks a person where people carry orders out, and makes no password for that', async () => {
    await using company = await start(open);
    await generateOrders(company.workspace, { resourceTypes: [], force: true, isDryRun: false });
    const badges = { connector: 'Badges', connections: [], isDryRun: false };
    await fulfilOrders(company.workspace, badges);
    const at = new Date(company.clock).toISOString();
    const [card] = await company.store.read(({ tx }) =>
      tx('provisioning_orders').where({ status: 'ticket' }).orderBy('id').select('id'),
    );
    await company.store.transaction((t) =>
      closeTicket(t, company.model, {
        ...{ orderId: card?.id ?? 0, answer: 'confirm', person: 'Lou', comment: null },
        ...{ runId: 1, at, corrections: { Number: 'C-1' } },
      }),
    );
    await settle(company, null);

    const [asked] = await ask(company, { accounts: ['Badge_Card:C-1'], mustChange: true });
    expect(asked).toMatchObject({ isTicket: true, toldTo: null, status: 'generated' });
    await fulfilOrders(company.workspace, badges);

    const ticket = await findTicket(company.workspace, asked?.orderId ?? 0);
    expect(ticket?.order).toMatchObject({ passwordReset: { mustChange: true }, changes: [] });
    const row = await company.store.read(({ tx }) =>
      tx('provisioning_orders').where({ id: asked?.orderId }).first('message'),
    );
    expect(row?.message).toMatch(/^Reset the password of a Badge_Card \(Badge_Card_Person\) of /);
    await company.store.transaction((t) =>
      closeTicket(t, company.model, {
        ...{ orderId: asked?.orderId ?? 0, answer: 'confirm', person: 'Lou', comment: null },
        ...{ runId: 1, at },
      }),
    );
    expect((await ordersOf(company)).at(-1)).toMatchObject({ status: 'executed' });
  });

  it.each<readonly [string, StartOptions, Partial<ResetsAsked>, string]>([
    ['names nothing', {}, { accounts: ['Wiki_User:nobody'] }, 'RESOURCE_UNKNOWN'],
    ['is owned by nobody', {}, { accounts: ['Wiki_Space:finance'] }, 'PASSWORD_ACCOUNT_UNKNOWN'],
    ['is one of several', {}, { accounts: ['HR_Person:1'] }, 'PASSWORD_ACCOUNT_AMBIGUOUS'],
    [
      'is not there yet',
      {},
      { accounts: ['HR_Person:2'], resourceType: 'Wiki_User_Person' },
      'PASSWORD_ACCOUNT_NOT_READY',
    ],
    [
      'has settings that are switched off',
      { attributes: generated.replace('One-Way', 'Disabled') },
      {},
      'PASSWORD_RESET_NOT_CONFIGURED',
    ],
    [
      'has settings that wait for a page',
      { attributes: generated.replace('One-Way', 'Two-Way') },
      {},
      'PASSWORD_RESET_NOT_CONFIGURED',
    ],
    [
      'has no settings',
      { change: (text: string) => text.replace('PasswordResetSetting="Usual"', '') },
      {},
      'PASSWORD_RESET_NOT_CONFIGURED',
    ],
    [
      'is in a system without passwords',
      { change: (text: string) => text.replace('Usercube.LDAP', 'Lockstep.SQL.SQLite') },
      {},
      'PASSWORD_RESET_UNSUPPORTED',
    ],
    [
      'has nobody to be told',
      { attributes: generated.replace('Owner.Login', 'Owner.Department.Parent.Name') },
      {},
      'PASSWORD_ADDRESS_MISSING',
    ],
  ])('is refused for what %s', async (_, options, asked, code) => {
    await using company = await start(open, options);

    await expect(ask(company, asked)).rejects.toMatchObject({ code });

    // One of several that fails leaves nothing of the others.
    await expect(
      ask(company, {
        ...asked,
        accounts: ['Wiki_User:aroy', ...(asked.accounts ?? ['Wiki_User:aroy'])],
      }),
    ).rejects.toMatchObject({ code });
    expect(await ordersOf(company)).toEqual([]);
  });

  it('is refused while an order may delete the account or change its key', async () => {
    await using company = await start(open);
    const married = staff.map((one) => (one.number === '1' ? { ...one, last: 'Roe' } : one));
    await settle(company, dataOf(married, [{ login: 'aroy', number: '1' }]));
    await generateOrders(company.workspace, { resourceTypes: [], force: true, isDryRun: false });

    await expect(ask(company)).rejects.toMatchObject({
      code: 'PASSWORD_ACCOUNT_NOT_READY',
      message: expect.stringContaining('change its key'),
    });
  });

  it('locks everybody out when nobody is told, and sets no password without settings', async () => {
    await using company = await start(open);
    const accounts = new Accounts();
    await ask(company, { isTold: false });

    const { model } = company;
    const bare = {
      ...model,
      resourceTypes: new Map(
        [...model.resourceTypes].map(([id, type]) => {
          const { passwordReset: _, ...mapping } = type.mapping ?? expect.fail();
          return [id, { ...type, mapping }];
        }),
      ),
    };
    const workspace = { ...company.workspace, model: bare };
    expect(await deliverTo(company, workspace, accounts)).toMatchObject({ errored: 1 });
    expect(accounts.orders).toEqual([]);

    await ask(company, { isTold: false });
    expect(await deliverTo(company, company.workspace, accounts)).toMatchObject({ executed: 1 });
    const mails = await company.store.read((t) => listMails(t, {}, { before: null, limit: 10 }));
    expect(mails).toEqual([]);
  });
});
