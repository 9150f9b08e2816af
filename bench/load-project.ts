/** A project of the made-up company: people with units and managers, accounts that belong to them, and the rules between. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  deployProject,
  openProject,
  openWorkspace,
  prepareConnector,
  synchronizeConnector,
  type Workspace,
} from '../engine/index.ts';
import { accountColumns, departmentColumns, peopleColumns } from './generate-company.ts';

/** Writes configuration and settings; data are put into `Temp/ExportOutput`, as a program of the systems would do it. */
export async function makeProject(
  folder: string,
  options: { readonly hasAccounts: boolean },
): Promise<void> {
  for (const name of ['conf', 'Temp/ExportOutput'])
    await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, 'conf', 'company.xml'), writeConfiguration(options.hasAccounts));
  await writeFile(join(folder, 'appsettings.json'), '{ "Store": { "Client": "sqlite" } }');
  await writeFile(join(folder, 'appsettings.agent.json'), '{ "Connections": {} }');
  await inProject(folder, async () => undefined, { deploys: true });
}

/** Where a connection's exported table is expected. */
export function exportedFile(folder: string, table: string): string {
  return join(folder, 'Temp', 'ExportOutput', `${table}.csv`);
}

export async function inProject<T>(
  folder: string,
  work: (workspace: Workspace) => Promise<T>,
  options: { readonly deploys?: boolean } = {},
): Promise<T> {
  await using project = await openProject(folder, {
    environment: {},
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    progress: { report() {} },
    now: () => Date.now(),
    signal: new AbortController().signal,
  });
  if (options.deploys === true) {
    const deployed = await deployProject(project, { isDryRun: false });
    if (deployed.status === 'invalid') throw new Error(JSON.stringify(deployed.diagnostics));
  }
  return await work(await openWorkspace(project));
}

type Mode = 'complete' | 'incremental';

/** Prepares what lies in the export folder of a connector, up to a session that waits. */
export async function prepare(workspace: Workspace, connector: string, mode: Mode): Promise<void> {
  const commandColumn = mode === 'incremental' ? 'command' : null;
  const outcome = await prepareConnector(workspace, {
    connector,
    mode,
    commandColumn,
    force: true,
  });
  if (outcome.status !== 'completed') throw new Error(outcome.message);
}

export async function synchronize(workspace: Workspace, connector: string): Promise<string> {
  const how = { connector, force: true, resume: false, isDryRun: false };
  const outcome = await synchronizeConnector(workspace, how);
  if (outcome.status !== 'completed' && outcome.status !== 'warning')
    throw new Error(outcome.message);
  return outcome.message;
}

function writeConfiguration(hasAccounts: boolean): string {
  const unlimited = ['Deleted', 'Inserted', 'Updated']
    .map((what) => `Maximum${what}Lines="0" MaxPercentage${what}Lines="0"`)
    .concat(
      ['Deleted', 'Inserted'].map(
        (what) => `MaximumLink${what}Lines="0" MaxLinkPercentage${what}Lines="0"`,
      ),
    )
    .join(' ');
  const properties = (columns: readonly string[], keys: readonly string[]): string =>
    columns
      .map(
        (name) => `<Property Identifier="${name}"${keys.includes(name) ? ' IsKey="true"' : ''} />`,
      )
      .join('');
  const mappings = (columns: readonly string[], unique: readonly string[]): string =>
    columns
      .map((name, index) => {
        const key = index === 0 ? ' IsPrimaryKey="true"' : '';
        return `<Property Identifier="${name}" ConnectionColumn="${name}"${unique.includes(name) ? ' IsUniqueKey="true"' : key} />`;
      })
      .join('');
  const people = `
  <Connector Identifier="HR" DisplayName_L1="HR" ${unlimited} />
  <Connection Identifier="People" DisplayName_L1="People" Connector="HR" Package="Usercube.CSV@0000001" />
  <EntityType Identifier="Person" DisplayName_L1="Person">${properties(peopleColumns, ['EmployeeId', 'Login'])}${
    hasAccounts
      ? '<Property Identifier="In" Type="ForeignKey" /><Property Identifier="Boss" Type="ForeignKey" /><Property Identifier="Reports" Type="ForeignKey" />'
      : ''
  }</EntityType>
  <EntityTypeMapping Identifier="Person" Connector="HR" ConnectionTable="People">${mappings(peopleColumns, ['Login'])}</EntityTypeMapping>`;
  return `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <Language Code="en-US" IndicatorNumber="1" />${people}${hasAccounts ? accounts(unlimited, properties, mappings) : ''}
</ConfigurationFile>`;
}

