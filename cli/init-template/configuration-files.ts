/** Configuration of the project that `init` writes: a staff list, and a system whose accounts people look after by hand. */

export const peopleXml = `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <!--
    Where people come from: a staff list in a CSV file. A reading that would change more than these percentages is held
    until somebody has looked; 0 switches a threshold off. Few rows are many percent: large lists keep the default of 5.
  -->
  <Connector Identifier="Staff" DisplayName_L1="Staff list"
             MaxPercentageInsertedLines="0" MaxPercentageUpdatedLines="0" MaxPercentageDeletedLines="40" />
  <Connection Identifier="StaffList" DisplayName_L1="Staff list" Connector="Staff" Package="Usercube.CSV@0000001" />

  <EntityType Identifier="Staff_Person" DisplayName_L1="Person">
    <Property Identifier="Number" DisplayName_L1="Number" IsKey="true" />
    <Property Identifier="FullName" DisplayName_L1="Name" />
    <Property Identifier="FirstName" DisplayName_L1="First name" />
    <Property Identifier="LastName" DisplayName_L1="Last name" />
    <Property Identifier="Department" DisplayName_L1="Department" />
    <Property Identifier="Login" DisplayName_L1="Login" />
  </EntityType>

  <EntityTypeMapping Identifier="Staff_Person" Connector="Staff" ConnectionTable="StaffList">
    <Property Identifier="Number" ConnectionColumn="number" IsPrimaryKey="true" />
    <Property Identifier="FirstName" ConnectionColumn="first_name" />
    <Property Identifier="LastName" ConnectionColumn="last_name" />
    <Property Identifier="Department" ConnectionColumn="department" />
  </EntityTypeMapping>

  <!-- Nobody types these: they are computed. -->
  <EntityPropertyExpression Identifier="Staff_Person_Login" EntityType="Staff_Person" Property="Login"
                            Expression="C#:person:return (person.FirstName.Substring(0, 1) + person.LastName).ToLower();" />
  <EntityPropertyExpression Identifier="Staff_Person_FullName" EntityType="Staff_Person" Property="FullName"
                            Expression="C#:person:return person.FirstName + &quot; &quot; + person.LastName;" />
</ConfigurationFile>
`;

export const accountsXml = `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <!-- A system to keep in step: its accounts are read from a file, and changed by people who get tickets. -->
  <Connector Identifier="Wiki" DisplayName_L1="Wiki"
             MaxPercentageInsertedLines="0" MaxPercentageUpdatedLines="0" MaxPercentageDeletedLines="40" />
  <Connection Identifier="WikiUsers" DisplayName_L1="Users" Connector="Wiki" Package="Usercube.CSV@0000001" />
  <Connection Identifier="WikiTickets" DisplayName_L1="Tickets" Connector="Wiki" Package="Usercube.Manual@0000001" />

  <EntityType Identifier="Wiki_User" DisplayName_L1="User">
    <Property Identifier="Login" DisplayName_L1="Login" IsKey="true" />
    <Property Identifier="FullName" DisplayName_L1="Full name" />
    <Property Identifier="Team" DisplayName_L1="Team" />
  </EntityType>

  <EntityTypeMapping Identifier="Wiki_User" Connector="Wiki" ConnectionTable="WikiUsers">
    <Property Identifier="Login" ConnectionColumn="login" IsPrimaryKey="true" />
    <Property Identifier="FullName" ConnectionColumn="full_name" />
    <Property Identifier="Team" ConnectionColumn="team" />
  </EntityTypeMapping>
</ConfigurationFile>
`;

export const policyXml = `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <!-- Who should have what: every person a wiki user. -->
  <Policy Identifier="Default" DisplayName_L1="Default policy" IsProvisioningEnabled="true" />

  <ResourceType Identifier="Wiki_User_Person" DisplayName_L1="Wiki user" Policy="Default" BlockProvisioning="false"
                SourceEntityType="Staff_Person" TargetEntityType="Wiki_User"
                MaximumInsertPercent="0" MaximumUpdatePercent="0" MaximumDeletePercent="40">
    <TypeRule />
    <ScalarRule Property="Login" Binding="Login" />
    <ScalarRule Property="FullName" Binding="FullName" />
    <ScalarRule Property="Team" Binding="Department" />
  </ResourceType>

  <!-- How accounts that exist already find their owners. -->
  <ResourceCorrelationRule ResourceType="Wiki_User_Person" Policy="Default"
                           SourceBinding="Login" TargetBinding="Login" SourceMatchedConfidenceLevel="100" />

  <ManualProvisioningResourceTypeMapping Identifier="Wiki_User_Person" Connection="WikiTickets" />
</ConfigurationFile>
`;

export const jobsXml = `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <!-- One job for everything: read all systems, compute the policy, make and hand out orders. -->
  <CreateAgentSynchroComplete Agent="Local" JobIdentifier="Everything" DisplayName_L1="Everything, complete" />
</ConfigurationFile>
`;
