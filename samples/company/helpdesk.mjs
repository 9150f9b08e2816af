// The helpdesk application of the sample company, as far as the sample needs it: a SQLite database and two things that
// happen to it without Lockstep. Plain JavaScript, so that it also runs from an installed package.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const database = join(import.meta.dirname, 'data', 'helpdesk.db');

const usage = `Usage:
  node helpdesk.mjs create               makes data/helpdesk.db anew from data/helpdesk.sql
  node helpdesk.mjs add <login> <name>   makes an account by hand, as an administrator would
`;

const [command, ...values] = process.argv.slice(2);
const [login, name] = values;
if (command === 'create' && values.length === 0) {
  create();
} else if (command === 'add' && values.length === 2 && login && name) {
  addByHand(login, name);
} else {
  process.stderr.write(usage);
  process.exitCode = 2;
}

function create() {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${database}${suffix}`, { force: true });
  const file = new DatabaseSync(database);
  file.exec('BEGIN');
  file.exec(readFileSync(join(import.meta.dirname, 'data', 'helpdesk.sql'), 'utf8'));
  file.exec('COMMIT');
  file.close();
}

function addByHand(login, name) {
  const file = new DatabaseSync(database);
  file.prepare('INSERT INTO agents (login, full_name) VALUES (?, ?)').run(login, name);
  file.close();
}
