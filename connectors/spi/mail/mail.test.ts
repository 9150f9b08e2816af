import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type SmtpBehaviour,
  type SmtpServer,
  startSmtpServer,
} from '../../../test/servers/smtp.ts';
import { createTlsIdentity } from '../../../test/servers/tls-identity.ts';
import { loadMailer } from './load-mailer.ts';
import {
  escapeHtml,
  isMailAddress,
  type MailMessage,
  restrictRecipients,
  toHeaderText,
} from './mail-message.ts';
import { checkMailSettings, type MailSettings } from './mail-settings.ts';

const message: MailMessage = {
  messageId: 'lockstep-1.abc@example.com',
  date: Date.UTC(2025, 5, 15, 12),
  to: [{ address: 'kim@example.com', name: 'Kim Léa' }],
  cc: [{ address: 'lou@example.org' }],
  subject: 'Tickets: « cafétéria »',
  text: 'Bonjour,\n\nun ticket.\n',
  html: '<p>Bonjour</p>',
  language: 'fr',
};
const password = 'S3cret-of-the-relay';

function settingsOf(raw: Readonly<Record<string, unknown>>): MailSettings {
  const check = checkMailSettings({ FromAddress: 'it@example.com', TimeoutSeconds: 2, ...raw });
  if (check.status === 'invalid') throw new Error(JSON.stringify(check.findings));
  return check.settings;
}

async function send(
  raw: Readonly<Record<string, unknown>>,
  mail: MailMessage = message,
  signal = new AbortController().signal,
) {
  await using mailer = await loadMailer(settingsOf(raw), { signal, projectFolder: tmpdir() });
  return mailer.send(mail);
}

const to = ({ port }: SmtpServer) => ({ Host: '127.0.0.1', Port: port });

