/** What every package that carries out orders promises, as cases a connector's own test calls. */
import { describe, expect, it } from 'vitest';
import {
  ConnectorError,
  type ConnectorPackage,
  checkSettings,
  type Executed,
  type Fulfiller,
  type FulfillerFactory,
  type FulfilTarget,
  type LinkedResource,
  type PropertyChange,
  type ProvisioningOrder,
  type Values,
} from '../../connectors/index.ts';
import {
  createTestContext,
  declareLeftOut,
  readSettings,
  type Skips,
  showError,
  type TestContextOptions,
} from './contract-context.ts';

/** An object as the system holds it, read without the connector. */
export interface ContractObject {
  readonly name: string | null;
  readonly note: string | null;
  /** Keys of linked resources, where the subject has links. */
  readonly links?: readonly string[];
}

/** A fresh, empty system. Properties of the target entity type are `key`, `name`, `note` and, with links, `groups`. */
export interface PreparedTarget extends AsyncDisposable {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly target: FulfilTarget;
  /** Values of key properties besides `key` that orders must carry, such as a distinguished name. */
  valuesFor?(key: string): Values;
  /** Reads the system by other means; absent where nothing can be read. */
  find?(key: string): Promise<ContractObject | null>;
  /** Makes a resource that `groups` may lead to; absent: no links. */
  addLinked?(key: string): Promise<LinkedResource>;
  readonly contextOptions?: TestContextOptions;
}

export type FulfillerCase =
  | 'check connection'
  | 'check connection refused'
  | 'secrets'
  | 'abort'
  | 'two instances'
  | 'objects'
  | 'unicode'
  | 'line breaks and quotes'
  | 'hostile values'
  | 'already exists'
  | 'not found'
  | 'delete twice'
  | 'modify twice'
  | 'clear'
  | 'conflicts'
  | 'links'
  | 'read';

export interface FulfillerSubject<S> {
  readonly name: string;
  readonly definition: Pick<ConnectorPackage<S>, 'settings' | 'displayName'>;
  loadFactory(): Promise<FulfillerFactory<S>>;
  prepare(): Promise<PreparedTarget>;
  readonly badSettings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  unreachable(): Promise<Readonly<Record<string, unknown>>>;
  /** What a carried out order answers; `executed` unless a person does the work. */
  readonly status?: Executed['status'];
  readonly secret?: string;
  readonly skips?: Skips<FulfillerCase>;
}

/** Declares the cases; call it once at the top of the connector's test. */
export function describeFulfillerContract<S>(subject: FulfillerSubject<S>): void {
  describe(`${subject.name}: contract of fulfillers`, () => {
    const run: Run = (name, states, body) => {
      const reason = subject.skips?.[name];
      if (reason === undefined) it(states, () => withSystem(subject, body));
      else declareLeftOut(states, reason);
    };
    describeSettings(subject);
    describeConnection(subject, run);
    describeBasics(subject, run);
    describeObjects(run);
    describeRepetition(run);
    describeValues(run);
    describeLinks(run);
    describeReading(run);
  });
}

type Run = (name: FulfillerCase, states: string, body: (system: System) => Promise<void>) => void;

/** An open fulfiller over a fresh system, with orders made for it. */
interface System {
  readonly fulfiller: Fulfiller;
  readonly prepared: PreparedTarget;
  add(key: string, values: Values): ProvisioningOrder;
  modify(key: string, changes: readonly PropertyChange[], current?: Values): ProvisioningOrder;
  remove(key: string): ProvisioningOrder;
  find(key: string): Promise<ContractObject | null>;
}

async function withSystem<S>(
  subject: FulfillerSubject<S>,
  body: (system: System) => Promise<void>,
  options: TestContextOptions = {},
): Promise<void> {
  await using prepared = await subject.prepare();
  await using context = await createTestContext({ ...prepared.contextOptions, ...options });
  const factory = await subject.loadFactory();
  const settings = readSettings(subject.definition, prepared.settings);
  await using fulfiller = await factory.openFulfiller(settings, [prepared.target], context);
  await body({ fulfiller, prepared, ...makeOrders(prepared), find: (key) => find(prepared, key) });
}

async function find(prepared: PreparedTarget, key: string): Promise<ContractObject | null> {
  if (prepared.find === undefined) throw new Error('The subject cannot read: skip with a reason.');
  return prepared.find(key);
}

