/** Bookmarks of directories with another place for the server to go on from. */

/** A bookmark like this one; `change` gets the position as text, byte by byte. */
export function movePosition(bookmark: Uint8Array, change: (text: string) => string): Uint8Array {
  const bytes = Buffer.from(bookmark);
  const headerEnd = 12 + bytes.readUInt32BE(8);
  const header = JSON.parse(bytes.toString('utf8', 12, headerEnd)) as { position: string };
  const position = change(Buffer.from(header.position, 'base64').toString('latin1'));
  const changed = Buffer.from(
    JSON.stringify({ ...header, position: Buffer.from(position, 'latin1').toString('base64') }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32BE(changed.length);
  return Buffer.concat([bytes.subarray(0, 8), length, changed, bytes.subarray(headerEnd)]);
}
