/** How values are written: as an order says, whatever they mean to the system. */
import type { ContractCase } from './contract-case.ts';
import { ensureConnectorError, ensureEqual } from './expectations.ts';
import { carryOut, type System, set, withSystem } from './orders.ts';

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
  const keyed = values.map((value, index) => ({ key: `V${index}`, value }));
  await carryOut(
    system,
    keyed.map(({ key, value }) => system.add(key, { name: 'before', note: value })),
  );
  for (const { key, value } of keyed) {
    ensureEqual((await system.find(key))?.note, value, 'A value is not added as ordered.');
  }
  await carryOut(
    system,
    keyed.map(({ key, value }) => system.modify(key, [set('note', `.${value}.`)])),
  );
  for (const { key, value } of keyed) {
    const found = (await system.find(key))?.note;
    ensureEqual(found, `.${value}.`, 'A value is not changed as ordered.');
  }
}

function writes(id: string, states: string, values: readonly string[]): ContractCase {
  return {
    id,
    area: 'written values',
    states,
    needs: ['fulfil'],
    test: (subject) => withSystem(subject, (system) => roundTrip(system, values)),
  };
}

export const writtenCases: readonly ContractCase[] = [
  writes('letters-written', 'writes letters of all scripts', [
    'Zoë Čapek',
    '李明',
    'עברית',
    '😀👩‍👩‍👧',
    'e\u0301',
  ]),
  writes('line-breaks-written', 'writes line breaks and tabs', [
    'one\ntwo',
    'one\r\ntwo',
    'tab\there',
  ]),
  writes('quotes-written', 'writes quotes', ['"double" \'single\'', '""', "''"]),
  writes(
    'hostile-text-written',
    'writes text that means something to the system as plain text',
    hostileValues,
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
