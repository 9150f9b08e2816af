/** Orders of a store of its own, carried out in a real directory. */
import { loadConfiguration, Secret, usualDelivery } from '../../../../config/index.ts';
import { activeDirectoryFulfiller } from '../../../../connectors/active-directory/fulfil.ts';
import type {
  ConnectorContext,
  Fulfiller,
  FulfilTarget,
  ProvisioningOrder,
  Values,
} from '../../../../connectors/index.ts';
import { ldapFulfiller } from '../../../../connectors/ldap/fulfil.ts';
import {
  type FulfilResult,
  fulfilConnection,
  type OrderPasswords,
} from '../../../../engine/fulfil/index.ts';
import { insertOrders, type Store, takeLease } from '../../../../engine/store/index.ts';
import type { DirectoryLogin } from '../../../servers/directory-address.ts';
import { readSettings as readDomainSettings } from '../../connectors/active-directory-forest.ts';
import { readSettings } from '../../connectors/ldap-directory.ts';
import { entry, link, set } from '../../connectors/ldap-orders.ts';

export interface DeskDirectory extends DirectoryLogin {
  /** Seconds without an answer after which the connection is given up. */
  readonly timeOut?: number;
  /** A domain: accounts log in, and get their password with the order that makes them. */
  readonly domain?: { readonly host: string; readonly name: string; readonly caFile: string };
}

const loaded = loadConfiguration([
  {
    path: 'empty.xml',
    text: '<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration" />',
  },
]);
if (loaded.status === 'invalid') throw new Error('model');
const { model } = loaded;

/** Accounts by DN, with a title, in groups. */
const accounts: FulfilTarget = {
  resourceType: 'Account',
  entityType: 'Directory_Entry',
  tableSuffix: 'entries',
  columns: [
    { property: 'Dn', column: 'dn', isPrimaryKey: true, isUniqueKey: false },
    { property: 'Name', column: 'cn', isPrimaryKey: false, isUniqueKey: false },
    { property: 'Surname', column: 'sn', isPrimaryKey: false, isUniqueKey: false },
    { property: 'Title', column: 'title', isPrimaryKey: false, isUniqueKey: false },
  ],
  links: [link({})],
  mapping: {
    element: 'LdapResourceTypeMapping',
    attributes: { DefaultObjectClass: 'inetOrgPerson', RDNAttributeIdentifier: 'cn' },
    children: [{ element: 'Property', attributes: { Property: 'Dn', IsDNProperty: 'true' } }],
  },
};

/** The same in a domain. */
const domainAccounts: FulfilTarget = {
  ...accounts,
  columns: [
    ...accounts.columns,
    { property: 'Login', column: 'sAMAccountName', isPrimaryKey: false, isUniqueKey: false },
    { property: 'Control', column: 'userAccountControl', isPrimaryKey: false, isUniqueKey: false },
  ],
  mapping: {
    ...accounts.mapping,
    attributes: {
      DefaultObjectClass: 'top\nperson\norganizationalPerson\nuser',
      RDNAttributeIdentifier: 'cn',
    },
  },
};

export interface AccountOrder {
  readonly id: number;
  readonly dn: string;
  readonly changeType: ProvisioningOrder['changeType'];
  readonly title?: string;
  readonly expectedTitle?: string | null;
  readonly groups?: readonly string[];
  readonly position?: number;
  /** Values of a new account beyond its name. */
  readonly values?: Values;
}

export async function addOrders(store: Store, orders: readonly AccountOrder[]): Promise<void> {
  const at = new Date().toISOString();
  await store.transaction(async (t) => {
    await insertOrders(
      t,
      orders.map((order) => ({
        id: order.id,
        assigned_resource_type_id: order.id,
        resource_type: 'Account',
        connector: 'Directory',
        connection: 'Directory',
        change_type: order.changeType,
        position: order.position ?? 1,
        payload: JSON.stringify(toOrder(order)),
        generated_at: at,
        run_id: 1,
        owner_id: order.id,
      })),
    );
    await t.dialect.insertRows(
      t.tx,
      'assigned_resource_types',
      [
        ...['id', 'resource_type', 'owner_id', 'workflow_state', 'provisioning_state'],
        ...['is_denied', 'blocked_by', 'policy_values', 'order_id', 'state_since', 'run_id'],
      ],
      orders.map(({ id }) => [id, 'Account', id, 18, 2, 0, '[]', '{}', id, at, 1]),
    );
  });
}

