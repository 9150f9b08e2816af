/** The configuration of random histories: what all of them have in common, as text. */
/** What a choice brings to a configuration, by where it stands. */
export interface Choice {
  /** Attributes of the policy, of the role Finance, of the resource type, of its property Spaces. */
  readonly policy?: string;
  readonly finance?: string;
  readonly type?: string;
  readonly spaces?: string;
  /** Elements within the resource type, and beside it. */
  readonly inside?: string;
  readonly elements?: string;
}

const unlimited = ['MaximumDeletedLines', 'MaximumInsertedLines', 'MaximumUpdatedLines']
  .map((name) => `${name}="0"`)
  .join(' ');

/** Managed entity types as a history changes them: the key, other scalars, links with their association. */
interface TargetShape {
  readonly key: string;
  readonly scalars: readonly string[];
  readonly links: Readonly<Record<string, { readonly association: string; readonly to: string }>>;
}
export const targetShapes: Readonly<Record<string, TargetShape>> = {
  Wiki_User: {
    key: 'Login',
    scalars: ['Mail', 'FullName', 'Unit', 'Alias', 'Token', 'Photo'],
    links: {
      Spaces: { association: 'Wiki_User_Space', to: 'Wiki_Space' },
      Home: { association: 'Wiki_User_Home', to: 'Wiki_Space' },
      Boxes: { association: 'Wiki_User_Box', to: 'Mail_Box' },
    },
  },
  Mail_Box: {
    key: 'Address',
    scalars: ['Owner', 'Quota'],
    links: {
      Site: { association: 'Mail_Box_Site', to: 'HR_Department' },
      Teams: { association: 'Mail_Box_Team', to: 'Mail_Team' },
    },
  },
  Door_Card: { key: 'Number', scalars: ['Holder'], links: {} },
};

/** The key of what links lead to. */
const keyOf: Readonly<Record<string, string>> = {
  Wiki_Space: 'Name',
  HR_Department: 'Code',
  Mail_Box: 'Address',
  Mail_Team: 'Name',
};

/** The configuration file with these parts. */
export function writeConfiguration(parts: Required<Choice>): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration" xmlns:ls="urn:lockstep:configuration">
  <Language Code="en-US" IndicatorNumber="1" />
  ${peopleElements()}
  ${wikiElements(parts.spaces)}

  <Policy Identifier="Default" DisplayName_L1="Default" ${parts.policy} />
  <Dimension Identifier="Department" DisplayName_L1="d" EntityType="HR_Department" ColumnMapping="0" IsHierarchical="true" ParentProperty="Parent" />
  <Dimension Identifier="Category" DisplayName_L1="c" EntityType="HR_Department" ColumnMapping="1" IsHierarchical="true" ParentProperty="Parent" />
  <SingleRole Identifier="Finance" DisplayName_L1="Finance" Policy="Default" EntityType="HR_Person" ${parts.finance} />
  <CompositeRole Identifier="Staff" DisplayName_L1="Staff" Policy="Default" EntityType="HR_Person" />
  <ResourceType Identifier="Wiki_User_Person" DisplayName_L1="Wiki" Policy="Default" SourceEntityType="HR_Person" TargetEntityType="Wiki_User" ${parts.type} MaximumInsertPercent="0" MaximumUpdatePercent="0" MaximumDeletePercent="0">
    <ScalarRule Property="Login" Binding="Login" />
    <ScalarRule Property="FullName" Expression="C#:person:return person.FirstName + &quot; &quot; + person.LastName;" />
    <ScalarRule Property="Mail" Expression="C#:person:return person.Number + &quot;@example.test&quot;;" />
    ${parts.inside}
  </ResourceType>
  <ResourceCorrelationRule ResourceType="Wiki_User_Person" Policy="Default" SourceExpression="C#:person:return person.Number + &quot;@example.test&quot;;" TargetBinding="Mail" SourceMatchedConfidenceLevel="100" />
  <ResourceCorrelationRule ResourceType="Wiki_User_Person" Policy="Default" SourceBinding="LastName" TargetBinding="FullName" SourceMatchedConfidenceLevel="80" />
  <ls:SqlResourceTypeMapping Identifier="Wiki_User_Person" Connection="WikiDb" Table="users">
    <ls:Link Property="Spaces" Table="user_spaces" Column="login" LinkedColumn="space" />
  </ls:SqlResourceTypeMapping>
  ${parts.elements}
