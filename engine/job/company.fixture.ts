/** A small company over a real store: people, departments and a wiki, loaded without files, seen without ids. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatDiagnostic, loadConfiguration, type Model } from '../../config/index.ts';
import {
  applyEntityChanges,
  applyLinkChanges,
  deployModel,
  openStore,
  readTableMap,
  recordSynchronized,
  resolveLinks,
  type Store,
  type StoreSettings,
  type StoreTransaction,
  stageEntities,
  stageLinks,
  startRun,
} from '../store/index.ts';
import { thisProcess } from './lease-holder.ts';
import { Turns } from './turns.ts';
import type { Effects, Workspace } from './workspace.ts';

export type Record = Readonly<{ [property: string]: string | null }>;
/** Records by entity type, the mapping key first; pairs of keys by association. */
export interface CompanyData {
  readonly entities: Readonly<{ [entityType: string]: readonly Record[] }>;
  readonly links: Readonly<{ [association: string]: readonly (readonly [string, string])[] }>;
}

export interface Company extends AsyncDisposable {
  readonly workspace: Workspace;
  readonly model: Model;
  readonly store: Store;
  /** Milliseconds since the epoch; the company's clock stands still until it is set. */
  clock: number;
  readonly warnings: string[];
}

export interface CompanyOptions {
  readonly configuration?: string;
  readonly store?: StoreSettings;
  readonly signal?: AbortSignal;
  readonly clock?: number;
}

