/** Makes the folders of the practice, and moves one into the archive: node folders.mjs create | leave <login>. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const data = join(import.meta.dirname, 'data');
const homes = ['aokafor', 'dreyes', 'kwells', 'mlindqvist', 'tnakamura'];
const [command, login] = process.argv.slice(2);

if (command === 'create') {
  for (const name of homes) mkdirSync(join(data, 'homes', name, 'drawings'), { recursive: true });
  mkdirSync(join(data, 'homes-archive', 'rfontaine'), { recursive: true });
  writeFileSync(join(data, 'homes', 'quota.txt'), 'a file is no home folder');
} else if (command === 'leave' && homes.includes(login ?? '')) {
  renameSync(join(data, 'homes', login), join(data, 'homes-archive', login));
} else {
  process.stderr.write('Use: node folders.mjs create, or node folders.mjs leave <login>.\n');
  process.exitCode = 2;
}
