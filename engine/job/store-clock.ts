/** One clock for all machines that work on a store: the database's, where it has one of its own. */
import type { Logger } from '../../connectors/index.ts';
import type { Store } from '../store/index.ts';

/** The clock of this process. */
interface Clock {
  readonly now: () => number;
  readonly setClock?: (byMs: number) => void;
  readonly logger: Pick<Logger, 'warn'>;
}

/** Clocks that are nearer than this are taken for equal. */
const equalMs = 1_000;
/** From here on people are told. */
const tellMs = 60_000;

/**
 * Sets the clock by the store's, so that results, exports, leases and dates of several machines are comparable. A store in a
 * file has the clock of the machine; a clock that cannot be set is left alone.
 */
export async function followStoreClock(
  store: Pick<Store, 'read'>,
  { now, setClock, logger }: Clock,
): Promise<void> {
  if (setClock === undefined) return;
  const asked = now();
  const at = await store.read(({ tx, dialect }) => dialect.readClock(tx));
  if (at === null) return;
  // Read somewhere between the question and the answer.
  const byMs = Math.round(at - (asked + now()) / 2);
  if (Math.abs(byMs) < equalMs) return;
  if (Math.abs(byMs) >= tellMs)
    logger.warn(
      { seconds: Math.round(byMs / 1_000) },
      'The clock of this machine is not that of the store, which is followed.',
    );
  setClock(byMs);
}
