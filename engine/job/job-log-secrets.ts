/** Takes the secrets of a project out of what is about to be logged. */
import {
  type Model,
  resolveSecret,
  resolveSetting,
  Secret,
  type Task,
} from '../../config/index.ts';
import { connectionsOfTask } from './task-connections.ts';
import type { Workspace } from './workspace.ts';

export type Redact = (text: string) => string;

/** Shorter texts turn up everywhere; nobody is helped by a log with holes. */
const minLength = 4;
const secretKey = /password|passwd|pwd|secret|token|apikey|connectionstring|credential/i;

/**
 * Gives a function that replaces the secrets that these tasks use, in plain and in JSON spelling; without `tasks` all of the
 * settings. Holds the secrets in memory, and asks vaults for no others.
 */
export async function createRedaction(
  workspace: Workspace,
  tasks?: readonly Task[],
): Promise<Redact> {
  const secrets = await collectSecrets(workspace, tasks);
  const spellings = [...secrets].flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
  ]);
  // The longest first: a secret may be part of another.
  const ordered = [...new Set(spellings)].sort((a, b) => b.length - a.length);
  return (text) =>
    ordered.reduce((redacted, secret) => redacted.replaceAll(secret, '[secret]'), text);
}

async function collectSecrets(
  workspace: Workspace,
  tasks: readonly Task[] | undefined,
): Promise<ReadonlySet<string>> {
  const { settings, effects } = workspace;
  const used = tasks === undefined ? null : listUsed(workspace.model, tasks);
  const sources = { folder: settings.folder, environment: effects.environment };
  const found = new Set<string>();
  const add = (text: string): void => {
    for (const part of [text, ...partsOf(text)]) if (part.length >= minLength) found.add(part);
  };
  const walk = (value: unknown, key: string): void => {
    if (value instanceof Secret) add(value.reveal());
    else if (typeof value === 'string' && secretKey.test(key)) add(value);
    else if (typeof value === 'object' && value !== null)
      for (const [name, child] of Object.entries(value))
        walk(child, Array.isArray(value) ? key : name);
  };
  for (const [identifier, connection] of settings.connections) {
    if (used !== null && !used.connections.has(identifier.toLowerCase())) continue;
    // A reference that leads nowhere is told by the task that needs it.
    walk(await resolveSetting(connection, sources).catch(() => null), '');
  }
  for (const [name, database] of settings.databases) {
    if (used !== null && !used.databases.has(name.toLowerCase())) continue;
    walk(await resolveSecret(database, sources).catch(() => null), '');
  }
  for (const mail of [settings.mail.usual, settings.mail.passwords])
    if (mail !== undefined) walk(await resolveSetting(mail, sources).catch(() => null), '');
  if (settings.store.client === 'postgres')
    walk(await resolveSecret(settings.store.connection, sources).catch(() => null), '');
  return found;
}

/** Names in lower case: settings may spell them otherwise. */
function listUsed(
  model: Model,
  tasks: readonly Task[],
): { readonly connections: ReadonlySet<string>; readonly databases: ReadonlySet<string> } {
  return {
    connections: new Set(
      tasks.flatMap((task) =>
        connectionsOfTask(model, task).map((identifier) => identifier.toLowerCase()),
      ),
    ),
    databases: new Set(
      tasks.flatMap((task) =>
        task.kind === 'InvokeSqlCommandTask' ? [task.database.toLowerCase()] : [],
      ),
    ),
  };
}

/** The password inside a connection string or address, which messages may quote alone. */
function partsOf(text: string): readonly string[] {
  const pair = /(?:password|pwd)\s*=\s*("[^"]*"|'[^']*'|[^;]*)/i.exec(text)?.[1];
  const inAddress = /^[a-z][a-z0-9+.-]*:\/\/[^/:@]*:([^@/]+)@/i.exec(text)?.[1];
  const parts = [pair?.trim().replace(/^(["'])(.*)\1$/, '$2'), inAddress];
  if (inAddress !== undefined) {
    try {
      parts.push(decodeURIComponent(inAddress));
    } catch {
      // Not an encoded text, then: it has been added as it stands.
    }
  }
  return parts.filter((part) => part !== undefined);
}
