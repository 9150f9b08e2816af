/** A directory that fails at random, before or after it has done what it was asked: what it holds in the end is what was ordered. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'ldapts';
import { expect, it } from 'vitest';
import { openStore, type Store } from '../../../../engine/store/index.ts';
import { createRandom } from '../../../e2e/employees/tables.ts';
import { type LdapFate, type LdapProxy, startLdapProxy } from '../../../servers/ldap-proxy.ts';
import { type Slapd, startSlapd } from '../../../servers/slapd.ts';
import { describeWithServer } from '../../../servers/use-server.ts';
import { openClient } from '../../connectors/ldap-directory.ts';
import { type AccountOrder, addOrders, deliver } from './directory-desk.ts';

/** Deliveries with faults of their own. */
const sequences = Number(process.env['LOCKSTEP_SOAK_DIRECTORY_FAULTS'] ?? 6);
const firstSeed = Number(process.env['LOCKSTEP_SOAK_SEED'] ?? 0);

const busy = 51;
const unavailable = 52;

/** Attempts come at once; what is refused again and again is still tried. */
const patient = {
  maximumAttempts: 60,
  retryDelaySeconds: 0.002,
  maximumRetryDelaySeconds: 0.02,
  retryWaitSeconds: 60,
  breakerFailures: 0,
};

/** 50 orders: newcomers with a group, newcomers whom others make first, changes and deletions of those who are there. */
const counts = { joins: 20, raced: 5, changes: 15, leaves: 10 };
const total = counts.joins + counts.raced + counts.changes + counts.leaves;
/** Every second one of those whom others make is made as ordered. */
const isAsOrdered = (index: number): boolean => index % 2 === 0;
/** So many of those who leave are deleted by others first. */
const goneBefore = 3;

interface Sequence {
  readonly base: string;
  readonly group: string;
  readonly orders: readonly AccountOrder[];
  readonly joins: readonly string[];
  readonly raced: readonly string[];
  readonly changes: readonly string[];
  readonly leaves: readonly string[];
}

async function prepareSequence(slapd: Slapd, client: Client, seed: number): Promise<Sequence> {
  const base = `ou=s${seed},${slapd.suffix}`;
  const group = `cn=everybody,${base}`;
  await client.add(base, { objectClass: 'organizationalUnit' });
  const dns = (name: string, count: number) =>
    Array.from({ length: count }, (_, index) => `cn=${name}${index},${base}`);
  const joins = dns('j', counts.joins);
  const raced = dns('r', counts.raced);
  const changes = dns('c', counts.changes);
  const leaves = dns('l', counts.leaves);
  for (const dn of [...changes, ...leaves])
    await client.add(dn, { objectClass: 'inetOrgPerson', sn: nameOf(dn), title: 'before' });
  await client.add(group, { objectClass: 'groupOfNames', member: [slapd.rootDn, ...leaves] });
  let id = 0;
  const order = (dn: string, rest: Omit<AccountOrder, 'id' | 'dn'>): AccountOrder => {
    id += 1;
    return { id, dn, ...rest };
  };
  const orders = [
    ...joins.map((dn) => order(dn, { changeType: 'added', groups: [group] })),
    ...raced.map((dn) => order(dn, { changeType: 'added', title: 'new' })),
    ...changes.map((dn) =>
      order(dn, { changeType: 'modified', title: 'after', expectedTitle: 'before', position: 2 }),
    ),
    ...leaves.map((dn) => order(dn, { changeType: 'deleted', position: 3 })),
  ];
  return { base, group, orders, joins, raced, changes, leaves };
}

function nameOf(dn: string): string {
  return /^cn=([^,]+),/.exec(dn)?.[1] ?? '';
}

/** What somebody else does just before the server sees a request, once for each entry. */
function othersAct(client: Client, { raced, leaves }: Sequence): (dn: string) => Promise<void> {
  const waiting = new Map<string, () => Promise<void>>();
  for (const [index, dn] of raced.entries())
    waiting.set(dn, () =>
      client.add(dn, {
        objectClass: ['top', 'person', 'organizationalPerson', 'inetOrgPerson'],
        sn: nameOf(dn),
        title: isAsOrdered(index) ? 'new' : 'by somebody else',
      }),
    );
  for (const dn of leaves.slice(0, goneBefore)) waiting.set(dn, () => client.del(dn));
  return async (dn) => {
    const act = waiting.get(dn);
    waiting.delete(dn);
    await act?.();
  };
}

function drawFate(random: () => number, mayStall: boolean): LdapFate {
  const draw = Math.floor(random() * (mayStall ? 7 : 6));
  switch (draw) {
    case 0:
      return { kind: 'refuse', code: busy };
    case 1:
      return { kind: 'refuse', code: unavailable };
    case 2:
      return { kind: 'lose' };
    case 3:
    case 4:
      return { kind: 'lose-answer', isHalf: draw === 3 };
    case 5:
      return { kind: 'delay', milliseconds: Math.floor(random() * 20) };
    default:
      // Longer than the connection waits.
      return { kind: 'delay', milliseconds: 1_500 };
  }
}

const statusesOf = (store: Store) =>
  store.read(
    async ({ tx }) =>
      new Map<number, string>(
        (await tx('provisioning_orders').select('id', 'status', 'error_code')).map((row) => [
          Number(row.id),
          [row.status, row.error_code].filter(Boolean).join(' '),
        ]),
      ),
  );

