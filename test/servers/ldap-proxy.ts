/** A way to a directory that understands its requests: it can refuse, lose, hold back or cut each of them, or its answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  frameMessages,
  type LdapRequestName,
  ldapRequests,
  nameRequest,
  readHead,
  writeResult,
} from './ldap-messages.ts';
import { startRelay } from './relay.ts';

export type LdapOperation = 'bind' | 'search' | 'add' | 'modify' | 'rename' | 'delete' | 'other';

export interface LdapRequest {
  readonly operation: LdapOperation;
  /** Name of the entry; empty for operations without one. */
  readonly dn: string;
}

/** What becomes of a request. */
export type LdapFate =
  | { readonly kind: 'forward' }
  /** Refused without the server having seen it. */
  | { readonly kind: 'refuse'; readonly code: number }
  /** The connection goes before the server has seen it. */
  | { readonly kind: 'lose' }
  /** The server does it, and the connection goes before the answer, or in the middle of it. */
  | { readonly kind: 'lose-answer'; readonly isHalf: boolean }
  | { readonly kind: 'delay'; readonly milliseconds: number };

export interface LdapProxy extends AsyncDisposable {
  readonly port: number;
  /** Requests so far, refused and lost ones included. */
  readonly counts: ReadonlyMap<LdapOperation, number>;
  /** Asked before every request; what it does meanwhile is done before the server sees the request. */
  decide(fate: (request: LdapRequest) => LdapFate | Promise<LdapFate>): void;
}

/** Listens on a free loopback port and passes everything on to `target` until told otherwise. */
export async function startLdapProxy(target: number): Promise<LdapProxy> {
  const counts = new Map<LdapOperation, number>();
  let decide: (request: LdapRequest) => LdapFate | Promise<LdapFate> = () => ({ kind: 'forward' });
  const relay = await startRelay({ port: target }, ({ client, upstream, end }) => {
    /** Answers to these messages are not passed on as they are. */
    const fates = new Map<number, LdapFate>();
    const ask = async (message: Buffer): Promise<void> => {
      const { id, answerTag, request } = readRequest(message);
      counts.set(request.operation, (counts.get(request.operation) ?? 0) + 1);
      const fate = await decide(request);
      if (fate.kind === 'lose') end();
      else if (fate.kind === 'refuse') client.write(writeResult(id, answerTag, fate.code));
      else {
        if (fate.kind !== 'forward') fates.set(id, fate);
        upstream.write(message);
      }
    };
    const answer = async (message: Buffer): Promise<void> => {
      const fate = fates.get(readHead(message).id) ?? { kind: 'forward' };
      if (fate.kind === 'delay') await sleep(fate.milliseconds);
      if (fate.kind !== 'lose-answer') client.write(message);
      else if (fate.isHalf) client.end(message.subarray(0, message.length >> 1), end);
      else end();
    };
    // One after the other: requests keep their order, and so do answers.
    let asked = Promise.resolve();
    let answered = Promise.resolve();
    const onRequest = (message: Buffer): void => {
      asked = asked.then(() => ask(message)).catch(end);
    };
    const onAnswer = (message: Buffer): void => {
      answered = answered.then(() => answer(message)).catch(end);
    };
    client.on('data', frameMessages(onRequest));
    upstream.on('data', frameMessages(onAnswer));
  });
  return {
    port: relay.port,
    counts,
    decide(fate) {
      counts.clear();
      decide = fate;
    },
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  };
}

function readRequest(message: Buffer): {
  readonly id: number;
  readonly answerTag: number;
  readonly request: LdapRequest;
} {
  const { id, tag, body } = readHead(message);
  const name = nameRequest(tag);
  const answerTag = ldapRequests[name ?? 'extended'].answer;
  const operation = operationOf(name);
  if (operation === 'other' || operation === 'bind') {
    return { id, answerTag, request: { operation, dn: '' } };
  }
  // A deletion is nothing but a name.
  if (operation === 'delete')
    return { id, answerTag, request: { operation, dn: body.readString(tag) ?? '' } };
  body.readSequence();
  return { id, answerTag, request: { operation, dn: body.readString() ?? '' } };
}

function operationOf(name: LdapRequestName | undefined): LdapOperation {
  return name === undefined || name === 'compare' || name === 'extended' ? 'other' : name;
}
