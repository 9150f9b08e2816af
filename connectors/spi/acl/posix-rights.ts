/**
 * POSIX rights: the permission bits of an object, and the list that `system.posix_acl_access` holds.
 * Layout: https://github.com/torvalds/linux/blob/master/include/uapi/linux/posix_acl_xattr.h; meaning: acl(5).
 */
import {
  type AccessEntry,
  type AccessRights,
  everyone,
  unixGroupPrefix,
  unixUserPrefix,
} from './access-rights.ts';
import { ByteReader } from './byte-reader.ts';
import { maskOfPermissions } from './file-rights.ts';

export interface UnixObject {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

const tags = { owner: 0x1, user: 0x2, owningGroup: 0x4, group: 0x8, mask: 0x10, other: 0x20 };

interface Permission {
  readonly tag: number;
  readonly permissions: number;
  readonly id: number;
}

/** The rights that the permission bits give, of an object without a list. */
export function readPermissionBits({ uid, gid, mode }: UnixObject): AccessRights {
  return build([
    [`${unixUserPrefix}${uid}`, (mode >> 6) & 7],
    [`${unixGroupPrefix}${gid}`, (mode >> 3) & 7],
    [everyone, mode & 7],
  ]);
}

/**
 * The rights of a list. The mask limits named users, the owning group and named groups; never owner and other. Throws
 * `invalid-value` for bytes that are cut off or damaged.
 */
export function readPosixRights(bytes: Uint8Array, object: UnixObject): AccessRights {
  const list = readList(bytes);
  const mask = list.find(({ tag }) => tag === tags.mask)?.permissions ?? 7;
  return build(
    list.flatMap(({ tag, permissions, id }): readonly (readonly [string, number])[] => {
      switch (tag) {
        case tags.owner:
          return [[`${unixUserPrefix}${object.uid}`, permissions]];
        case tags.user:
          return [[`${unixUserPrefix}${id}`, permissions & mask]];
        case tags.owningGroup:
          return [[`${unixGroupPrefix}${object.gid}`, permissions & mask]];
        case tags.group:
          return [[`${unixGroupPrefix}${id}`, permissions & mask]];
        case tags.other:
          return [[everyone, permissions]];
        default:
          return [];
      }
    }),
  );
}

function readList(bytes: Uint8Array): readonly Permission[] {
  const reader = new ByteReader(bytes, 'The POSIX access rights');
  if (reader.u32() !== 2) throw reader.describeUnknown('a version');
  const list: Permission[] = [];
  while (reader.left > 0) {
    const [tag, permissions, id] = [reader.u16(), reader.u16(), reader.u32()];
    if (!Object.values(tags).includes(tag)) throw reader.describeUnknown(`an entry of type ${tag}`);
    list.push({ tag, permissions: permissions & 7, id });
  }
  const found = new Set(list.map(({ tag }) => tag));
  const isWhole = [tags.owner, tags.owningGroup, tags.other].every((tag) => found.has(tag));
  const needsMask = found.has(tags.user) || found.has(tags.group);
  if (!isWhole || (needsMask && !found.has(tags.mask))) throw reader.describeCut();
  return list;
}

/** POSIX rights are copied when an object is made and then stand alone; an entry without permissions gives nothing. */
function build(rights: readonly (readonly [sid: string, permissions: number])[]): AccessRights {
  const entries: AccessEntry[] = rights
    .filter(([, permissions]) => permissions !== 0)
    .map(([sid, permissions]) => ({ sid, isDenied: false, mask: maskOfPermissions(permissions) }));
  return { entries, blocksInheritance: false };
}
