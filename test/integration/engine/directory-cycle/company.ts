/** A company whose units, accounts and memberships are kept in step with its people, on any of the directories. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommandLine } from '../../../../cli/run.ts';
import { createSurroundings } from '../../../../cli/terminal.fixture.ts';
import type { SampleProject } from '../../../e2e/script-samples/sample-project.ts';
import type { PreparedSystem } from './systems.ts';

export interface Department {
  readonly code: string;
  readonly name: string;
}

export interface Person {
  readonly number: string;
  readonly first: string;
  readonly last: string;
  /** Code of the department. */
  readonly department: string;
  readonly title: string;
  readonly isSuspended?: true;
  readonly hasLeft?: true;
}

export interface DirectoryCompany extends SampleProject {
  write(departments: readonly Department[], people: readonly Person[]): Promise<void>;
}

/** Roles by department: whoever works there has the role, and is in its group. */
export interface RoleGroup {
  readonly department: string;
  readonly role: string;
  /** DN of the group as the server spells it. */
  readonly group: string;
}

export interface CompanyOptions {
  readonly roles: readonly RoleGroup[];
  /** Attributes of the resource type of accounts. */
  readonly accountAttributes?: string;
  /** More elements of the configuration. */
  readonly elements?: string;
  /** Accounts are made by hand, from tickets. */
  readonly isManual?: boolean;
}

