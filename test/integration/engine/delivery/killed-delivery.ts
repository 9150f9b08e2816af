/**
 * A delivery that kills its own process at a chosen moment, as `kill -9` does. Writes what it does to a trace: one line for
 * each order handed over (`fulfil`), done (`done`) and read (`read`).
 */
import { openSync, writeSync } from 'node:fs';
import type { Fulfiller } from '../../../../connectors/index.ts';
import { openStore } from '../../../../engine/store/index.ts';
import { type DeskDirectory, deliver } from './directory-desk.ts';

export interface KillPlan {
  readonly directory: DeskDirectory;
  readonly storeFile: string;
  readonly traceFile: string;
  /** Which call of `at` it is that ends the process; `null`: it comes to its end. */
  readonly kill: {
    readonly at: 'before' | 'during' | 'after' | 'reading';
    readonly call: number;
    /** For `during`: milliseconds after the order was handed over. */
    readonly delayMs: number;
  } | null;
}

const plan = JSON.parse(process.argv[2] ?? '') as KillPlan;
const trace = openSync(plan.traceFile, 'a');
const write = (line: string): void => void writeSync(trace, `${line}\n`);
const counts = { before: 0, during: 0, after: 0, reading: 0 };

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

function isTime(at: keyof typeof counts): boolean {
  counts[at] += 1;
  return plan.kill?.at === at && plan.kill.call === counts[at];
}

function watch(fulfiller: Fulfiller): Fulfiller {
  return {
    async fulfil(order) {
      if (isTime('before')) die();
      write(`fulfil ${order.id}`);
      const work = fulfiller.fulfil(order);
      if (isTime('during')) setTimeout(die, plan.kill?.delayMs);
      const result = await work.catch((error: unknown) => {
        write(`failed ${order.id} ${String(error)}`);
        throw error;
      });
      write(`done ${order.id}`);
      if (isTime('after')) die();
      return result;
    },
    async read(order) {
      write(`read ${order.id}`);
      if (isTime('reading')) die();
      return (await fulfiller.read?.(order)) ?? null;
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

write('begin');
await using store = await openStore({ client: 'sqlite', file: plan.storeFile });
await deliver(store, plan.directory, watch);
