/** The words of content synchronization, in BER. https://www.rfc-editor.org/rfc/rfc4533 */
import { Ber, BerReader, BerWriter } from 'ldapts';
import {
  findControl,
  given,
  openElement,
  type RawControl,
  ValueControl,
} from '../session/controls.ts';
import { MalformedMessageError } from '../session/malformed-message.ts';

/** Result code of a server that cannot go on from a cookie. */
export const syncRefreshRequired = 4096;

const oids = {
  request: '1.3.6.1.4.1.4203.1.9.1.1',
  state: '1.3.6.1.4.1.4203.1.9.1.2',
  done: '1.3.6.1.4.1.4203.1.9.1.3',
  info: '1.3.6.1.4.1.4203.1.9.1.4',
} as const;

/** The control by which a server shows that it knows content synchronization. */
export const syncRequestOid = oids.request;

const states = ['present', 'add', 'modify', 'delete'] as const;

/** What the server says of one entry; `uuid` has 16 bytes. */
export interface SyncState {
  readonly state: (typeof states)[number];
  readonly uuid: Buffer;
}

/** What the server says at the end of a refresh. */
export interface SyncDone {
  readonly cookie?: Buffer;
  /** What is gone was named; otherwise what was not named is gone. */
  readonly refreshDeletes: boolean;
}

/** What the server says between entries. */
export type SyncInfo =
  | { readonly kind: 'new-cookie' }
  | { readonly kind: 'refresh-delete' | 'refresh-present' }
  | { readonly kind: 'id-set'; readonly isDeleted: boolean; readonly uuids: readonly Buffer[] };

/** Asks for what has changed since `cookie`, or for everything; the search ends when that was told. */
export function requestSync(cookie: Buffer | undefined): ValueControl {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeEnumeration(1);
  if (cookie !== undefined && cookie.length > 0) writer.writeBuffer(cookie, Ber.OctetString);
  writer.endSequence();
  return new ValueControl(oids.request, { isCritical: true, value: writer.buffer });
}

/** Throws {@link MalformedMessageError} for an entry without it: the server did not do what was asked. */
export function readSyncState(controls: readonly RawControl[]): SyncState {
  const value = findControl(controls, oids.state);
  if (value === undefined) throw new MalformedMessageError('An entry came without its state.');
  return strictly(() => {
    const reader = new BerReader(value);
    openElement(reader, sequence);
    const state = states[given(reader.readEnumeration())];
    const uuid = given(reader.readString(Ber.OctetString, true));
    if (state === undefined || uuid.length !== 16) throw malformed();
    return { state, uuid };
  });
}

/** `undefined` for an answer without it. */
export function readSyncDone(controls: readonly RawControl[]): SyncDone | undefined {
  const value = findControl(controls, oids.done);
  if (value === undefined) return undefined;
  return strictly(() => {
    const reader = new BerReader(value);
    const end = openElement(reader, sequence);
    const cookie = readOptional(reader, end);
    return {
      ...(cookie === undefined ? {} : { cookie }),
      refreshDeletes: readFlag(reader, end, false),
    };
  });
}

/** `undefined` for a message about something else. */
export function readSyncInfo(
  name: string | undefined,
  value: Buffer | undefined,
): SyncInfo | undefined {
  if (name !== oids.info || value === undefined) return undefined;
  return strictly(() => {
    const reader = new BerReader(value);
    switch (given(reader.peek())) {
      case 0x80:
        return { kind: 'new-cookie' };
      case 0xa1:
        return { kind: 'refresh-delete' };
      case 0xa2:
        return { kind: 'refresh-present' };
      case 0xa3:
        return readIdSet(reader);
      default:
        throw malformed();
    }
  });
}

const sequence = Ber.Sequence | Ber.Constructor;
const set = 0x31;

function readIdSet(reader: BerReader): SyncInfo {
  const end = openElement(reader, 0xa3);
  readOptional(reader, end);
  const isDeleted = readFlag(reader, end, false);
  const setEnd = openElement(reader, set);
  const uuids: Buffer[] = [];
  while (reader.offset < setEnd) {
    const uuid = given(reader.readString(Ber.OctetString, true));
    if (uuid.length !== 16) throw malformed();
    uuids.push(uuid);
  }
  return { kind: 'id-set', isDeleted, uuids };
}

function readOptional(reader: BerReader, end: number): Buffer | undefined {
  if (reader.offset >= end || reader.peek() !== Ber.OctetString) return undefined;
  return given(reader.readString(Ber.OctetString, true));
}

function readFlag(reader: BerReader, end: number, otherwise: boolean): boolean {
  if (reader.offset >= end || reader.peek() !== Ber.Boolean) return otherwise;
  return given(reader.readBoolean());
}

function strictly<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof MalformedMessageError) throw cause;
    throw new MalformedMessageError('A message about changes is malformed.', { cause });
  }
}

function malformed(): MalformedMessageError {
  return new MalformedMessageError('A message about changes is malformed.');
}
