import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { answerTickets, type Workspace } from '../../../../engine/index.ts';
import type { Company } from '../../../../engine/job/company.fixture.ts';
import { fulfilOrders, generateOrders } from '../../../../engine/job/index.ts';
import { sendMails } from '../../../../engine/job/mail/send-mails.ts';
import { queueTicketMails } from '../../../../engine/job/mail/ticket-mail.ts';
import { listMails } from '../../../../engine/store/index.ts';
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
import { dataOf, describeOnEveryStore, type Person, settle } from './company.ts';

vi.setConfig({ testTimeout: 60_000 });

const finance: readonly Person[] = [
  { number: '1', first: 'Roy <b>', last: 'Roy', department: 'FIN' },
  { number: '2', first: 'Ben\r\nBcc: all@example.com', last: 'Ode', department: 'FIN' },
];

async function openTickets(company: Company, workspace: Workspace) {
  await generateOrders(workspace, { resourceTypes: [], force: true, isDryRun: false });
  company.clock += 1_000;
  const options = { connector: 'Badges', connections: [], isDryRun: false };
  const outcome = await fulfilOrders(workspace, options);
  company.clock += 1_000;
  return outcome;
}

const queueOf = (company: Company) =>
  company.store.read((t) => listMails(t, {}, { before: null, limit: 100 }));