/** Writes the project; every command sees a clock that goes on by itself. */
export async function makeCompany(
  system: PreparedSystem,
  options: CompanyOptions,
): Promise<DirectoryCompany> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-cycle-'));
  for (const name of ['conf', 'data']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'appsettings.json'), '{ "Store": { "Client": "sqlite" } }');
  const file = (name: string) => ({ Path: `data/${name}`, PathIncremental: `data/${name}` });
  await writeFile(
    join(folder, 'appsettings.agent.json'),
    JSON.stringify({
      Connections: {
        HRStaff: file('staff.csv'),
        HRDepartments: file('departments.csv'),
        Dir: system.settings,
      },
    }),
  );
  await writeFile(join(folder, 'conf', 'company.xml'), describeCompany(system, options));
  return {
    folder,
    async write(departments, people) {
      await writeTable(join(folder, 'data', 'departments.csv'), [
        ['code', 'name'],
        ...departments.map(({ code, name }) => [code, name]),
      ]);
      await writeTable(join(folder, 'data', 'staff.csv'), [
        ['number', 'first', 'last', 'department', 'title', 'status', 'from', 'until'],
        ...people.map((person) => [
          ...[person.number, person.first, person.last, person.department, person.title],
          ...[person.isSuspended === true ? 'suspended' : 'active', '2019-03-01'],
          person.hasLeft === true ? '2026-01-31' : '',
        ]),
      ]);
    },
    run: async (...parameters) => {
      const { surroundings, stdout, stderr } = createSurroundings(folder, Date.now);
      const world = { ...surroundings, environment: system.environment };
      const exitCode = await runCommandLine(['-C', folder, ...parameters], world);
      return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

async function writeTable(path: string, rows: readonly (readonly string[])[]): Promise<void> {
  const quote = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;
  await writeFile(path, rows.map((row) => `${row.map(quote).join(',')}\n`).join(''));
}

const unlimited =
  'MaximumDeletedLines="0" MaximumInsertedLines="0" MaximumUpdatedLines="0" MaxPercentageDeletedLines="0" MaxPercentageInsertedLines="0" MaxPercentageUpdatedLines="0" MaximumLinkDeletedLines="0" MaximumLinkInsertedLines="0" MaxLinkPercentageDeletedLines="0" MaxLinkPercentageInsertedLines="0"';
const unheld =
  'BlockProvisioning="false" ApprovalWorkflowType="ManualAssignmentNotAllowed" MaximumInsertPercent="0" MaximumUpdatePercent="0" MaximumDeletePercent="0"';

const people = `
  <Language Code="en-US" IndicatorNumber="1" />
  <Connector Identifier="HR" DisplayName_L1="HR" ${unlimited} />
  <Connection Identifier="HRStaff" DisplayName_L1="Staff" Connector="HR" Package="Usercube.CSV@0000001" />
  <Connection Identifier="HRDepartments" DisplayName_L1="Departments" Connector="HR" Package="Usercube.CSV@0000001" />
  <EntityType Identifier="HR_Department" DisplayName_L1="Department">
    <Property Identifier="Code" IsKey="true" />
    <Property Identifier="Name" />
    <Property Identifier="People" Type="ForeignKey" />
  </EntityType>
  <EntityType Identifier="HR_Person" DisplayName_L1="Person">
    <Property Identifier="Number" IsKey="true" />
    <Property Identifier="FirstName" />
    <Property Identifier="LastName" />
    <Property Identifier="Title" />
    <Property Identifier="Status" />
    <Property Identifier="Department" Type="ForeignKey" />
    <Property Identifier="From" Type="DateTime" />
    <Property Identifier="Until" Type="DateTime" />
  </EntityType>
  <EntityAssociation Identifier="HR_Person_Department" Property1="HR_Person:Department"
                     Property2="HR_Department:People" IsProperty2Collection="true" />
  <EntityTypeMapping Identifier="HR_Department" Connector="HR" ConnectionTable="HRDepartments">
    <Property Identifier="Code" ConnectionColumn="code" IsPrimaryKey="true" />
    <Property Identifier="Name" ConnectionColumn="name" />
  </EntityTypeMapping>
  <EntityTypeMapping Identifier="HR_Person" Connector="HR" ConnectionTable="HRStaff">
    <Property Identifier="Number" ConnectionColumn="number" IsPrimaryKey="true" />
    <Property Identifier="FirstName" ConnectionColumn="first" />
    <Property Identifier="LastName" ConnectionColumn="last" />
    <Property Identifier="Title" ConnectionColumn="title" />
    <Property Identifier="Status" ConnectionColumn="status" />
    <Property Identifier="From" ConnectionColumn="from" Format="DateTime" />
    <Property Identifier="Until" ConnectionColumn="until" Format="DateTime" />
  </EntityTypeMapping>
  <EntityAssociationMapping Identifier="HR_Person_Department" Connector="HR" ConnectionTable="HRStaff"
                            Column1="number" EntityPropertyMapping1="HR_Person:Number"
                            Column2="department" EntityPropertyMapping2="HR_Department:Code" />
  <Policy Identifier="Default" DisplayName_L1="Default" IsProvisioningEnabled="true" />
  <Dimension Identifier="Department" DisplayName_L1="Department" EntityType="HR_Department" ColumnMapping="0" />
  <ContextRule Identifier="HR_Person" DisplayName_L1="Staff" Policy="Default" SourceEntityType="HR_Person"
               ResourcesStartBinding="HR_Person:From" ResourcesEndBinding="HR_Person:Until" B0="HR_Person:Department" />
  <ContextRule Identifier="HR_Department" DisplayName_L1="Departments" Policy="Default" SourceEntityType="HR_Department" />
  <CreateAgentSynchroComplete Agent="Local" JobIdentifier="Complete" DisplayName_L1="Everything" />
  <CreateAgentSynchroIncremental Agent="Local" JobIdentifier="Incremental" DisplayName_L1="Changes" />`;

function describeCompany(system: PreparedSystem, options: CompanyOptions): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration" xmlns:ls="urn:lockstep:configuration">
${people}
${describeEntries(system)}
${describeUnits(system)}
${describeAccounts(system, options)}
${options.elements ?? ''}
</ConfigurationFile>
`;
}

/** Units, accounts and groups are entries of one table, keyed by what the server calls them for ever. */
function describeEntries({ dialect }: PreparedSystem): string {
  const { key, entriesTable, status, hasLogins } = dialect;
  const format = key.format === undefined ? '' : ` Format="${key.format}"`;
  const named = hasLogins ? '<Property Identifier="Login" />' : '';
  const mapped = hasLogins
    ? '<Property Identifier="Login" ConnectionColumn="sAMAccountName" />'
    : '';
  return `
  <Connector Identifier="Directory" DisplayName_L1="Directory" ${unlimited} />
  <Connection Identifier="Dir" DisplayName_L1="Directory" Connector="Directory" Package="${dialect.package}" />
  <EntityType Identifier="Directory_Entry" DisplayName_L1="Entry">
    <Property Identifier="Dn" IsKey="true" />
    <Property Identifier="EntryId" />
    <Property Identifier="ParentDn" />
    <Property Identifier="Name" />
    <Property Identifier="UnitName" />
    <Property Identifier="UnitCode" />
    <Property Identifier="Number" />
    <Property Identifier="FirstName" />
    <Property Identifier="LastName" />
    <Property Identifier="Title" />
    <Property Identifier="Status" />
    ${named}
    <Property Identifier="Unit" Type="ForeignKey" />
    <Property Identifier="Inside" Type="ForeignKey" />
    <Property Identifier="Groups" Type="ForeignKey" />
    <Property Identifier="Members" Type="ForeignKey" />
  </EntityType>
  <EntityAssociation Identifier="Directory_Members" Property1="Directory_Entry:Members" IsProperty1Collection="true"
                     Property2="Directory_Entry:Groups" IsProperty2Collection="true" />
  <EntityAssociation Identifier="Directory_Units" Property1="Directory_Entry:Unit"
                     Property2="Directory_Entry:Inside" IsProperty2Collection="true" />
  <EntityTypeMapping Identifier="Directory_Entry" Connector="Directory" ConnectionTable="Dir_${entriesTable}">
    <Property Identifier="EntryId" ConnectionColumn="${key.column}"${format} IsPrimaryKey="true" />
    <Property Identifier="Dn" ConnectionColumn="dn" IsUniqueKey="true" />
    <Property Identifier="ParentDn" ConnectionColumn="parentdn" />
    <Property Identifier="Name" ConnectionColumn="cn" />
    <Property Identifier="UnitName" ConnectionColumn="ou" />
    <Property Identifier="UnitCode" ConnectionColumn="description" />
    <Property Identifier="Number" ConnectionColumn="employeeNumber" />
    <Property Identifier="FirstName" ConnectionColumn="givenName" />
    <Property Identifier="LastName" ConnectionColumn="sn" />
    <Property Identifier="Title" ConnectionColumn="title" />
    <Property Identifier="Status" ConnectionColumn="${status.column}" />
    ${mapped}
  </EntityTypeMapping>
  <EntityAssociationMapping Identifier="Directory_Units" Connector="Directory" ConnectionTable="Dir_${entriesTable}"
                            Column1="${key.column}" EntityPropertyMapping1="Directory_Entry:EntryId"
                            Column2="parentdn" EntityPropertyMapping2="Directory_Entry:Dn" />
  <EntityAssociationMapping Identifier="Directory_Members" Connector="Directory" ConnectionTable="Dir_member"
                            Column1="dn" EntityPropertyMapping1="Directory_Entry:Dn"
                            Column2="member" EntityPropertyMapping2="Directory_Entry:Dn" />`;
}

/** A unit for every department, found again by the code of the department when its name changes. */
function describeUnits({ base, dialect }: PreparedSystem): string {
  const ou = dialect.hasLogins ? 'OU' : 'ou';
  return `
  <ResourceType Identifier="Unit" DisplayName_L1="Unit" Policy="Default" SourceEntityType="HR_Department" TargetEntityType="Directory_Entry" ${unheld}>
    <TypeRule />
    <ScalarRule Property="ParentDn" Expression="Literal:${ou}=People,${base}" />
    <ScalarRule Property="UnitName" Binding="Name" />
    <ScalarRule Property="UnitCode" Binding="Code" />
  </ResourceType>
  <ResourceCorrelationRule ResourceType="Unit" Policy="Default" SourceBinding="Code" TargetBinding="UnitCode" SourceMatchedConfidenceLevel="100" />
  <LdapResourceTypeMapping Identifier="Unit" Connection="Dir" DefaultObjectClass="top&#10;organizationalUnit" RDNAttributeIdentifier="ou">
    <Property Property="ParentDn" IsParentProperty="true" />
    <Property Property="UnitName" IsRDNProperty="true" />
  </LdapResourceTypeMapping>`;
}

const escapeXml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;');

/** Everybody has an account in the unit of their department, and is in the groups of their roles. */
function describeAccounts(
  { base, dialect }: PreparedSystem,
  { roles, accountAttributes = '', isManual = false }: CompanyOptions,
): string {
  const { status, hasLogins, personClasses } = dialect;
  const statusRule = `C#:person:return person.Status == &quot;active&quot; ? &quot;${status.active}&quot; : &quot;${status.suspended}&quot;;`;
  const mapping = isManual
    ? `<Connection Identifier="Desk" DisplayName_L1="Desk" Connector="Directory" Package="Usercube.Manual@0000001" />
  <ManualProvisioningResourceTypeMapping Identifier="Account" Connection="Desk" />`
    : `<LdapResourceTypeMapping Identifier="Account" Connection="Dir" DefaultObjectClass="${personClasses.join('&#10;')}"
                           RDNAttributeIdentifier="cn" ${hasLogins ? 'PasswordResetSetting="First"' : `ls:PlaceholderMember="ou=People,${base}"`}>
    <Property Property="Unit" IsParentProperty="true" />
    <Property Property="Name" IsRDNProperty="true" />
  </LdapResourceTypeMapping>`;
  return `
  ${roles.map(({ role }) => `<SingleRole Identifier="${role}" DisplayName_L1="${role}" Policy="Default" EntityType="HR_Person" />`).join('\n  ')}
  ${roles.map(({ role, department }) => `<SingleRoleRule Role="${role}" Policy="Default" D0="${department}" />`).join('\n  ')}
  <ResourceType Identifier="Account" DisplayName_L1="Account" Policy="Default" SourceEntityType="HR_Person" TargetEntityType="Directory_Entry"
                ${unheld} ${accountAttributes}>
    <TypeRule />
    <QueryRule Property="Unit" SourceBinding="Department.Code" TargetBinding="UnitCode" TargetMatchedConfidenceLevel="100" />
    <ScalarRule Property="Name" Expression="C#:person:return person.FirstName + &quot; &quot; + person.LastName;" />
    <ScalarRule Property="Number" Binding="Number" />
    <ScalarRule Property="FirstName" Binding="FirstName" />
    <ScalarRule Property="LastName" Binding="LastName" />
    <ScalarRule Property="Title" Binding="Title" />
    <ScalarRule Property="Status" Expression="${statusRule}" />
    ${hasLogins ? '<ScalarRule Property="Login" Binding="Number" />' : ''}
    ${roles.map(({ role, group }) => `<NavigationRule Property="Groups" Resource="${escapeXml(group)}" SingleRole="${role}" />`).join('\n    ')}
  </ResourceType>
  <ResourceCorrelationRule ResourceType="Account" Policy="Default" SourceBinding="Number" TargetBinding="Number" SourceMatchedConfidenceLevel="100" />
  ${hasLogins ? '<PasswordResetSettings Identifier="First" DefaultPassword="env:FIRST_PASSWORD" MustChange="true" DisableNotifications="true" />' : ''}
  ${mapping}`;
}
