/**
 * CyberArk Central Credential Provider: `GET /AIMWebService/api/Accounts?AppID=…&Safe=…&Object=…` gives an account as JSON with
 * `Content` (its password), `UserName` and `Address`. A settings file names accounts in place of values.
 */
import { request as requestHttps } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { Secret } from '../../secret.ts';
import { listLeaves, type SettingSection } from '../setting-tree.ts';
import { errorAt } from '../settings-error.ts';
import { type SecretVault, VaultError, type VaultSetting } from './secret-vault.ts';
import { rememberAnswers } from './vault-memory.ts';

const name = 'CyberArk';
const maxAnswerBytes = 1024 * 1024;

/** Which part of an account the keys stand for, in lower case. */
const attributes: Readonly<Record<string, 'UserName' | 'Content' | 'Address'>> = {
  login: 'UserName',
  applicationid: 'UserName',
  clientid: 'UserName',
  password: 'Content',
  applicationkey: 'Content',
  clientsecret: 'Content',
  server: 'Address',
  microsoftgraphpathapi: 'Address',
  responseuri: 'Address',
};

export interface CyberArkRequest {
  /** `https://…`, checked. */
  readonly server: string;
  readonly safe: string;
  readonly applicationId: string;
  /** The file that names accounts, as read. */
  readonly accounts: SettingSection;
  /** PEM of what this machine shows to prove itself. */
  readonly identity?: { readonly cert: string; readonly key: string };
  readonly ca?: string;
  readonly timeoutMs?: number;
  /** Cuts off whatever is being asked; what was asked throws the signal's reason. */
  readonly signal?: AbortSignal;
  readonly retryDelayMs?: number;
}

type Account = Readonly<Record<'UserName' | 'Content' | 'Address', Secret | undefined>>;

/** Throws `SETTINGS_VALUE_INVALID` at a key that no part of an account fits. */
export function openCyberArk(request: CyberArkRequest): SecretVault {
  const named = new Map(
    listAccountKeys(request.accounts).map((entry) => [toName(entry.path), entry]),
  );
  const readAccount = rememberAnswers((account) => fetchAccount(request, account));
  return {
    name,
    listSettings: async () => [...named.values()],
    async readSetting(path) {
      const entry = named.get(toName(path));
      return entry && (await readAccount(entry.account))[entry.attribute];
    },
  };
}

interface AccountKey extends VaultSetting {
  readonly account: string;
  readonly attribute: keyof Account;
}

function listAccountKeys(accounts: SettingSection): readonly AccountKey[] {
  return listLeaves(accounts).map(({ path, leaf }) => {
    const attribute = attributes[path.at(-1)?.toLowerCase() ?? ''];
    const isConnection = path[0]?.toLowerCase() === 'connections' && path.length > 2;
    if (!isConnection || attribute === undefined) {
      throw errorAt(
        leaf.origin,
        'SETTINGS_VALUE_INVALID',
        `"${path.join('.')}" cannot come from an account of ${name}.`,
        {
          hint: 'Only logins (Login, ApplicationId, ClientId), passwords (Password, ApplicationKey, ClientSecret) and addresses (Server, MicrosoftGraphPathApi, ResponseUri) of Connections can.',
          details: { key: path.join('.') },
        },
      );
    }
    if (typeof leaf.value !== 'string' || leaf.value.trim() === '') {
      throw errorAt(
        leaf.origin,
        'SETTINGS_VALUE_INVALID',
        `"${path.join('.')}" must be the name of an account.`,
        { hint: 'Write the name of the account in the safe.', details: { key: path.join('.') } },
      );
    }
    return { path, origin: leaf.origin, account: leaf.value, attribute };
  });
}

function toName(path: readonly string[]): string {
  return path.join('\0').toLowerCase();
}

async function fetchAccount(request: CyberArkRequest, account: string): Promise<Account> {
  const url = new URL('/AIMWebService/api/Accounts', request.server);
  url.searchParams.set('AppID', request.applicationId);
  url.searchParams.set('Safe', request.safe);
  url.searchParams.set('Object', account);
  for (let attempt = 1; ; attempt += 1) {
    const answer = await get(url, request).catch(toNetworkFailure);
    request.signal?.throwIfAborted();
    const mayPass = answer.status === 'failed' || answer.code === 429 || answer.code >= 502;
    if (mayPass && attempt < 3) {
      const pause = (request.retryDelayMs ?? 500) * attempt;
      await wait(pause, undefined, request.signal === undefined ? {} : { signal: request.signal });
      continue;
    }
    if (answer.status === 'failed') throw unreachable(request, account, answer.reason);
    return readAnswer(request, account, answer);
  }
}

