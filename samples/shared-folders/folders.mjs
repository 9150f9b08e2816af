/** Makes the folders of the firm with their access lists, and opens a closed one: node folders.mjs create | open. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const clients = join(import.meta.dirname, 'data', 'clients');
const litigation = join(clients, 'Harrow Shipping', 'Litigation');
const [command] = process.argv.slice(2);

if (command === 'create') {
  for (const path of [litigation, join(clients, 'Quill Press', 'Contracts')]) {
    mkdirSync(path, { recursive: true });
  }
  for (const path of [clients, join(clients, 'Harrow Shipping'), join(clients, 'Quill Press')]) {
    chmodSync(path, 0o755);
  }
  chmodSync(join(clients, 'Quill Press', 'Contracts'), 0o750);
  chmodSync(litigation, 0o700);
  // Two people and a group, by number; the mask takes writing from all of them.
  execFileSync('setfacl', ['-m', 'u:1:r-x,u:2:rwx,g:100:rwx,m::r-x', litigation]);
} else if (command === 'open') {
  chmodSync(litigation, 0o755);
} else {
  process.stderr.write('Use: node folders.mjs create, or node folders.mjs open.\n');
  process.exitCode = 2;
}