export async function openCompany(options: CompanyOptions = {}): Promise<Company> {
  const loaded = loadConfiguration([
    { path: 'company.xml', text: options.configuration ?? configuration() },
  ]);
  if (loaded.status === 'invalid')
    throw new Error(loaded.diagnostics.map((d) => formatDiagnostic(d, '')).join('\n'));
  const { model } = loaded;
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-company-'));
  const store = await openStore(options.store ?? { client: 'sqlite', file: ':memory:' });
  await store.transaction((t) => deployModel(t, model, false));
  const warnings: string[] = [];
  const log = (_: unknown, message: string): void => void warnings.push(message);
  const effects: Effects = {
    environment: {},
    logger: { debug() {}, info() {}, warn: log, error: log },
    progress: { report() {} },
    now: () => company.clock,
    signal: options.signal ?? new AbortController().signal,
  };
  const workspace: Workspace = {
    settings: {
      folder,
      configurationFolder: join(folder, 'conf'),
      tempFolder: join(folder, 'Temp'),
      workFolder: join(folder, 'Work'),
      store: { client: 'sqlite', file: ':memory:' },
      jobs: { maxTaskBatchSize: 5 },
      roleApprovers: new Map(),
      mail: {},
      notificationCultures: ['en'],
      manualProvisioning: { operators: new Map(), notified: new Map() },
      disablesIndirectPermissions: false,
      scheduler: { isEnabled: false, maxLockWatchTimeSeconds: 0, maxParallelJobs: 1 },
      jobLaunchTimeoutMs: 1_000,
      taskTimeoutSupplementMinutes: 0,
      connections: new Map(),
      databases: new Map(),
      invokeSqlCommands: new Map(),
      sourcesRootPaths: [],
      warnings: [],
    },
    store,
    effects,
    holder: await thisProcess(),
    turns: new Turns(),
    model,
    deployed: { hash: model.hash, deployedAt: '', files: [] },
  };
  const company: Company = {
    workspace,
    model,
    store,
    clock: options.clock ?? Date.parse('2025-06-15T12:00:00.000Z'),
    warnings,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return company;
}

/** Brings the store to `data`: what is there is complete for the types and associations it names. */
export async function loadData(company: Company, data: CompanyData): Promise<void> {
  const { model, store } = company;
  await store.transaction(async (t) => {
    const tables = await readTableMap(t);
    const at = new Date(company.clock).toISOString();
    const id = await startRun(t, {
      kind: 'synchronize',
      subject: '',
      configurationHash: model.hash,
      startedAt: at,
    });
    for (const [entityType, records] of Object.entries(data.entities)) {
      const entity = tables.entities.get(entityType);
      const mapping = model.entityTypeMappings.get(entityType);
      if (entity === undefined || mapping === undefined) throw new Error(entityType);
      const properties = mapping.properties.map((property) => property.identifier);
      const rows = records.map((record) => {
        const key = record[mapping.primaryKey.identifier] ?? '';
        return [key, null, ...properties.map((property) => record[property] ?? null)] as const;
      });
      const given = {
        kind: 'complete',
        properties,
        rows: batch(rows),
        deletions: batch([]),
      } as const;
      await applyEntityChanges(t, await stageEntities(t, entity, given), { id, at });
      await recordSynchronized(t, entityType, at, id);
    }
    for (const [identifier, pairs] of Object.entries(data.links)) {
      const links = tables.associations.get(identifier);
      const association = model.entityModel.associations.get(identifier);
      const mapping = model.associationMappings.get(identifier);
      if (links === undefined || association === undefined || mapping === undefined)
        throw new Error(identifier);
      const rows = batch(pairs.map(([one, other]) => [one, other, null] as const));
      const given = { kind: 'complete', rows, deletions: batch([]) } as const;
      const stage = await stageLinks(t, { links, association, mapping }, given);
      await applyLinkChanges(t, stage, tables, { id, at });
    }
    for (const mapping of model.associationMappings.values()) {
      const association = model.entityModel.associations.get(mapping.identifier);
      if (association !== undefined)
        await resolveLinks(t, tables, association, mapping, { id, at });
    }
  });
}

async function* batch<T>(rows: readonly T[]): AsyncGenerator<readonly T[]> {
  if (rows.length > 0) yield rows;
}

/** Every assignment, decision and state in the store, with keys instead of ids, in an order of its own. */
export async function dumpAssignments(company: Company): Promise<readonly string[]> {
  const { model, store } = company;
  return store.transaction(async (t) => {
    const keyOf = await readKeys(t);
    const names = (text: string | null): string | null =>
      text === null ? null : keyOf(Number(text));
    const types = await t.tx('assigned_resource_types').orderBy('id');
    const values = await t.tx('assigned_values').orderBy('id');
    const lines = types.map((row) => {
      const type = model.resourceTypes.get(row.resource_type);
      const policy = Object.entries(JSON.parse(row.policy_values)).map(([property, value]) => [
        property,
        Array.isArray(value) ? value.map((id: number) => keyOf(id)).sort() : value,
      ]);
      const own = values
        .filter((value) => value.assigned_resource_type_id === row.id)
        .map((value) => {
          const isLink = value.kind === 'navigation' && value.linked_id === 0;
          return JSON.stringify([
            value.property,
            value.linked_id === 0 ? null : keyOf(value.linked_id),
            isLink ? names(value.policy_value) : value.policy_value,
            isLink ? names(value.current_value) : value.current_value,
            [value.workflow_state, value.provisioning_state, value.is_denied],
            [value.blocked_by, value.confidence, value.last_error, value.state_since],
          ]);
        })
        .sort();
      return JSON.stringify([
        [type?.sourceEntityType, keyOf(row.owner_id), row.resource_type],
        row.target_id === null ? null : keyOf(row.target_id),
        [row.workflow_state, row.provisioning_state, row.is_denied, row.confidence],
        [row.start_date, row.end_date, row.blocked_by, row.last_error, row.state_since],
        policy,
        own,
      ]);
    });
    const roles = (await t.tx('assigned_roles')).map((row) =>
      JSON.stringify([
        [row.owner_type, keyOf(row.owner_id), row.role],
        [row.workflow_state, row.is_denied, row.start_date, row.end_date],
      ]),
    );
    return [...lines, ...roles].sort();
  });
}

/** Gives the mapping key of any resource there is or ever was. */
export async function readKeys(t: StoreTransaction): Promise<(id: number) => string> {
  const keys = new Map<number, string>();
  for (const { table, historyTable, entityType } of (await readTableMap(t)).entities.values()) {
    for (const name of [historyTable, table])
      for (const row of await t.tx(name).select('id', 'mapping_key'))
        keys.set(row.id, `${entityType}:${row.mapping_key}`);
  }
  return (id) => keys.get(id) ?? '?';
}

/** Every row of every table, for telling whether a run wrote anything. Runs themselves and the counter are left out. */
export async function dumpTables(store: Store): Promise<ReadonlyMap<string, readonly string[]>> {
  const bookkeeping = new Set(['meta', 'runs', 'leases', 'job_instances', 'task_instances']);
  return store.transaction(async ({ tx, dialect }) => {
    const names =
      dialect.name === 'sqlite'
        ? await tx('sqlite_master').where({ type: 'table' }).select('name')
        : await tx('information_schema.tables')
            .where({ table_schema: 'public' })
            .select({ name: 'table_name' });
    const tables = new Map<string, readonly string[]>();
    for (const { name } of names) {
      if (bookkeeping.has(name) || String(name).startsWith('sqlite_')) continue;
      tables.set(name, (await tx(name)).map((row) => JSON.stringify(row)).sort());
    }
    return new Map([...tables].sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** The company's configuration; `rules` stands beside the resource type's own. */
export function configuration(
  parts: {
    readonly rules?: string;
    readonly elements?: string;
    readonly resourceTypeAttributes?: string;
    readonly connectorAttributes?: string;
    readonly hrMapping?: string;
  } = {},
): string {
  const unlimited =
    'MaximumDeletedLines="0" MaximumInsertedLines="0" MaximumUpdatedLines="0" MaxPercentageDeletedLines="0" MaxPercentageInsertedLines="0" MaxPercentageUpdatedLines="0" MaximumLinkDeletedLines="0" MaximumLinkInsertedLines="0" MaxLinkPercentageDeletedLines="0" MaxLinkPercentageInsertedLines="0"';
  const thresholds = parts.connectorAttributes ?? unlimited;
  return `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration" xmlns:ls="urn:lockstep:configuration">
  <Language Code="en-US" IndicatorNumber="1" />
  <Connector Identifier="HR" DisplayName_L1="HR" ${thresholds} />
  <Connection Identifier="HRPeople" DisplayName_L1="People" Connector="HR" Package="Usercube.CSV@0000001" />
  <Connection Identifier="HRDepartments" DisplayName_L1="Departments" Connector="HR" Package="Usercube.CSV@0000001" />
  <EntityType Identifier="HR_Person" DisplayName_L1="Person">
    <Property Identifier="Number" IsKey="true" />
    <Property Identifier="FirstName" />
    <Property Identifier="LastName" />
    <Property Identifier="StartDate" Type="DateTime" />
    <Property Identifier="EndDate" Type="DateTime" />
    <Property Identifier="Login" />
    <Property Identifier="Department" Type="ForeignKey" />
    <Property Identifier="Manager" Type="ForeignKey" />
    <Property Identifier="Reports" Type="ForeignKey" />
  </EntityType>
  <EntityType Identifier="HR_Department" DisplayName_L1="Department">
    <Property Identifier="Code" IsKey="true" />
    <Property Identifier="Name" />
    <Property Identifier="Parent" Type="ForeignKey" />
    <Property Identifier="Children" Type="ForeignKey" />
    <Property Identifier="People" Type="ForeignKey" />
  </EntityType>
  <EntityAssociation Identifier="HR_Person_Department" Property1="HR_Person:Department" Property2="HR_Department:People" IsProperty2Collection="true" />
  <EntityAssociation Identifier="HR_Person_Manager" Property1="HR_Person:Manager" Property2="HR_Person:Reports" IsProperty2Collection="true" />
  <EntityAssociation Identifier="HR_Department_Parent" Property1="HR_Department:Parent" Property2="HR_Department:Children" IsProperty2Collection="true" />
  <EntityTypeMapping Identifier="HR_Person" Connector="HR" ConnectionTable="HRPeople" ${parts.hrMapping ?? ''}>
    <Property Identifier="Number" ConnectionColumn="number" IsPrimaryKey="true" />
    <Property Identifier="FirstName" ConnectionColumn="first" />
    <Property Identifier="LastName" ConnectionColumn="last" />
    <Property Identifier="StartDate" ConnectionColumn="start" Format="datetime" />
    <Property Identifier="EndDate" ConnectionColumn="end" Format="datetime" />
  </EntityTypeMapping>
  <EntityTypeMapping Identifier="HR_Department" Connector="HR" ConnectionTable="HRDepartments">
    <Property Identifier="Code" ConnectionColumn="code" IsPrimaryKey="true" />
    <Property Identifier="Name" ConnectionColumn="name" />
  </EntityTypeMapping>
  <EntityAssociationMapping Identifier="HR_Person_Department" Connector="HR" ConnectionTable="HRPeople" Column1="number" EntityPropertyMapping1="HR_Person:Number" Column2="department" EntityPropertyMapping2="HR_Department:Code" />
  <EntityAssociationMapping Identifier="HR_Person_Manager" Connector="HR" ConnectionTable="HRPeople" Column1="number" EntityPropertyMapping1="HR_Person:Number" Column2="manager" EntityPropertyMapping2="HR_Person:Number" />
  <EntityAssociationMapping Identifier="HR_Department_Parent" Connector="HR" ConnectionTable="HRDepartments" Column1="code" EntityPropertyMapping1="HR_Department:Code" Column2="parent" EntityPropertyMapping2="HR_Department:Code" />
  <EntityPropertyExpression Identifier="HR_Person_Login" EntityType="HR_Person" Property="Login" Expression="C#:person:return (person.FirstName.Substring(0, 1) + person.LastName).ToLower();" />

  <Connector Identifier="Wiki" DisplayName_L1="Wiki" ${thresholds} />
  <Connection Identifier="WikiDb" DisplayName_L1="Wiki database" Connector="Wiki" Package="Lockstep.SQL.SQLite@0000001" />
  <EntityType Identifier="Wiki_User" DisplayName_L1="Wiki user">
    <Property Identifier="Login" IsKey="true" />
    <Property Identifier="Mail" />
    <Property Identifier="FullName" />
    <Property Identifier="Unit" />
    <Property Identifier="Boss" />
    <Property Identifier="Spaces" Type="ForeignKey" />
  </EntityType>
  <EntityType Identifier="Wiki_Space" DisplayName_L1="Wiki space">
    <Property Identifier="Name" IsKey="true" />
    <Property Identifier="Users" Type="ForeignKey" />
  </EntityType>
  <EntityAssociation Identifier="Wiki_User_Space" Property1="Wiki_User:Spaces" IsProperty1Collection="true" Property2="Wiki_Space:Users" IsProperty2Collection="true" />
  <EntityTypeMapping Identifier="Wiki_User" Connector="Wiki" ConnectionTable="WikiDb_users">
    <Property Identifier="Login" ConnectionColumn="login" IsPrimaryKey="true" />
    <Property Identifier="Mail" ConnectionColumn="mail" />
    <Property Identifier="FullName" ConnectionColumn="full_name" />
    <Property Identifier="Unit" ConnectionColumn="unit" />
    <Property Identifier="Boss" ConnectionColumn="boss" />
  </EntityTypeMapping>
  <EntityTypeMapping Identifier="Wiki_Space" Connector="Wiki" ConnectionTable="WikiDb_spaces">
    <Property Identifier="Name" ConnectionColumn="name" IsPrimaryKey="true" />
  </EntityTypeMapping>
  <EntityAssociationMapping Identifier="Wiki_User_Space" Connector="Wiki" ConnectionTable="WikiDb_user_spaces" Column1="login" EntityPropertyMapping1="Wiki_User:Login" Column2="space" EntityPropertyMapping2="Wiki_Space:Name" />

  <Policy Identifier="Default" DisplayName_L1="Default" IsProvisioningEnabled="true" />
  <Dimension Identifier="Department" DisplayName_L1="Department" EntityType="HR_Department" ColumnMapping="0" IsHierarchical="true" ParentProperty="Parent" />
  <ContextRule Identifier="HR_Person" DisplayName_L1="Person" Policy="Default" SourceEntityType="HR_Person" ResourcesStartBinding="HR_Person:StartDate" ResourcesEndBinding="HR_Person:EndDate" B0="HR_Person:Department" />
  <SingleRole Identifier="Finance" DisplayName_L1="Finance wiki" Policy="Default" EntityType="HR_Person" />
  <SingleRoleRule Role="Finance" Policy="Default" D0="FIN" L0="true" />
  <ResourceType Identifier="Wiki_User_Person" DisplayName_L1="Wiki user" Policy="Default" SourceEntityType="HR_Person" TargetEntityType="Wiki_User" ${parts.resourceTypeAttributes ?? 'BlockProvisioning="false" AllowAdd="true" AllowRemove="true" MaximumInsertPercent="0" MaximumUpdatePercent="0" MaximumDeletePercent="0"'}>
    ${
      parts.rules ??
      `<TypeRule />
    <ScalarRule Property="Login" Binding="Login" />
    <ScalarRule Property="FullName" Expression="C#:person:return person.FirstName + &quot; &quot; + person.LastName;" />
    <ScalarRule Property="Mail" Expression="C#:person:return person.Number + &quot;@example.test&quot;;" />
    <ScalarRule Property="Unit" Binding="Department.Name" />
    <ScalarRule Property="Boss" Binding="Manager.Department.Parent.Name" />
    <NavigationRule Property="Spaces" Resource="finance" SingleRole="Finance" />
    <NavigationRule Property="Spaces" Resource="everybody" />
    <QueryRule Property="Spaces" SourceBinding="Department.Code" TargetBinding="Name" TargetMatchedConfidenceLevel="100" />`
    }
  </ResourceType>
  <ResourceCorrelationRule ResourceType="Wiki_User_Person" Policy="Default" SourceExpression="C#:person:return person.Number + &quot;@example.test&quot;;" TargetBinding="Mail" SourceMatchedConfidenceLevel="100" />
  <ResourceCorrelationRule ResourceType="Wiki_User_Person" Policy="Default" SourceBinding="LastName" TargetBinding="FullName" SourceMatchedConfidenceLevel="80" />
  <ls:SqlResourceTypeMapping Identifier="Wiki_User_Person" Connection="WikiDb" Table="users">
    <ls:Link Property="Spaces" Table="user_spaces" Column="login" LinkedColumn="space" />
  </ls:SqlResourceTypeMapping>
  ${parts.elements ?? ''}
</ConfigurationFile>
`;
}