interface Answered {
  readonly status: 'answered';
  readonly code: number;
  readonly body: string;
}
type Answer = Answered | { readonly status: 'failed'; readonly reason: string };

function get(url: URL, request: CyberArkRequest): Promise<Answer> {
  const { identity, ca, timeoutMs = 10_000 } = request;
  const limit = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve, reject) => {
    const call = requestHttps(
      url,
      {
        method: 'GET',
        headers: { accept: 'application/json' },
        agent: false,
        signal: request.signal === undefined ? limit : AbortSignal.any([limit, request.signal]),
        ...(identity ?? {}),
        ...(ca === undefined ? {} : { ca }),
      },
      (response) => {
        const parts: Buffer[] = [];
        let length = 0;
        response.on('error', reject);
        response.on('data', (part: Buffer) => {
          parts.push(part);
          length += part.length;
          if (length > maxAnswerBytes) call.destroy(new Error('The answer is too long.'));
        });
        response.on('end', () => {
          const body = Buffer.concat(parts).toString('utf8');
          resolve({ status: 'answered', code: response.statusCode ?? 0, body });
        });
      },
    );
    call.on('error', reject);
    call.end();
  });
}

function toNetworkFailure(error: unknown): Answer {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const isTimeout = error instanceof Error && /^(AbortError|TimeoutError)$/u.test(error.name);
  const word = /^[A-Za-z0-9_]{3,60}$/u.test(code) ? code : 'no usable answer';
  return { status: 'failed', reason: isTimeout ? 'no answer in time' : word };
}

function readAnswer(request: CyberArkRequest, account: string, { code, body }: Answered): Account {
  const fields = readFields(body);
  if (code === 200 && fields !== undefined) {
    const secretOf = (key: string): Secret | undefined => {
      const value = fields[key];
      return typeof value === 'string' ? new Secret(value) : undefined;
    };
    return {
      UserName: secretOf('UserName'),
      Content: secretOf('Content'),
      Address: secretOf('Address'),
    };
  }
  const given = fields?.['ErrorCode'];
  // Codes of the provider read like APPAP004E; anything else it says is not repeated.
  const word = typeof given === 'string' && /^[A-Z]{3,8}\d{3}[A-Z]$/u.test(given) ? given : null;
  const reason = word === null ? `status ${code}` : `status ${code}, ${word}`;
  const details = { server: request.server, safe: request.safe, account, status: code };
  if (code === 404) {
    return fail(
      'VAULT_SECRET_MISSING',
      `${name} has no account ${account} in the safe ${request.safe} (${reason}).`,
      'Correct the name in appsettings.cyberArk.agent.json, or let the application see the safe.',
      details,
    );
  }
  if (code >= 400 && code < 500 && code !== 429) {
    return fail(
      'VAULT_REFUSED',
      `${name} does not give the account ${account} to the application ${request.applicationId} (${reason}).`,
      'Check ApplicationId, the client certificate and the rights of the application on the safe.',
      details,
    );
  }
  throw unreachable(request, account, code === 200 ? 'an answer that is no JSON' : reason);
}

function fail(
  code: 'VAULT_REFUSED' | 'VAULT_SECRET_MISSING',
  message: string,
  hint: string,
  details: Readonly<Record<string, unknown>>,
): never {
  throw new VaultError(code, message, { hint, details });
}

function readFields(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    // An object by the check beside it.
    return typeof parsed === 'object' && parsed !== null
      ? (parsed as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

function unreachable(request: CyberArkRequest, account: string, reason: string): VaultError {
  return new VaultError(
    'VAULT_UNREACHABLE',
    `${name} ${request.server} could not be asked for the account ${account} (${reason}).`,
    {
      hint: 'Check "CyberArk.Server", the network and the certificates on both sides, and run again.',
      details: { server: request.server, account },
    },
  );
}