</ConfigurationFile>
`;
}

function peopleElements(): string {
  return `
  <Connector Identifier="HR" DisplayName_L1="HR" ${unlimited} />
  <Connection Identifier="HRFiles" DisplayName_L1="HR" Connector="HR" Package="Usercube.CSV@0000001" />
  <EntityType Identifier="HR_Person" DisplayName_L1="p">
    <Property Identifier="Number" IsKey="true" /><Property Identifier="FirstName" /><Property Identifier="LastName" /><Property Identifier="Photo" Type="Binary" />
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
    <Property Identifier="Boxes" Type="ForeignKey" /><Property Identifier="Spaces" Type="ForeignKey" /><Property Identifier="Teams" Type="ForeignKey" />
  </EntityType>
  ${linkOf('HR_Person_Department', 'HR_Person:Department', 'HR_Department:People')}
  ${linkOf('HR_Person_Manager', 'HR_Person:Manager', 'HR_Person:Reports')}
  ${linkOf('HR_Department_Parent', 'HR_Department:Parent', 'HR_Department:Children')}
  ${linkOf('HR_Record_Person', 'HR_Record:Person', 'HR_Person:Records')}
  ${linkOf('HR_Record_Department', 'HR_Record:Department', 'HR_Department:Jobs')}
  ${linkOf('HR_Record_Category', 'HR_Record:Category', 'HR_Department:Contracts')}
  ${mappingOf('HR', 'HR_Person', ['Number', 'FirstName', 'LastName', 'Photo', 'StartDate', 'EndDate'])}
  ${mappingOf('HR', 'HR_Record', ['Key', 'ContractStart', 'ContractEnd', 'JobStart', 'JobEnd', 'Job', 'Rank'])}
  ${mappingOf('HR', 'HR_Department', ['Code', 'Name'])}
  ${linkMappingOf('HR', 'HR_Person_Department', 'HR_Person:Number', 'HR_Department:Code')}
  ${linkMappingOf('HR', 'HR_Person_Manager', 'HR_Person:Number', 'HR_Person:Number')}
  ${linkMappingOf('HR', 'HR_Department_Parent', 'HR_Department:Code', 'HR_Department:Code')}
  ${linkMappingOf('HR', 'HR_Record_Person', 'HR_Record:Key', 'HR_Person:Number')}
  ${linkMappingOf('HR', 'HR_Record_Department', 'HR_Record:Key', 'HR_Department:Code')}
  ${linkMappingOf('HR', 'HR_Record_Category', 'HR_Record:Key', 'HR_Department:Code')}
  <EntityPropertyExpression Identifier="HR_Person_Login" EntityType="HR_Person" Property="Login" Expression="C#:person:return (person.FirstName.Substring(0, 1) + person.LastName).ToLower();" />`;
}

/** What is managed; `spaces` are attributes of the property that holds several links. */
function wikiElements(spaces: string): string {
  const mappings = Object.entries(targetShapes).flatMap(([type, { key, scalars, links }]) => [
    mappingOf('Wiki', type, [key, ...scalars]),
    ...Object.values(links).map(({ association, to }) =>
      linkMappingOf('Wiki', association, `${type}:${key}`, `${to}:${keyOf[to]}`),
    ),
  ]);
  return `
  <Connector Identifier="Wiki" DisplayName_L1="Wiki" ${unlimited} />
  <Connection Identifier="WikiDb" DisplayName_L1="Wiki" Connector="Wiki" Package="Lockstep.SQL.SQLite@0000001" />
  <EntityType Identifier="Wiki_User" DisplayName_L1="u">
    <Property Identifier="Login" IsKey="true" /><Property Identifier="Mail" /><Property Identifier="FullName" /><Property Identifier="Unit" />
    <Property Identifier="Alias" /><Property Identifier="Token" /><Property Identifier="Photo" Type="Binary" />
    <Property Identifier="Spaces" Type="ForeignKey" ${spaces} /><Property Identifier="Home" Type="ForeignKey" /><Property Identifier="Boxes" Type="ForeignKey" />
  </EntityType>
  <EntityType Identifier="Wiki_Space" DisplayName_L1="s">
    <Property Identifier="Name" IsKey="true" /><Property Identifier="Group" /><Property Identifier="Users" Type="ForeignKey" /><Property Identifier="Residents" Type="ForeignKey" /><Property Identifier="Place" Type="ForeignKey" />
    <Property Identifier="In" Type="ForeignKey" /><Property Identifier="Holds" Type="ForeignKey" /><Property Identifier="Boxes" Type="ForeignKey" />
  </EntityType>
  <EntityType Identifier="Mail_Box" DisplayName_L1="m">
    <Property Identifier="Address" IsKey="true" /><Property Identifier="Owner" /><Property Identifier="Quota" /><Property Identifier="Site" Type="ForeignKey" />
    <Property Identifier="Users" Type="ForeignKey" /><Property Identifier="Spaces" Type="ForeignKey" /><Property Identifier="Teams" Type="ForeignKey" />
  </EntityType>
  <EntityType Identifier="Mail_Team" DisplayName_L1="t">
    <Property Identifier="Name" IsKey="true" /><Property Identifier="Members" Type="ForeignKey" /><Property Identifier="Site" Type="ForeignKey" />
    <Property Identifier="Above" Type="ForeignKey" /><Property Identifier="Below" Type="ForeignKey" />
  </EntityType>
  <EntityType Identifier="Door_Card" DisplayName_L1="c"><Property Identifier="Number" IsKey="true" /><Property Identifier="Holder" /></EntityType>
  ${linksOf('Wiki_User_Space', 'Wiki_User:Spaces', 'Wiki_Space:Users')}
  ${linksOf('Wiki_User_Box', 'Wiki_User:Boxes', 'Mail_Box:Users')}
  ${linksOf('Wiki_Space_In', 'Wiki_Space:In', 'Wiki_Space:Holds')}
  ${linksOf('Wiki_Space_Box', 'Wiki_Space:Boxes', 'Mail_Box:Spaces')}
  ${linksOf('Mail_Box_Team', 'Mail_Box:Teams', 'Mail_Team:Members')}
  ${linksOf('Mail_Team_Above', 'Mail_Team:Above', 'Mail_Team:Below')}
  ${linkOf('Mail_Team_Site', 'Mail_Team:Site', 'HR_Department:Teams')}
  ${linkOf('Wiki_User_Home', 'Wiki_User:Home', 'Wiki_Space:Residents')}
  ${linkOf('Wiki_Space_Place', 'Wiki_Space:Place', 'HR_Department:Spaces')}
  ${linkOf('Mail_Box_Site', 'Mail_Box:Site', 'HR_Department:Boxes')}
  ${mappings.join('\n  ')}
  ${mappingOf('Wiki', 'Wiki_Space', ['Name', 'Group'])}
  ${linkMappingOf('Wiki', 'Wiki_Space_Place', 'Wiki_Space:Name', 'HR_Department:Code')}
  ${linkMappingOf('Wiki', 'Wiki_Space_In', 'Wiki_Space:Name', 'Wiki_Space:Name')}
  ${linkMappingOf('Wiki', 'Wiki_Space_Box', 'Wiki_Space:Name', 'Mail_Box:Address')}
  ${mappingOf('Wiki', 'Mail_Team', ['Name'])}
  ${linkMappingOf('Wiki', 'Mail_Team_Above', 'Mail_Team:Name', 'Mail_Team:Name')}
  ${linkMappingOf('Wiki', 'Mail_Team_Site', 'Mail_Team:Name', 'HR_Department:Code')}`;
}

function linkOf(name: string, from: string, to: string): string {
  return `<EntityAssociation Identifier="${name}" Property1="${from}" Property2="${to}" IsProperty2Collection="true" />`;
}

/** Several of each side. */
function linksOf(name: string, from: string, to: string): string {
  return `<EntityAssociation Identifier="${name}" Property1="${from}" IsProperty1Collection="true" Property2="${to}" IsProperty2Collection="true" />`;
}

/** Of the first property, which is the key, and the others. */
function mappingOf(connector: string, entityType: string, properties: readonly string[]): string {
  const children = properties.map((property, index) => {
    const format = /(Start|End)(Date)?$/.test(property) ? ' Format="datetime"' : '';
    const key = index === 0 ? ' IsPrimaryKey="true"' : '';
    return `<Property Identifier="${property}" ConnectionColumn="${property}"${format}${key} />`;
  });
  return `<EntityTypeMapping Identifier="${entityType}" Connector="${connector}" ConnectionTable="${tableOf(connector, entityType)}">${children.join('')}</EntityTypeMapping>`;
}

function linkMappingOf(connector: string, name: string, one: string, other: string): string {
  return `<EntityAssociationMapping Identifier="${name}" Connector="${connector}" ConnectionTable="${tableOf(connector, name)}" Column1="one" EntityPropertyMapping1="${one}" Column2="other" EntityPropertyMapping2="${other}" />`;
}

function tableOf(connector: string, name: string): string {
  return connector === 'HR' ? `HRFiles_${name}` : `WikiDb_${name}`;
}
