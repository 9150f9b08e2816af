/** Bookmarks of domains as others would have made them. */

const magic = 'LOCKSTEP-AD-1\n';
const far = 1_000_000n;

interface Head {
  readonly bases: readonly {
    readonly position: {
      readonly cookie: string;
      readonly standing: { readonly usn: string };
    };
  }[];
}

/** The same, made when the domain controller will have made a million more changes. */
export function postponeBookmark(bookmark: Uint8Array): Uint8Array {
  return changeHead(bookmark, ({ cookie, standing }) => ({
    cookie: postponeCookie(cookie),
    standing: { ...standing, usn: String(BigInt(standing.usn) + far) },
  }));
}

function changeHead(
  bookmark: Uint8Array,
  change: (position: Head['bases'][number]['position']) => object,
): Uint8Array {
  const bytes = Buffer.from(bookmark);
  const start = magic.length + 4;
  const end = start + bytes.readUInt32BE(magic.length);
  const head = JSON.parse(bytes.toString('utf8', start, end)) as Head;
  const bases = head.bases.map((base) => ({
    ...base,
    position: { ...base.position, ...change(base.position) },
  }));
  const changed = Buffer.from(JSON.stringify({ ...head, bases }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(changed.length);
  return Buffer.concat([bytes.subarray(0, magic.length), length, changed, bytes.subarray(end)]);
}

/** Raises the highest numbers in a cookie of Samba: of what was sent last, and of all. */
function postponeCookie(text: string): string {
  const cookie = Buffer.from(text, 'base64');
  if (cookie.toString('latin1', 0, 4) !== 'MSDS') throw new Error('a cookie of another form');
  for (const at of [28, 44]) cookie.writeBigUInt64LE(cookie.readBigUInt64LE(at) + far, at);
  return cookie.toString('base64');
}
