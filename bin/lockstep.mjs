#!/usr/bin/env node
// The command's entry. Kept to syntax that old versions of Node understand, so that they can say what is needed.
import { existsSync } from 'node:fs';
import module from 'node:module';
import v8 from 'node:v8';

const neededNode = 24;
const found = process.versions.node;

if (Number(found.split('.')[0]) < neededNode) {
  process.stderr.write(
    `Lockstep needs Node ${neededNode} or newer; this is Node ${found}.\n` +
      'Install it from nodejs.org or with your package manager. In the repository, "npm run lockstep --" brings its own.\n',
  );
  process.exitCode = 2;
} else {
  // By itself the heap may grow to four times what is in use before it is cleaned up. Measured on a first load of 10,000
  // people: a sixth less memory for a tenth more processor time. A heap that stays small is left alone: a run with nothing to
  // do would spend a fifth of its time on cleaning up.
  const largeHeap = 64 * 1024 * 1024;
  const watch = setInterval(() => {
    if (v8.getHeapStatistics().total_heap_size < largeHeap) return;
    v8.setFlagsFromString('--heap-growing-percent=40');
    clearInterval(watch);
  }, 100);
  watch.unref();
  // Halves the start: what was compiled once is kept in the temporary folder.
  module.enableCompileCache?.();
  const built = new URL('../dist/cli/main.js', import.meta.url);
  const source = new URL('../cli/main.ts', import.meta.url);
  // The package holds no sources; in the repository they are newer than whatever was built from them.
  await import((existsSync(source) ? source : built).href);
}
