/** Servers that speak the protocols of two vaults, over HTTPS on this machine; what they hold is given by the test. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createTlsIdentity, type TlsIdentity } from './tls-identity.ts';

export interface VaultServer extends AsyncDisposable {
  readonly url: string;
  /** PEM of the authority that vouches for the server. */
  readonly ca: string;
  /** Every request as `GET /path`. */
  readonly requests: string[];
}

/** Answers in place of what the server would say; `undefined`: as usual. */
type Interfere = (request: IncomingMessage) => Reply | undefined;

interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

async function serve(
  options: ServerOptions & {
    readonly requestListener: (request: IncomingMessage) => Promise<Reply | 'silence' | 'hang-up'>;
  },
  identity: TlsIdentity,
): Promise<VaultServer> {
  const requests: string[] = [];
  const { requestListener, ...tls } = options;
  const listener = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requests.push(`${request.method} ${request.url}`);
    const reply = await requestListener(request);
    if (reply === 'silence') return;
    if (reply === 'hang-up') {
      request.socket.destroy();
      return;
    }
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? {}));
  };
  const server = createServer({ ...identity, ...tls }, (request, response) => {
    void listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on an address has one of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    ca: identity.cert,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface KeyVaultContent {
  /** By name; changed while it runs. */
  readonly secrets: Map<string, string>;
  readonly disabled?: ReadonlySet<string>;
  /** What a client must present; the server's own token endpoint gives it out for this client secret. */
  readonly token: string;
  readonly clientSecret?: string;
  interfere?: Interfere | 'silence';
}

const pageSize = 3;

/** The secrets of a key vault, in pages, behind a challenge; and the token endpoint that the challenge names. */
export function startKeyVault(content: KeyVaultContent): Promise<VaultServer> {
  const requestListener = async (request: IncomingMessage): Promise<Reply | 'silence'> => {
    if (content.interfere === 'silence') return 'silence';
    const interfered = content.interfere?.(request);
    if (interfered !== undefined) return interfered;
    const base = `https://${request.headers.host}`;
    const url = new URL(request.url ?? '/', base);
    if (url.pathname.startsWith('/tenant/')) return answerDirectory(request, url, content, base);
    if (request.headers.authorization !== `Bearer ${content.token}`) {
      const challenge = `Bearer authorization="${base}/tenant", resource="https://vault.azure.net"`;
      return { status: 401, headers: { 'www-authenticate': challenge } };
    }
    const name = /^\/secrets\/([^/]+)\/?$/u.exec(url.pathname)?.[1];
    return name === undefined ? listPage(url, content, base) : readOne(name, content, base);
  };
  return serve({ requestListener }, createTlsIdentity('Key vault'));
}

function listPage(url: URL, { secrets, disabled }: KeyVaultContent, base: string): Reply {
  const start = Number(url.searchParams.get('$skiptoken') ?? 0);
  const names = [...secrets.keys()];
  const value = names.slice(start, start + pageSize).map((name) => ({
    id: `${base}/secrets/${name}`,
    attributes: { enabled: disabled?.has(name) !== true },
  }));
  const next = start + pageSize;
  const nextLink =
    next < names.length ? `${base}/secrets?api-version=7.6&$skiptoken=${next}` : undefined;
  return { status: 200, body: { value, nextLink } };
}

function readOne(name: string, { secrets, disabled }: KeyVaultContent, base: string): Reply {
  const found = [...secrets].find(([key]) => key.toLowerCase() === name.toLowerCase());
  if (found === undefined) {
    return { status: 404, body: { error: { code: 'SecretNotFound', message: 'Not found.' } } };
  }
  if (disabled?.has(found[0])) {
    return { status: 403, body: { error: { code: 'Forbidden', message: 'Disabled.' } } };
  }
  const id = `${base}/secrets/${found[0]}/0123456789abcdef`;
  return { status: 200, body: { id, value: found[1], attributes: { enabled: true } } };
}

async function answerDirectory(
  request: IncomingMessage,
  url: URL,
  { token, clientSecret }: KeyVaultContent,
  base: string,
): Promise<Reply> {
  if (url.pathname.endsWith('/.well-known/openid-configuration')) {
    return {
      status: 200,
      body: {
        issuer: `${base}/tenant/v2.0`,
        authorization_endpoint: `${base}/tenant/oauth2/v2.0/authorize`,
        token_endpoint: `${base}/tenant/oauth2/v2.0/token`,
        jwks_uri: `${base}/tenant/keys`,
      },
    };
  }
  const form = new URLSearchParams(await text(request));
  if (clientSecret !== undefined && form.get('client_secret') === clientSecret) {
    return { status: 200, body: { token_type: 'Bearer', expires_in: 3600, access_token: token } };
  }
  return {
    status: 401,
    body: {
      error: 'invalid_client',
      // A server that says more than it should.
      error_description: `AADSTS7000215: Invalid client secret ${form.get('client_secret')} provided.`,
    },
  };
}

export interface ProviderContent {
  readonly applicationId: string;
  readonly safe: string;
  /** By name. */
  readonly accounts: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** PEM of the only client that is let in. */
  readonly client: string;
  interfere?: Interfere | 'silence' | 'hang-up';
}

/** A central credential provider that lets in who has the right certificate. */
export function startCredentialProvider(content: ProviderContent): Promise<VaultServer> {
  const requestListener = async (
    request: IncomingMessage,
  ): Promise<Reply | 'silence' | 'hang-up'> => {
    const { interfere } = content;
    if (interfere === 'silence' || interfere === 'hang-up') return interfere;
    const interfered = interfere?.(request);
    if (interfered !== undefined) return interfered;
    const url = new URL(request.url ?? '/', `https://${request.headers.host}`);
    if (url.pathname !== '/AIMWebService/api/Accounts') return { status: 404, body: 'nothing' };
    const { searchParams } = url;
    const deny = (status: number, code: string): Reply => ({
      status,
      body: { ErrorCode: code, ErrorMsg: `Denied to ${searchParams.get('AppID')}.` },
    });
    if (searchParams.get('AppID') !== content.applicationId) return deny(403, 'APPAP008E');
    const account = content.accounts.get(searchParams.get('Object') ?? '');
    if (searchParams.get('Safe') !== content.safe || account === undefined) {
      return deny(404, 'APPAP004E');
    }
    return {
      status: 200,
      body: { ...account, PolicyID: 'UnixSSH', PasswordChangeInProcess: 'False' },
    };
  };
  return serve(
    { requestListener, ca: content.client, requestCert: true, rejectUnauthorized: true },
    createTlsIdentity('Credential provider'),
  );
}