/** Of every entry: how often it was added, deleted, given its title. */
async function countChanges(auditFile: string): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>();
  const text = await readFile(auditFile, 'utf8');
  for (const [, dn, kind, body = ''] of text.matchAll(
    /^dn: (.*)\nchangetype: (\w+)\n([\s\S]*?)^# end/gm,
  )) {
    const members = [...body.matchAll(/^member: (.*)$/gm)].map(([, name]) => `member ${name}`);
    const isList = kind === 'modify' && members.length > 0;
    for (const what of isList ? members : [`${kind} ${dn}`])
      times.set(what, (times.get(what) ?? 0) + 1);
  }
  return times;
}

async function runSequence(
  slapd: Slapd,
  client: Client,
  proxy: LdapProxy,
  seed: number,
): Promise<{ readonly requests: number; readonly writes: number; readonly probes: number }> {
  const random = createRandom(seed + 1);
  const sequence = await prepareSequence(slapd, client, seed);
  await using store = await openStore({ client: 'sqlite', file: ':memory:' });
  await addOrders(store, sequence.orders);
  const act = othersAct(client, sequence);
  // From hardly ever to every twelfth request.
  const rate = 0.02 * (1 + (seed % 4));
  const mayStall = seed % 10 === 9;
  proxy.decide(async ({ operation, dn }) => {
    const fate = random() < rate ? drawFate(random, mayStall) : { kind: 'forward' as const };
    if (operation === 'add' || operation === 'delete') await act(dn);
    return fate;
  });
  const trace: string[] = [];
  const address = { ...slapd, port: proxy.port, suffix: sequence.base, timeOut: 1 };
  let left = total;
  for (let run = 0; left > 0; run += 1) {
    expect(run, 'it comes to an end').toBeLessThan(100);
    const result = await deliver(
      store,
      address,
      (fulfiller) => ({
        ...fulfiller,
        fulfil: (order) => {
          trace.push(`fulfil ${order.id}`);
          return fulfiller.fulfil(order);
        },
        read: async (order) => {
          trace.push(`read ${order.id}`);
          return (await fulfiller.read?.(order)) ?? null;
        },
        [Symbol.asyncDispose]: async () => {},
      }),
      patient,
    );
    left = result.left;
  }

  const statuses = await statusesOf(store);
  for (const order of sequence.orders) {
    const index = sequence.raced.indexOf(order.dn);
    const isTaken = index !== -1 && !isAsOrdered(index);
    expect(statuses.get(order.id), `${order.changeType} ${order.dn}, seed ${seed}`).toBe(
      isTaken ? 'errored CONNECTOR_ALREADY_EXISTS' : 'executed',
    );
    const own = trace.filter((line) => line.endsWith(` ${order.id}`)).join();
    expect(own, 'what is done again has been looked at in between').not.toContain(
      `fulfil ${order.id},fulfil ${order.id}`,
    );
  }
  const { searchEntries } = await client.search(sequence.base, {
    scope: 'sub',
    attributes: ['cn', 'title', 'member'],
    sizeLimit: 0,
    paged: true,
  });
  const titles = searchEntries
    .filter(({ dn }) => dn !== sequence.base && dn !== sequence.group)
    .map((entry) => `${nameOf(entry.dn)} ${[entry['title'] ?? ''].join()}`);
  expect(titles.sort(), `entries, seed ${seed}`).toEqual(
    [
      ...sequence.joins.map((dn) => `${nameOf(dn)} `),
      ...sequence.raced.map(
        (dn, index) => `${nameOf(dn)} ${isAsOrdered(index) ? 'new' : 'by somebody else'}`,
      ),
      ...sequence.changes.map((dn) => `${nameOf(dn)} after`),
    ].sort(),
  );
  const members = searchEntries.find(({ dn }) => dn === sequence.group)?.['member'] ?? [];
  // Of those whom others delete, the directory keeps the names unless somebody takes them out.
  expect([members].flat().map(String).sort(), `members, seed ${seed}`).toEqual(
    [slapd.rootDn, ...sequence.joins].sort(),
  );
  const writes = (['add', 'modify', 'rename', 'delete'] as const)
    .map((operation) => proxy.counts.get(operation) ?? 0)
    .reduce((sum, count) => sum + count, 0);
  expect(writes, `writes, seed ${seed}`).toBeLessThanOrEqual(3 * total);
  const requests = [...proxy.counts.values()].reduce((sum, count) => sum + count, 0);
  return { requests, writes, probes: trace.filter((line) => line.startsWith('read')).length };
}

async function openFolder(): Promise<AsyncDisposable & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-faults-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

describeWithServer('ldap', 'a directory that fails at random', () => {
  it(`ends as ordered, with every change made once (${sequences} times ${total} orders)`, {
    timeout: 60_000 + sequences * 20_000,
  }, async () => {
    await using files = await openFolder();
    const sums = { requests: 0, writes: 0, probes: 0 };
    // The audit of a server grows: a fresh one now and then.
    for (let from = 0; from < sequences; from += 100) {
      const auditFile = join(files.folder, `audit-${from}.ldif`);
      await using slapd = await startSlapd({ auditFile });
      const client = await openClient(slapd);
      await using proxy = await startLdapProxy(slapd.port);
      for (let index = from; index < Math.min(from + 100, sequences); index += 1) {
        const counted = await runSequence(slapd, client, proxy, firstSeed + index);
        for (const name of ['requests', 'writes', 'probes'] as const) sums[name] += counted[name];
      }
      const often = [...(await countChanges(auditFile))].filter(([, times]) => times > 1);
      expect(often, 'nothing is made twice').toEqual([]);
      await client.unbind();
      const done = Math.min(from + 100, sequences);
      process.stdout.write(
        `${done} sequences, ${done * total} orders: ${sums.requests} requests, ${sums.writes} of them writes; ${sums.probes} looks.\n`,
      );
    }
  });
});
