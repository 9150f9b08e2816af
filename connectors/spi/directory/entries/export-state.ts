/** What the bookmark of an export of changes holds: a few words, then records of keys. */
import { createHash } from 'node:crypto';
import { respellDn } from '../session/dn.ts';
import { KeyRecords } from './key-records.ts';

/** Bytes beside the key where a record tells the name of its entry, too. */
export const nameDigestBytes = 8;

export interface ExportState {
  /** How changes are found: a state of another kind is of no use. */
  readonly kind: string;
  /** What was asked of which tree; with other questions the answers do not lead on from each other. */
  readonly fingerprint: string;
  /** Where the server is to go on: a cookie of its own, or the time of the last change that was seen. */
  readonly position: Buffer;
  readonly sections: readonly { readonly records: KeyRecords; readonly extraBytes: number }[];
}

const magic = Buffer.from('LSDIR001', 'latin1');
const maxHeaderBytes = 1_000_000;

/** Bytes to keep until the next export. */
export function encodeState(state: ExportState): Buffer {
  const header = Buffer.from(
    JSON.stringify({
      kind: state.kind,
      fingerprint: state.fingerprint,
      position: state.position.toString('base64'),
      sections: state.sections.map(({ records, extraBytes }) => [records.bytes.length, extraBytes]),
    }),
    'utf8',
  );
  const length = Buffer.alloc(4);
  length.writeUInt32BE(header.length);
  return Buffer.concat([
    magic,
    length,
    header,
    ...state.sections.map(({ records }) => records.bytes),
  ]);
}

/** The state, or why these bytes are none that this connection can go on from. */
export function decodeState(
  bytes: Uint8Array,
  expected: {
    readonly kind: string;
    readonly fingerprint: string;
    readonly extraBytes: readonly number[];
  },
): ExportState | string {
  const state = readState(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  if (state === undefined) return 'the bookmark is damaged, or of another version';
  if (state.kind !== expected.kind) return 'the bookmark is one of another way to find changes';
  if (state.fingerprint !== expected.fingerprint) {
    return 'the bookmark is of another directory, or of other settings or columns';
  }
  const widths = state.sections.map(({ extraBytes }) => extraBytes);
  const isSound =
    JSON.stringify(widths) === JSON.stringify(expected.extraBytes) &&
    state.sections.every(({ records }) => records.isSound());
  return isSound ? state : 'the bookmark is damaged, or of another version';
}

function readState(bytes: Buffer): ExportState | undefined {
  const start = magic.length + 4;
  if (bytes.length < start || !bytes.subarray(0, magic.length).equals(magic)) return undefined;
  const headerEnd = start + bytes.readUInt32BE(magic.length);
  if (headerEnd > bytes.length || headerEnd > maxHeaderBytes) return undefined;
  let header: unknown;
  try {
    header = JSON.parse(bytes.toString('utf8', start, headerEnd));
  } catch {
    return undefined;
  }
  if (!isHeader(header)) return undefined;
  let at = headerEnd;
  const sections: ExportState['sections'][number][] = [];
  for (const [length, extraBytes] of header.sections) {
    if (at + length > bytes.length) return undefined;
    sections.push({
      records: new KeyRecords(bytes.subarray(at, at + length), extraBytes),
      extraBytes,
    });
    at += length;
  }
  if (at !== bytes.length) return undefined;
  const { kind, fingerprint, position } = header;
  return { kind, fingerprint, position: Buffer.from(position, 'base64'), sections };
}

interface Header {
  readonly kind: string;
  readonly fingerprint: string;
  readonly position: string;
  readonly sections: readonly (readonly [length: number, extraBytes: number])[];
}

function isHeader(value: unknown): value is Header {
  if (typeof value !== 'object' || value === null) return false;
  const header = value as Readonly<Record<string, unknown>>;
  const isCount = (count: unknown): boolean => Number.isSafeInteger(count) && Number(count) >= 0;
  return (
    ['kind', 'fingerprint', 'position'].every((name) => typeof header[name] === 'string') &&
    Array.isArray(header['sections']) &&
    header['sections'].every(
      (pair: unknown) => Array.isArray(pair) && pair.length === 2 && pair.every(isCount),
    )
  );
}

/** One text for a question to a directory: the same for the same question, and for no other. */
export function fingerprintOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** A few bytes for a name as the export spells it: another spelling is another value in its file. */
export function digestName(dn: string): Buffer {
  return createHash('sha256').update(respellDn(dn)).digest().subarray(0, nameDigestBytes);
}

/** The key in sixteen bytes, from its text; `undefined` for a text that is none. */
export function packKey(text: string): Buffer | undefined {
  const digits = text.replaceAll('-', '');
  return /^[0-9A-Fa-f]{32}$/.test(digits) ? Buffer.from(digits, 'hex') : undefined;
}

/** The key as this attribute spells it: directories group the digits of their keys each in their own way. */
export function formatKey(attribute: string, key: Buffer): string {
  const digits = key.toString('hex');
  switch (attribute.toLowerCase()) {
    case 'nsuniqueid':
      return digits.replaceAll(/(.{8})(?=.)/g, '$1-');
    case 'orclguid':
      return digits.toUpperCase();
    default:
      return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }
}
