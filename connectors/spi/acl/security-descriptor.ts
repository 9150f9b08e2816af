/**
 * Windows security descriptors in their self-relative form.
 * https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-dtyp/7d4dac05-9cef-4563-a058-f108abecce1d
 */
import { type AccessEntry, type AccessRights, everyone } from './access-rights.ts';
import { ByteReader } from './byte-reader.ts';
import { fullControl, resolveGenericRights } from './file-rights.ts';

const what = 'The Windows access rights';

/** Bits of `control`. */
const hasDacl = 0x4;
const isDaclProtected = 0x1000;

/** Bit of an entry: for what is below only, not for the object itself. */
const inheritOnly = 0x8;

/** Entry types: https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-dtyp/628ebb1d-c509-4ea0-a10f-77ef97ca4586 */
const plainTypes: ReadonlyMap<number, boolean> = new Map([
  // Type, and whether it denies. Conditions of callback entries (9, 10) are not evaluated.
  [0x00, false],
  [0x01, true],
  [0x09, false],
  [0x0a, true],
]);
const objectTypes: ReadonlyMap<number, boolean> = new Map([
  [0x05, false],
  [0x06, true],
  [0x0b, false],
  [0x0c, true],
]);

/**
 * The rights a descriptor gives on its object. Without a list everybody may do everything; an empty list gives nobody
 * anything. `base` is where its offsets count from. Throws `invalid-value` for bytes that are cut off or damaged.
 */
export function readSecurityDescriptor(bytes: Uint8Array, start = 0, base = start): AccessRights {
  const reader = new ByteReader(bytes, what, start);
  if (reader.u8() !== 1) throw reader.describeUnknown('a revision');
  reader.u8();
  const control = reader.u16();
  // Owner, group and audit list: not needed, but they must be there.
  for (let part = 0; part < 3; part += 1) reader.u32();
  const offset = reader.u32();
  const blocksInheritance = (control & isDaclProtected) !== 0;
  if ((control & hasDacl) === 0 || offset === 0) return giveEverything(blocksInheritance);
  return { entries: readEntries(reader.at(base + offset)), blocksInheritance };
}

/** The rights of an object without any list. */
export function giveEverything(blocksInheritance: boolean): AccessRights {
  return {
    entries: [{ sid: everyone, isDenied: false, mask: fullControl }],
    blocksInheritance,
  };
}

function readEntries(reader: ByteReader): readonly AccessEntry[] {
  const start = reader.position;
  reader.u16();
  const size = reader.u16();
  const count = reader.u16();
  reader.u16();
  if (size < 8 || start + size > reader.position + reader.left) throw reader.describeCut();
  const entries: AccessEntry[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = reader.position;
    const type = reader.u8();
    const flags = reader.u8();
    const length = reader.u16();
    if (length < 8 || at + length > start + size) throw reader.describeCut();
    const entry = readEntry(reader, type);
    if (reader.position > at + length) throw reader.describeCut();
    reader.position = at + length;
    if ((flags & inheritOnly) === 0) entries.push(entry);
  }
  return entries;
}

function readEntry(reader: ByteReader, type: number): AccessEntry {
  const isDenied = plainTypes.get(type) ?? objectTypes.get(type);
  if (isDenied === undefined) throw reader.describeUnknown(`an entry of type ${type}`);
  const mask = resolveGenericRights(reader.u32());
  if (objectTypes.has(type)) {
    const flags = reader.u32();
    for (const bit of [1, 2]) if ((flags & bit) !== 0) reader.take(16);
  }
  return { sid: readSid(reader), isDenied, mask };
}

/** The authority has its highest byte first, what follows it its lowest. */
function readSid(reader: ByteReader): string {
  const revision = reader.u8();
  const count = reader.u8();
  if (revision !== 1 || count > 15) throw reader.describeCut();
  const authority = reader.u48BigEndian();
  const shown = authority >= 2 ** 32 ? `0x${authority.toString(16).padStart(12, '0')}` : authority;
  const parts: number[] = [];
  for (let index = 0; index < count; index += 1) parts.push(reader.u32());
  return ['S', revision, shown, ...parts].join('-');
}
