/** How values are written: as an order says, whatever they mean to the system. */
import type { ContractCase } from './contract-case.ts';
import { ensureConnectorError, ensureEqual } from './expectations.ts';
import { type System, set, withSystem } from './orders.ts';

/** Text that means something to SQL, LDAP, XML, shells, formulas or paths. */
const hostileValues: readonly string[] = [
  "Robert'); DROP TABLE people;--",
  '" OR ""="',
  '*)(uid=*))(|(uid=*',
  'cn=admin,dc=example\\,dc=test',
  '#hash <tag> &amp; ]]>',
  '$(reboot) `id` ; | &',
  '=1+1',
  '../../etc/passwd',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the braces are the hostile part
  '%00 %s ${name} {{name}} ?1 :name @name',
  '\\', // a lone escape character
  '__proto__',
];

async function roundTrip(system: System, values: readonly string[]): Promise<void> {
  for (const [index, value] of values.entries()) {
    const key = `V${index}`;
    await system.fulfiller.fulfil(system.add(key, { name: 'before', note: value }));
    ensureEqual((await system.find(key))?.note, value, 'A value is not added as ordered.');
    const changed = `.${value}.`;
    await system.fulfiller.fulfil(system.modify(key, [set('note', changed)]));
    ensureEqual((await system.find(key))?.note, changed, 'A value is not changed as ordered.');
  }
}

function writes(
  id: string,
  states: string,
  values: readonly string[],
  formerly?: string,
): ContractCase {
  return {
    id,
    area: 'written values',
    states,
    needs: ['fulfil'],
    ...(formerly === undefined ? {} : { formerly }),
    test: (subject) => withSystem(subject, (system) => roundTrip(system, values)),
  };
}

export const writtenCases: readonly ContractCase[] = [
  writes(
    'letters-written',
    'writes letters of all scripts',
    ['Zoë Čapek', '李明', 'עברית', '😀👩‍👩‍👧', 'e\u0301'],
    'unicode',
  ),
  writes(
    'line-breaks-written',
    'writes line breaks and tabs',
    ['one\ntwo', 'one\r\ntwo', 'tab\there'],
    'line breaks and quotes',
  ),
  writes(
    'quotes-written',
    'writes quotes',
    ['"double" \'single\'', '""', "''"],
    'line breaks and quotes',
  ),
  writes(
    'hostile-text-written',
    'writes text that means something to the system as plain text',
    hostileValues,
    'hostile values',
  ),
  writes('digits-written', 'writes digits as they are ordered', ['00012', '1e5', '1.0', '-0']),
  writes('large-written', 'writes a value of 1 MB', ['é'.repeat(524_288)]),
  {
    id: 'spaces-written',
    area: 'written values',
    states: 'writes spaces at both ends',
    needs: ['fulfil'],
    test: (subject) =>
      withSystem(subject, async ({ fulfiller, add, find }) => {
        await fulfiller.fulfil(add('A1', { name: 'Ana', note: '  spaced  ' }));
        ensureEqual((await find('A1'))?.note, '  spaced  ', 'A value is not added as ordered.');
      }),
  },
  {
    id: 'nul-written-or-refused',
    area: 'written values',
    states: 'writes the character NUL, or refuses it and writes nothing',
    needs: ['fulfil'],
    test: (subject) =>
      withSystem(subject, async ({ fulfiller, add, find }) => {
        const value = 'before\0after';
        let error: unknown;
        try {
          await fulfiller.fulfil(add('A1', { name: 'Ana', note: value }));
        } catch (thrown) {
          error = thrown;
        }
        const found = await find('A1');
        if (error === undefined) {
          ensureEqual(found?.note, value, 'A value with NUL is not as ordered.');
          return;
        }
        ensureConnectorError(error, 'A value with NUL', ['invalid-value']);
        ensureEqual(found, null, 'An order that was refused left something behind.');
      }),
  },
];
