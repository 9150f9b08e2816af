/**
 * A project that is run as people run one: people and departments from HR, desk accounts with groups, a policy of eleven scalar
 * rules, managers and department groups between them, and the two jobs of every day. Orders become tickets.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import {
  accountColumns,
  departmentColumns,
  generateAccounts,
  generateDepartments,
  generatePeople,
  peopleColumns,
} from './generate-company.ts';
import {
  association,
  connection,
  entityType,
  links,
  mapping,
  unlimited,
} from './project-elements.ts';

/** What accounts hold beside what the generator makes; empty at first, so that the first run orders something for everybody. */
const detailColumns = ['Mail', 'Title', 'Site', 'Badge', 'StartDate', 'EndDate', 'BossLogin'];
/** Departments with a group of their own, each by a rule. */
const maxGroups = 200;

/** Writes the project with the data of the first day. It is not deployed. */
export async function makeCycleProject(
  folder: string,
  options: { readonly people: number; readonly hasPolicy: boolean },
): Promise<void> {
  const { people, hasPolicy } = options;
  for (const name of ['conf', 'data']) await mkdir(join(folder, name), { recursive: true });
  await writeDay(folder, { people, day: 1 });
  const file = (name: string) => ({
    Path: `data/${name}.csv`,
    PathIncremental: `data/${name}.csv`,
  });
  const connections: Record<string, unknown> = { People: file('people') };
  if (hasPolicy) {
    await writeDesk(folder, people);
    const groups = Math.min(maxGroups, Math.ceil(people / 125));
    Object.assign(connections, {
      Units: file('units'),
      Accounts: file('accounts'),
      Groups: file('groups'),
      Members: file('members'),
      Desk: {},
    });
    await writeFile(join(folder, 'conf', 'company.xml'), writeConfiguration(groups));
  } else {
    await writeFile(join(folder, 'conf', 'company.xml'), writeConfiguration(null));
  }
  await writeFile(join(folder, 'appsettings.json'), '{ "Store": { "Client": "sqlite" } }');
  await writeFile(
    join(folder, 'appsettings.agent.json'),
    JSON.stringify({ Connections: connections }, null, 2),
  );
}

/** Puts the people of a day in place of those before. */
export async function writeDay(
  folder: string,
  options: { readonly people: number; readonly day: 1 | 2; readonly changedShare?: number },
): Promise<void> {
  const { people, day, changedShare } = options;
  const share = changedShare === undefined ? {} : { changedShare };
  await generatePeople(join(folder, 'data', 'people.csv'), { rows: people, day, ...share });
}

async function writeDesk(folder: string, people: number): Promise<void> {
  const data = join(folder, 'data');
  await generateDepartments(join(data, 'units.csv'), { people });
  const short = join(data, 'accounts-short.csv');
  await generateAccounts(short, { people });
  await pipeline(
    createInterface({ input: createReadStream(short), crlfDelay: Number.POSITIVE_INFINITY }),
    async function* (lines) {
      let isHeader = true;
      for await (const line of lines) {
        const details = isHeader ? detailColumns.join(',') : ','.repeat(detailColumns.length - 1);
        isHeader = false;
        yield `${line},${details}\n`;
      }
    },
    createWriteStream(join(data, 'accounts.csv')),
  );
  await rm(short);
  const groups = Math.min(maxGroups, Math.ceil(people / 125));
  const names = Array.from({ length: groups }, (_, index) => nameUnit(index));
  await writeFile(join(data, 'groups.csv'), `Name\n${names.map((name) => `${name}\n`).join('')}`);
  await writeFile(
    join(data, 'members.csv'),
    `Login,Group\n${names.map((name, index) => `u${index + 1},${name}\n`).join('')}`,
  );
}

function nameUnit(index: number): string {
  return `D${String(index + 1).padStart(5, '0')}`;
}

/** `groups: null`: people alone, without departments, accounts and policy. */
function writeConfiguration(groups: number | null): string {
  const jobs = `
  <CreateAgentSynchroComplete Agent="Local" JobIdentifier="Everything" DisplayName_L1="Everything" />
  <CreateAgentSynchroIncremental Agent="Local" JobIdentifier="Changes" DisplayName_L1="Changes" />`;
  const links = groups === null ? [] : ['In', 'Boss', 'Reports'];
  return `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <Language Code="en-US" IndicatorNumber="1" />
  <Connector Identifier="HR" DisplayName_L1="HR" ${unlimited} />
  ${connection('People', 'HR')}
  ${entityType('Person', peopleColumns, ['EmployeeId', 'Login'], links)}
  ${mapping('Person', 'HR', 'People', peopleColumns)}${groups === null ? '' : writePolicy(groups)}${jobs}
</ConfigurationFile>
`;
}