function makeOrders(prepared: PreparedTarget): Pick<System, 'add' | 'modify' | 'remove'> {
  const { resourceType, entityType } = prepared.target;
  const base = (key: string) => ({
    id: `order-${key}`,
    assignedResourceTypeId: `70${key}`,
    owner: { id: '12', displayName: 'Roy Ana', identifier: 'E12', values: { EmployeeId: 'E12' } },
    resourceType: {
      identifier: resourceType,
      sourceEntityType: 'Person',
      targetEntityType: entityType,
    },
  });
  const keys = (key: string): Values => ({ key, ...prepared.valuesFor?.(key) });
  return {
    add: (key, values) => ({
      ...base(key),
      changeType: 'added',
      changes: Object.entries({ ...keys(key), ...values }).map(([property, value]) => ({
        kind: 'set',
        property,
        value,
      })),
    }),
    modify: (key, changes, current = {}) => ({
      ...base(key),
      changeType: 'modified',
      resource: { id: `r-${key}`, values: { ...keys(key), ...current } },
      changes,
    }),
    remove: (key) => ({
      ...base(key),
      changeType: 'deleted',
      resource: { id: `r-${key}`, values: keys(key) },
      changes: [],
    }),
  };
}

function set(property: string, value: string | null, expected?: string | null): PropertyChange {
  return expected === undefined
    ? { kind: 'set', property, value }
    : { kind: 'set', property, value, expected };
}

function describeSettings<S>(subject: FulfillerSubject<S>): void {
  it('accepts the settings of a working connection', async () => {
    await using prepared = await subject.prepare();

    expect(checkSettings(subject.definition, prepared.settings)).toMatchObject({ status: 'valid' });
  });

  it('refuses a setting it does not know, by name', async () => {
    await using prepared = await subject.prepare();

    const check = checkSettings(subject.definition, { ...prepared.settings, Surprise: 'x' });

    expect(check).toMatchObject({ findings: [{ path: 'Surprise' }] });
  });

  const bad = Object.entries(subject.badSettings);
  if (bad.length > 0) {
    it.each(bad)('refuses settings: %s', (_, raw) => {
      expect(checkSettings(subject.definition, raw)).toMatchObject({ status: 'invalid' });
    });
  }
}

function describeConnection<S>(subject: FulfillerSubject<S>, run: Run): void {
  run('check connection', 'says that a working connection works', async ({ prepared }) => {
    await using context = await createTestContext(prepared.contextOptions);
    const factory = await subject.loadFactory();
    const settings = readSettings(subject.definition, prepared.settings);

    expect(await factory.checkConnection(settings, context)).toMatch(/\S/);
  });

  run('check connection refused', 'says what is missing when it cannot write', async () => {
    const error = await failToConnect(subject);

    expect(error).toBeInstanceOf(ConnectorError);
    expect((error as ConnectorError).hint).toMatch(/\S/);
  });

  run('secrets', 'never shows a secret in errors', async () => {
    const error = await failToConnect(subject);

    expect(error).toBeInstanceOf(Error);
    expect(subject.secret).toBeDefined();
    expect(showError(error)).not.toContain(subject.secret);
  });
}

async function failToConnect<S>(subject: FulfillerSubject<S>): Promise<unknown> {
  await using context = await createTestContext();
  const factory = await subject.loadFactory();
  const settings = readSettings(subject.definition, await subject.unreachable());
  return factory.checkConnection(settings, context).then(
    () => undefined,
    (error: unknown) => error,
  );
}

function describeBasics<S>(subject: FulfillerSubject<S>, run: Run): void {
  it('carries out an order and says so', () =>
    withSystem(subject, async ({ fulfiller, add }) => {
      const executed = await fulfiller.fulfil(add('A1', { name: 'Ana', note: 'n' }));

      expect(executed.status).toBe(subject.status ?? 'executed');
    }));

  it('can be closed twice', () =>
    withSystem(subject, async ({ fulfiller }) => {
      await fulfiller[Symbol.asyncDispose]();
      await fulfiller[Symbol.asyncDispose]();
    }));

  const reason = subject.skips?.['abort'];
  const states = 'carries out nothing once it is told to stop';
  const stopped = (): Promise<void> =>
    withSystem(
      subject,
      async ({ fulfiller, add, prepared }) => {
        await expect(fulfiller.fulfil(add('A1', { name: 'Ana', note: null }))).rejects.toThrow();
        if (prepared.find !== undefined) expect(await prepared.find('A1')).toBeNull();
      },
      { signal: AbortSignal.abort(new Error('stopped')) },
    );
  if (reason === undefined) it(states, stopped);
  else declareLeftOut(states, reason);

  run('two instances', 'writes to its own system only', async (one) => {
    await withSystem(subject, async (two) => {
      await one.fulfiller.fulfil(one.add('A1', { name: 'one', note: null }));
      await two.fulfiller.fulfil(two.add('B1', { name: 'two', note: null }));

      expect(await one.find('B1')).toBeNull();
      expect(await two.find('A1')).toBeNull();
    });
  });
}

