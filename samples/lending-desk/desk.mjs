/**
 * The lending desk of the sample: staff cards in a JSON file. `node desk.mjs list` prints them as CSV, `node desk.mjs change` carries
 * out the orders on standard input and prints a line of JSON for each.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const file = join(import.meta.dirname, 'data', 'cards.json');
const columns = ['number', 'holder', 'branch'];
const cards = new Map(JSON.parse(readFileSync(file, 'utf8')).map((card) => [card.number, card]));

function list() {
  const quote = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = [...cards.values()].map((card) =>
    columns.map((column) => quote(card[column] ?? '')),
  );
  // The last line is the promise that this was all.
  process.stdout.write(`${[columns, ...rows].map((row) => row.join(',')).join('\n')}\n#END\n`);
}

function change(order) {
  const changes = order.Changes ?? {};
  const number = changes.Number ?? order.Resource?.Number;
  const named = { holder: changes.Holder, branch: changes.Branch };
  const changed = Object.fromEntries(
    Object.entries(named).filter(([, value]) => value !== undefined),
  );
  const card = cards.get(number);
  switch (order.ChangeType) {
    case 'Added':
      // Asked twice it ends in the same place: that is what IsRepeatable says.
      cards.set(number, { number, ...card, ...changed });
      break;
    case 'Modified':
      if (card === undefined)
        return { State: 'Error', Kind: 'not-found', Message: `There is no card ${number}.` };
      cards.set(number, { ...card, ...changed });
      break;
    case 'Deleted':
      cards.delete(number);
      break;
    default:
      return {
        State: 'Error',
        Kind: 'unsupported',
        Message: `An unknown change: ${order.ChangeType}`,
      };
  }
  writeFileSync(`${file}.new`, JSON.stringify([...cards.values()], null, 2));
  renameSync(`${file}.new`, file);
  return { State: 'Executed' };
}

function changeAll() {
  const { ProvisioningOrdersList: orders, Options: options } = JSON.parse(readFileSync(0, 'utf8'));
  for (const order of orders) {
    const result =
      options?.Key === undefined
        ? { State: 'Error', Kind: 'unauthenticated', Message: 'The desk wants a key.' }
        : change(order);
    process.stdout.write(`${JSON.stringify({ OrderId: order.OrderId, ...result })}\n`);
  }
}

if (process.argv[2] === 'list') list();
else if (process.argv[2] === 'change') changeAll();
else {
  process.stderr.write('node desk.mjs list|change\n');
  process.exitCode = 2;
}