describeOnEveryStore((open) => {
  it('tells everybody of the list of all new tickets with one mail, in their languages', async () => {
    await using company = await open();
    await using server = await startSmtpServer();
    await settle(company, dataOf(finance));

    await openTickets(company, workspaceOf(company, { server, cultures: ['fr-FR', 'en', 'tlh'] }));

    expect(server.mails.map((mail) => mail.to)).toEqual([
      ['office@example.com'],
      ['desk@example.org'],
    ]);
    const { header, text, html } = readMail(server.mails[0]?.raw);
    expect(header).toContain('Content-Language: fr');
    expect(header).not.toMatch(/^bcc/im);
    expect(text).toContain('2 changements sont à faire à la main');
    expect(text).toContain('2 changes wait to be made by hand');
    expect(text).toContain('Roy <b>');
    expect(text).not.toMatch(/^Bcc/m);
    expect(html).toContain('Roy &lt;b&gt;');
    expect(html).not.toContain('<b>');
    const ids = server.mails.map((mail) => /^Message-ID: (.*)$/m.exec(mail.raw)?.[1]);
    expect(new Set(ids).size).toBe(2);
    await openTickets(company, workspaceOf(company, { server }));
    expect(server.mails).toHaveLength(2);
  });

  it('opens tickets whether mail can be sent or not, and sends it when it can, once', async () => {
    await using company = await open();
    const away = await startSmtpServer();
    await settle(company, dataOf(finance));
    await away[Symbol.asyncDispose]();

    const outcome = await openTickets(company, workspaceOf(company, { server: away }));

    expect(outcome.summary).toMatchObject({ tickets: 2 });
    expect(await queueOf(company)).toMatchObject([
      { status: 'waiting', error_code: 'CONNECTOR_UNREACHABLE', attempts: 0 },
      { status: 'waiting', error_code: 'CONNECTOR_UNREACHABLE', attempts: 1 },
    ]);
    await using server = await startSmtpServer();
    const workspace = workspaceOf(company, { server });
    expect(await sendMails(workspace)).toMatchObject({ sent: 0 });
    company.clock += 120_000;
    server.behave({ refuseMail: () => ({ code: 451, text: 'Greylisted' }) });
    expect(await sendMails(workspace)).toMatchObject({ sent: 0, postponed: 2, error: null });
    server.behave({});
    company.clock += 600_000;
    expect(await sendMails(workspace)).toEqual({ sent: 2, refused: 0, postponed: 0, error: null });
    company.clock += 86_400_000;

    expect(await sendMails(workspace)).toEqual({ sent: 0, refused: 0, postponed: 0, error: null });
    expect(server.mails).toHaveLength(2);
    expect((await queueOf(company)).map((mail) => mail.status)).toEqual(['sent', 'sent']);
  });

  it('sends again, under the same name, what a server may or may not have taken', async () => {
    await using company = await open();
    await using server = await startSmtpServer();
    server.behave({ loseAnswer: true });
    await settle(company, dataOf(finance));
    await openTickets(company, workspaceOf(company, { server }));
    server.behave({});
    company.clock += 600_000;
    await sendMails(workspaceOf(company, { server }));

    const ids = server.mails.map((mail) => /^Message-ID: (.*)$/m.exec(mail.raw)?.[1]);
    expect(server.mails).toHaveLength(3);
    expect(new Set(ids).size).toBe(2);
  });

  it('takes mail back from a process that died while it was sending', async () => {
    await using company = await open();
    await using server = await startSmtpServer();
    await settle(company, dataOf(finance));
    const workspace = workspaceOf(company, { server });
    const { mail: _, ...unset } = workspace.settings;
    await openTickets(company, { ...workspace, settings: { ...unset, mail: {} } });
    await company.store.transaction(({ tx }) =>
      tx('mails').update({ claimed_until: new Date(company.clock + 900_000).toISOString() }),
    );
    company.clock += 300_000;
    expect(await sendMails(workspace)).toMatchObject({ sent: 0 });
    company.clock += 700_000;

    expect(await sendMails(workspace)).toMatchObject({ sent: 2 });
  });

  it('never sends one mail from two processes at the same time', async () => {
    await using company = await open();
    await using server = await startSmtpServer();
    await settle(company, dataOf(finance));
    const workspace = workspaceOf(company, { server });
    await openTickets(company, { ...workspace, settings: { ...workspace.settings, mail: {} } });
    company.clock += 120_000;

    const results = await Promise.all(Array.from({ length: 4 }, () => sendMails(workspace)));

    expect(results.map(({ sent }) => sent).reduce((sum, sent) => sum + sent, 0)).toBe(2);
    expect(server.mails).toHaveLength(2);
  });

  it('gives up what is refused for good, what is too old, and what nobody may get', async () => {
    await using company = await open();
    await using server = await startSmtpServer();
    server.behave({
      refuseRecipient: (address) =>
        address.startsWith('office')
          ? { code: 550, text: 'No such user' }
          : { code: 450, text: 'Later' },
    });
    await settle(company, dataOf(finance));
    const workspace = workspaceOf(company, { server, mail: { GiveUpAfterDays: 2 } });
    await openTickets(company, workspace);
    company.clock += 3 * 86_400_000;
    await sendMails(workspace);

    expect(await queueOf(company)).toMatchObject([
      { status: 'refused', error_code: 'CONNECTOR_RATE_LIMITED' },
      { status: 'refused', error_code: 'CONNECTOR_INVALID_VALUE' },
    ]);
    await settle(company, dataOf([...finance, { number: '3', last: 'Fay', department: 'FIN' }]));
    await openTickets(
      company,
      workspaceOf(company, { server, mail: { AllowedDomains: 'example.net' } }),
    );
    expect((await queueOf(company)).slice(0, 2)).toMatchObject([
      { status: 'nobody', message: 'Not sent to desk@example.org.' },
      { status: 'nobody', message: 'Not sent to office@example.com.' },
    ]);
    expect(server.mails).toEqual([]);
  });

  it('tells nobody of tickets that were answered before the mail was made', async () => {
    await using company = await open();
    await settle(company, dataOf(finance));
    const workspace = workspaceOf(company, {});
    await generateOrders(workspace, { resourceTypes: [], force: true, isDryRun: false });
    await fulfilOrders(workspace, { connector: 'Badges', connections: [], isDryRun: false });
    await company.store.transaction(async ({ tx }) => {
      const ids = (await tx('provisioning_orders').where({ status: 'ticket' })).map(
        (row) => row.id,
      );
      await tx('ticket_notices').insert(ids.map((id) => ({ order_id: id, opened_at: '' })));
      await tx('mails').delete();
    });
    const common = { filter: {}, person: 'Kim', comment: 'no', isDryRun: false, orderIds: [] };
    await answerTickets(workspace, { ...common, answer: 'fail' });

    expect(await queueTicketMails(workspace, null)).toBe(0);
    expect(await queueOf(company)).toEqual([]);
  });

  it('lets only those answer whom the settings name', async () => {
    await using company = await open();
    await settle(company, dataOf(finance));
    const workspace = workspaceOf(company, { operators: ['Lou', 'Max'] });
    await openTickets(company, workspace);
    const common = { filter: {}, comment: null, isDryRun: false, orderIds: [] };

    for (const answer of ['confirm', 'fail', 'take', 'release'] as const)
      await expect(
        answerTickets(workspace, { ...common, comment: 'x', answer, person: 'Kim' }),
      ).rejects.toMatchObject({ code: 'TICKET_FORBIDDEN' });
    expect(
      await answerTickets(workspace, { ...common, answer: 'take', person: 'lou' }),
    ).toMatchObject({ changed: 2 });
  });
});

