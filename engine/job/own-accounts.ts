/** The accounts that connections log in with, read off their settings. */
import { resolveSetting, Secret } from '../../config/index.ts';
import type { OwnAccount } from '../provision/index.ts';
import type { Workspace } from './workspace.ts';

/** Settings that name an account, in the packages there are and those that may come. */
const accountKey =
  /^(login|user|user ?name|user ?id|uid|bind ?dn|account|client ?id|application ?id)$/i;

/**
 * By connection, those that name an account. A setting that cannot be resolved names none here; the step that needs it says
 * so. Nothing is asked of the systems.
 */
export async function findOwnAccounts(workspace: Workspace): Promise<readonly OwnAccount[]> {
  const { model, settings, effects } = workspace;
  const accounts: OwnAccount[] = [];
  for (const connection of model.connections.values()) {
    const entityTypes = [...model.entityTypeMappings.values()]
      .filter((mapping) => mapping.connector === connection.connector)
      .map((mapping) => mapping.identifier);
    const raw = settings.connections.get(connection.identifier);
    if (raw === undefined || entityTypes.length === 0) continue;
    const resolved = await resolveSetting(raw, {
      folder: settings.folder,
      environment: effects.environment,
    }).catch(() => null);
    const names = new Set<string>();
    collectNames(resolved, '', names);
    if (names.size > 0)
      accounts.push({ connection: connection.identifier, entityTypes, names: [...names] });
  }
  return accounts;
}

function collectNames(value: unknown, key: string, names: Set<string>): void {
  if (Array.isArray(value)) {
    for (const part of value) collectNames(part, key, names);
    return;
  }
  if (typeof value === 'object' && value !== null && !(value instanceof Secret)) {
    for (const [name, part] of Object.entries(value)) collectNames(part, name, names);
    return;
  }
  const text = value instanceof Secret ? value.reveal() : value;
  if (typeof text !== 'string') return;
  if (/^connectionstring$/i.test(key)) {
    for (const pair of text.split(';')) {
      const [name = '', ...rest] = pair.split('=');
      if (accountKey.test(name.trim())) addForms(rest.join('='), names);
    }
  } else if (accountKey.test(key)) addForms(text, names);
}

/** `DOMAIN\name` and `name@domain` stand for `name` too. */
function addForms(text: string, names: Set<string>): void {
  const name = text.trim().toLowerCase();
  if (name === '') return;
  names.add(name);
  const isPath = name.includes('=');
  const short = isPath ? undefined : /^(?:[^\\]+\\)?([^@\\]+)(?:@.*)?$/.exec(name)?.[1];
  if (short !== undefined && short !== '') names.add(short);
}