describe('mail over SMTP', () => {
  it('arrives as it was written, at all who may get it', async () => {
    await using server = await startSmtpServer();

    expect(await send(to(server))).toEqual({ status: 'sent', leftOut: [] });

    expect(server.mails).toMatchObject([
      { from: 'it@example.com', to: ['kim@example.com', 'lou@example.org'], isSecure: false },
    ]);
    const raw = server.mails[0]?.raw ?? '';
    expect(raw).toContain('Message-ID: <lockstep-1.abc@example.com>');
    expect(raw).toContain('Auto-Submitted: auto-generated');
    expect(raw).toContain('multipart/alternative');
    expect(raw).toMatch(/^Date: Sun, 15 Jun 2025 12:00:00 \+0000/m);
  });

  it('sends several mails over one connection', async () => {
    await using server = await startSmtpServer();
    await using mailer = await loadMailer(settingsOf(to(server)), {
      signal: new AbortController().signal,
    });

    for (let i = 0; i < 3; i += 1) await mailer.send({ ...message, messageId: `${i}@example.com` });

    expect(server.mails).toHaveLength(3);
    expect(server.connections).toBe(1);
  });

  it.each([
    ['start', 'SslOnConnect'],
    ['upgrade', 'StartTls'],
    ['upgrade', 'StartTlsWhenAvailable'],
    ['upgrade', 'Auto'],
  ] as const)(
    'is encrypted with a server that offers TLS at the %s, by %s',
    async (mode, option) => {
      const tls = createTlsIdentity('127.0.0.1');
      const folder = await mkdtemp(join(tmpdir(), 'mail-tls-'));
      await writeFile(join(folder, 'ca.pem'), tls.cert);
      const user = { name: 'relay', password };
      await using server = await startSmtpServer({ tls, mode, user });
      const login = { Username: 'relay', Password: password };

      await send({
        ...to(server),
        ...login,
        SecureSocketOption: option,
        CaFile: join(folder, 'ca.pem'),
      });

      expect(server.mails).toMatchObject([{ isSecure: true, user: 'relay' }]);
      await expect(
        send({ ...to(server), ...login, SecureSocketOption: option }),
      ).rejects.toMatchObject({
        kind: 'unreachable',
        message: expect.stringContaining('certificate'),
        hint: expect.stringContaining('CaFile'),
      });
      expect(server.mails).toHaveLength(1);
      await rm(folder, { recursive: true });
    },
  );

  it('never sends a password without TLS, unless the settings say None', async () => {
    const user = { name: 'relay', password };
    await using server = await startSmtpServer({ user });
    const login = { ...to(server), Username: 'relay', Password: password };

    for (const SecureSocketOption of ['Auto', 'StartTls', 'StartTlsWhenAvailable'])
      await expect(send({ ...login, SecureSocketOption })).rejects.toMatchObject({
        kind: 'unreachable',
      });
    expect(server.mails).toEqual([]);
    await send({ ...login, SecureSocketOption: 'None' });

    expect(server.mails).toMatchObject([{ user: 'relay', isSecure: false }]);
  });

  it('says that a login is refused, without the password', async () => {
    await using server = await startSmtpServer({ user: { name: 'relay', password: 'other' } });

    const error: unknown = await send({
      ...to(server),
      Username: 'relay',
      Password: password,
      SecureSocketOption: 'None',
    }).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ kind: 'unauthenticated' });
    const {
      message: text,
      details,
      cause,
    } = error as { message: string; details: unknown; cause: unknown };
    const told = JSON.stringify([text, details, cause]);
    expect(told).not.toContain(password);
    expect(told).not.toContain(Buffer.from(password).toString('base64'));
  });

  it.each<readonly [string, SmtpBehaviour, string]>([
    ['puts a mail off', { refuseMail: () => ({ code: 451, text: 'Greylisted' }) }, 'rate-limited'],
    [
      'puts an address off',
      { refuseRecipient: () => ({ code: 450, text: 'Try later' }) },
      'rate-limited',
    ],
    ['is about to close', { refuseMail: () => ({ code: 421, text: 'Busy' }) }, 'unreachable'],
    ['refuses a mail', { refuseMail: () => ({ code: 554, text: 'No' }) }, 'invalid-value'],
    [
      'refuses every address',
      { refuseRecipient: () => ({ code: 550, text: 'No such user' }) },
      'invalid-value',
    ],
    ['breaks off in the middle of the text', { dropAfterBytes: 10 }, 'unreachable'],
    ['takes the mail and breaks off before it says so', { loseAnswer: true }, 'unreachable'],
    ['says nothing', { isSilent: true }, 'timeout'],
    ['takes too long', { delayMs: 5_000 }, 'timeout'],
  ])('tells apart a server that %s', async (_case, behaviour, kind) => {
    await using server = await startSmtpServer();
    server.behave(behaviour);
    const started = Date.now();

    await expect(send(to(server))).rejects.toMatchObject({ kind });

    expect(Date.now() - started).toBeLessThan(4_500);
  });

  it('sends to the others when one address is refused, and says which', async () => {
    await using server = await startSmtpServer();
    server.behave({
      refuseRecipient: (address) =>
        address.startsWith('lou') ? { code: 550, text: 'No such user' } : null,
    });

    expect(await send(to(server))).toEqual({ status: 'sent', leftOut: ['lou@example.org'] });
  });

  it('connects again after a connection was lost', async () => {
    await using server = await startSmtpServer();
    await using mailer = await loadMailer(settingsOf(to(server)), {
      signal: new AbortController().signal,
    });
    server.behave({ dropAfterBytes: 1 });
    await expect(mailer.send(message)).rejects.toMatchObject({ kind: 'unreachable' });
    server.behave({});

    expect(await mailer.send(message)).toMatchObject({ status: 'sent' });
  });

  it('stops when it is told to', async () => {
    await using server = await startSmtpServer();
    server.behave({ isSilent: true });
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('stopped')), 50);

    await expect(send(to(server), message, stop.signal)).rejects.toThrow('stopped');
  });

  it('checks server and login without sending anything', async () => {
    await using server = await startSmtpServer();
    await using mailer = await loadMailer(settingsOf(to(server)), {
      signal: new AbortController().signal,
    });

    expect(await mailer.check()).toContain('takes mail, without TLS, without a login');
    expect(server.mails).toEqual([]);
  });
});

describe('mail into a folder', () => {
  it('is one file per mail, whole, for its owner only, however often it is sent', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mail-pickup-'));
    const pickup = { UseSpecifiedPickupDirectory: 'true', PickupDirectory: folder };

    await send(pickup);
    await send(pickup);
    await send(pickup, { ...message, messageId: '../../etc/x@example.com' });

    const names = (await readdir(folder)).sort();
    expect(names).toEqual(['.._.._etc_x_example.com.eml', 'lockstep-1.abc_example.com.eml']);
    const path = join(folder, 'lockstep-1.abc_example.com.eml');
    expect(await readFile(path, 'utf8')).toContain('Subject: =?UTF-8?');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await rm(folder, { recursive: true });
    await expect(send(pickup)).rejects.toMatchObject({ kind: 'not-found' });
  });
});

