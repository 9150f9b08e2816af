/** Directories as subjects of the contract of connectors, whatever server and whatever package. */
import { randomUUID } from 'node:crypto';
import type { Client } from 'ldapts';
import type { Exporter, FulfillerFactory, FulfilTarget, Row } from '../../../connectors/index.ts';
import {
  type ConnectorSubject,
  type ContractRow,
  defineContract,
  type PreparedSource,
  type PreparedTarget,
  type RawSettings,
  type SourceChange,
  type SystemControls,
} from '../../../connectors/spi/contract/subject.ts';
import { type DirectoryProxy, startDirectoryProxy } from '../../servers/directory-proxy.ts';
import type { RelayTarget } from '../../servers/relay.ts';
import {
  addPerson,
  addUnit,
  changePerson,
  type DirectoryWords,
  findLarge,
  findNested,
  makeNested,
  makeTree,
  personDn,
  removePerson,
} from './directory-trees.ts';

const secret = 'canary-password-4711';
const busy = 51;

/** A server that is running, and the ways into it past the package. */
export interface OpenDirectory {
  /** For the proxy that the package goes through. */
  readonly target: RelayTarget;
  /** Where the trees of the cases are made. */
  readonly root: string;
  readonly client: Client;
  /** Large trees are there from the start, at the root. */
  readonly hasLarge?: true;
  /** Who is in a group that may not be empty. */
  readonly groupMember?: string;
  applyLdif(ldif: string): Promise<void>;
  forgetChanges?(): Promise<void>;
  /** The clock of the package, where it is not that of the suite. */
  now?(): number;
}

/** How a package says where to read and write. */
export interface Place {
  readonly port: number;
  readonly base: string;
  /** Another one than the right one. */
  readonly password?: string;
}

export interface DirectoryUnderContract<S>
  extends Pick<
    ConnectorSubject<S>,
    'name' | 'folder' | 'definition' | 'badSettings' | 'skips' | 'secret'
  > {
  readonly words: DirectoryWords;
  readonly exporter: Exporter<S>;
  readonly fulfiller: FulfillerFactory<S>;
  readonly entriesSuffix: string;
  /** The key that the server gives an entry, where its changes are told by it. */
  readonly keyColumn?: string;
  readonly mapping: FulfilTarget['mapping'];
  /** How long its settings let the package wait for an answer. */
  readonly timeOutSeconds: number;
  settingsFor(place: Place): RawSettings;
  postpone?(bookmark: Uint8Array): Uint8Array;
}

/** The subject; `open` is asked when a case runs. */
export function makeDirectorySubject<S>(
  under: DirectoryUnderContract<S>,
  open: () => OpenDirectory,
): ConnectorSubject {
  const { name, folder, definition, badSettings, skips, words } = under;
  const bed = new DirectoryBed(words, open);
  const settingsAt = (place: Place): RawSettings => under.settingsFor(place);
  return defineContract<S>({
    name,
    ...(folder === undefined ? {} : { folder }),
    definition,
    badSettings,
    ...(skips === undefined ? {} : { skips }),
    unreachable: async () => settingsAt({ port: 1, base: open().root, password: secret }),
    badCredentials: async () =>
      settingsAt({ port: await bed.portForAll(), base: open().root, password: secret }),
    secret,
    exporter: {
      load: () => Promise.resolve(under.exporter),
      prepare: async (rows) => {
        const base = await bed.prepareTree(rows);
        const proxy = await startDirectoryProxy(open().target);
        return makeSource(under, { open, bed, base, proxy, rows });
      },
      missingTable: (source) => ({ ...source.table, name: 'Dir_none', suffix: 'none' }),
    },
    fulfiller: {
      load: () => Promise.resolve(under.fulfiller),
      prepare: async () => {
        const base = await bed.prepareTree([]);
        await open().applyLdif(addUnit(`ou=Elsewhere,${base}`));
        const proxy = await startDirectoryProxy(open().target);
        return makeTarget(under, { open, base, proxy });
      },
    },
  });
}

/** Trees in the directory: one of its own for each case, but for large ones that are only read. */
class DirectoryBed {
  readonly #words: DirectoryWords;
  readonly #open: () => OpenDirectory;
  #nested: Promise<string> | undefined;
  #proxy: Promise<DirectoryProxy> | undefined;

  constructor(words: DirectoryWords, open: () => OpenDirectory) {
    this.#words = words;
    this.#open = open;
  }

