/** The tools for secrets, as a person uses them: each command by itself, on a project in a fresh folder. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { jsonOutputSchemas } from '../json-schemas.ts';
import { runCommandLine } from '../run.ts';
import { createSurroundings } from '../terminal.fixture.ts';

const canary = 'canary-4714';

interface Outcome {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

describe('the tools for secrets', () => {
  let folder: string;
  let certificate: string;

  beforeAll(async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'lockstep-certificate-'));
    const { surroundings } = createSurroundings(scratch, Date.now);
    await runCommandLine(['protect', 'new-certificate', '--out', 'c.pem'], surroundings);
    certificate = await readFile(join(scratch, 'c.pem'), 'utf8');
    await rm(scratch, { recursive: true });
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-protect-'));
    await write('certificate.pem', certificate);
    await write('appsettings.json', {
      EncryptionCertificate: { File: 'certificate.pem', UseEncryptedAppsettings: false },
    });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function write(name: string, value: unknown): Promise<void> {
    const content = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
    await writeFile(join(folder, name), content);
  }
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');

  async function run(
    args: readonly string[],
    given: { readonly input?: string; readonly now?: () => number } = {},
  ): Promise<Outcome> {
    const { surroundings, stdout, stderr } = createSurroundings(folder, given.now ?? Date.now);
    const readInput = async (): Promise<string> => given.input ?? '';
    const exitCode = await runCommandLine(args, { ...surroundings, readInput });
    const outcome = { exitCode, out: stdout.text(), err: stderr.text() };
    expect(outcome.out + outcome.err).not.toContain(canary);
    return outcome;
  }

  /** The document of a command, checked against its schema. */
  async function runJson(
    command: keyof typeof jsonOutputSchemas,
    args: readonly string[],
    given: Parameters<typeof run>[1] & { readonly exitCode?: number } = {},
  ) {
    const { exitCode, out } = await run(['--json', ...args], given);
    const document: unknown = JSON.parse(out);
    const ajv = new Ajv({ strict: false });
    expect(ajv.validate(jsonOutputSchemas[command], document), ajv.errorsText()).toBe(true);
    expect(exitCode).toBe(given.exitCode ?? 0);
    // Any document; the assertions below say what is expected of it.
    return document as Record<string, never> & { error: { code: string; message: string } };
  }

  it('encrypt a settings file whole, and the project reads it', async () => {
    const plain = {
      Jobs: { MaxTaskBatchSize: 3 },
      Scheduler: { Enabled: true },
      Connections: { HR: { Path: 'x', Password: canary, Options: ['a', 'b'], Nothing: null } },
    };
    await write('plain.json', `// ${canary}\n${JSON.stringify(plain)}`);

    const done = await runJson('protect file', [
      'protect',
      'file',
      '--input',
      'plain.json',
      '--output',
      'appsettings.encrypted.json',
    ]);

    expect(done).toMatchObject({ values: 6, isDryRun: false });
    const encrypted = await read('appsettings.encrypted.json');
    expect(encrypted).not.toContain(canary);
    expect(JSON.parse(encrypted)).toMatchObject({
      Jobs: { MaxTaskBatchSize: expect.stringMatching(/^eyJ/u) },
      Connections: { HR: { Options: [expect.any(String), expect.any(String)], Nothing: null } },
    });
    await write('appsettings.json', {
      EncryptionCertificate: { File: 'certificate.pem', UseEncryptedAppsettings: true },
    });
    const listed = await runJson('settings list', ['settings', 'list']);
    expect(listed['settings']).toContainEqual({
      key: 'Connections.HR.Password',
      layer: 'appsettings.encrypted.json',
      place: expect.stringMatching(/^appsettings\.encrypted\.json:\d+:\d+$/u),
      holds: 'an encrypted value',
      shadows: [],
    });
    const { mode } = await stat(join(folder, 'appsettings.encrypted.json'));
    expect(mode & 0o077).toBe(0);
  });

  it('refuse a file that is encrypted already, not there, or no JSON, and to overwrite', async () => {
    const protect = (input: string, output = 'out.json') =>
      runJson('error', ['protect', 'file', '--input', input, '--output', output], { exitCode: 2 });
    await write('plain.json', { Connections: { HR: { Password: canary } } });
    await run(['protect', 'file', '--input', 'plain.json', '--output', 'once.json']);
    await write('broken.json', `{ "Password": "${canary}`);

    expect((await protect('once.json')).error).toMatchObject({
      code: 'SETTINGS_ALREADY_ENCRYPTED',
      message: expect.stringContaining('Connections.HR.Password'),
    });
    expect((await protect('nowhere.json')).error.code).toBe('SETTINGS_UNREADABLE');
    expect((await protect('broken.json')).error.code).toBe('SETTINGS_MALFORMED');
    expect((await protect('plain.json', 'once.json')).error.code).toBe('USAGE_FILE_EXISTS');
    expect((await protect('plain.json', 'no/folder.json')).error.code).toBe(
      'USAGE_FILE_NOT_WRITABLE',
    );
    await expect(stat(join(folder, 'out.json'))).rejects.toThrow();
  });

  it('write nothing in a dry run', async () => {
    await write('plain.json', { Connections: { HR: { Password: canary } } });
    await write('data.csv', canary);
    const commands = [
      ['protect', 'file', '--input', 'plain.json', '--output', 'out'],
      ['protect', 'certificate-password', '--out', 'out'],
      ['protect', 'new-certificate', '--out', 'out'],
      ['protect', 'encrypt', 'data.csv', '-o', 'out'],
    ];

    for (const args of commands) {
      await write(
        'appsettings.json',
        args.includes('certificate-password')
          ? {}
          : { EncryptionCertificate: { File: 'certificate.pem' } },
      );
      const { exitCode, out } = await run([...args, '--dry-run'], { input: canary });

      expect({ exitCode, out }).toMatchObject({
        exitCode: 0,
        out: expect.stringContaining('dry run'),
      });
      await expect(stat(join(folder, 'out'))).rejects.toThrow();
    }
  });

  it('encrypt single values, piped in or given', async () => {
    const piped = await runJson('protect value', ['protect', 'value'], {
      input: `${canary}\nsecond\r\n`,
    });
    const given = await run(['protect', 'value', 'a', 'b c']);

    expect(piped['values']).toHaveLength(2);
    const lines = given.out.trim().split('\n');
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toMatch(/^eyJ[\w.-]+$/u);
    expect((await run(['protect', 'value'])).exitCode).toBe(2);
  });

  it('encrypt nothing for a certificate that has expired or is not in force yet', async () => {
    const year = 365 * 86_400_000;
    for (const now of [Date.now() + 3 * year, Date.now() - year]) {
      const { error } = await runJson('error', ['protect', 'value', 'x'], {
        now: () => now,
        exitCode: 2,
      });

      expect(error.code).toBe('SETTINGS_CERTIFICATE_NOT_IN_FORCE');
    }
  });

  it('store the password of a certificate that it opens, and no other', async () => {
    await write('pw', `${canary}\n`);
    await run(['protect', 'new-certificate', '--out', 'locked.pem', '--password', 'file:pw']);
    expect(await read('locked.pem')).toContain('ENCRYPTED PRIVATE KEY');
    await write('appsettings.json', { EncryptionCertificate: { File: 'locked.pem' } });
    const store = ['protect', 'certificate-password', '--out', 'stored'];

    const wrong = await runJson('error', store, { input: 'wrong', exitCode: 2 });
    expect(wrong.error.code).toBe('SETTINGS_CERTIFICATE_INVALID');
    const stored = await runJson('protect certificate-password', store, { input: canary });

    expect(stored).toMatchObject({ setting: 'file:stored', isVerified: true });
    expect(await read('stored')).toBe(`${canary}\n`);
    expect((await stat(join(folder, 'stored'))).mode & 0o077).toBe(0);
    await write('appsettings.json', {
      EncryptionCertificate: { File: 'locked.pem', Password: 'file:stored' },
    });
    expect((await run(['protect', 'value', 'x'])).exitCode).toBe(0);
  });

  it('take no password as an argument', async () => {
    const { error } = await runJson(
      'error',
      ['protect', 'new-certificate', '--out', 'x.pem', '--password', 'word'],
      { exitCode: 2 },
    );

    expect(error.code).toBe('USAGE_INVALID');
  });

  it('encrypt and decrypt data files, one to stdout and several into a folder', async () => {
    await write('one.csv', 'number;name\n1;Ana\n');
    await write('two.csv', 'number;name\n2;Bo\n');
    await Promise.all(['encrypted', 'plain'].map((name) => mkdir(join(folder, name))));

    const done = await runJson('protect encrypt', [
      'protect',
      'encrypt',
      'one.csv',
      'two.csv',
      '-o',
      'encrypted',
    ]);
    expect(done['files']).toHaveLength(2);
    expect(await read('encrypted/one.csv')).not.toContain('Ana');
    await runJson('protect decrypt', [
      'protect',
      'decrypt',
      'encrypted/one.csv',
      'encrypted/two.csv',
      '-o',
      'plain',
    ]);
    expect(await read('plain/two.csv')).toBe(await read('two.csv'));

    const both = await run(['protect', 'decrypt', 'encrypted/one.csv', 'encrypted/two.csv']);
    expect(both.out).toBe(`${await read('one.csv')}${await read('two.csv')}`);
    const toStdout = await run(['protect', 'encrypt', 'one.csv']);
    await writeFile(join(folder, 'piped'), Buffer.from(toStdout.out, 'latin1'));
    expect((await run(['protect', 'decrypt', 'piped'])).out).toBe(await read('one.csv'));
  });

  it('turn text of another encoding into UTF-8 on the way', async () => {
    await writeFile(
      join(folder, 'old.csv'),
      Buffer.from('Zoë;Łódź'.replace('Łódź', 'Köln'), 'latin1'),
    );

    await run(['protect', 'encrypt', 'old.csv', '-o', 'out', '-e', 'ISO-8859-1']);
    await run(['protect', 'decrypt', 'out', '-o', 'plain']);

    expect(await read('plain')).toBe('Zoë;Köln');
    expect((await run(['protect', 'decrypt', 'out', '-e', 'klingon'])).exitCode).toBe(2);
  });

  it('leave nothing behind of a file that was cut off, and keep what was there', async () => {
    const bytes = randomBytes(300_000);
    await writeFile(join(folder, 'data'), bytes);
    await run(['protect', 'encrypt', 'data', '-o', 'encrypted']);
    const encrypted = await readFile(join(folder, 'encrypted'));
    await writeFile(join(folder, 'cut'), encrypted.subarray(0, 200_000));
    await write('kept', 'before');

    const { error } = await runJson(
      'error',
      ['protect', 'decrypt', 'cut', '-o', 'kept', '--force'],
      {
        exitCode: 1,
      },
    );

    expect(error.code).toBe('ENCRYPTED_FILE_INVALID');
    expect(await read('kept')).toBe('before');
    await expect(stat(join(folder, 'kept.part'))).rejects.toThrow();
    const whole = await run(['protect', 'decrypt', 'encrypted', '-o', 'kept', '--force']);
    expect(whole.exitCode).toBe(0);
    expect((await readFile(join(folder, 'kept'))).equals(bytes)).toBe(true);
  });

  it('say what is missing before they start', async () => {
    await write('a', 'x');
    const failing = [
      [['protect', 'encrypt', 'nowhere', '-o', 'out'], 'USAGE_FILE_NOT_READABLE'],
      [['protect', 'encrypt', 'a'], 'USAGE_OPTIONS_CONFLICT'],
      [['protect', 'encrypt', 'a', 'a', '-o', '.'], 'USAGE_INVALID'],
      [['protect', 'encrypt', 'a', 'a', '-o', 'nofolder'], 'USAGE_INVALID'],
      [['protect', 'encrypt', 'a', '-o', 'a'], 'USAGE_FILE_EXISTS'],
    ] as const;
    for (const [args, code] of failing) {
      expect((await runJson('error', args, { exitCode: 2 })).error.code).toBe(code);
    }
    await write('appsettings.json', {});
    expect((await runJson('error', ['protect', 'value', 'x'], { exitCode: 2 })).error.code).toBe(
      'SETTINGS_CERTIFICATE_MISSING',
    );
  });

  it('hash client secrets as the settings of a server want them', async () => {
    const expected = createHash('sha256').update('sécret', 'utf8').digest('base64');

    expect((await run(['protect', 'openid-secret', '--client-secret', 'sécret'])).out.trim()).toBe(
      expected,
    );
    const piped = await runJson(
      'protect openid-secret',
      ['protect', 'openid-secret', '--client-secret', '-'],
      { input: `${canary}\n` },
    );
    expect(piped).toEqual({
      secret: null,
      hashedSecret: createHash('sha256').update(canary).digest('base64'),
    });
    const made = await runJson('protect openid-secret', ['protect', 'openid-secret']);
    expect(made['hashedSecret']).toBe(
      createHash('sha256').update(String(made['secret'])).digest('base64'),
    );
  });
});
