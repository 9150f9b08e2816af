/** Configurations that a random history moves between: one entity model, rules that differ. */
import { loadConfiguration, type Model } from '../../../config/index.ts';
import { type Choice, writeConfiguration } from './configuration.fixture.ts';

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
/** An expression as it stands in an attribute. */
const code = (text: string): string =>
  `C#:person:${text.replaceAll('"', '&quot;').replaceAll('<', '&lt;')}`;

/** How contexts are made. */
const contexts: readonly Choice[] = [
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
  ruleOf(
    `ResourcesExpression="${code('return queryHandler.Select<HR_Record>($"select Id where (Person = {person} and Job = ""J1"")");').replaceAll('&quot;&quot;', '\\&quot;')}" ResourcesStartBinding="ContractStart" B0="Department" B1="Category"`,
  ),
].map((elements) => ({ elements }));

/** Who gets the roles, and what else they do. */
const roles: readonly Choice[] = [
  '<SingleRoleRule Role="Finance" Policy="Default" D0="FIN" L0="true" />',
  '<SingleRoleRule Role="Finance" Policy="Default" D0="FIN" /><SingleRoleRule Role="Finance" Policy="Default" D1="TAX" />',
  '<SingleRoleRule Role="Finance" Policy="Default" /><SingleRoleRule Role="Finance" Policy="Default" D0="IT" L0="true" IsDenied="true" />',
  '<CompositeRoleRule Role="Staff" Policy="Default" D0="IT" L0="true" /><SingleRoleRule Role="Finance" Policy="Default" CompositeRole="Staff" />',
  '<CompositeRoleRule Role="Staff" Policy="Default" Type="Suggested" /><SingleRoleRule Role="Finance" Policy="Default" CompositeRole="Staff" D1="FIN" L1="true" /><SingleRoleRule Role="Finance" Policy="Default" D0="TAX" Type="RequestedAutomatically" />',
  '<SingleRoleRule Role="Finance" Policy="Default" Priority="1" /><SingleRoleRule Role="Finance" Policy="Default" D0="FIN" IsDenied="true" Priority="2" /><SingleRoleRule Role="Finance" Policy="Default" D0="IT" IsDenied="true" />',
].map((elements) => ({ elements }));

/** Who gets an account, and when. */
const types: readonly Choice[] = [
  '<TypeRule />',
  '<TypeRule D0="IT" L0="true" /><TypeRule D1="FIN" />',
  '<TypeRule SingleRole="Finance" />',
  '<TypeRule TimeOffsetReference="Around" TimeOffsetBeforeReference="-1440" TimeOffsetAfterReference="2880" />',
  '<TypeRule /><TypeRule D0="TAX" IsDenied="true" />',
  '<TypeRule Type="Suggested" /><TypeRule D0="FIN" /><TypeRule D0="IT" Type="RequestedAutomatically" />',
].map((inside) => ({ inside }));

/** What the account holds of the time around somebody's stay. */
const values: readonly Choice[] = [
  '<ScalarRule Property="Unit" Binding="Department.Name" />',
  '<ScalarRule Property="Unit" Expression="Literal:soon" TimeOffsetReference="Before" TimeOffsetBeforeReference="-4320" TimeOffsetAfterReference="0" /><ScalarRule Property="Unit" Expression="Literal:here" TimeOffsetReference="Around" /><ScalarRule Property="Unit" Expression="Literal:gone" TimeOffsetReference="After" TimeOffsetBeforeReference="0" TimeOffsetAfterReference="5760" />',
  '<ScalarRule Property="Unit" Binding="Department.Name" SingleRole="Finance" /><ScalarRule Property="Unit" Expression="Literal:gone" TimeOffsetReference="After" TimeOffsetBeforeReference="-1440" TimeOffsetAfterReference="1440" />',
  `<ScalarRule Property="Unit" Expression="${code('return person.Manager.Department.Parent.Name + DateTime.Today.Day;')}" />`,
  `<ScalarRule Property="Unit" Expression="${code('return queryHandler.Select<HR_Person>($"select LastName where (Department = {person.Department} and Id != {person.Id}) order by LastName desc").FirstOrDefault()?.LastName;')}" />`,
  `<ScalarRule Property="Unit" Expression="${code('return assignment.StartDate?.ToString("yyyyMMdd") + assignment.EndDate?.ToString("yyyyMMdd") + DateTime.UtcNow.Hour;')}" />`,
].map((inside) => ({ inside }));

