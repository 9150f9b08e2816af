/** What a package does when the system has too much to do, or never answers. */
import type { ConnectorErrorKind } from '../errors.ts';
import type { ContractCase } from './contract-case.ts';
import {
  ContractFailure,
  ensure,
  ensureConnectorError,
  failureOf,
  offered,
} from './expectations.ts';
import { withSystem } from './orders.ts';
import { exporterOf, makeRows, readAll } from './reading.ts';
import type { ConnectorSubject, SystemControls } from './subject.ts';

type Upset = (system: SystemControls) => void | Promise<void>;

const throttle: Upset = async (system) => {
  await offered(system.throttle?.bind(system), 'throttle()')();
};
const stall: Upset = async (system) => {
  offered(system.timeoutMs, 'timeoutMs');
  await offered(system.stall?.bind(system), 'stall()')();
};

/** What reading fails with once the system is upset. */
async function readUpset(
  subject: ConnectorSubject,
  upset: Upset,
  states: string,
): Promise<{ readonly error: unknown; readonly afterMs: number; readonly timeoutMs: number }> {
  await using source = await exporterOf(subject).prepare(makeRows(10));
  await upset(source);
  const began = performance.now();
  const error = await failureOf(readAll(subject, source), states);
  return { error, afterMs: performance.now() - began, timeoutMs: source.timeoutMs ?? 0 };
}

async function orderUpset(
  subject: ConnectorSubject,
  upset: Upset,
  states: string,
): Promise<{ readonly error: unknown; readonly afterMs: number; readonly timeoutMs: number }> {
  let found = { error: undefined as unknown, afterMs: 0, timeoutMs: 0 };
  await withSystem(subject, async ({ fulfiller, add, prepared }) => {
    await fulfiller.fulfil(add('A1', { name: 'Ana', note: null }));
    await upset(prepared);
    const began = performance.now();
    const error = await failureOf(fulfiller.fulfil(add('A2', { name: 'Bo', note: null })), states);
    found = { error, afterMs: performance.now() - began, timeoutMs: prepared.timeoutMs ?? 0 };
  });
  return found;
}

/** Rejects when `work` has not ended soon after `stop`. */
async function endSoon(work: Promise<unknown>, stop: AbortController, limitMs: number) {
  setTimeout(() => stop.abort(new Error('stopped')), 100);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new ContractFailure('It waits on for a system that does not answer.')),
      limitMs,
    );
  });
  const ended = work.then(
    () => 'done' as const,
    () => 'failed' as const,
  );
  try {
    const outcome = await Promise.race([ended, late]);
    ensure(outcome === 'failed', 'It ended as if it were whole.');
  } finally {
    clearTimeout(timer);
  }
}

const slowAnswers: readonly ConnectorErrorKind[] = ['timeout', 'unreachable'];

export const troubleCases: readonly ContractCase[] = [
  {
    id: 'reading-throttled',
    area: 'trouble',
    states: 'says so when the system will not be read so often',
    needs: ['export'],
    async test(subject) {
      const states = 'Reading a system that is asked too often';
      const { error } = await readUpset(subject, throttle, states);
      ensureConnectorError(error, states, ['rate-limited']);
    },
  },
  {
    id: 'order-throttled',
    area: 'trouble',
    states: 'says so when the system will not take orders so often',
    needs: ['fulfil'],
    async test(subject) {
      const states = 'An order to a system that is asked too often';
      const { error } = await orderUpset(subject, throttle, states);
      ensureConnectorError(error, states, ['rate-limited']);
    },
  },
  {
    id: 'reading-times-out',
    area: 'trouble',
    states: 'gives up reading a system that does not answer, in the time its settings say',
    needs: ['export'],
    async test(subject) {
      const states = 'Reading a system that does not answer';
      const { error, afterMs, timeoutMs } = await readUpset(subject, stall, states);
      ensureConnectorError(error, states, slowAnswers);
      ensure(afterMs <= timeoutMs + 1_500, `${states} ended after ${Math.round(afterMs)} ms only.`);
    },
  },
  {
    id: 'order-times-out',
    area: 'trouble',
    states: 'gives up an order that is not answered, in the time its settings say',
    needs: ['fulfil'],
    async test(subject) {
      const states = 'An order that is not answered';
      const { error, afterMs, timeoutMs } = await orderUpset(subject, stall, states);
      ensureConnectorError(error, states, slowAnswers);
      ensure(afterMs <= timeoutMs + 1_500, `${states} ended after ${Math.round(afterMs)} ms only.`);
    },
  },
  {
    id: 'reading-stopped-while-waiting',
    area: 'trouble',
    states: 'stops reading when it is told to, though the system does not answer',
    needs: ['export'],
    async test(subject) {
      await using source = await exporterOf(subject).prepare(makeRows(10));
      await stall(source);
      const stop = new AbortController();
      const reading = readAll(subject, source, { context: { signal: stop.signal } });
      await endSoon(reading, stop, stopLimit(source));
      await reading.catch(() => undefined);
    },
  },
  {
    id: 'order-stopped-while-waiting',
    area: 'trouble',
    states: 'lets go of an order when it is told to, though the system does not answer',
    needs: ['fulfil'],
    async test(subject) {
      const stop = new AbortController();
      await withSystem(
        subject,
        async ({ fulfiller, add, prepared }) => {
          await fulfiller.fulfil(add('A1', { name: 'Ana', note: null }));
          await stall(prepared);
          const order = fulfiller.fulfil(add('A2', { name: 'Bo', note: null }));
          await endSoon(order, stop, stopLimit(prepared));
          await order.catch(() => undefined);
        },
        { signal: stop.signal },
      );
    },
  },
];

/** Well before the package would have given up by itself. */
function stopLimit({ timeoutMs = 0 }: SystemControls): number {
  return Math.min(2_000, timeoutMs * 0.8);
}
