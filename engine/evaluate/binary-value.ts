/** Files as values: compared, kept and shown by what tells their contents apart, never by the contents themselves. */
import { createHash } from 'node:crypto';
import type { ResourceType, ResourceView } from '../../config/index.ts';

/** The largest file a rule copies. An order carries it as Base64, a third longer. */
export const maxBinaryBytes = 2 * 1024 * 1024;

const base64Text = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * `sha256:<digest>:<bytes>` of a file given as Base64; `null` for none. Throws for text that is no Base64 and for files
 * over `maxBinaryBytes`; neither message tells the content.
 */
export function digestOfFile(base64: string | null): string | null {
  const text = base64?.replaceAll(/\s/g, '') ?? '';
  if (text === '') return null;
  if (text.length % 4 !== 0 || !base64Text.test(text)) {
    throw new Error('The value is no file: it is not written in Base64.');
  }
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length > maxBinaryBytes) {
    throw new Error(`The file has ${bytes.length} bytes; a rule copies at most ${maxBinaryBytes}.`);
  }
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}:${bytes.length}`;
}

/** The same for what a managed system holds: whatever it is, it differs from every file it is not. */
export function digestOfFound(text: string | null): string | null {
  try {
    return digestOfFile(text);
  } catch {
    const found = text ?? '';
    return `text:${createHash('sha256').update(found).digest('hex')}:${found.length}`;
  }
}

/** What people see of a file: `1234 bytes, sha256 0a1b2c3d4e5f`. Other texts as they are. */
export function describeDigest(digest: string | null): string | null {
  const parts = /^(sha256|text):([0-9a-f]{64}):(\d+)$/.exec(digest ?? '');
  if (parts === null) return digest;
  const [, kind, hex = '', length] = parts;
  return kind === 'text'
    ? `${length} characters that are no file`
    : `${length} bytes, sha256 ${hex.slice(0, 12)}`;
}

/**
 * The file with this digest, as Base64, from whichever rule of the property gives it for the owner as it is now;
 * `undefined` when none does: the source has moved on, and the next evaluation wants another file.
 */
export function findFile(
  resourceType: Pick<ResourceType, 'binaryRules'>,
  property: string,
  digest: string,
  owner: ResourceView,
): string | undefined {
  for (const rule of resourceType.binaryRules) {
    if (rule.property !== property) continue;
    try {
      // A binding reads no clock.
      const result = rule.value.evaluate(owner, { now: '' });
      if (result.kind === 'text' && digestOfFile(result.value) === digest) {
        return result.value ?? undefined;
      }
    } catch {
      // A rule that fails gives no file; another one may have given this one.
    }
  }
  return undefined;
}
