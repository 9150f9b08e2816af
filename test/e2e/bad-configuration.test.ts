/** Configuration folders that are broken or hostile: what people are told, and that nothing is done with them. */
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bench, createBench } from './bad-input/workbench.ts';

describe('a configuration folder', () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await createBench();
  });
  afterEach(async () => {
    await bench[Symbol.asyncDispose]();
  });

  it('is judged file by file: every broken one is told with its place, and nothing is deployed', async () => {
    await bench.write(
      'conf/bomb.xml',
      '<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY x "x">]>\n<a>&x;</a>',
    );
    await bench.write('conf/cut.xml', '<ConfigurationFile>\n  <Connector Identifier="A');
    await bench.write(
      'conf/keys.json',
      '{\n  "Connector": [],\n  "Connector": [],\n  "__proto__": []\n}',
    );
    const latin =
      '<?xml version="1.0" encoding="iso-8859-1"?>\n<ConfigurationFile><!-- é --></ConfigurationFile>';
    await bench.write('conf/wrong.xml', latin);
    await writeFile(bench.path('conf', 'bytes.xml'), Buffer.from('<a>\n\xe9</a>', 'latin1'));

    const validated = await bench.run('validate');
    const deployed = await bench.run('deploy');

    for (const place of [
      'bomb.xml:2:1 error CONFIG_XML_DTD_REFUSED',
      'bytes.xml:2:1 error CONFIG_ENCODING_INVALID',
      'cut.xml:2:25 error CONFIG_XML_MALFORMED',
      'keys.json:3:3 error CONFIG_JSON_KEY_REFUSED',
      'keys.json:4:3 error CONFIG_JSON_KEY_REFUSED',
      'wrong.xml:1:21 error CONFIG_ENCODING_INVALID',
    ]) {
      expect(validated.stdout).toContain(place);
    }
    expect(validated.exitCode).toBe(2);
    expect(deployed.exitCode).toBe(2);
  });

  it('with a pipe in it is refused at once', async () => {
    execFileSync('/usr/bin/mkfifo', [bench.path('conf', 'pipe.xml')]);

    const validated = await bench.run('validate');

    expect(validated).toMatchObject({ exitCode: 2, stdout: '' });
    expect(validated.stderr).toContain('CONFIG_FILE_UNREADABLE pipe.xml is no regular file.');
  });

  it('written as JSON deploys to the same configuration, without a change', async () => {
    const first = await bench.run('deploy', '--json');
    const converted = await bench.run(
      'convert',
      bench.path('conf'),
      '--to',
      'json',
      '--replace',
      '--json',
    );
    const second = await bench.run('deploy', '--json');

    expect([first.exitCode, converted.exitCode, second.exitCode]).toEqual([0, 0, 0]);
    // The documents' schemas are checked elsewhere.
    const before = JSON.parse(first.stdout) as { readonly hash: string };
    expect(JSON.parse(second.stdout)).toMatchObject({
      hash: before.hash,
      items: [],
      migration: [],
    });
    expect(JSON.parse(converted.stdout)).toMatchObject({ hash: before.hash });
  });
});