const links: readonly Choice[] = [
  '<NavigationRule Property="Spaces" Resource="finance" SingleRole="Finance" /><NavigationRule Property="Spaces" Resource="everybody" />',
  '<NavigationRule Property="Spaces" Resource="everybody" TimeOffsetReference="Around" TimeOffsetBeforeReference="-2880" TimeOffsetAfterReference="1440" /><NavigationRule Property="Spaces" Resource="finance" D0="FIN" L0="true" />',
  '<QueryRule Property="Spaces" SourceBinding="Department.Code" TargetBinding="Name" TargetMatchedConfidenceLevel="100" />',
  '<NavigationRule Property="Spaces" Resource="finance" SingleRole="Finance" /><NavigationRule Property="Spaces" Resource="everybody" /><NavigationRule Property="Spaces" Resource="everybody" D0="TAX" IsDenied="true" /><QueryRule Property="Spaces" SourceBinding="Department.Code" TargetBinding="Name" TargetMatchedConfidenceLevel="70" />',
].map((inside) => ({ inside }));

const attributes: readonly Choice[] = [
  'BlockProvisioning="false"',
  'BlockProvisioning="true"',
  'BlockProvisioning="false" DiscardManualAssignments="true" TransmittedStateValidityPeriod="1500"',
  'BlockProvisioning="false" CorrelateMultipleResources="true" AllowRemove="false"',
  'BlockProvisioning="false" SuggestAllCorrelations="true" FulfillHoursAheadOfTime="30" RemoveOrphans="true"',
  'BlockProvisioning="false" CorrelateMultipleResources="true" SuggestAllCorrelations="true" AllowAdd="false" DependsOnOwnerProperty="FirstName"',
].map((type) => ({ type }));

/** What the policy says of what a change of rules takes away, of requests, and whether it delivers at all. */
const policies: readonly Choice[] = [
  { policy: 'IsProvisioningEnabled="true"' },
  { policy: 'IsProvisioningEnabled="true" GracePeriod="2000"' },
  { policy: 'IsProvisioningEnabled="true" ProlongationWithoutApproval="true" MaxDuration="4000"' },
  { policy: 'IsProvisioningEnabled="false" HasImplicitApproval="true" GracePeriod="700"' },
];

/** How Finance is asked for. */
const requests: readonly Choice[] = [
  'ApprovalWorkflowType="One"',
  'ApprovalWorkflowType="None" MaxDuration="2880"',
  'ApprovalWorkflowType="Two" ProlongationWithoutApproval="Enabled" GracePeriod="5000"',
  'ApprovalWorkflowType="Three" R0="true"',
].map((finance) => ({ finance }));

/** Roles with parameters, of another policy, given by each other. */
const moreRoles: readonly Choice[] = [
  {},
  {
    elements: roleOf('Site', 'R0="true" ApprovalWorkflowType="One"') + givenBy('Site', 'D1="FIN"'),
    inside: siteLinks(),
  },
  {
    elements: `${roleOf('Site', '')}<CompositeRole Identifier="Abroad" DisplayName_L1="a" Policy="Default" EntityType="HR_Person" D0="IT" />
      <CompositeRoleRule Role="Abroad" Policy="Default" D1="TAX" /><CompositeRoleRule Role="Abroad" Policy="Default" ParentRole="Staff" D0="FIN" L0="true" />${givenBy('Site', 'CompositeRole="Abroad"')}`,
    inside: siteLinks(),
  },
  elsewhere(true),
  elsewhere(false),
];

function roleOf(identifier: string, more: string): string {
  return `<SingleRole Identifier="${identifier}" DisplayName_L1="r" Policy="Default" EntityType="HR_Person" ${more} />`;
}

function givenBy(role: string, criteria: string): string {
  return `<SingleRoleRule Role="${role}" Policy="Default" ${criteria} />`;
}

function siteLinks(): string {
  return '<NavigationRule Property="Spaces" Resource="FIN" SingleRole="Site" D0="FIN" /><NavigationRule Property="Spaces" Resource="IT" SingleRole="Site" D0="IT" L0="true" />';
}

