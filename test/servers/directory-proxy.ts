/** A way to a directory server that knows its messages: it can count entries, cut between them, fall silent and refuse. */
import { readFile } from 'node:fs/promises';
import type { BerReader } from 'ldapts';
import {
  frameMessages,
  ldapRequests,
  nameRequest,
  readHead,
  writeResult,
} from './ldap-messages.ts';
import { type Passage, type RelayTarget, startRelay } from './relay.ts';

export interface DirectoryProxy extends AsyncDisposable {
  readonly port: number;
  /** Clients that are connected now. */
  connections(): number;
  /** Entries of searches that clients have taken from their sockets, but for looks at one entry. */
  entriesTaken(): Promise<number>;
  /** The connection is cut before the entry after so many more. */
  cutAfterEntries(count: number): void;
  /** From now on nothing is passed on; connections are taken and stay open. */
  stall(): void;
  /** From now on requests are answered with this result. */
  refuse(code: number): void;
}

const entryTag = 0x64;

/** What goes on in all connections. */
interface State {
  /** Of every entry that a search has given, in order. */
  readonly entryBytes: number[];
  cutAt: number;
  isStalled: boolean;
  refusal: number | undefined;
}

/** Listens on a free loopback port and forwards to another one. */
export async function startDirectoryProxy(target: RelayTarget): Promise<DirectoryProxy> {
  const state: State = {
    entryBytes: [],
    cutAt: Number.POSITIVE_INFINITY,
    isStalled: false,
    refusal: undefined,
  };
  const relay = await startRelay(target, (passage) => passOn(passage, state));
  return {
    port: relay.port,
    connections: () => relay.clients.size,
    async entriesTaken() {
      let waiting = await countWaitingBytes(relay.port);
      for (const client of relay.clients) waiting += client.writableLength;
      let taken = state.entryBytes.length;
      while (taken > 0 && waiting > 0) {
        taken -= 1;
        waiting -= state.entryBytes[taken] ?? 0;
      }
      return taken;
    },
    cutAfterEntries(count) {
      state.cutAt = state.entryBytes.length + count;
    },
    stall() {
      state.isStalled = true;
    },
    refuse(code) {
      state.refusal = code;
    },
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  };
}

function passOn({ client, upstream }: Passage, state: State): void {
  /** Searches that may find more than one entry. */
  const wide = new Set<number>();
  const onRequest = (message: Buffer): void => {
    if (state.isStalled) return;
    const { id, tag, body } = readHead(message);
    const name = nameRequest(tag);
    if (state.refusal !== undefined && name !== undefined) {
      client.write(writeResult(id, ldapRequests[name].answer, state.refusal));
      return;
    }
    if (name === 'search' && isWide(body)) wide.add(id);
    upstream.write(message);
  };
  const onAnswer = (message: Buffer): void => {
    if (state.isStalled || !client.writable) return;
    const { id, tag } = readHead(message);
    if (tag === entryTag && wide.has(id)) {
      if (state.entryBytes.length >= state.cutAt) {
        // What was sent before is to arrive.
        client.end();
        upstream.destroy();
        return;
      }
      state.entryBytes.push(message.length);
    }
    if (client.write(message)) return;
    upstream.pause();
    client.once('drain', () => upstream.resume());
  };
  client.on('data', frameMessages(onRequest));
  upstream.on('data', frameMessages(onAnswer));
}

/**
 * Bytes that Linux holds for the connections of a port: written there and not yet received, or received and not yet read by
 * their clients. They may be megabytes, and say nothing of how far a client has read.
 */
async function countWaitingBytes(port: number): Promise<number> {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  let count = 0;
  for (const line of (await readFile('/proc/net/tcp', 'utf8')).split('\n')) {
    const [, local, remote, , queues] = line.trim().split(/\s+/);
    const [sent, received] = queues?.split(':') ?? [];
    if (local?.endsWith(`:${hexPort}`)) count += Number.parseInt(sent ?? '0', 16);
    if (remote?.endsWith(`:${hexPort}`)) count += Number.parseInt(received ?? '0', 16);
  }
  return count;
}

/** Whether a search looks at more than one entry. */
function isWide(body: BerReader): boolean {
  body.readSequence();
  body.readString();
  return body.readEnumeration() !== 0;
}
