/**
 * What Samba keeps of Windows rights in the attribute `security.NTACL`: a security descriptor in an envelope of one of four
 * versions. https://git.samba.org/?p=samba.git;a=blob;f=librpc/idl/xattr.idl
 */
import type { AccessRights } from './access-rights.ts';
import { ByteReader } from './byte-reader.ts';
import { giveEverything, readSecurityDescriptor } from './security-descriptor.ts';

const hashLength = 64;

/** The rights of the object. Hashes are not looked at. Throws `invalid-value` for bytes that are cut off or damaged. */
export function readSambaRights(bytes: Uint8Array): AccessRights {
  const reader = new ByteReader(bytes, 'The Windows access rights that Samba keeps');
  const version = reader.u16();
  if (reader.u16() !== version) throw reader.describeCut();
  if (version < 1 || version > 4) throw reader.describeUnknown('a version');
  const hasContent = reader.u32() !== 0;
  if (!hasContent) return giveEverything(false);
  if (version > 1) {
    const hasDescriptor = reader.u32() !== 0;
    skipHashes(reader, version);
    if (!hasDescriptor) return giveEverything(false);
  }
  reader.align(4);
  // Its offsets count from the beginning of the envelope.
  return readSecurityDescriptor(bytes, reader.position, 0);
}

function skipHashes(reader: ByteReader, version: number): void {
  if (version === 2) {
    reader.take(16);
    return;
  }
  reader.u16();
  reader.take(hashLength);
  if (version === 3) return;
  reader.textToZero();
  reader.align(4);
  reader.take(8);
  reader.take(hashLength);
}
