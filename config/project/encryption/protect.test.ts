import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../secret.ts';
import { readProject } from '../read-project.ts';
import { resolveSetting } from '../reference.ts';
import { type Certificate, openCertificate } from './certificate.ts';
import { createTestPem, testOrigin } from './certificates.fixture.ts';
import { writeConnectionSecret } from './protect.ts';

describe('a secret of a connection', () => {
  let folder: string;
  let work: string;
  let file: string;
  let pem: string;
  let certificate: Certificate;

  beforeAll(async () => {
    pem = await createTestPem();
    certificate = await openCertificate({ bytes: Buffer.from(pem), origin: testOrigin });
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-stored-'));
    work = join(folder, 'Work');
    file = join(work, 'appsettings.connection.json');
    await writeFile(join(folder, 'certificate.pem'), pem);
    await writeFile(
      join(folder, 'appsettings.json'),
      JSON.stringify({
        EncryptionCertificate: { File: 'certificate.pem' },
        Connections: { AD: { Servers: [{ Server: 'a' }], Password: 'older' } },
      }),
    );
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const store = (path: readonly string[], value: string, connection = 'AD') =>
    writeConnectionSecret(work, { connection, path }, { value: new Secret(value), certificate });

  async function read(connection = 'AD'): Promise<unknown> {
    const project = await readProject(folder, {});
    const raw = project.connections.get(connection) ?? {};
    return reveal(await resolveSetting(raw, { folder, environment: {} }));
  }

  it('is stored encrypted, for this account alone, and beats the other files', async () => {
    await store(['Password'], 's3cret');
    await store(['Servers', '0', 'Password'], 'of the first server');

    expect(await read()).toEqual({
      Servers: [{ Server: 'a', Password: 'of the first server' }],
      Password: 's3cret',
    });
    expect(await readFile(file, 'utf8')).not.toMatch(/s3cret|first server/u);
    expect((await stat(file)).mode & 0o077).toBe(0);
    expect(await readdir(work)).toEqual(['appsettings.connection.json']);
  });

  it('replaces the one before, however its name is spelt, and leaves the rest as it was', async () => {
    await store(['Password'], 'first');
    const before = await readFile(file, 'utf8');
    await writeFile(
      file,
      before
        .replace('"Connections"', '// kept\n  "connections"')
        .replace('"AD"', '"ad"')
        .replace('"Password"', '"PASSWORD"'),
    );

    await store(['Password'], 'second');

    const text = await readFile(file, 'utf8');
    expect(text).toContain('// kept');
    expect(text.match(/password/giu)).toHaveLength(1);
    expect(await read()).toMatchObject({ Password: 'second' });
  });

  it('is not lost when several are stored at once', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `C${index}`);

    await Promise.all(names.map((name) => store(['Password'], `of ${name}`, name)));

    for (const name of names) expect(await read(name)).toEqual({ Password: `of ${name}` });
  });

  it('is stored after a command that was killed while it wrote, and not into a file that is broken', async () => {
    await store(['Password'], 'first');
    const longAgo = new Date(Date.now() - 120_000);
    await writeFile(`${file}.lock`, '');
    await utimes(`${file}.lock`, longAgo, longAgo);

    await store(['Password'], 'second');
    expect(await read()).toMatchObject({ Password: 'second' });

    await writeFile(file, '{ "Connections": ');
    await expect(store(['Password'], 'third')).rejects.toMatchObject({
      code: 'SETTINGS_MALFORMED',
    });
    expect(await readFile(file, 'utf8')).toBe('{ "Connections": ');
    expect(await readdir(work)).toEqual(['appsettings.connection.json']);
  });
});

function reveal(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(reveal);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, reveal(child)]));
}
