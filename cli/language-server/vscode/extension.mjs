// Starts "lockstep language-server" for Visual Studio Code and stops it with the window.
import { workspace } from 'vscode';
import { LanguageClient } from 'vscode-languageclient/node';
import { clientOptions, serverOptions } from './server-options.mjs';

/** @type {{ client?: LanguageClient }} */
const running = {};

export async function activate() {
  const command = workspace.getConfiguration('lockstep').get('command', 'lockstep');
  const client = new LanguageClient(
    'lockstep',
    'Lockstep',
    serverOptions(command),
    clientOptions(),
  );
  running.client = client;
  await client.start();
}

export async function deactivate() {
  await running.client?.stop();
}
