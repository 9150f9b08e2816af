/** What logs and errors say, and what they never repeat. */
import { inspect } from 'node:util';
import { Secret } from '../secret.ts';
import type { ContractCase } from './contract-case.ts';
import { ensure, ensureConnectorError, ensureEqual, offered, showError } from './expectations.ts';
import { type System, set, withSystem } from './orders.ts';
import { exporterOf, type Reading, tryRead } from './reading.ts';
import type { ConnectorSubject, ContractRow } from './subject.ts';
import { type LogEntry, listSecrets, readSettings } from './test-context.ts';

const canary = 'Canary Value 4711';

/** What a package said while it read and carried out orders, some of which must fail. */
interface Said {
  readonly entries: readonly LogEntry[];
  readonly errors: readonly unknown[];
  readonly secrets: readonly string[];
  /** Answers to orders and what was read back. */
  readonly answers: readonly unknown[];
}

function rowsNamed(key: string): readonly ContractRow[] {
  return [0, 1, 2].map((index) => ({ key: `${key}${index}`, name: canary, note: canary }));
}

async function readAloud(subject: ConnectorSubject, key: string): Promise<readonly Said[]> {
  if (subject.exporter === undefined) return [];
  await using source = await exporterOf(subject).prepare(rowsNamed(key));
  const { table } = source;
  const odd = { ...table, columns: [...table.columns, 'no_such_column'] };
  const readings: readonly Reading[] = [
    await tryRead(subject, source),
    await tryRead(subject, source, { table: odd }),
  ];
  return readings.map(({ context, failure }) => ({
    entries: context.entries,
    errors: failure === undefined ? [] : [failure.error],
    secrets: listSecrets(readSettings(subject.definition, source.settings)),
    answers: [],
  }));
}

/** Orders of every kind; the last ones must fail in any system that can be read. */
async function orderAloud(
  subject: ConnectorSubject,
  key: string,
  more: (system: System) => readonly Parameters<System['fulfiller']['fulfil']>[0][] = () => [],
): Promise<readonly Said[]> {
  if (subject.fulfiller === undefined) return [];
  const errors: unknown[] = [];
  const answers: unknown[] = [];
  const said: Said[] = [];
  await withSystem(subject, async (system) => {
    const { add, modify, remove, fulfiller, context, prepared } = system;
    const orders = [
      add(`${key}1`, { name: canary, note: canary }),
      modify(`${key}1`, [set('note', `${canary} 2`)]),
      ...more(system),
      add(`${key}1`, { name: canary, note: canary }),
      modify(`${key}1`, [set('note', 'x', `${canary} 3`)]),
      modify(`${key}1`, [set('no_such_property', canary)]),
      modify(`${key}9`, [set('note', canary)]),
      remove(`${key}1`),
    ];
    for (const order of orders) {
      try {
        answers.push(await fulfiller.fulfil(order));
        if (order.changeType === 'modified') answers.push(await fulfiller.read?.(order));
      } catch (error) {
        errors.push(error);
      }
    }
    const secrets = listSecrets(readSettings(subject.definition, prepared.settings));
    said.push({ entries: context.entries, errors, secrets, answers });
  });
  return said;
}

/** What was heard of a subject so far: several cases look at one and the same, and making it takes many orders. */
const heard = new WeakMap<ConnectorSubject, Promise<readonly Said[]>>();

function listen(subject: ConnectorSubject): Promise<readonly Said[]> {
  const before = heard.get(subject);
  if (before !== undefined) return before;
  const said = listenTo(subject, 'AA');
  heard.set(subject, said);
  return said;
}

async function listenTo(subject: ConnectorSubject, key: string): Promise<readonly Said[]> {
  return [...(await readAloud(subject, key)), ...(await orderAloud(subject, key))];
}

function messagesOf(said: readonly Said[]): readonly string[] {
  const messages = said.flatMap(({ entries }) => entries.map(({ message }) => message));
  return [...new Set(messages)].toSorted();
}

export const silenceCases: readonly ContractCase[] = [
  {
    id: 'log-messages-fixed',
    area: 'silence',
    states: 'logs the same messages whatever the keys: data go in fields',
    needs: [],
    async test(subject) {
      const first = messagesOf(await listen(subject));
      const second = messagesOf(await listenTo(subject, 'BB'));
      ensureEqual(second, first, 'Messages of the log change with the data.');
    },
  },
  {
    id: 'log-without-values',
    area: 'silence',
    states: 'logs no values of people above debug',
    needs: [],
    async test(subject) {
      const said = await listen(subject);
      const loud = said
        .flatMap(({ entries }) => entries.filter(({ level }) => level !== 'debug'))
        .filter((entry) => inspect(entry, { depth: 10 }).includes(canary));
      ensureEqual(
        loud.map(({ message }) => message.replaceAll(canary, '…')),
        [],
        'These messages show values of people.',
      );
    },
  },
  {
    id: 'errors-are-of-connectors',
    area: 'silence',
    states: 'fails with a kind, a sentence and a cure',
    needs: [],
    async test(subject) {
      for (const { errors } of await listen(subject)) {
        for (const error of errors) {
          const { message, hint } = ensureConnectorError(error, 'A failure');
          ensure(/[.!?)]$/u.test(message), `The message is no sentence: ${message}`);
          ensure(/\S/u.test(hint ?? ''), `The failure has no hint: ${message}`);
        }
      }
    },
  },
  {
    id: 'errors-without-values',
    area: 'silence',
    states: 'repeats no values of people in its errors',
    needs: [],
    async test(subject) {
      for (const { errors } of await listen(subject)) {
        for (const error of errors) {
          const { message, hint } = ensureConnectorError(error, 'A failure');
          const isSilent = !`${message} ${hint}`.includes(canary);
          ensure(isSilent, 'An error repeats a value of a person.');
        }
      }
    },
  },
  {
    id: 'secrets-hidden-at-work',
    area: 'silence',
    states: 'shows no secret of its settings while it works',
    needs: [],
    async test(subject) {
      const said = await listen(subject);
      offered(said.flatMap(({ secrets }) => secrets)[0], 'secret in the settings that work');
      for (const { secrets, entries, errors } of said) {
        const text = `${inspect(entries, { depth: 10 })} ${errors.map(showError).join(' ')}`;
        const isSilent = secrets.every((secret) => !text.includes(secret));
        ensure(isSilent, 'A secret of the settings is shown in the log or in an error.');
      }
    },
  },
  {
    id: 'password-of-order-hidden',
    area: 'silence',
    states: 'sets a password or refuses it, and never shows it',
    needs: ['fulfil'],
    async test(subject) {
      const password = 'Pa55word-of-the-Canary!';
      const said = await orderAloud(subject, 'AA', ({ add }) => [
        {
          ...add('AA5', { name: canary, note: null }),
          password: { value: new Secret(password), mustChange: false },
        },
      ]);
      const text = said
        .map(({ entries, errors, answers }) =>
          [inspect([entries, answers], { depth: 10 }), ...errors.map(showError)].join(' '),
        )
        .join(' ');
      ensure(!text.includes(password), 'The password of an order is shown.');
    },
  },
];