const usual = `AutoGenerate="true" MustChange="true" StrengthCheck='"^[A-Za-z]","[0-9]"' NotificationCC="audit@example.com"
  BeneficiaryEmailBinding="Owner.Login" BeneficiaryFullNameBinding="FirstName"
  NotifiedEmailBinding="Owner.Department.Code" NotifiedFullNameBinding="Owner.Department.Name"`;
const toPerson = usual
  .replace(/Notified\w+="[^"]*"/g, '')
  .replace('"Owner.Login"', '"HR_Person:Login"');

const alone = dataOf([{ number: '1', last: 'Roy', department: 'FIN' }]);

describeOnEveryStore((open) => {
  const start = async (attributes: string, data = alone) => {
    const parts = {
      resourceTypeAttributes: 'BlockProvisioning="false" MaximumInsertPercent="0"',
      elements: '',
    };
    const company = await open(parts, withPasswords(attributes));
    await settle(company, data);
    await generateOrders(company.workspace, { resourceTypes: [], force: true, isDryRun: false });
    company.clock += 1_000;
    return company;
  };

  it('gives a new account a password, tells it once, and keeps it nowhere in the clear', async () => {
    await using company = await start(toPerson.replace('Owner.Login', 'Login'));
    await withCertificate(company);
    await using server = await startSmtpServer();
    const workspace = workspaceOf(company, { server });
    const accounts = new Accounts();
    await company.store.transaction(({ tx }) =>
      tx('r_hr_person').update({ login: 'ana@example.com' }),
    );

    expect(await deliverTo(company, workspace, accounts)).toMatchObject({ executed: 1 });

    const [password = ''] = [...accounts.passwords.values()].flat();
    expect(password).toMatch(/^[A-Za-z]/);
    expect(password).toHaveLength(12);
    expect(accounts.orders[0]?.password?.mustChange).toBe(true);
    expect(await dumpOf(company)).not.toContain(password);
    expect(JSON.stringify(accounts.orders)).not.toContain(password);
    expect(await sendMails(workspace)).toMatchObject({ sent: 1 });
    const [mail] = server.mails;
    expect(mail?.to).toEqual(['ana@example.com', 'audit@example.com']);
    const { text, header } = readMail(mail?.raw);
    expect(text).toContain(`Password: ${password}`);
    expect(text).toContain('Hello Ana,');
    expect(text).toContain('Account (Login): ');
    expect(text).toContain('at the first login');
    expect(header).toContain('Your new account: Wiki user');
    expect(await company.store.transaction(({ tx }) => tx('order_passwords'))).toEqual([]);
    expect(await queueOf(company)).toMatchObject([
      { kind: 'password', status: 'sent', is_sealed: 1 },
    ]);
    expect(await dumpOf(company)).not.toContain(password);
  });

  it('sets the same password again after a crash, and tells that one', async () => {
    await using company = await start(toPerson);
    await withCertificate(company, 'EncryptionCertificate');
    const workspace = workspaceOf(company, {});
    const accounts = new Accounts();

    await expect(deliverTo(company, workspace, accounts, true)).rejects.toThrow('killed');
    expect(await queueOf(company)).toEqual([]);
    const [first = ''] = [...accounts.passwords.values()].flat();
    expect(await dumpOf(company)).not.toContain(first);
    expect(await deliverTo(company, workspace, accounts)).toMatchObject({ executed: 1, probed: 1 });

    const given = [...accounts.passwords.values()].flat();
    expect(given).toEqual([first, first]);
    // The account was there: nothing but the password is written again.
    expect(accounts.orders[1]).toMatchObject({ changeType: 'modified', changes: [] });
    expect(await queueOf(company)).toHaveLength(1);
  });

  it('forgets the passwords of orders that ended in any way', async () => {
    await using company = await start(toPerson);
    await withCertificate(company);
    const workspace = workspaceOf(company, {});
    await expect(deliverTo(company, workspace, new Accounts(), true)).rejects.toThrow('killed');
    const kept = () => company.store.transaction(({ tx }) => tx('order_passwords'));
    expect(await kept()).toHaveLength(1);

    // Its assignment waits for it no more.
    await company.store.transaction(({ tx }) =>
      tx('assigned_resource_types').update({ provisioning_state: 3, order_id: null }),
    );
    await deliverTo(company, workspace, new Accounts());

    expect(await kept()).toEqual([]);
    expect(await queueOf(company)).toEqual([]);
  });

  it('makes another password for each account', async () => {
    const many = dataOf(
      Array.from({ length: 25 }, (_, i) => ({
        number: String(i + 1),
        first: `P${i}`,
        last: `Roy${i}`,
        department: 'FIN',
      })),
    );
    await using company = await start(toPerson, many);
    await withCertificate(company);
    const accounts = new Accounts();

    await deliverTo(company, workspaceOf(company, {}), accounts);

    expect(new Set([...accounts.passwords.values()].flat()).size).toBe(25);
  });

  it.each<readonly [string, string, boolean]>([
    ['no certificate keeps it', toPerson, false],
    ['nothing passes the strength check', toPerson.replace('^[A-Za-z]', '^.{99}$'), true],
    ['the default password is not there', 'DefaultPassword="env:NOT_THERE"', true],
    [
      'the default password is too weak',
      `DefaultPassword="env:WEAK" StrengthCheck='"[0-9]"'`,
      true,
    ],
  ])('touches no system when %s', async (_case, attributes, hasCertificate) => {
    await using company = await start(attributes);
    if (hasCertificate) await withCertificate(company);
    else await writeFile(join(company.workspace.settings.folder, 'appsettings.json'), '{}');
    const accounts = new Accounts();
    const workspace = workspaceOf(company, {});
    const effects = { ...workspace.effects, environment: { WEAK: 'weak-canary' } };

    expect(await deliverTo(company, { ...workspace, effects }, accounts)).toMatchObject({
      errored: 1,
    });

    expect(accounts.orders).toEqual([]);
    expect(await queueOf(company)).toEqual([]);
    expect(await dumpOf(company)).not.toContain('weak-canary');
  });

  it('uses the default password, and tells nobody when notifications are off', async () => {
    await using company = await start('DefaultPassword="env:FIRST" DisableNotifications="true"');
    const workspace = workspaceOf(company, {});
    const effects = { ...workspace.effects, environment: { FIRST: 'Welcome-2025' } };
    const accounts = new Accounts();

    await deliverTo(company, { ...workspace, effects }, accounts);

    expect([...accounts.passwords.values()].flat()).toEqual(['Welcome-2025']);
    expect(await queueOf(company)).toEqual([]);
    expect(await dumpOf(company)).not.toContain('Welcome-2025');
  });

  it('tells who is named for that in place of the person, and says so where there is no address', async () => {
    await using company = await start(usual);
    await withCertificate(company);
    await using server = await startSmtpServer();
    const workspace = workspaceOf(company, { server });
    await company.store.transaction(({ tx }) =>
      tx('r_hr_department').update({ code: 'boss@example.com' }),
    );

    await deliverTo(company, workspace, new Accounts());
    await sendMails(workspace);

    expect(server.mails.map((mail) => mail.to)).toEqual([
      ['boss@example.com', 'audit@example.com'],
    ]);
    const { header, text } = readMail(server.mails[0]?.raw);
    expect(header).toContain('New account of Ana: Wiki user');
    expect(text).toContain('An account was created for Ana: Wiki user.');
  });

  it('carries no password where the settings give none', async () => {
    await using company = await start('MustChange="true"');
    const accounts = new Accounts();

    expect(await deliverTo(company, workspaceOf(company, {}), accounts)).toMatchObject({
      executed: 1,
    });
    expect(accounts.orders[0]).not.toHaveProperty('password');
  });
});