function describeObjects(run: Run): void {
  run('objects', 'adds an object with its values', async ({ fulfiller, add, find }) => {
    await fulfiller.fulfil(add('A1', { name: 'Ana', note: 'hello' }));

    expect(await find('A1')).toMatchObject({ name: 'Ana', note: 'hello' });
  });

  run('objects', 'changes what an order names and nothing else', async (system) => {
    const { fulfiller, add, modify, find } = system;
    await fulfiller.fulfil(add('A1', { name: 'Ana', note: 'stays' }));
    await fulfiller.fulfil(add('A2', { name: 'Omar', note: 'other' }));

    await fulfiller.fulfil(modify('A1', [set('name', 'Ana Roy')], { name: 'Ana', note: 'stays' }));

    expect(await find('A1')).toMatchObject({ name: 'Ana Roy', note: 'stays' });
    expect(await find('A2')).toMatchObject({ name: 'Omar', note: 'other' });
  });

  run(
    'clear',
    'clears a property whose change is null',
    async ({ fulfiller, add, modify, find }) => {
      await fulfiller.fulfil(add('A1', { name: 'Ana', note: 'gone soon' }));

      await fulfiller.fulfil(modify('A1', [set('note', null)], { name: 'Ana', note: 'gone soon' }));

      expect(await find('A1')).toMatchObject({ name: 'Ana', note: null });
    },
  );

  run('clear', 'adds an object with a property left empty', async ({ fulfiller, add, find }) => {
    await fulfiller.fulfil(add('A1', { name: 'Ana', note: null }));

    expect(await find('A1')).toMatchObject({ name: 'Ana', note: null });
  });

  run('objects', 'deletes an object and no other', async ({ fulfiller, add, remove, find }) => {
    await fulfiller.fulfil(add('A1', { name: 'Ana', note: null }));
    await fulfiller.fulfil(add('A2', { name: 'Omar', note: null }));

    await fulfiller.fulfil(remove('A1'));

    expect(await find('A1')).toBeNull();
    expect(await find('A2')).toMatchObject({ name: 'Omar' });
  });

  run('not found', 'refuses to change what is not there', async ({ fulfiller, modify, find }) => {
    const change = fulfiller.fulfil(modify('A9', [set('name', 'Nobody')]));

    await expect(change).rejects.toMatchObject({ kind: 'not-found' });
    expect(await find('A9')).toBeNull();
  });

  run('conflicts', 'leaves alone a value someone else has changed', async (system) => {
    const { fulfiller, add, modify, find } = system;
    await fulfiller.fulfil(add('A1', { name: 'Ana', note: 'theirs' }));

    const change = fulfiller.fulfil(modify('A1', [set('note', 'ours', 'before')]));

    await expect(change).rejects.toMatchObject({ kind: 'conflict' });
    expect(await find('A1')).toMatchObject({ note: 'theirs' });
  });

  run('conflicts', 'changes a value that is as expected', async (system) => {
    const { fulfiller, add, modify, find } = system;
    await fulfiller.fulfil(add('A1', { name: 'Ana', note: 'before' }));

    await fulfiller.fulfil(modify('A1', [set('note', 'ours', 'before')]));

    expect(await find('A1')).toMatchObject({ note: 'ours' });
  });
}

