/** Azure Key Vault: one secret per key, named like `Connections--Badge--Servers--1--Server`. */
import type { TokenCredential } from '@azure/identity';
import type { SecretClient } from '@azure/keyvault-secrets';
import { Secret } from '../../secret.ts';
import { isRootKey } from '../setting-keys.ts';
import { errorAt, type SettingOrigin } from '../settings-error.ts';
import { type SecretVault, VaultError, type VaultSetting } from './secret-vault.ts';
import { rememberAnswers, type VaultMemoryOptions } from './vault-memory.ts';

const name = 'Azure Key Vault';
const separator = '--';

/** What is fixed in the product, and given by its tests: who asks, whom to trust, and how long to wait. */
export interface KeyVaultAccess {
  readonly credential?: TokenCredential;
  /** Accepts a vault whose host is not below the domain that it asks tokens for. */
  readonly disableChallengeResourceVerification?: boolean;
  /** PEM of the authority that vouches for the vault. */
  readonly ca?: string;
  /** For one request with all its attempts. */
  readonly timeoutMs?: number;
  readonly retryDelayMs?: number;
  readonly memory?: VaultMemoryOptions;
}

export interface KeyVaultRequest {
  /** `https://…`, checked. */
  readonly url: string;
  /** Names of the secrets to read; without them all are listed, which takes a right of its own. */
  readonly names?: readonly { readonly name: string; readonly origin: SettingOrigin }[];
  readonly access?: KeyVaultAccess;
  /** Cuts off whatever is being asked; what was asked throws the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface KeyVault extends SecretVault {
  /** The value of a secret by its name, not by a path; `undefined` when there is none. */
  readSecret(secretName: string): Promise<Secret | undefined>;
}

/** Opens the vault without asking it anything. Loads the client of Azure, which nothing else does. */
export async function openAzureKeyVault(request: KeyVaultRequest): Promise<KeyVault> {
  const client = await createClient(request);
  const timeoutMs = request.access?.timeoutMs ?? 30_000;
  const ask = rememberAnswers(
    (secretName) => fetchSecret(client, secretName, { request, timeoutMs }),
    request.access?.memory,
  );
  // Names of secrets are found whatever their case.
  const readSecret = (secretName: string): Promise<Secret | undefined> =>
    ask(secretName.toLowerCase());
  return {
    name,
    readSecret,
    readSetting: (path) => readSecret(path.join(separator)),
    listSettings: async () =>
      request.names?.map(toNamedSetting) ??
      (await listNames(client, { request, timeoutMs })).flatMap(toVaultSetting),
  };
}

interface Attempt {
  readonly request: KeyVaultRequest;
  readonly timeoutMs: number;
}

async function createClient({ url, access = {} }: KeyVaultRequest): Promise<SecretClient> {
  const { SecretClient: Client } = await import('@azure/keyvault-secrets');
  const credential = access.credential ?? (await createDefaultCredential());
  return new Client(url, credential, {
    disableChallengeResourceVerification: access.disableChallengeResourceVerification === true,
    retryOptions: {
      maxRetries: 3,
      retryDelayInMs: access.retryDelayMs ?? 500,
      maxRetryDelayInMs: 5_000,
    },
    ...(access.ca === undefined ? {} : { tlsOptions: { ca: access.ca } }),
  });
}

async function createDefaultCredential(): Promise<TokenCredential> {
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new DefaultAzureCredential();
}

async function listNames(client: SecretClient, attempt: Attempt): Promise<readonly string[]> {
  const names: string[] = [];
  const abortSignal = limitOf(attempt);
  try {
    for await (const properties of client.listPropertiesOfSecrets({ abortSignal })) {
      // A secret that is switched off is not there; asking for it would be refused.
      if (properties.enabled !== false) names.push(properties.name);
    }
  } catch (error) {
    attempt.request.signal?.throwIfAborted();
    throw toVaultError(error, attempt, 'list its secrets');
  }
  return names;
}

/** A vault may hold secrets of other programs too: only what begins like a setting is one. */
function toVaultSetting(secretName: string): readonly VaultSetting[] {
  const path = secretName.split(separator);
  const [root = ''] = path;
  if (!isRootKey(root) || path.includes('') || path.includes('__proto__')) return [];
  return [{ path, origin: { kind: 'secret', name: secretName } }];
}

function toNamedSetting({
  name: secretName,
  origin,
}: NonNullable<KeyVaultRequest['names']>[number]): VaultSetting {
  const path = secretName.split(separator);
  if (/^[0-9A-Za-z-]{1,127}$/u.test(secretName) && !path.includes('')) return { path, origin };
  throw errorAt(origin, 'SETTINGS_VALUE_INVALID', 'This cannot be the name of a secret.', {
    hint: `Write it like Connections${separator}HR${separator}Password: letters, digits and ${separator} between parts.`,
    details: { key: 'VaultNames' },
  });
}

async function fetchSecret(
  client: SecretClient,
  secretName: string,
  attempt: Attempt,
): Promise<Secret | undefined> {
  const abortSignal = limitOf(attempt);
  try {
    const { value } = await client.getSecret(secretName, { abortSignal });
    return value === undefined ? undefined : new Secret(value);
  } catch (error) {
    attempt.request.signal?.throwIfAborted();
    if (readStatus(error) === 404) return undefined;
    throw toVaultError(error, attempt, `read the secret ${secretName}`);
  }
}

function limitOf({ request, timeoutMs }: Attempt): AbortSignal {
  const limit = AbortSignal.timeout(timeoutMs);
  return request.signal === undefined ? limit : AbortSignal.any([limit, request.signal]);
}

/** Errors of the client carry requests, answers and what a server chose to say: none of that goes on, only kinds and codes. */
function toVaultError(error: unknown, { request }: Attempt, what: string): VaultError {
  const status = readStatus(error);
  const kind = error instanceof Error ? error.name : '';
  const reason = describeReason(error, status);
  const details = { vault: request.url, ...(status === undefined ? {} : { status }) };
  const isRefused =
    status === 401 || status === 403 || /Authentication|CredentialUnavailable/u.test(kind);
  if (isRefused) {
    return new VaultError(
      'VAULT_REFUSED',
      `${name} ${request.url} does not let this account ${what} (${reason}).`,
      {
        hint: 'Give the identity of this machine, or of AZURE_CLIENT_ID, the right to get and list secrets; or name the secrets in "VaultNames", which needs get alone.',
        details,
      },
    );
  }
  return new VaultError(
    'VAULT_UNREACHABLE',
    `${name} ${request.url} could not be asked to ${what} (${reason}).`,
    { hint: 'Check the name in "Vault", the network and the proxy, and run again.', details },
  );
}

function describeReason(error: unknown, status: number | undefined): string {
  if (error instanceof Error && /^(AbortError|TimeoutError)$/u.test(error.name))
    return 'no answer in time';
  if (error instanceof Error && error.message.startsWith('The challenge resource')) {
    return 'it asks for a token of another domain, as no key vault does';
  }
  // Codes are words of the client and of the operating system; texts may be anything.
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const ofDirectory =
    error instanceof Error ? /AADSTS\d{3,8}/u.exec(error.message)?.[0] : undefined;
  const parts = [
    status === undefined ? undefined : `status ${status}`,
    /^[A-Za-z_]{3,60}$/u.test(code) ? code : undefined,
    ofDirectory,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? 'no usable answer' : parts.join(', ');
}

function readStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}