type Write = (columns: readonly string[], special: readonly string[]) => string;

function accounts(unlimited: string, properties: Write, mappings: Write): string {
  return `
  <Connection Identifier="Units" DisplayName_L1="Units" Connector="HR" Package="Usercube.CSV@0000001" />
  <EntityType Identifier="Department" DisplayName_L1="Department">${properties(departmentColumns, ['Code'])}<Property Identifier="People" Type="ForeignKey" /></EntityType>
  <EntityTypeMapping Identifier="Department" Connector="HR" ConnectionTable="Units">${mappings(departmentColumns, [])}</EntityTypeMapping>
  <EntityAssociation Identifier="Person_In" Property1="Person:In" Property2="Department:People" IsProperty2Collection="true" />
  <EntityAssociation Identifier="Person_Boss" Property1="Person:Boss" Property2="Person:Reports" IsProperty2Collection="true" />
  <EntityAssociationMapping Identifier="Person_In" Connector="HR" ConnectionTable="People" Column1="EmployeeId" EntityPropertyMapping1="Person:EmployeeId" Column2="Unit" EntityPropertyMapping2="Department:Code" />
  <EntityAssociationMapping Identifier="Person_Boss" Connector="HR" ConnectionTable="People" Column1="EmployeeId" EntityPropertyMapping1="Person:EmployeeId" Column2="Manager" EntityPropertyMapping2="Person:EmployeeId" />
  <Connector Identifier="App" DisplayName_L1="Application" ${unlimited} />
  <Connection Identifier="Accounts" DisplayName_L1="Accounts" Connector="App" Package="Usercube.CSV@0000001" />
  <Connection Identifier="Desk" DisplayName_L1="Desk" Connector="App" Package="Usercube.Manual@0000001" />
  <EntityType Identifier="Account" DisplayName_L1="Account">${properties(accountColumns, ['Login'])}</EntityType>
  <EntityTypeMapping Identifier="Account" Connector="App" ConnectionTable="Accounts">${mappings(accountColumns, [])}</EntityTypeMapping>
  <Policy Identifier="Default" DisplayName_L1="Default" IsProvisioningEnabled="true" />
  <ResourceType Identifier="Account_Person" DisplayName_L1="Account" Policy="Default" SourceEntityType="Person" TargetEntityType="Account" BlockProvisioning="false" AllowAdd="true" AllowRemove="true" MaximumInsert="0" MaximumUpdate="0" MaximumDelete="0">
    <TypeRule />
    <ScalarRule Property="Login" Binding="Login" />
    <ScalarRule Property="DisplayName" Expression="C#:person:return person.FirstName + &quot; &quot; + person.LastName + (person.Boss == null ? &quot;&quot; : &quot; / &quot; + person.Boss.LastName);" />
    <ScalarRule Property="Unit" Expression="C#:person:return person.In == null ? null : person.In.Code;" />
  </ResourceType>
  <ResourceCorrelationRule ResourceType="Account_Person" Policy="Default" SourceBinding="EmployeeId" TargetBinding="EmployeeId" SourceMatchedConfidenceLevel="100" />
  <ManualProvisioningResourceTypeMapping Identifier="Account_Person" Connection="Desk" />`;
}