function toOrder(order: AccountOrder): ProvisioningOrder {
  const { dn, changeType, title, expectedTitle, groups = [], values = {} } = order;
  const name = /^cn=([^,]+),/i.exec(dn)?.[1] ?? '';
  const resource: Values = { Dn: dn };
  const links = groups.map((group) => ({
    kind: 'add' as const,
    property: 'Groups',
    value: entry(group),
  }));
  const isNew = changeType === 'added';
  return {
    id: String(order.id),
    assignedResourceTypeId: String(order.id),
    changeType,
    owner: { id: String(order.id), displayName: name, identifier: name, values: {} },
    resourceType: {
      identifier: 'Account',
      sourceEntityType: 'Person',
      targetEntityType: 'Directory_Entry',
    },
    ...(isNew ? {} : { resource: { id: '1', values: resource } }),
    changes: [
      ...(isNew ? [set('Dn', dn), set('Name', name), set('Surname', name)] : []),
      ...Object.entries(values).map(([property, value]) => set(property, value)),
      ...(title === undefined ? [] : [set('Title', title, expectedTitle)]),
      ...links,
    ],
  };
}

/** Carries out what is open; `watch` may stand between the engine and the directory. */
export async function deliver(
  store: Store,
  directory: DeskDirectory,
  watch: (fulfiller: Fulfiller) => Fulfiller = (fulfiller) => fulfiller,
  limits: Partial<typeof usualDelivery> = {},
): Promise<FulfilResult> {
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const { signal } = new AbortController();
  const now = () => Date.now();
  // The process that held it may be gone without a word: its lease has run out by then.
  const answer = await store.transaction((t) =>
    takeLease(t, { name: 'fulfil:Directory', holder: 'me', now: now(), ttlMs: 60_000 }),
  );
  if (answer.status !== 'held') throw new Error('The lease is taken.');
  const context = { logger, signal, now, workFolder: '', sourcesRootPaths: [] };
  const { target, fulfiller, passwords } = await openDirectory(directory, context);
  await using opened = fulfiller;
  return await fulfilConnection(store, {
    model,
    connection: 'Directory',
    fulfiller: watch(opened),
    targets: new Map([['Account', target]]),
    ...(passwords === undefined ? {} : { passwords }),
    lease: answer.lease,
    leaseTtlMs: 60_000,
    limits: { ...usualDelivery, ...limits },
    runId: 1,
    now,
    logger,
    signal,
    onProgress() {},
  });
}

interface OpenDirectory {
  readonly target: FulfilTarget;
  readonly fulfiller: Fulfiller;
  readonly passwords?: OrderPasswords;
}

async function openDirectory(
  directory: DeskDirectory,
  context: ConnectorContext,
): Promise<OpenDirectory> {
  const { domain, suffix } = directory;
  const login = {
    AuthType: 'Basic',
    Login: directory.rootDn,
    Password: directory.rootPassword,
  };
  if (domain === undefined) {
    const settings = readSettings({
      Servers: [{ Server: `127.0.0.1:${directory.port}`, ...login }],
      Tables: [
        { Table: 'entries', BaseDN: suffix },
        { Table: 'member', BaseDN: suffix, Filter: '(objectClass=groupOfNames)' },
      ],
      ...(directory.timeOut === undefined ? {} : { TimeOut: directory.timeOut }),
    });
    const fulfiller = await ldapFulfiller.openFulfiller(settings, [accounts], context);
    return { target: accounts, fulfiller };
  }
  const settings = readDomainSettings({
    Servers: [{ Server: domain.host, BaseDN: suffix }],
    Filter: '(|(&(objectCategory=person)(objectClass=user))(objectClass=group))',
    ...login,
    EnableSSL: true,
    CaFile: domain.caFile,
    TlsServerName: domain.name,
  });
  const fulfiller = await activeDirectoryFulfiller.openFulfiller(
    settings,
    [domainAccounts],
    context,
  );
  return { target: domainAccounts, fulfiller, passwords: newPasswords };
}

/** A password for each account that is made. */
const newPasswords: OrderPasswords = {
  prepare: (orders) =>
    Promise.resolve({
      byOrder: new Map(
        orders
          .filter(({ change_type }) => change_type === 'added')
          .map(({ id }) => [id, { value: new Secret('First-day-4711'), mustChange: true }]),
      ),
      keep: () => Promise.resolve(),
    }),
};
