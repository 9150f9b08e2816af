/**
 * The bookmark of an export with changes: for every base where the directory goes on from, and what was told of it. Written
 * and read here only; the file it is kept in is checked by the engine before it gets here.
 */
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { Ajv } from 'ajv';
import Type, { type Static } from 'typebox';
import { KnownEntries } from './known-entries.ts';
import { standing } from './standing.ts';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

const position = Type.Union([
  Type.Object({
    kind: Type.Literal('dirsync'),
    /** Only what the login may see: deletions are not told. */
    isFiltered: Type.Boolean(),
    cookie: Type.String(),
    /** Of the controller that was asked. */
    standing: Type.Optional(standing),
  }),
  Type.Object({ kind: Type.Literal('usn'), ...standing.properties }),
]);
const header = Type.Object({
  version: Type.Literal(1),
  fingerprint: Type.String(),
  bases: Type.Array(Type.Object({ position, knownBytes: Type.Integer({ minimum: 0 }) })),
});

/** Where a directory goes on from. */
export type Position = Readonly<Static<typeof position>>;

export interface BaseBookmark {
  readonly position: Position;
  readonly known: KnownEntries;
}

export interface Bookmark {
  /** What the bookmark was made for: other bases, filters or columns need a complete reading. */
  readonly fingerprint: string;
  readonly bases: readonly BaseBookmark[];
}

const magic = Buffer.from('LOCKSTEP-AD-1\n');
/** A bookmark that unpacks to more is not believed. */
const maxBytes = 4 * 1024 * 1024 * 1024 - 1;

export async function formatBookmark(bookmark: Bookmark): Promise<Buffer> {
  const known = await Promise.all(
    bookmark.bases.map((base) => deflate(writeKnown(base.known), { level: 1 })),
  );
  const head = Buffer.from(
    JSON.stringify({
      version: 1,
      fingerprint: bookmark.fingerprint,
      bases: bookmark.bases.map((base, index) => ({
        position: base.position,
        knownBytes: known[index]?.length ?? 0,
      })),
    } satisfies Static<typeof header>),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return Buffer.concat([magic, length, head, ...known]);
}

/** `undefined` for bytes that are no bookmark of this form. */
export async function parseBookmark(bytes: Uint8Array): Promise<Bookmark | undefined> {
  try {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (!buffer.subarray(0, magic.length).equals(magic)) return undefined;
    let at = magic.length + 4 + buffer.readUInt32BE(magic.length);
    const head: unknown = JSON.parse(buffer.toString('utf8', magic.length + 4, at));
    if (!isHeader(head)) return undefined;
    const bases: BaseBookmark[] = [];
    for (const base of head.bases) {
      const packed = buffer.subarray(at, at + base.knownBytes);
      at += base.knownBytes;
      const known = readKnown(await inflate(packed, { maxOutputLength: maxBytes }));
      bases.push({ position: base.position, known });
    }
    return at === buffer.length ? { fingerprint: head.fingerprint, bases } : undefined;
  } catch {
    // Whatever is wrong with it: everything is read again, which is always right.
    return undefined;
  }
}

function isHeader(value: unknown): value is Static<typeof header> {
  // Our own schema: checking it against that of all schemas would cost more than reading the bookmark.
  return new Ajv({ strict: false, meta: false, validateSchema: false }).validate(header, value);
}

/** Entries that are exported or named by one that is; the others are of no more use. */
function writeKnown(known: KnownEntries): Buffer {
  const newIds = new Map<number, number>();
  const order: number[] = [];
  const keep = (id: number): void => {
    if (newIds.has(id)) return;
    newIds.set(id, order.length);
    order.push(id);
  };
  for (const id of known.exportedIds()) keep(id);
  const exported = order.length;
  const attributes = known.attributes().map((attribute) => ({
    attribute,
    owners: [...known.owners(attribute)].filter(([owner]) => known.isExported(owner)),
  }));
  for (const { owners } of attributes) for (const [, targets] of owners) targets.forEach(keep);
  const parts: Buffer[] = [number32(order.length), number32(exported)];
  for (const id of order) parts.push(text(known.guid(id)), text(known.dn(id)));
  parts.push(number32(attributes.length));
  for (const { attribute, owners } of attributes) {
    parts.push(text(attribute), number32(owners.length));
    for (const [owner, targets] of owners) {
      const ids = [
        newIds.get(owner) ?? 0,
        targets.length,
        ...targets.map((t) => newIds.get(t) ?? 0),
      ];
      parts.push(Buffer.from(Uint32Array.from(ids).buffer));
    }
  }
  return Buffer.concat(parts);
}

function number32(value: number): Buffer {
  return Buffer.from(Uint32Array.of(value).buffer);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([number32(bytes.length), bytes]);
}

function readKnown(bytes: Buffer): KnownEntries {
  const known = new KnownEntries();
  let at = 0;
  // Written in the order of this processor, and read on one like it: a bookmark does not travel.
  const isLittle = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
  const readNumber = (): number => {
    const value = isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
    at += 4;
    return value;
  };
  const readText = (): string => {
    const end = readNumber() + at;
    const value = bytes.toString('utf8', at, end);
    at = end;
    return value;
  };
  const count = readNumber();
  const exported = readNumber();
  for (let id = 0; id < count; id += 1) {
    known.note({ guid: readText(), dn: readText() });
    if (id < exported) known.setExported(id, true);
  }
  const attributes = readNumber();
  for (let index = 0; index < attributes; index += 1) {
    const attribute = readText();
    for (let owners = readNumber(); owners > 0; owners -= 1) {
      const owner = readNumber();
      const targets: number[] = [];
      for (let left = readNumber(); left > 0; left -= 1) targets.push(readNumber());
      known.setLinks(attribute, owner, targets);
    }
  }
  if (at !== bytes.length) throw new RangeError('The bookmark is longer than it says.');
  return known;
}
