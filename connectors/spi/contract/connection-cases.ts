/** What checking a connection tells, and what it keeps to itself. */
import type { ConnectorErrorKind } from '../errors.ts';
import type { ContractCase } from './contract-case.ts';
import {
  ensure,
  ensureClosed,
  ensureConnectorError,
  failureOf,
  offered,
  showError,
} from './expectations.ts';
import { people } from './reading.ts';
import type { ConnectorSubject, PreparedSource, PreparedTarget, RawSettings } from './subject.ts';
import { createTestContext, readSettings } from './test-context.ts';

/** The parts of the package that check a connection. */
async function loadCheckers(subject: ConnectorSubject) {
  const parts = [await subject.exporter?.load(), await subject.fulfiller?.load()];
  const checkers = parts.filter((part) => part !== undefined);
  offered(checkers[0], 'exporter or fulfiller');
  return checkers;
}

type Checker = Awaited<ReturnType<typeof loadCheckers>>[number];

/** For each part a system that works, its settings and a context. */
async function atWork(
  subject: ConnectorSubject,
  look: (check: () => Promise<string>, system: PreparedSource | PreparedTarget) => Promise<void>,
): Promise<void> {
  const run = async (checker: Checker, system: PreparedSource | PreparedTarget): Promise<void> => {
    await using context = await createTestContext(system.contextOptions);
    const settings = readSettings(subject.definition, system.settings);
    await look(() => checker.checkConnection(settings, context), system);
  };
  if (subject.exporter !== undefined) {
    await using source = await subject.exporter.prepare(people);
    await run(await subject.exporter.load(), source);
  }
  if (subject.fulfiller !== undefined) {
    await using target = await subject.fulfiller.prepare();
    await run(await subject.fulfiller.load(), target);
  }
}

/** What each part fails with under these settings, with all it logged. */
async function refuseEach(
  subject: ConnectorSubject,
  settings: RawSettings,
  states: string,
): Promise<readonly { readonly error: unknown; readonly log: string }[]> {
  const failures: { readonly error: unknown; readonly log: string }[] = [];
  for (const checker of await loadCheckers(subject)) {
    await using context = await createTestContext();
    const checking = checker.checkConnection(readSettings(subject.definition, settings), context);
    failures.push({ error: await failureOf(checking, states), log: context.log.join('\n') });
  }
  return failures;
}

const refusals: readonly ConnectorErrorKind[] = ['unauthenticated', 'forbidden'];

export const connectionCases: readonly ContractCase[] = [
  {
    id: 'connection-works',
    area: 'connection',
    states: 'says that a working connection works',
    needs: [],
    test: (subject) =>
      atWork(subject, async (check) => {
        ensure(/\S/u.test(await check()), 'The check of a working connection says nothing.');
      }),
  },
  {
    id: 'connection-closes',
    area: 'connection',
    states: 'leaves nothing open after a check',
    needs: [],
    test: (subject) =>
      atWork(subject, async (check, system) => {
        const opened = offered(system.opened?.bind(system), 'opened()');
        await check();
        await ensureClosed(opened, 'A check of the connection leaves something open.');
      }),
  },
  {
    id: 'connection-unreachable',
    area: 'connection',
    states: 'says what is missing when the system cannot be reached',
    needs: [],
    async test(subject) {
      const states = 'Checking a connection that leads nowhere';
      for (const { error } of await refuseEach(subject, await subject.unreachable(), states)) {
        const { hint } = ensureConnectorError(error, states);
        ensure(/\S/u.test(hint ?? ''), `${states}: the error has no hint.`);
      }
    },
  },
  {
    id: 'connection-wrong-password',
    area: 'connection',
    states: 'tells a wrong password from a system that is not there',
    needs: [],
    async test(subject) {
      const settings = await offered(subject.badCredentials, 'badCredentials()').call(subject);
      const states = 'Checking a connection with a wrong password';
      for (const { error } of await refuseEach(subject, settings, states)) {
        ensureConnectorError(error, states, refusals);
      }
    },
  },
  {
    id: 'secrets-hidden',
    area: 'connection',
    states: 'shows no secret of its settings in errors or logs when it is refused',
    needs: [],
    async test(subject) {
      const secret = offered(subject.secret, 'secret');
      const tries = [await subject.unreachable(), await subject.badCredentials?.()];
      for (const settings of tries) {
        if (settings === undefined) continue;
        ensure(JSON.stringify(settings).includes(secret), 'The settings do not hold the secret.');
        for (const { error, log } of await refuseEach(subject, settings, 'Being refused')) {
          ensure(!showError(error).includes(secret), 'An error shows a secret of the settings.');
          ensure(!log.includes(secret), 'The log shows a secret of the settings.');
        }
      }
    },
  },
];