/** A role of a policy that is kept elsewhere, or was and is not any more. */
function elsewhere(isExternal: boolean): Choice {
  return {
    elements: `<Policy Identifier="Elsewhere" DisplayName_L1="e" IsExternal="${isExternal}" />
      <SingleRole Identifier="Site" DisplayName_L1="s" Policy="Elsewhere" EntityType="HR_Person" />
      <SingleRoleRule Role="Site" Policy="Elsewhere" D0="IT" L0="true" />`,
    inside: '<NavigationRule Property="Spaces" Resource="IT" SingleRole="Site" />',
  };
}

/** Values compared leniently or written once, files, single links. */
const moreValues: readonly Choice[] = [
  {},
  {
    inside:
      '<ScalarRule Property="Alias" Binding="LastName" ComparisonType="Simplified" /><ScalarRule Property="Token" Binding="FirstName" IsMapped="false" />',
  },
  { inside: '<BinaryRule Property="Photo" Binding="Photo" />' },
  {
    inside:
      '<BinaryRule Property="Photo" Binding="Photo" SingleRole="Finance" /><NavigationRule Property="Home" Resource="finance" SingleRole="Finance" /><NavigationRule Property="Home" Resource="everybody" /><NavigationRule Property="Home" Resource="IT" D0="TAX" /><ScalarRule Property="Token" Binding="FirstName" IsMapped="false" SingleRole="Finance" />',
    spaces: 'GroupByProperty="Group"',
  },
  {
    inside:
      '<QueryRule Property="Home" SourceBinding="Department.Code" TargetBinding="Name" TargetMatchedConfidenceLevel="60" /><QueryRule Property="Home" SourceBinding="Department.Parent.Code" TargetBinding="Name" TargetMatchedConfidenceLevel="120" /><ScalarRule Property="Alias" Binding="Department.Name" ComparisonType="Approximate" TimeOffsetReference="Around" TimeOffsetAfterReference="1440" />',
    spaces: 'GroupByProperty="Group"',
  },
];

const thresholds = 'MaximumInsertPercent="0" MaximumUpdatePercent="0" MaximumDeletePercent="0"';

function typeOf(
  identifier: string,
  [source, target]: readonly [string, string],
  more: string,
  rules: string,
): string {
  return `<ResourceType Identifier="${identifier}" DisplayName_L1="t" Policy="Default" SourceEntityType="${source}" TargetEntityType="${target}" BlockProvisioning="false" ${thresholds} ${more}>${rules}</ResourceType>
    <ls:SqlResourceTypeMapping Identifier="${identifier}" Connection="WikiDb" Table="${target}" />`;
}

const boxRules =
  '<ScalarRule Property="Address" Expression="C#:person:return person.Number + &quot;@box&quot;;" /><ScalarRule Property="Owner" Binding="Number" />';
const boxKeys = (confidence: number): string =>
  `<ResourceCorrelationRule ResourceType="Mail_Box_Person" Policy="Default" SourceBinding="Number" TargetBinding="Owner" SourceMatchedConfidenceLevel="${confidence}" />`;
const service = (login: string): string =>
  `<ResourceClassificationRule ResourceType="Wiki_User_Service" Policy="Default" TargetExpression="C#:user:return user.Login.StartsWith(&quot;${login}&quot;);" ResourceTypeIdentificationConfidenceLevel="100" />
   <ResourceClassificationRule ResourceType="Wiki_User_Person" Policy="Default" TargetExpression="C#:user:return user.Mail != null;" ResourceTypeIdentificationConfidenceLevel="60" />`;

