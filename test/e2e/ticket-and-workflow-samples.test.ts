import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startSmtpServer } from '../servers/smtp.ts';
import { findCommand } from '../servers/use-command.ts';

vi.setConfig({ testTimeout: 120_000 });

const repository = join(import.meta.dirname, '..', '..');
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-sample-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function lockstep(
  args: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const entry = findCommand();
  const child = spawn(process.execPath, [entry, '-C', folder, ...args.split(' ')], {
    env: { ...process.env, NO_COLOR: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    texts.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    texts.stderr += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, ...texts };
}

async function done(args: string, environment?: Readonly<Record<string, string>>): Promise<string> {
  const ended = await lockstep(args, environment);
  expect(ended, args).toMatchObject({ code: 0 });
  return ended.stdout;
}

async function read<T>(args: string): Promise<T> {
  // Printed by the command in the shape of its schema.
  return JSON.parse(await done(`--json ${args}`)) as T;
}

describe('the sample of internal workflows', () => {
  it('keeps a directory of people by workflows, and verifies it', async () => {
    await cp(join(repository, 'samples', 'internal-workflow'), folder, { recursive: true });
    await done('deploy');
    expect(await done('connection check Arrivals')).toContain('Added, Modified, Deleted');

    await done('job run Everything');

    const messages = async () =>
      (await read<{ orders: { message: string }[] }>('order list')).orders
        .map((order) => order.message)
        .sort();
    expect(await messages()).toEqual([
      'Workflow Directory_Start, transition Directory_Start-Request-Submit.\nArrival: Ingrid Solberg\nWelder at Bergen yard.',
      'Workflow Directory_Start, transition Directory_Start-Request-Submit.\nArrival: Kamala Iyer\nAccountant at Oslo office.',
      'Workflow Directory_Start, transition Directory_Start-Request-Submit.\nArrival: Lars Bakke\nBuyer at Oslo office.',
      'Workflow Directory_StartForeman, transition Directory_Start-Request-Submit.\nArrival: Jonas Haugen\nForeman at Bergen yard.',
    ]);
    // The directory is there: now its users are known to be theirs.
    await done('job run Everything');
    const payroll = join(folder, 'data', 'payroll.csv');
    const text = await readFile(payroll, 'utf8');
    await writeFile(payroll, text.replace('Buyer', 'Head buyer').replace(/^2001.*\n/m, ''));
    await done('job run Everything');
    await done('job run Everything');

    expect((await messages()).filter((message) => !message.includes('Arrival'))).toEqual([
      'Workflow Directory_Change, transition Directory_Change-Request-Submit.\nChange: Lars Bakke',
      'Workflow Directory_End, transition Directory_End-Request-Submit.\nDeparture: Ingrid Solberg',
    ]);
    const users = await done('resource list Directory_User');
    expect(users).not.toContain('2001');
    expect(await done('resource show HR_Employee:2004')).toMatch(/Calculated\s+Verified/);
  });
});

describe('the sample of tickets by mail', () => {
  beforeEach(() => cp(join(repository, 'samples', 'tickets-by-mail'), folder, { recursive: true }));
  const mailsIn = async () =>
    (await readdir(join(folder, 'mail'))).filter((name) => name.endsWith('.eml'));

  it('tells the porters of tickets, lets them alone answer, and keeps what they confirm', async () => {
    await done('deploy');
    expect(await done('mail check --to porters@harbour-clinic.example --dry-run')).toContain(
      'would go',
    );
    expect(await mailsIn()).toEqual([]);

    await done('job run Everything');

    const [name = ''] = await mailsIn();
    const mail = await readFile(join(folder, 'mail', name), 'utf8');
    expect(mail).toContain('porters@harbour-clinic.example');
    expect(mail).toContain('Subject: 3 tickets are open');
    const { tickets } = await read<{ tickets: { orderId: number; owner: { key: string } }[] }>(
      'ticket list',
    );
    const amelie = tickets.find((ticket) => ticket.owner.key === '301')?.orderId ?? 0;
    expect(await lockstep(`ticket confirm ${amelie} --set CardNumber=7001 --by Kim`)).toMatchObject(
      {
        code: 2,
        stderr: expect.stringContaining('TICKET_FORBIDDEN'),
      },
    );
    await done(`ticket confirm ${amelie} --set CardNumber=7001 --by Pat`);
    await done('job run Everything');

    expect(await done('resource show HR_Nurse:301')).toMatch(/7001\s+Calculated\s+Verified/);
    expect(await mailsIn()).toHaveLength(1);
  });

  it('keeps mail while the server is away, and sends it with a login once it is there', async () => {
    const secret = 'canary-of-the-mail-relay';
    const away = await startSmtpServer();
    await away[Symbol.asyncDispose]();
    const reach = (port: number) => ({
      MailSettings__UseSpecifiedPickupDirectory: 'false',
      MailSettings__Host: '127.0.0.1',
      MailSettings__Port: String(port),
      MailSettings__Username: 'clinic',
      MailSettings__Password: 'env:RELAY_PASSWORD',
      MailSettings__SecureSocketOption: 'None',
      MailSettings__TimeoutSeconds: '2',
      RELAY_PASSWORD: secret,
    });
    await done('deploy');

    await done('job run Everything', reach(away.port));

    expect(await done('mail list')).toContain('waiting');
    expect(await lockstep('mail send --now', reach(away.port))).toMatchObject({ code: 1 });
    const refusing = await startSmtpServer({ user: { name: 'clinic', password: 'another' } });
    const refused = await lockstep('--log-level trace mail send --now', reach(refusing.port));
    await refusing[Symbol.asyncDispose]();
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('Waiting: 1') });
    expect(refused.stdout + refused.stderr).not.toContain(secret);
    await using server = await startSmtpServer({ user: { name: 'clinic', password: secret } });
    expect(await done('mail send --now', reach(server.port))).toContain('Sent: 1.');

    expect(server.mails).toMatchObject([
      { to: ['porters@harbour-clinic.example'], user: 'clinic' },
    ]);
    expect(await done('mail send --now', reach(server.port))).toContain('Sent: 0.');
  });

  it('loses no mail and names each as before when it is killed while it sends', async () => {
    const count = 30;
    const kills = Number(process.env['LOCKSTEP_MAIL_KILLS'] ?? 2);
    const addresses = Array.from({ length: count }, (_, i) => `porter${i}@harbour-clinic.example`);
    await using server = await startSmtpServer();
    const off = Object.fromEntries(
      addresses.map((address, i) => [`ManualProvisioning__Notified__Porters__${i}`, address]),
    );
    const reach = {
      ...off,
      MailSettings__UseSpecifiedPickupDirectory: 'false',
      MailSettings__Host: '127.0.0.1',
      MailSettings__Port: String(server.port),
    };
    await removeNotified();
    await done('deploy');
    await done('job run Everything', { ...reach, MailSettings__Enabled: 'false' });
    expect(server.mails).toEqual([]);

    server.behave({ delayMs: 20 });
    for (let kill = 0; kill < kills; kill += 1) {
      const before = server.mails.length;
      const entry = findCommand();
      const child = spawn(process.execPath, [entry, '-C', folder, 'mail', 'send', '--now'], {
        env: { ...process.env, ...reach },
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => child.on('close', resolve));
      await vi.waitUntil(() => server.mails.length > before + 3, { timeout: 60_000, interval: 5 });
      child.kill('SIGKILL');
      await ended;
    }
    server.behave({});
    await done('mail send --now', reach);

    const ids = server.mails.map(({ raw }) => /^Message-ID:\s*(<[^>]+>)/m.exec(raw)?.[1]);
    expect(new Set(server.mails.flatMap(({ to }) => to))).toEqual(new Set(addresses));
    expect(new Set(ids).size).toBe(count);
    // What was under way when it was killed may have arrived twice, and nothing else.
    expect(ids.length - count).toBeLessThanOrEqual(kills);
    expect(await done('mail send --now --dry-run', reach)).toContain('Waiting: 0.');
  });

  /** The list of the settings would count before that of the connection. */
  async function removeNotified(): Promise<void> {
    const path = join(folder, 'appsettings.agent.json');
    const settings = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...settings, ManualProvisioning: {} }));
  }
});
