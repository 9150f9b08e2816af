/** Configurations that a random history moves between: one entity model, rules that differ. */
import { loadConfiguration, type Model } from '../../../config/index.ts';

/** One choice per place where configurations differ; a number out of range counts modulo. */
export type PolicyChoices = readonly number[];

const sectionsOf = (position: string, properties: string, contract = ''): string => `
  <RecordSection Identifier="Contract" DisplayName_L1="c" SourceEntityType="HR_Person" ResourceEntityType="HR_Record" StartProperty="ContractStart" EndProperty="ContractEnd" ${contract} />
  <RecordSection Identifier="Position" DisplayName_L1="p" SourceEntityType="HR_Person" ResourceEntityType="HR_Record" StartProperty="JobStart" EndProperty="JobEnd" ${position}>
    ${properties}
  </RecordSection>`;
const carried =
  '<Property Property="Job" /><Property Property="Rank" /><Property Property="Department" />';
const notCarried =
  '<Property Property="Job" ExtensionKind="None" /><Property Property="Rank" ExtensionKind="None" /><Property Property="Department" ExtensionKind="None" />';
const keyed = 'InstanceKeyExpression="C#:record:return record.Job;"';
const ruleOf = (attributes: string): string =>
  `<ContextRule Identifier="People" DisplayName_L1="p" Policy="Default" SourceEntityType="HR_Person" ${attributes} />`;
const ofRecords = ruleOf('ResourcesBinding="Records" B0="Department" B1="Category"');

/** How contexts are made. */
const contexts: readonly string[] = [
  ruleOf('ResourcesStartBinding="StartDate" ResourcesEndBinding="EndDate" B0="Department"'),
  ofRecords + sectionsOf(keyed, carried),
  ofRecords + sectionsOf(keyed, notCarried),
  ruleOf(
    'ResourcesBinding="Records" ResourcesStartBinding="ContractStart" ResourcesEndBinding="ContractEnd" B0="Department" B1="Category" ExcludeExpression="C#:record:return record.Rank == &quot;X&quot;;"',
  ),
  ofRecords +
    sectionsOf(
      `${keyed} SortKeyExpression="C#:record:return record.Rank;" ExtendedSortKey="B"`,
      carried,
    ),
  ofRecords + sectionsOf('ExtensionKind="None" BoundaryKind="Kept"', notCarried),
  ofRecords +
    sectionsOf(`${keyed} IsDefaultBoundariesSection="true"`, carried, 'ExtensionKind="None"'),
  ruleOf('B0="Department.Parent" B1="Manager.Department"'),
];

/** Who gets the role, and what else roles do. */
const roles: readonly string[] = [
  '<SingleRoleRule Role="Finance" Policy="Default" D0="FIN" L0="true" />',
  '<SingleRoleRule Role="Finance" Policy="Default" D0="FIN" /><SingleRoleRule Role="Finance" Policy="Default" D1="TAX" />',
  '<SingleRoleRule Role="Finance" Policy="Default" /><SingleRoleRule Role="Finance" Policy="Default" D0="IT" L0="true" IsDenied="true" />',
  '<CompositeRoleRule Role="Staff" Policy="Default" D0="IT" L0="true" /><SingleRoleRule Role="Finance" Policy="Default" CompositeRole="Staff" />',
  '<CompositeRoleRule Role="Staff" Policy="Default" Type="Suggested" /><SingleRoleRule Role="Finance" Policy="Default" CompositeRole="Staff" D1="FIN" L1="true" /><SingleRoleRule Role="Finance" Policy="Default" D0="TAX" Type="RequestedAutomatically" />',
];

/** Who gets an account, and when. */
const types: readonly string[] = [
  '<TypeRule />',
  '<TypeRule D0="IT" L0="true" /><TypeRule D1="FIN" />',
  '<TypeRule SingleRole="Finance" />',
  '<TypeRule TimeOffsetReference="Around" TimeOffsetBeforeReference="-1440" TimeOffsetAfterReference="2880" />',
  '<TypeRule /><TypeRule D0="TAX" IsDenied="true" />',
];