/** Resource types that wait for others, are owned by what others give, are asked for, or share their targets. */
const moreTypes: readonly Choice[] = [
  {},
  {
    elements:
      typeOf(
        'Mail_Box_Person',
        ['HR_Person', 'Mail_Box'],
        'DependsOn="Wiki_User_Person" FulfillHoursAheadOfTime="48"',
        `<TypeRule TimeOffsetReference="Around" TimeOffsetAfterReference="720" />${boxRules}<QueryRule Property="Site" SourceBinding="Department.Code" TargetBinding="Code" TargetMatchedConfidenceLevel="80" />`,
      ) +
      boxKeys(100) +
      typeOf(
        'Door_Card_Person',
        ['HR_Person', 'Door_Card'],
        'DependsOn="Mail_Box_Person" DependsOnOwnerProperty="Login"',
        '<TypeRule D0="FIN" L0="true" /><ScalarRule Property="Number" Binding="Number" /><ScalarRule Property="Holder" Binding="Login" />',
      ) +
      '<ResourceCorrelationRule ResourceType="Door_Card_Person" Policy="Default" SourceBinding="Number" TargetBinding="Number" SourceMatchedConfidenceLevel="100" />',
  },
  {
    elements:
      typeOf(
        'Mail_Box_Person',
        ['HR_Person', 'Mail_Box'],
        'P0="true" R1="true" SuggestAllCorrelations="true" ApprovalWorkflowType="One"',
        `<TypeRule SingleRole="Finance" D0="FIN" /><TypeRule D1="IT" L1="true" />${boxRules}<ScalarRule Property="Quota" Expression="C#:person:return assignment.ParametersValues[&quot;Department&quot;] + assignment.ParametersValues[&quot;Category&quot;];" />`,
      ) + boxKeys(90),
  },
  {
    elements: `${typeOf(
      'Mail_Box_User',
      ['Wiki_User', 'Mail_Box'],
      'RemoveOrphans="true"',
      '<TypeRule D1="IT" /><TypeRule D1="FIN" L1="true" /><ScalarRule Property="Address" Expression="C#:user:return user.Login + &quot;@box&quot;;" /><ScalarRule Property="Owner" Binding="Login" /><ScalarRule Property="Quota" Binding="Unit" />',
    )}<ContextRule Identifier="Users" DisplayName_L1="u" Policy="Default" SourceEntityType="Wiki_User" B1="Home.Place" />
      <ResourceCorrelationRule ResourceType="Mail_Box_User" Policy="Default" SourceBinding="Login" TargetBinding="Owner" SourceMatchedConfidenceLevel="100" />
      ${typeOf('Door_Card_Box', ['Mail_Box', 'Door_Card'], '', '<TypeRule /><ScalarRule Property="Number" Binding="Owner" /><ScalarRule Property="Holder" Binding="Quota" />')}
      <ResourceCorrelationRule ResourceType="Door_Card_Box" Policy="Default" SourceBinding="Owner" TargetBinding="Number" SourceMatchedConfidenceLevel="100" />`,
  },
  {
    elements: `${typeOf('Wiki_User_Service', ['HR_Department', 'Wiki_User'], 'CorrelateMultipleResources="true" RemoveOrphans="true"', '<ScalarRule Property="Unit" Binding="Name" />')}
      <ResourceCorrelationRule ResourceType="Wiki_User_Service" Policy="Default" SourceBinding="Name" TargetBinding="Unit" SourceMatchedConfidenceLevel="100" />${service('a')}`,
  },
  { elements: service('z').replaceAll('Wiki_User_Service', 'Wiki_User_Person') },
];

/** What rules decide in place of people. */
const automation: readonly Choice[] = [
  '',
  '<SingleRoleAutomationRule SingleRole="Finance" WorkflowState="PendingApproval" HoursToWait="12" Decision="Approve" /><ResourceTypeAutomationRule ResourceType="Wiki_User_Person" WorkflowState="Found" HoursToWait="24" Decision="Decline" /><ResourceTypeAutomationRule ResourceType="Wiki_User_Person" WorkflowState="Historic" HoursToWait="1" Decision="Approve" />',
  '<PolicyAutomationRule Policy="Default" EntityType="HR_Person" WorkflowState="Prolonged" HoursToWait="2" Decision="Decline" /><PolicyAutomationRule Policy="Default" EntityType="HR_Person" WorkflowState="Found" HoursToWait="0" Decision="Approve" /><SingleRoleAutomationRule SingleRole="Finance" WorkflowState="Found" HoursToWait="48" Decision="Decline" />',
  '<PolicyAutomationRule Policy="Default" EntityType="HR_Person" WorkflowState="PendingApproval" HoursToWait="0" Decision="Decline" D0="FIN" /><PolicyAutomationRule Policy="Default" EntityType="HR_Person" WorkflowState="PendingApproval" HoursToWait="24" Decision="Approve" /><PolicyAutomationRule Policy="Default" EntityType="HR_Person" WorkflowState="PendingApproval1Of2" HoursToWait="1" Decision="Approve" /><PolicyAutomationRule Policy="Default" EntityType="HR_Person" WorkflowState="PendingApproval2Of2" HoursToWait="1" Decision="Approve" /><PolicyAutomationRule Policy="Default" EntityType="HR_Person" WorkflowState="PendingApprovalRisk" HoursToWait="5" Decision="Approve" />',
].map((elements) => ({ elements }));