describe('recipients', () => {
  it('outside the allowed domains are left out', async () => {
    await using server = await startSmtpServer();

    const sent = await send({ ...to(server), AllowedDomains: ' Example.ORG ; @example.net' });
    const nobody = await send({ ...to(server), AllowedDomains: 'example.net' });

    expect(sent).toEqual({ status: 'sent', leftOut: ['kim@example.com'] });
    expect(server.mails.map((mail) => mail.to)).toEqual([['lou@example.org']]);
    expect(nobody).toMatchObject({ status: 'nobody' });
  });

  it('are all replaced by the catch-all address, which is told whom it was meant for', async () => {
    await using server = await startSmtpServer();

    await send({ ...to(server), CatchAllAddress: 'test@example.com', AllowedDomains: 'x.test' });

    expect(server.mails.map((mail) => mail.to)).toEqual([['test@example.com']]);
    expect(server.mails[0]?.raw).toContain('Meant for: kim@example.com, lou@example.org');
  });

  it('count once', () => {
    const { to: kept } = restrictRecipients(
      { to: [{ address: 'a@B.test' }, { address: 'A@b.TEST' }], cc: [{ address: 'a@b.test' }] },
      {},
    );

    expect(kept).toEqual([{ address: 'a@B.test' }]);
  });

  it.each([
    'kim@example.com\r\nBcc: all@example.com',
    'kim@example.com,all@example.com',
    'Kim <kim@example.com>',
    '"a b"@example.com',
    'kim',
    '@example.com',
    'kim@',
    'kim@exa mple.com',
    'kim@-example.com',
    'kim@[127.0.0.1]',
    'k\0im@example.com',
    'kim@example.com>',
    'a..b@example.com',
    `${'a'.repeat(65)}@example.com`,
    `kim@${'a.'.repeat(200)}com`,
  ])('are no addresses: %j', async (address) => {
    expect(isMailAddress(address)).toBe(false);
    await using server = await startSmtpServer();

    const sent = await send(to(server), { ...message, to: [{ address }], cc: [] });

    expect(sent.status).toBe('nobody');
    expect(server.mails).toEqual([]);
  });

  it.each(['kim@example.com', 'o’neil+x@bücher.example', 'a.b-c@x.y'])(
    'are addresses: %s',
    (address) => {
      expect(isMailAddress(address)).toBe(true);
    },
  );
});

describe('headers', () => {
  const hostile = [
    'x\r\nBcc: all@example.com',
    'x\nBcc: all@example.com',
    'x\rBcc: all@example.com',
    'x\u2028Bcc: all@example.com',
    'x\u0085Bcc: all@example.com',
    'x\0Bcc: all@example.com',
    'x\r\n\r\n<b>body</b>',
    '=?utf-8?q?x=0d=0aBcc:_all@example.com?=',
    `${'x'.repeat(2_000)}\r\nBcc: all@example.com`,
    '" <all@example.com>, "',
    'all@example.com, y',
  ];

  it.each(hostile)('keep to their line with %j in subject and names', async (text) => {
    await using server = await startSmtpServer();
    const named = { address: 'kim@example.com', name: text };

    await send(
      { ...to(server), FromName: text },
      { ...message, subject: text, to: [named], cc: [], language: text },
    );

    const [mail] = server.mails;
    expect(mail?.to).toEqual(['kim@example.com']);
    const header = (mail?.raw ?? '').split(/\r?\n\r?\n/)[0] ?? '';
    expect(header.split(/\r?\n(?![ \t])/).filter((line) => /^bcc:/i.test(line))).toEqual([]);
    expect(header).toContain('multipart/alternative');
  });

  it('are cut where they would be endless', () => {
    expect([...toHeaderText('é'.repeat(300))]).toHaveLength(200);
  });
});

describe('HTML of a mail', () => {
  it('shows markup in values as text', () => {
    expect(escapeHtml(`<img src=x onerror="alert('1')">&amp;`)).toBe(
      '&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;',
    );
  });
});

describe('settings of mail', () => {
  it.each([
    [{}, 'Host'],
    [{ UseSpecifiedPickupDirectory: true }, 'PickupDirectory'],
    [{ Host: 'x', SecureSocketOption: 'Tls' }, 'SecureSocketOption'],
    [{ Host: 'x', Prot: 25 }, 'Prot'],
    [{ Host: 'x', Port: 0 }, 'Port'],
  ])('of %j are refused', (raw, path) => {
    expect(checkMailSettings({ FromAddress: 'it@example.com', ...raw })).toMatchObject({
      status: 'invalid',
      findings: [{ path }],
    });
  });

  it('want a sender that is an address', async () => {
    await expect(send({ Host: 'x', FromAddress: 'IT <it@example.com>' })).rejects.toMatchObject({
      kind: 'invalid-value',
    });
  });
});
