/** The project of the company with the large policy: files of its data, configuration, and a store that holds them. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportedFile, inProject, prepare, synchronize } from './load-project.ts';
import {
  type Asked,
  accountRules,
  accountValues,
  departmentOf,
  groupRule,
  nameGroup,
  nameRole,
  nameSite,
  PolicyIndex,
  type PolicySize,
  personColumns,
  personOf,
  roleRule,
} from './policy-company.ts';
import {
  association,
  connection,
  entityType,
  links,
  mapping,
  unlimited,
} from './project-elements.ts';

const accountColumns = accountRules.map(([property]) => property);

/** Writes the project and loads its data; nothing is evaluated yet. */
export async function makePolicyProject(folder: string, size: PolicySize): Promise<void> {
  for (const name of ['conf', 'Temp/ExportOutput'])
    await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, 'conf', 'company.xml'), writeConfiguration(size));
  await writeFile(join(folder, 'appsettings.json'), '{ "Store": { "Client": "sqlite" } }');
  await writeFile(join(folder, 'appsettings.agent.json'), '{ "Connections": {} }');
  await writeData(folder, size);
  await inProject(
    folder,
    async (workspace) => {
      for (const connector of ['HR', 'App']) {
        await prepare(workspace, connector, 'complete');
        await synchronize(workspace, connector);
      }
    },
    { deploys: true },
  );
}

async function writeData(folder: string, size: PolicySize): Promise<void> {
  const people: string[] = [personColumns.join(',')];
  const accounts: string[] = [accountColumns.join(',')];
  const members: string[] = ['Login,Group'];
  const units = Array.from({ length: size.departments }, (_, index) => departmentOf(index));
  const byCode = new Map(units.map(([code, name]) => [code, { code, name }]));
  const index = new PolicyIndex(size);
  for (let one = 0; one < size.people; one += 1) {
    const person = personOf(one, size);
    people.push(personColumns.map((column) => person[column]).join(','));
    const boss =
      person.Manager === '' ? undefined : { login: `u${Number(person.Manager.slice(1))}` };
    const values = accountValues(person, byCode.get(person.Unit), boss);
    accounts.push(values.map((value) => value ?? '').join(','));
    for (const group of index.given(person.Unit, person.Site).groups)
      members.push(`${person.Login},${nameGroup(group)}`);
  }
  const groups = Array.from({ length: index.groups }, (_, one) => nameGroup(one));
  const sites = Array.from({ length: size.sites }, (_, one) => nameSite(one));
  const files: readonly (readonly [string, readonly string[]])[] = [
    ['People', people],
    ['Units', ['Code,Name,Parent', ...units.map((unit) => unit.join(','))]],
    ['Sites', ['Name', ...sites]],
    ['Accounts', accounts],
    ['Groups', ['Name', ...groups]],
    ['Members', members],
  ];
  for (const [name, lines] of files)
    await writeFile(exportedFile(folder, name), `${lines.join('\n')}\n`);
}

