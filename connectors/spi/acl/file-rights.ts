/** Access masks of files and folders as the names .NET's FileSystemRights has for them. */

interface NamedRight {
  readonly mask: number;
  readonly ofFile: string;
  readonly ofFolder: string;
}

export const fullControl = 0x1f01ff;
const synchronize = 0x100000;

/** The larger first. `Synchronize` goes with each of them and does not count. */
const composites: readonly NamedRight[] = [
  same(fullControl & ~synchronize, 'FullControl'),
  same(0x301bf, 'Modify'),
  same(0x200a9, 'ReadAndExecute'),
  same(0x20089, 'Read'),
  same(0x116, 'Write'),
];

const single: readonly NamedRight[] = [
  { mask: 0x1, ofFile: 'ReadData', ofFolder: 'ListDirectory' },
  { mask: 0x2, ofFile: 'WriteData', ofFolder: 'CreateFiles' },
  { mask: 0x4, ofFile: 'AppendData', ofFolder: 'CreateDirectories' },
  same(0x8, 'ReadExtendedAttributes'),
  same(0x10, 'WriteExtendedAttributes'),
  { mask: 0x20, ofFile: 'ExecuteFile', ofFolder: 'Traverse' },
  same(0x40, 'DeleteSubdirectoriesAndFiles'),
  same(0x80, 'ReadAttributes'),
  same(0x100, 'WriteAttributes'),
  same(0x10000, 'Delete'),
  same(0x20000, 'ReadPermissions'),
  same(0x40000, 'ChangePermissions'),
  same(0x80000, 'TakeOwnership'),
];

function same(mask: number, name: string): NamedRight {
  return { mask, ofFile: name, ofFolder: name };
}

/**
 * The names of a mask: the largest that fits, then the largest that fits into what is left, down to single bits.
 * `Synchronize` is named only where it stands alone. Bits that mean nothing for files are left out.
 */
export function nameRights(mask: number, isFolder: boolean): readonly string[] {
  const names: string[] = [];
  let left = mask & ~synchronize;
  for (const right of [...composites, ...single]) {
    if ((left & right.mask) !== right.mask) continue;
    left &= ~right.mask;
    names.push(isFolder ? right.ofFolder : right.ofFile);
  }
  if (names.length === 0 && (mask & synchronize) !== 0) names.push('Synchronize');
  return names;
}

const generic: readonly (readonly [bit: number, mask: number])[] = [
  [0x10000000, fullControl],
  [0x80000000, 0x120089],
  [0x40000000, 0x120116],
  [0x20000000, 0x1200a0],
];

/** The mask with generic rights replaced by what they mean for files. */
export function resolveGenericRights(mask: number): number {
  let resolved = mask & 0x0fffffff;
  for (const [bit, rights] of generic) if ((mask & bit) !== 0) resolved |= rights;
  return resolved;
}

/** POSIX permissions as masks, bit by bit: deleting needs the folder above, and is not in them. */
export function maskOfPermissions(permissions: number): number {
  return (
    ((permissions & 4) === 0 ? 0 : 0x20089) |
    ((permissions & 2) === 0 ? 0 : 0x116) |
    ((permissions & 1) === 0 ? 0 : 0x20)
  );
}
