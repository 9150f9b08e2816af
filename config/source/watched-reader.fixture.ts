/**
 * A process of its own that reads configuration folders and tells what each cost: milliseconds, the peak of its memory above
 * what it needed before, and every file, socket and process it opened. Called with the folders, of which the first
 * is an ordinary one, and `--expose-gc`; prints a line of JSON for each of the others.
 */
import childProcess from 'node:child_process';
import dns from 'node:dns';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { loadConfiguration } from '../load.ts';
import { readConfigurationFolder } from './folder.ts';

export interface Watched {
  readonly folder: string;
  /** `line:column CODE`, or the code of the error. */
  readonly told: readonly string[];
  readonly milliseconds: number;
  /** Highest so far, above the one before the first folder. */
  readonly peakMebibytes: number;
  readonly opened: readonly string[];
}

type Patched = Record<string, (...args: unknown[]) => unknown>;

function watch(): string[] {
  const opened: string[] = [];
  const patch = (target: unknown, names: readonly string[], what: string): void => {
    // Every named member is a function: what is not there stops the test below.
    const members = target as Patched;
    for (const name of names) {
      const original = members[name];
      if (original === undefined) throw new Error(`there is no ${what} ${name}`);
      members[name] = function patched(this: unknown, ...args: unknown[]): unknown {
        opened.push(`${what} ${String(args[0])}`);
        return original.apply(this, args);
      };
    }
  };
  patch(fs, ['open', 'openSync', 'readFile', 'readFileSync', 'createReadStream'], 'file');
  patch(fs.promises, ['open', 'readFile'], 'file');
  patch(net.Socket.prototype, ['connect'], 'socket');
  patch(dns, ['lookup', 'resolve'], 'name');
  patch(http, ['request', 'get'], 'address');
  patch(https, ['request', 'get'], 'address');
  patch(globalThis, ['fetch'], 'address');
  patch(childProcess, ['spawn', 'exec', 'execFile', 'fork'], 'process');
  syncBuiltinESMExports();
  return opened;
}

async function read(folder: string): Promise<readonly string[]> {
  try {
    const { diagnostics } = loadConfiguration(await readConfigurationFolder(folder));
    return diagnostics.map(({ line, column, code }) => `${line}:${column} ${code}`);
  } catch (error) {
    return [String(error instanceof Error && 'code' in error ? error.code : error)];
  }
}

async function measure(folders: readonly string[]): Promise<void> {
  const [example = '', ...others] = folders;
  const opened = watch();
  for (let round = 0; round < 3; round += 1) await read(example);
  const base = process.resourceUsage().maxRSS;
  for (const folder of others) {
    // What one folder left behind must not count as the need of the next.
    globalThis.gc?.();
    opened.length = 0;
    const start = process.hrtime.bigint();
    const told = await read(folder);
    const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
    const peakMebibytes = (process.resourceUsage().maxRSS - base) / 1024;
    const line: Watched = { folder, told, milliseconds, peakMebibytes, opened: [...opened] };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
}

await measure(process.argv.slice(2));