function writeConfiguration(size: PolicySize): string {
  const all = <T>(count: number, make: (index: number) => T): readonly T[] =>
    Array.from({ length: count }, (_, index) => make(index));
  return `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <Language Code="en-US" IndicatorNumber="1" />
  <Connector Identifier="HR" DisplayName_L1="HR" ${unlimited} />
  <Connector Identifier="App" DisplayName_L1="Application" ${unlimited} />
  ${['People', 'Units', 'Sites'].map((name) => connection(name, 'HR')).join('\n  ')}
  ${['Accounts', 'Groups', 'Members'].map((name) => connection(name, 'App')).join('\n  ')}
  ${entityType('Person', personColumns, ['EmployeeId', 'Login'], ['In', 'At', 'Boss', 'Reports'])}
  ${entityType('Department', ['Code', 'Name'], ['Code'], ['Above', 'Below', 'People'])}
  ${entityType('Site', ['Name'], ['Name'], ['People'])}
  ${entityType('Account', accountColumns, ['Login'], ['MemberOf'])}
  ${entityType('Group', ['Name'], ['Name'], ['Members'])}
  ${mapping('Person', 'HR', 'People', personColumns)}
  ${mapping('Department', 'HR', 'Units', ['Code', 'Name'])}
  ${mapping('Site', 'HR', 'Sites', ['Name'])}
  ${mapping('Account', 'App', 'Accounts', accountColumns)}
  ${mapping('Group', 'App', 'Groups', ['Name'])}
  ${association('Person_In', 'Person:In', 'Department:People')}
  ${association('Person_At', 'Person:At', 'Site:People')}
  ${association('Person_Boss', 'Person:Boss', 'Person:Reports')}
  ${association('Department_Above', 'Department:Above', 'Department:Below')}
  <EntityAssociation Identifier="Account_Groups" Property1="Account:MemberOf" IsProperty1Collection="true" Property2="Group:Members" IsProperty2Collection="true" />
  ${links('Person_In', 'HR', 'People', ['EmployeeId', 'Person:EmployeeId'], ['Unit', 'Department:Code'])}
  ${links('Person_At', 'HR', 'People', ['EmployeeId', 'Person:EmployeeId'], ['Site', 'Site:Name'])}
  ${links('Person_Boss', 'HR', 'People', ['EmployeeId', 'Person:EmployeeId'], ['Manager', 'Person:EmployeeId'])}
  ${links('Department_Above', 'HR', 'Units', ['Code', 'Department:Code'], ['Parent', 'Department:Code'])}
  ${links('Account_Groups', 'App', 'Members', ['Login', 'Account:Login'], ['Group', 'Group:Name'])}
  <Policy Identifier="Default" DisplayName_L1="Default" IsProvisioningEnabled="true" />
  <Dimension Identifier="Department" DisplayName_L1="Department" EntityType="Department" ParentProperty="Above" IsHierarchical="true" ColumnMapping="0" />
  <Dimension Identifier="Site" DisplayName_L1="Site" EntityType="Site" ColumnMapping="1" />
  <ContextRule Identifier="Person" DisplayName_L1="People" Policy="Default" SourceEntityType="Person" B0="In" B1="At" ResourcesStartBinding="StartDate" ResourcesEndBinding="EndDate" />
  ${all(size.roles, (index) => `<SingleRole Identifier="${nameRole(index)}" DisplayName_L1="Role ${index}" Policy="Default" EntityType="Person" ApprovalWorkflowType="None" />`).join('\n  ')}
  ${all(size.roles, (index) => `<SingleRoleRule Policy="Default" Role="${nameRole(index)}" ${criteria(roleRule(index, size))} />`).join('\n  ')}
  <ResourceType Identifier="Account_Person" DisplayName_L1="Account" Policy="Default" SourceEntityType="Person" TargetEntityType="Account" BlockProvisioning="false" MaximumInsert="0" MaximumUpdate="0" MaximumDelete="0">
    <TypeRule />
    ${accountRules.map(([property, rule]) => `<ScalarRule Property="${property}" ${rule} />`).join('\n    ')}
    ${all(size.roles, (index) => `<NavigationRule Property="MemberOf" SingleRole="${nameRole(index)}" Resource="${nameGroup(index)}" />`).join('\n    ')}
    ${all(size.groupRules, (index) => `<NavigationRule Property="MemberOf" ${criteria(groupRule(index, size))} Resource="${nameGroup(size.roles + index)}" />`).join('\n    ')}
  </ResourceType>
  <ResourceCorrelationRule ResourceType="Account_Person" Policy="Default" SourceBinding="EmployeeId" TargetBinding="EmployeeId" SourceMatchedConfidenceLevel="100" />
</ConfigurationFile>
`;
}

function criteria({ department, includesDescendants, site }: Asked): string {
  return [
    department === null ? '' : `D0="${department}"${includesDescendants ? ' L0="true"' : ''}`,
    site === null ? '' : `D1="${site}"`,
  ].join(' ');
}