/** What the account holds of the time around somebody's stay. */
const values: readonly string[] = [
  '<ScalarRule Property="Unit" Binding="Department.Name" />',
  '<ScalarRule Property="Unit" Expression="Literal:soon" TimeOffsetReference="Before" TimeOffsetBeforeReference="-4320" TimeOffsetAfterReference="0" /><ScalarRule Property="Unit" Expression="Literal:here" TimeOffsetReference="Around" /><ScalarRule Property="Unit" Expression="Literal:gone" TimeOffsetReference="After" TimeOffsetBeforeReference="0" TimeOffsetAfterReference="5760" />',
  '<ScalarRule Property="Unit" Binding="Department.Name" SingleRole="Finance" /><ScalarRule Property="Unit" Expression="Literal:gone" TimeOffsetReference="After" TimeOffsetBeforeReference="-1440" TimeOffsetAfterReference="1440" />',
  '<ScalarRule Property="Unit" Expression="C#:person:return person.Manager.Department.Parent.Name + DateTime.Today.Day;" />',
];

const links: readonly string[] = [
  '<NavigationRule Property="Spaces" Resource="finance" SingleRole="Finance" /><NavigationRule Property="Spaces" Resource="everybody" />',
  '<NavigationRule Property="Spaces" Resource="everybody" TimeOffsetReference="Around" TimeOffsetBeforeReference="-2880" TimeOffsetAfterReference="1440" /><NavigationRule Property="Spaces" Resource="finance" D0="FIN" L0="true" />',
  '<QueryRule Property="Spaces" SourceBinding="Department.Code" TargetBinding="Name" TargetMatchedConfidenceLevel="100" />',
];

const attributes: readonly string[] = [
  'BlockProvisioning="false"',
  'BlockProvisioning="true"',
  'BlockProvisioning="false" DiscardManualAssignments="true" TransmittedStateValidityPeriod="1500"',
  'BlockProvisioning="false" CorrelateMultipleResources="true" AllowRemove="false"',
];

/** What the policy says of what a change of rules takes away. */
const policies: readonly string[] = ['', 'GracePeriod="2000"'];

const places = [contexts, roles, types, values, links, attributes, policies];
/** How many choices there are in each place. */
export const choiceCounts: readonly number[] = places.map((place) => place.length);

const compiled = new Map<string, Model>();

/** The model of these choices; compiled once. */
export function policyOf(choices: PolicyChoices): Model {
  const picked = places.map((place, index) => (choices[index] ?? 0) % place.length);
  const name = picked.join();
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const text = configurationOf(picked);
  const loaded = loadConfiguration([{ path: 'company.xml', text }]);
  if (loaded.status === 'invalid') {
    const errors = loaded.diagnostics.filter(({ severity }) => severity === 'error');
    throw new Error(`Choices ${name}: ${errors.map(({ message }) => message).join(' ')}`);
  }
  compiled.set(name, loaded.model);
  return loaded.model;
}

