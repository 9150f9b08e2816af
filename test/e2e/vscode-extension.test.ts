import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';

const repository = join(import.meta.dirname, '..', '..');
const extension = join(repository, 'cli', 'language-server', 'vscode');

/** Plain JavaScript, whose types nobody declares. */
interface Options {
  serverOptions(command: string): { readonly command: string; readonly args: readonly string[] };
  clientOptions(): { readonly documentSelector: readonly { readonly language: string }[] };
}
const { serverOptions, clientOptions }: Options = await import(
  pathToFileURL(join(extension, 'server-options.mjs')).href
);

describe('the extension for Visual Studio Code', () => {
  it('starts a server that answers', async () => {
    const { command, args } = serverOptions(join(repository, 'bin', 'lockstep.mjs'));
    // As the client's library calls it.
    const child = spawn(
      process.execPath,
      [command, ...args, '--stdio', `--clientProcessId=${process.pid}`],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const connection = createProtocolConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    connection.listen();
    try {
      const answer = await connection.sendRequest<{ readonly serverInfo: unknown }>('initialize', {
        processId: process.pid,
        rootUri: null,
        capabilities: {},
      });

      expect(answer.serverInfo).toMatchObject({ name: 'lockstep' });
    } finally {
      connection.dispose();
      child.kill();
    }
  });

  it('asks for the files the server reads, and names files that are there', async () => {
    const manifest = JSON.parse(await readFile(join(extension, 'package.json'), 'utf8'));

    expect(clientOptions().documentSelector.map(({ language }) => language)).toEqual([
      'xml',
      'json',
      'jsonc',
    ]);
    expect(await readFile(join(extension, manifest.main), 'utf8')).toContain(
      "'./server-options.mjs'",
    );
    expect(Object.keys(manifest.contributes.configuration.properties)).toEqual([
      'lockstep.command',
    ]);
  });
});