const riskOf = (identifier: string, more: string, rules: string): string =>
  `<Risk Identifier="${identifier}" DisplayName_L1="r" Policy="Default" EntityType="HR_Person" ${more}>${rules}</Risk>`;
const space = (name: string): string =>
  `<Item ResourceType="Wiki_User_Person" Property="Spaces" Resource="${name}" />`;
const unit = '<Item ResourceType="Wiki_User_Person" Property="Unit" />';

/** What is dangerous together. */
const risks: readonly Choice[] = [
  '',
  riskOf(
    'Apart',
    'ExemptionPolicy="ApprovalRequired" Level="40"',
    `<Rule>${space('finance')}${space('everybody')}</Rule><Rule>${space('FIN')}${unit}</Rule>`,
  ),
  riskOf(
    'Apart',
    'ExemptionPolicy="Blocking" Level="40"',
    `<Rule>${space('finance')}${space('IT')}</Rule>`,
  ) + riskOf('Named', 'RiskType="HighPrivilege" Level="10"', `<Rule>${unit}</Rule>`),
].map((elements) => ({ elements }));

const indirectRule = (property: string, more: string): string =>
  `<IndirectResourceRule ResourceType="Wiki_User_Person" Property="${property}" ${more} />`;
const inSpaces = 'TargetEntityTypeReflexiveProperty="In"';
const inTeams =
  'Correspondence="Boxes" CorrespondenceMembershipProperty="Teams" IndirectResourceReflexiveProperty="Above"';

/** What is held through memberships that nobody gave, and roles that it stands for. */
const indirect: readonly Choice[] = [
  {},
  { elements: indirectRule('Spaces', inSpaces) },
  { elements: indirectRule('Spaces', `${inSpaces} ${inTeams}`) },
  { elements: indirectRule('Spaces', `${inTeams} Entitlement="Site"`) },
  { elements: indirectRule('Spaces', `${inSpaces} IndirectResourceBinding="Place.Spaces"`) },
  {
    elements: `${indirectRule('Spaces', inSpaces)}${indirectRule('Home', `${inSpaces} ${inTeams}`)}
      ${roleOf('Guest', '')}<CompositeRole Identifier="Whole" DisplayName_L1="w" Policy="Default" EntityType="HR_Person" />
      ${givenBy('Guest', 'CompositeRole="Whole"')}${givenBy('Finance', 'CompositeRole="Whole"')}`,
    inside: '<NavigationRule Property="Spaces" Resource="everybody" SingleRole="Guest" />',
  },
];

const places: readonly (readonly Choice[])[] = [
  ...[contexts, roles, types, values, links, attributes, policies],
  ...[requests, moreRoles, moreValues, moreTypes, automation, risks, indirect],
];
/** How many choices there are in each place. */
export const choiceCounts: readonly number[] = places.map((place) => place.length);

const compiled = new Map<string, Model>();
/** A history comes back to few of them; a soak plays tens of thousands. */
const maxCompiled = 40;

/** The model of these choices; compiled once, as long as it is not forgotten for others. */
export function policyOf(choices: PolicyChoices): Model {
  const name = places.map((place, index) => (choices[index] ?? 0) % place.length).join();
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const loaded = loadConfiguration([{ path: 'company.xml', text: configurationOf(choices) }]);
  if (loaded.status === 'invalid') {
    const errors = loaded.diagnostics.filter(({ severity }) => severity === 'error');
    throw new Error(`Choices ${name}: ${errors.map(({ message }) => message).join(' ')}`);
  }
  if (compiled.size >= maxCompiled) compiled.clear();
  compiled.set(name, loaded.model);
  return loaded.model;
}

/** The configuration file of these choices. */
export function configurationOf(choices: PolicyChoices): string {
  const chosen = places.map((place, index) => place[(choices[index] ?? 0) % place.length] ?? {});
  const join = (part: keyof Choice): string => chosen.map((choice) => choice[part] ?? '').join(' ');
  return writeConfiguration({
    policy: join('policy'),
    finance: join('finance'),
    type: join('type'),
    spaces: join('spaces'),
    inside: join('inside'),
    elements: join('elements'),
  });
}
