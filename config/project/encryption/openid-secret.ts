/** Secrets of API clients: settings and configuration hold a hash, the client holds the secret. */
import { createHash, randomBytes } from 'node:crypto';
import { Secret } from '../../secret.ts';

/** Base64 of the SHA-256 of the secret in UTF-8, as `OpenIdClients.<id>.HashedSecret` wants it. */
export function hashOpenIdSecret(secret: Secret): string {
  return createHash('sha256').update(secret.reveal(), 'utf8').digest('base64');
}

/** 32 random bytes as text. */
export function createOpenIdSecret(): Secret {
  return new Secret(randomBytes(32).toString('base64url'));
}