function writePolicy(groups: number): string {
  const columns = [...accountColumns, ...detailColumns];
  const same = ['Title', 'Site', 'Badge', 'StartDate', 'EndDate', 'Login', 'EmployeeId'];
  return `
  ${connection('Units', 'HR')}
  ${entityType('Department', departmentColumns, ['Code'], ['People'])}
  ${mapping('Department', 'HR', 'Units', departmentColumns)}
  ${association('Person_In', 'Person:In', 'Department:People')}
  ${association('Person_Boss', 'Person:Boss', 'Person:Reports')}
  ${links('Person_In', 'HR', 'People', ['EmployeeId', 'Person:EmployeeId'], ['Unit', 'Department:Code'])}
  ${links('Person_Boss', 'HR', 'People', ['EmployeeId', 'Person:EmployeeId'], ['Manager', 'Person:EmployeeId'])}
  <Connector Identifier="App" DisplayName_L1="Application" ${unlimited} />
  ${['Accounts', 'Groups', 'Members'].map((name) => connection(name, 'App')).join('\n  ')}
  <Connection Identifier="Desk" DisplayName_L1="Desk" Connector="App" Package="Usercube.Manual@0000001" />
  ${entityType('Account', columns, ['Login'], ['Chief', 'Staff', 'MemberOf'])}
  ${entityType('Group', ['Name'], ['Name'], ['Members'])}
  ${mapping('Account', 'App', 'Accounts', columns)}
  ${mapping('Group', 'App', 'Groups', ['Name'])}
  ${association('Account_Chief', 'Account:Chief', 'Account:Staff')}
  <EntityAssociation Identifier="Account_Groups" Property1="Account:MemberOf" IsProperty1Collection="true" Property2="Group:Members" IsProperty2Collection="true" />
  ${links('Account_Chief', 'App', 'Accounts', ['Login', 'Account:Login'], ['BossLogin', 'Account:Login'])}
  ${links('Account_Groups', 'App', 'Members', ['Login', 'Account:Login'], ['Group', 'Group:Name'])}
  <Policy Identifier="Default" DisplayName_L1="Default" IsProvisioningEnabled="true" />
  <Dimension Identifier="Department" DisplayName_L1="Department" EntityType="Department" ColumnMapping="0" />
  <ContextRule Identifier="Person" DisplayName_L1="People" Policy="Default" SourceEntityType="Person" B0="In" />
  <ResourceType Identifier="Account_Person" DisplayName_L1="Account" Policy="Default" SourceEntityType="Person" TargetEntityType="Account" BlockProvisioning="false" MaximumInsert="0" MaximumUpdate="0" MaximumDelete="0">
    <TypeRule />
    ${same.map((name) => `<ScalarRule Property="${name}" Binding="${name}" />`).join('\n    ')}
    <ScalarRule Property="Mail" Expression="C#:person:return person.Email.ToLower();" />
    <ScalarRule Property="DisplayName" Expression="C#:person:return person.FirstName + &quot; &quot; + person.LastName;" />
    <ScalarRule Property="Unit" Expression="C#:person:return person.In == null ? null : person.In.Code;" />
    <ScalarRule Property="IsEnabled" Expression="Literal:true" />
    <QueryRule Property="Chief" SourceBinding="Boss.EmployeeId" TargetBinding="EmployeeId" TargetMatchedConfidenceLevel="100" />
    ${Array.from({ length: groups }, (_, index) => `<NavigationRule Property="MemberOf" D0="${nameUnit(index)}" Resource="${nameUnit(index)}" />`).join('\n    ')}
  </ResourceType>
  <ResourceCorrelationRule ResourceType="Account_Person" Policy="Default" SourceBinding="EmployeeId" TargetBinding="EmployeeId" SourceMatchedConfidenceLevel="100" />
  <ManualProvisioningResourceTypeMapping Identifier="Account_Person" Connection="Desk" />`;
}
