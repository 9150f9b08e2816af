/** A small company whose files are spoiled by tests: people and departments from CSV, accounts in a SQLite database. */
import { DatabaseSync } from 'node:sqlite';

export interface Person {
  readonly number: string;
  readonly first: string;
  readonly last: string;
  readonly department: string;
  readonly nickname: string;
}

export const departments = ['FIN', 'RES', 'SAL'] as const;

/** Thirty people, numbers 1001 to 1030, each with another name; ten in each department. */
export const people: readonly Person[] = Array.from({ length: 30 }, (_, index) => ({
  number: String(1001 + index),
  first: `Given${String.fromCharCode(97 + (index % 26))}`,
  last: `Family${String(index + 1).padStart(2, '0')}`,
  department: departments[index % departments.length] ?? departments[0],
  nickname: `Nick${index + 1}`,
}));

export function formatPeople(rows: readonly Person[]): string {
  const lines = rows.map((row) =>
    [row.number, row.first, row.last, row.department, row.nickname].join(','),
  );
  return ['number,first_name,last_name,department,nickname', ...lines, ''].join('\n');
}

export function formatDepartments(codes: readonly string[]): string {
  return ['code,name', ...codes.map((code) => `${code},Department ${code}`), ''].join('\n');
}

export interface Account {
  readonly login: string;
  readonly full_name: string | null;
  readonly nickname: string | null;
}

/** The managed system as it is before anything was ordered: one account that somebody made by hand. */
export function createDesk(path: string): void {
  const database = new DatabaseSync(path);
  database.exec(`CREATE TABLE agents (login TEXT PRIMARY KEY, full_name TEXT, nickname TEXT);
    INSERT INTO agents VALUES ('root', 'Made by hand', NULL);`);
  database.close();
}

export function readDesk(path: string): readonly Account[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const rows = database.prepare('SELECT login, full_name, nickname FROM agents ORDER BY login');
    // The columns are those of the statement.
    return rows.all().map((row) => ({ ...row })) as unknown as readonly Account[];
  } finally {
    database.close();
  }
}