function describeRepetition(run: Run): void {
  run('already exists', 'adds nothing twice', async ({ fulfiller, add, find }) => {
    await fulfiller.fulfil(add('A1', { name: 'Ana', note: 'first' }));

    const again = fulfiller.fulfil(add('A1', { name: 'Ana', note: 'second' }));

    await expect(again).rejects.toMatchObject({ kind: 'already-exists' });
    expect(await find('A1')).toMatchObject({ note: 'first' });
  });

  run('delete twice', 'is done when what it deletes is gone already', async (system) => {
    const { fulfiller, add, remove } = system;
    await fulfiller.fulfil(add('A1', { name: 'Ana', note: null }));
    await fulfiller.fulfil(remove('A1'));

    const again = await fulfiller.fulfil(remove('A1'));

    expect(again.status).toBe('executed');
  });

  run('modify twice', 'ends in the same place when it changes twice', async (system) => {
    const { fulfiller, add, modify, find } = system;
    await fulfiller.fulfil(add('A1', { name: 'Ana', note: null }));
    const order = modify('A1', [set('note', 'changed')]);

    await fulfiller.fulfil(order);
    await fulfiller.fulfil(order);

    expect(await find('A1')).toMatchObject({ name: 'Ana', note: 'changed' });
  });
}

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

function describeValues(run: Run): void {
  const roundTrip = async (system: System, values: readonly string[]): Promise<void> => {
    for (const [index, value] of values.entries()) {
      const key = `V${index}`;
      await system.fulfiller.fulfil(system.add(key, { name: 'before', note: value }));
      expect(await system.find(key), value).toMatchObject({ note: value });
      await system.fulfiller.fulfil(system.modify(key, [set('note', `${value}.`)]));
      expect(await system.find(key), value).toMatchObject({ name: 'before', note: `${value}.` });
    }
  };

  run('unicode', 'writes letters of all scripts', (system) =>
    roundTrip(system, ['Zoë Čapek', '李明', 'עברית', '😀👩‍👩‍👧', 'e\u0301']),
  );

  run('line breaks and quotes', 'writes line breaks and quotes', (system) =>
    roundTrip(system, ['one\ntwo', 'one\r\ntwo', '"double" \'single\'', 'tab\there']),
  );

  run('hostile values', 'writes text that means something to the system as plain text', (system) =>
    roundTrip(system, hostileValues),
  );
}

function describeLinks(run: Run): void {
  const prepareLinks = async (
    system: System,
  ): Promise<readonly [LinkedResource, LinkedResource]> => {
    const { addLinked } = system.prepared;
    if (addLinked === undefined) throw new Error('The subject has no links: skip with a reason.');
    await system.fulfiller.fulfil(system.add('A1', { name: 'Ana', note: null }));
    return [await addLinked('G1'), await addLinked('G2')];
  };

  run('links', 'adds links and removes the ones named', async (system) => {
    const [one, two] = await prepareLinks(system);
    const { fulfiller, modify, find } = system;

    await fulfiller.fulfil(
      modify('A1', [
        { kind: 'add', property: 'groups', value: one },
        { kind: 'add', property: 'groups', value: two },
      ]),
    );
    expect((await find('A1'))?.links?.toSorted()).toEqual(['G1', 'G2']);

    await fulfiller.fulfil(modify('A1', [{ kind: 'remove', property: 'groups', value: one }]));
    expect((await find('A1'))?.links).toEqual(['G2']);
  });

  run('links', 'ends in the same place when it links twice', async (system) => {
    const [one] = await prepareLinks(system);
    const { fulfiller, modify, find } = system;
    const add = modify('A1', [{ kind: 'add', property: 'groups', value: one }]);
    const remove = modify('A1', [{ kind: 'remove', property: 'groups', value: one }]);

    await fulfiller.fulfil(add);
    await fulfiller.fulfil(add);
    expect((await find('A1'))?.links).toEqual(['G1']);

    await fulfiller.fulfil(remove);
    await fulfiller.fulfil(remove);
    expect((await find('A1'))?.links).toEqual([]);
  });
}

function describeReading(run: Run): void {
  run('read', 'reads back what it wrote', async ({ fulfiller, add, modify }) => {
    await fulfiller.fulfil(add('A1', { name: 'Ana', note: 'hello' }));

    const found = await fulfiller.read?.(modify('A1', [set('name', 'Ana')]));

    expect(found?.values).toMatchObject({ key: 'A1', name: 'Ana', note: 'hello' });
  });

  run('read', 'finds an added object by the order that added it', async ({ fulfiller, add }) => {
    const order = add('A1', { name: 'Ana', note: null });
    expect(await fulfiller.read?.(order)).toBeNull();

    await fulfiller.fulfil(order);

    expect((await fulfiller.read?.(order))?.values).toMatchObject({ key: 'A1', name: 'Ana' });
  });

  run('read', 'says that what is not there is not there', async ({ fulfiller, remove }) => {
    expect(await fulfiller.read?.(remove('A9'))).toBeNull();
  });
}