/** The configuration file of these choices. */
export function configurationOf(choices: PolicyChoices): string {
  const at = (index: number): string => {
    const place = places[index] ?? [];
    return place[(choices[index] ?? 0) % place.length] ?? '';
  };
  const unlimited = ['MaximumDeletedLines', 'MaximumInsertedLines', 'MaximumUpdatedLines']
    .map((name) => `${name}="0"`)
    .join(' ');
  const link = (name: string, from: string, property: string, to: string, back: string): string =>
    `<EntityAssociation Identifier="${name}" Property1="${from}:${property}" Property2="${to}:${back}" IsProperty2Collection="true" />`;
  return `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration" xmlns:ls="urn:lockstep:configuration">
  <Language Code="en-US" IndicatorNumber="1" />
  <Connector Identifier="HR" DisplayName_L1="HR" ${unlimited} />
  <Connection Identifier="HRFiles" DisplayName_L1="HR" Connector="HR" Package="Usercube.CSV@0000001" />
  <EntityType Identifier="HR_Person" DisplayName_L1="p">
    <Property Identifier="Number" IsKey="true" /><Property Identifier="FirstName" /><Property Identifier="LastName" />
    <Property Identifier="StartDate" Type="DateTime" /><Property Identifier="EndDate" Type="DateTime" /><Property Identifier="Login" />
    <Property Identifier="Department" Type="ForeignKey" /><Property Identifier="Manager" Type="ForeignKey" /><Property Identifier="Reports" Type="ForeignKey" /><Property Identifier="Records" Type="ForeignKey" />
  </EntityType>
  <EntityType Identifier="HR_Record" DisplayName_L1="r">
    <Property Identifier="Key" IsKey="true" /><Property Identifier="ContractStart" Type="DateTime" /><Property Identifier="ContractEnd" Type="DateTime" />
    <Property Identifier="JobStart" Type="DateTime" /><Property Identifier="JobEnd" Type="DateTime" /><Property Identifier="Job" /><Property Identifier="Rank" />
    <Property Identifier="Person" Type="ForeignKey" /><Property Identifier="Department" Type="ForeignKey" /><Property Identifier="Category" Type="ForeignKey" />
  </EntityType>
  <EntityType Identifier="HR_Department" DisplayName_L1="d">
    <Property Identifier="Code" IsKey="true" /><Property Identifier="Name" /><Property Identifier="Parent" Type="ForeignKey" /><Property Identifier="Children" Type="ForeignKey" />
    <Property Identifier="People" Type="ForeignKey" /><Property Identifier="Jobs" Type="ForeignKey" /><Property Identifier="Contracts" Type="ForeignKey" />
  </EntityType>
  ${link('HR_Person_Department', 'HR_Person', 'Department', 'HR_Department', 'People')}
  ${link('HR_Person_Manager', 'HR_Person', 'Manager', 'HR_Person', 'Reports')}
  ${link('HR_Department_Parent', 'HR_Department', 'Parent', 'HR_Department', 'Children')}
  ${link('HR_Record_Person', 'HR_Record', 'Person', 'HR_Person', 'Records')}
  ${link('HR_Record_Department', 'HR_Record', 'Department', 'HR_Department', 'Jobs')}
  ${link('HR_Record_Category', 'HR_Record', 'Category', 'HR_Department', 'Contracts')}
  ${mappingOf('HR', 'HR_Person', ['Number', 'FirstName', 'LastName', 'StartDate', 'EndDate'])}
  ${mappingOf('HR', 'HR_Record', ['Key', 'ContractStart', 'ContractEnd', 'JobStart', 'JobEnd', 'Job', 'Rank'])}
  ${mappingOf('HR', 'HR_Department', ['Code', 'Name'])}
  ${linkMappingOf('HR', 'HR_Person_Department', 'HR_Person:Number', 'HR_Department:Code')}
  ${linkMappingOf('HR', 'HR_Person_Manager', 'HR_Person:Number', 'HR_Person:Number')}
  ${linkMappingOf('HR', 'HR_Department_Parent', 'HR_Department:Code', 'HR_Department:Code')}
  ${linkMappingOf('HR', 'HR_Record_Person', 'HR_Record:Key', 'HR_Person:Number')}
  ${linkMappingOf('HR', 'HR_Record_Department', 'HR_Record:Key', 'HR_Department:Code')}
  ${linkMappingOf('HR', 'HR_Record_Category', 'HR_Record:Key', 'HR_Department:Code')}
  <EntityPropertyExpression Identifier="HR_Person_Login" EntityType="HR_Person" Property="Login" Expression="C#:person:return (person.FirstName.Substring(0, 1) + person.LastName).ToLower();" />

  <Connector Identifier="Wiki" DisplayName_L1="Wiki" ${unlimited} />
  <Connection Identifier="WikiDb" DisplayName_L1="Wiki" Connector="Wiki" Package="Lockstep.SQL.SQLite@0000001" />
  <EntityType Identifier="Wiki_User" DisplayName_L1="u">
    <Property Identifier="Login" IsKey="true" /><Property Identifier="Mail" /><Property Identifier="FullName" /><Property Identifier="Unit" /><Property Identifier="Spaces" Type="ForeignKey" />
  </EntityType>
  <EntityType Identifier="Wiki_Space" DisplayName_L1="s"><Property Identifier="Name" IsKey="true" /><Property Identifier="Users" Type="ForeignKey" /></EntityType>
  <EntityAssociation Identifier="Wiki_User_Space" Property1="Wiki_User:Spaces" IsProperty1Collection="true" Property2="Wiki_Space:Users" IsProperty2Collection="true" />
  ${mappingOf('WikiDb', 'Wiki_User', ['Login', 'Mail', 'FullName', 'Unit'])}
  ${mappingOf('WikiDb', 'Wiki_Space', ['Name'])}
  ${linkMappingOf('WikiDb', 'Wiki_User_Space', 'Wiki_User:Login', 'Wiki_Space:Name')}

  <Policy Identifier="Default" DisplayName_L1="Default" IsProvisioningEnabled="true" ${at(6)} />
  <Dimension Identifier="Department" DisplayName_L1="d" EntityType="HR_Department" ColumnMapping="0" IsHierarchical="true" ParentProperty="Parent" />
  <Dimension Identifier="Category" DisplayName_L1="c" EntityType="HR_Department" ColumnMapping="1" IsHierarchical="true" ParentProperty="Parent" />
  ${at(0)}
  <SingleRole Identifier="Finance" DisplayName_L1="Finance" Policy="Default" EntityType="HR_Person" ApprovalWorkflowType="One" />
  <CompositeRole Identifier="Staff" DisplayName_L1="Staff" Policy="Default" EntityType="HR_Person" />
  ${at(1)}
  <ResourceType Identifier="Wiki_User_Person" DisplayName_L1="Wiki" Policy="Default" SourceEntityType="HR_Person" TargetEntityType="Wiki_User" ${at(5)} AllowAdd="true" MaximumInsertPercent="0" MaximumUpdatePercent="0" MaximumDeletePercent="0">
    ${at(2)}
    <ScalarRule Property="Login" Binding="Login" />
    <ScalarRule Property="FullName" Expression="C#:person:return person.FirstName + &quot; &quot; + person.LastName;" />
    <ScalarRule Property="Mail" Expression="C#:person:return person.Number + &quot;@example.test&quot;;" />
    ${at(3)}
    ${at(4)}
  </ResourceType>
  <ResourceCorrelationRule ResourceType="Wiki_User_Person" Policy="Default" SourceExpression="C#:person:return person.Number + &quot;@example.test&quot;;" TargetBinding="Mail" SourceMatchedConfidenceLevel="100" />
  <ResourceCorrelationRule ResourceType="Wiki_User_Person" Policy="Default" SourceBinding="LastName" TargetBinding="FullName" SourceMatchedConfidenceLevel="80" />
  <ls:SqlResourceTypeMapping Identifier="Wiki_User_Person" Connection="WikiDb" Table="users">
    <ls:Link Property="Spaces" Table="user_spaces" Column="login" LinkedColumn="space" />
  </ls:SqlResourceTypeMapping>
</ConfigurationFile>
`;
}

/** Of the first property, which is the key, and the others. */
function mappingOf(source: string, entityType: string, properties: readonly string[]): string {
  const table = tableOf(source, entityType);
  const children = properties.map((property, index) => {
    const format = /(Start|End)(Date)?$/.test(property) ? ' Format="datetime"' : '';
    const key = index === 0 ? ' IsPrimaryKey="true"' : '';
    return `<Property Identifier="${property}" ConnectionColumn="${property}"${format}${key} />`;
  });
  return `<EntityTypeMapping Identifier="${entityType}" Connector="${connectorOf(source)}" ConnectionTable="${table}">${children.join('')}</EntityTypeMapping>`;
}

function linkMappingOf(source: string, name: string, one: string, other: string): string {
  return `<EntityAssociationMapping Identifier="${name}" Connector="${connectorOf(source)}" ConnectionTable="${tableOf(source, name)}" Column1="one" EntityPropertyMapping1="${one}" Column2="other" EntityPropertyMapping2="${other}" />`;
}

function tableOf(source: string, name: string): string {
  return source === 'HR' ? `HRFiles_${name}` : `${source}_${name}`;
}

function connectorOf(source: string): string {
  return source === 'HR' ? 'HR' : 'Wiki';
}