/** A file of the configuration around its elements. */
export function configurationFile(elements: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration" xmlns:ls="urn:lockstep:configuration">
${elements.trim()}
</ConfigurationFile>
`;
}

/** Everything that `conf/` holds, by file name. */
export const configuration: Readonly<Record<string, string>> = {
  'hr.xml': configurationFile(`
  <Connector Identifier="HR" DisplayName_L1="People" MaximumInsertedLines="1000" MaximumUpdatedLines="10" MaximumDeletedLines="3"
             MaxPercentageInsertedLines="0" MaxPercentageUpdatedLines="0" MaxPercentageDeletedLines="0"
             MaximumLinkInsertedLines="1000" MaximumLinkDeletedLines="5" MaxLinkPercentageInsertedLines="0" MaxLinkPercentageDeletedLines="0" />
  <Connection Identifier="HRPeople" DisplayName_L1="People" Connector="HR" Package="Usercube.CSV@0000001" />
  <Connection Identifier="HRDepartments" DisplayName_L1="Departments" Connector="HR" Package="Usercube.CSV@0000001" />
  <EntityType Identifier="HR_Person" DisplayName_L1="Person">
    <Property Identifier="Number" DisplayName_L1="Number" IsKey="true" />
    <Property Identifier="FirstName" DisplayName_L1="First name" />
    <Property Identifier="LastName" DisplayName_L1="Last name" />
    <Property Identifier="Nickname" DisplayName_L1="Nickname" />
    <Property Identifier="Login" DisplayName_L1="Login" />
    <Property Identifier="Department" DisplayName_L1="Department" Type="ForeignKey" />
  </EntityType>
  <EntityType Identifier="HR_Department" DisplayName_L1="Department">
    <Property Identifier="Code" DisplayName_L1="Code" IsKey="true" />
    <Property Identifier="Name" DisplayName_L1="Name" />
    <Property Identifier="People" DisplayName_L1="People" Type="ForeignKey" />
  </EntityType>
  <EntityAssociation Identifier="HR_Person_Department" Property1="HR_Person:Department"
                     Property2="HR_Department:People" IsProperty2Collection="true" />
  <EntityTypeMapping Identifier="HR_Person" Connector="HR" ConnectionTable="HRPeople">
    <Property Identifier="Number" ConnectionColumn="number" IsPrimaryKey="true" />
    <Property Identifier="FirstName" ConnectionColumn="first_name" />
    <Property Identifier="LastName" ConnectionColumn="last_name" />
    <Property Identifier="Nickname" ConnectionColumn="nickname" />
  </EntityTypeMapping>
  <EntityTypeMapping Identifier="HR_Department" Connector="HR" ConnectionTable="HRDepartments">
    <Property Identifier="Code" ConnectionColumn="code" IsPrimaryKey="true" />
    <Property Identifier="Name" ConnectionColumn="name" />
  </EntityTypeMapping>
  <EntityAssociationMapping Identifier="HR_Person_Department" Connector="HR" ConnectionTable="HRPeople"
                            Column1="number" EntityPropertyMapping1="HR_Person:Number"
                            Column2="department" EntityPropertyMapping2="HR_Department:Code" />
  <EntityPropertyExpression Identifier="HR_Person_Login" EntityType="HR_Person" Property="Login"
                            Expression="C#:person:return (person.FirstName.Substring(0, 1) + person.LastName).ToLower();" />`),
  'desk.xml': configurationFile(`
  <Connector Identifier="Desk" DisplayName_L1="Desk" MaximumInsertedLines="1000" MaximumDeletedLines="3"
             MaxPercentageInsertedLines="0" MaxPercentageUpdatedLines="0" MaxPercentageDeletedLines="0" />
  <Connection Identifier="DeskDb" DisplayName_L1="Desk" Connector="Desk" Package="Lockstep.SQL.SQLite@0000001" />
  <EntityType Identifier="Desk_Agent" DisplayName_L1="Agent">
    <Property Identifier="Login" DisplayName_L1="Login" IsKey="true" />
    <Property Identifier="FullName" DisplayName_L1="Name" />
    <Property Identifier="Nickname" DisplayName_L1="Nickname" />
  </EntityType>
  <EntityTypeMapping Identifier="Desk_Agent" Connector="Desk" ConnectionTable="DeskDb_agents">
    <Property Identifier="Login" ConnectionColumn="login" IsPrimaryKey="true" />
    <Property Identifier="FullName" ConnectionColumn="full_name" />
    <Property Identifier="Nickname" ConnectionColumn="nickname" />
  </EntityTypeMapping>
  <Policy Identifier="Default" DisplayName_L1="Default" IsProvisioningEnabled="true" />
  <ResourceType Identifier="Desk_Agent_Person" DisplayName_L1="Agent" Policy="Default" BlockProvisioning="false"
                SourceEntityType="HR_Person" TargetEntityType="Desk_Agent"
                MaximumInsert="1000" MaximumInsertPercent="0" MaximumUpdatePercent="0" MaximumDelete="3" MaximumDeletePercent="0">
    <TypeRule />
    <ScalarRule Property="Login" Binding="Login" />
    <ScalarRule Property="FullName" Expression="C#:person:return person.FirstName + &quot; &quot; + person.LastName;" />
    <ScalarRule Property="Nickname" Expression="C#:person:return person.Nickname.Substring(0, 4);" />
  </ResourceType>
  <ResourceCorrelationRule ResourceType="Desk_Agent_Person" Policy="Default" SourceBinding="Login" TargetBinding="Login"
                           SourceMatchedConfidenceLevel="100" />
  <ls:SqlResourceTypeMapping Identifier="Desk_Agent_Person" Connection="DeskDb" Table="agents" />`),
  'jobs.xml': configurationFile(`
  <CreateAgentSynchroComplete Agent="Local" JobIdentifier="Everything" DisplayName_L1="Everything, complete" />`),
};