  /** A port that leads to the server and is never closed before the process is. */
  async portForAll(): Promise<number> {
    this.#proxy ??= startDirectoryProxy(this.#open().target);
    return (await this.#proxy).port;
  }

  /** The base of a tree with these rows. */
  async prepareTree(rows: readonly ContractRow[]): Promise<string> {
    const { root, hasLarge } = this.#open();
    const large = hasLarge === true ? findLarge(rows, root) : undefined;
    if (large !== undefined) return large;
    if (findNested(rows, root) !== undefined) {
      this.#nested ??= this.#makeNested();
      return findNested(rows, await this.#nested) ?? root;
    }
    const base = `ou=${randomUUID()},${root}`;
    await this.#open().applyLdif(makeTree(this.#words, rows, base));
    return base;
  }

  async #makeNested(): Promise<string> {
    const { root, applyLdif } = this.#open();
    const base = `ou=${randomUUID()},${root}`;
    await applyLdif(addUnit(base) + makeNested(this.#words, base));
    return base;
  }
}

/** What tests can do to any way to a server. */
function controlsOf(
  proxy: DirectoryProxy,
  timeOutSeconds: number,
): SystemControls & AsyncDisposable {
  return {
    opened: () => proxy.connections(),
    throttle: () => proxy.refuse(busy),
    stall: () => proxy.stall(),
    timeoutMs: timeOutSeconds * 1_000,
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}

interface SourceParts {
  readonly open: () => OpenDirectory;
  readonly bed: DirectoryBed;
  readonly base: string;
  readonly proxy: DirectoryProxy;
  readonly rows: readonly ContractRow[];
}

function makeSource<S>(
  under: DirectoryUnderContract<S>,
  { open, base, proxy, rows }: SourceParts,
): PreparedSource {
  const { words, keyColumn, entriesSuffix, postpone } = under;
  const changes = new ChangedPeople(words, base, open, { keyColumn, rows });
  const { now } = open();
  return {
    ...controlsOf(proxy, under.timeOutSeconds),
    ...(now === undefined ? {} : { contextOptions: { now } }),
    settings: under.settingsFor({ port: proxy.port, base }),
    table: {
      name: `Dir_${entriesSuffix}`,
      suffix: entriesSuffix,
      columns: [
        ...['dn', words.naming, words.name, words.note, words.values],
        ...(keyColumn === undefined ? [] : [keyColumn]),
      ],
      formats: { [words.values]: 'multivaluedtext' },
      ...(keyColumn === undefined ? {} : { keyColumns: [keyColumn] }),
    },
    columns: { key: words.naming, name: words.name, note: words.note, values: words.values },
    breakAfter: (count) => proxy.cutAfterEntries(count),
    served: () => proxy.entriesTaken(),
    change: (made) => changes.make(made),
    ...(keyColumn === undefined ? {} : { readKey: (row) => changes.readKey(row) }),
    ...(postpone === undefined ? {} : { postpone }),
    ...(open().forgetChanges === undefined
      ? {}
      : { forgetChanges: async () => await open().forgetChanges?.() }),
  };
}

/** People that others change, and the keys that the server has given to those that are gone. */
class ChangedPeople {
  readonly #words: DirectoryWords;
  readonly #base: string;
  readonly #open: () => OpenDirectory;
  readonly #keyColumn: string | undefined;
  readonly #held: Set<string>;
  readonly #former = new Map<string, string>();

  constructor(
    words: DirectoryWords,
    base: string,
    open: () => OpenDirectory,
    is: { readonly keyColumn: string | undefined; readonly rows: readonly ContractRow[] },
  ) {
    this.#words = words;
    this.#base = base;
    this.#open = open;
    this.#keyColumn = is.keyColumn;
    this.#held = new Set(is.rows.map(({ key }) => key));
  }

  async make(changes: readonly SourceChange[]): Promise<void> {
    for (const change of changes) if (change.kind === 'remove') await this.#remember(change.key);
    await this.#open().applyLdif(changes.map((change) => this.#record(change)).join(''));
  }

  #record(change: SourceChange): string {
    if (change.kind === 'remove') {
      this.#held.delete(change.key);
      return removePerson(this.#words, change.key, this.#base);
    }
    const { row } = change;
    const write = this.#held.has(row.key) ? changePerson : addPerson;
    this.#held.add(row.key);
    return write(this.#words, row, this.#base);
  }

  async #remember(key: string): Promise<void> {
    if (this.#keyColumn === undefined || !this.#held.has(key)) return;
    const { searchEntries } = await this.#open().client.search(
      personDn(this.#words, key, this.#base),
      {
        scope: 'base',
        attributes: [this.#keyColumn],
        explicitBufferAttributes: ['objectGUID'],
      },
    );
    const value = searchEntries[0]?.[this.#keyColumn];
    // Bytes are exported in Base64, as long as no format is asked for.
    const text = Buffer.isBuffer(value) ? value.toString('base64') : String(value);
    this.#former.set(text, key);
  }

  /** Who is gone is known by the key of the server; somebody else may bear the name by now. */
  readKey(row: Row): string {
    const named = row[this.#words.naming];
    if (named !== null && named !== undefined) return named;
    const given = row[this.#keyColumn ?? ''] ?? '';
    const key = this.#former.get(given) ?? '';
    return this.#held.has(key) ? `former ${given}` : key;
  }
}

function makeTarget<S>(
  under: DirectoryUnderContract<S>,
  { open, base, proxy }: Pick<SourceParts, 'open' | 'base' | 'proxy'>,
): PreparedTarget {
  const { words, mapping, entriesSuffix } = under;
  const { client, groupMember } = open();
  const groupDn = (key: string) => `cn=${key},${base}`;
  const hasCommonName = words.naming.toLowerCase() !== 'cn';
  const valuesAt = (key: string, place: string) => ({
    dn: personDn(words, key, place),
    ...(hasCommonName ? { cn: key } : {}),
  });
  return {
    ...controlsOf(proxy, under.timeOutSeconds),
    settings: under.settingsFor({ port: proxy.port, base }),
    target: describeTarget(words, mapping, entriesSuffix),
    valuesFor: (key) => valuesAt(key, base),
    movedValuesFor: (key) => ({ dn: personDn(words, key, `ou=Elsewhere,${base}`) }),
    async find(key) {
      const filter = `(&(objectClass=${words.personClass})(${words.naming}=${key}))`;
      const attributes = [words.name, words.note];
      const { searchEntries } = await client.search(base, { filter, attributes });
      const [entry] = searchEntries;
      if (entry === undefined) return null;
      const groups = await client.search(base, {
        filter: `(member=${entry.dn})`,
        attributes: ['cn'],
      });
      return {
        name: readText(entry[words.name]),
        note: readText(entry[words.note]),
        links: groups.searchEntries.map((group) => String(group['cn'])),
        place: entry.dn.slice(entry.dn.indexOf(',') + 1),
      };
    },
    async addLinked(key) {
      await client.add(groupDn(key), {
        objectClass: words.groupClass,
        cn: key,
        ...(groupMember === undefined ? {} : { member: groupMember }),
      });
      return { id: `g-${key}`, entityType: 'Group', values: { dn: groupDn(key) } };
    },
  };
}

function readText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function describeTarget(
  words: DirectoryWords,
  mapping: FulfilTarget['mapping'],
  tableSuffix: string,
): FulfilTarget {
  const column = (property: string, name: string) => ({
    ...{ property, column: name, isPrimaryKey: property === 'key' },
    isUniqueKey: property === 'dn',
  });
  return {
    resourceType: 'Directory_Account',
    entityType: 'Directory_Entry',
    tableSuffix,
    columns: [
      column('dn', 'dn'),
      column('key', words.naming),
      ...(words.naming.toLowerCase() === 'cn' ? [] : [column('cn', 'cn')]),
      column('name', words.name),
      column('note', words.note),
    ],
    links: [
      {
        property: 'groups',
        isCollection: true,
        tableSuffix: 'member',
        ownColumn: 'member',
        ownProperty: 'dn',
        linkedColumn: 'dn',
        linkedProperty: 'dn',
        linkedEntityType: 'Group',
        linkedColumns: { dn: 'dn' },
      },
    ],
    mapping,
  };
}

/** A mapping of entries named by an attribute, with all the classes they are of. */
export function makeMapping(
  naming: string,
  classes: readonly string[],
): DirectoryUnderContract<unknown>['mapping'] {
  return {
    element: 'LdapResourceTypeMapping',
    attributes: { DefaultObjectClass: classes.join('\n'), RDNAttributeIdentifier: naming },
    children: [{ element: 'Property', attributes: { Property: 'dn', IsDNProperty: 'true' } }],
  };
}
