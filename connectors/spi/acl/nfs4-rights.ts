/**
 * NFSv4 rights, as `system.nfs4_acl` of a mounted file system holds them: the list in XDR, the form it has on the wire.
 * https://www.rfc-editor.org/rfc/rfc7530#section-6
 */
import {
  type AccessEntry,
  type AccessRights,
  everyone,
  unixGroupPrefix,
  unixUserPrefix,
} from './access-rights.ts';
import { ByteReader } from './byte-reader.ts';
import type { UnixObject } from './posix-rights.ts';

const types = { allow: 0, deny: 1, audit: 2, alarm: 3 };
const flags = { inheritOnly: 0x8, isGroup: 0x40 };
/** More than any file system keeps. */
const maxEntries = 100_000;
const maxWho = 1_024;

/**
 * The rights of a list; its bits are those of Windows. Numbers become Samba's identifiers of Unix accounts, names
 * (`user@domain`) stay as they are. Throws `invalid-value` for bytes that are cut off or damaged.
 */
export function readNfs4Rights(bytes: Uint8Array, object: UnixObject): AccessRights {
  const reader = new ByteReader(bytes, 'The NFSv4 access rights');
  const count = reader.u32BigEndian();
  if (count > maxEntries) throw reader.describeCut();
  const entries: AccessEntry[] = [];
  for (let index = 0; index < count; index += 1) {
    const type = reader.u32BigEndian();
    const flag = reader.u32BigEndian();
    const mask = reader.u32BigEndian() & 0x1fffff;
    const length = reader.u32BigEndian();
    if (length === 0 || length > maxWho) throw reader.describeCut();
    const who = decode(reader, length);
    reader.take((4 - (length % 4)) % 4);
    if (type > types.alarm) throw reader.describeUnknown(`an entry of type ${type}`);
    if (type > types.deny || (flag & flags.inheritOnly) !== 0 || mask === 0) continue;
    const sid = identify(who, (flag & flags.isGroup) !== 0, object);
    entries.push({ sid, isDenied: type === types.deny, mask });
  }
  if (reader.left > 0) throw reader.describeCut();
  return { entries, blocksInheritance: false };
}

function decode(reader: ByteReader, length: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(reader.take(length));
  } catch {
    throw reader.describeCut();
  }
}

function identify(who: string, isGroup: boolean, { uid, gid }: UnixObject): string {
  if (who === 'OWNER@') return `${unixUserPrefix}${uid}`;
  if (who === 'GROUP@') return `${unixGroupPrefix}${gid}`;
  if (who === 'EVERYONE@') return everyone;
  if (/^\d{1,10}$/.test(who)) return `${isGroup ? unixGroupPrefix : unixUserPrefix}${who}`;
  return who;
}
