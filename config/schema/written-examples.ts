/** Examples written by hand, by path of element names. Each stands directly in a file, beside those it names. */
export const writtenExamples: Readonly<Record<string, string>> = {
  Language: '<Language Code="fr-FR" IndicatorNumber="2" />',
  EntityType: `<EntityType Identifier="Parking_Space" DisplayName_L1="Parking space">
  <Property Identifier="Number" IsKey="true" />
  <Property Identifier="Floor" Type="Int32" />
</EntityType>`,
  'EntityType/Property': `<EntityType Identifier="Parking_Space">
  <Property Identifier="Number" IsKey="true" />
  <Property Identifier="FreeFrom" DisplayName_L1="Free from" Type="DateTime" />
</EntityType>`,
  EntityAssociation: `<EntityAssociation Identifier="Staff_Person_Manager" IsProperty2Collection="true"
                   Property1="Staff_Person:Manager" Property2="Staff_Person:Reports" />`,
  EntityPropertyExpression: `<EntityPropertyExpression Identifier="Staff_Person_FullName" EntityType="Staff_Person" Property="FullName"
                          Expression="C#:person:return person.FirstName + &quot; &quot; + person.LastName;" />`,
  Dimension: `<Dimension Identifier="Parking" DisplayName_L1="Site of the car" EntityType="Staff_Site" ColumnMapping="10"
           IsHierarchical="true" ParentProperty="Parent" />`,
  Connector:
    '<Connector Identifier="Parking" DisplayName_L1="Parking" MaxPercentageDeletedLines="10" />',
  Connection: `<Connection Identifier="ParkingSpaces" DisplayName_L1="Spaces" Connector="Badges"
            Package="Usercube.CSV.Complete@0000001" />`,
  'Connection/Transformation': `<Connection Identifier="ParkingSpaces" DisplayName_L1="Spaces" Connector="Badges"
            Package="Usercube.CSV.Complete@0000001">
  <Transformation Type="WhereValue" Table="ParkingSpaces" Column="Plant" WhereOperator="NotEquals" WhereValue="TEST" />
</Connection>`,
  EntityTypeMapping: `<EntityTypeMapping Identifier="Badges_Zone" Connector="Badges" ConnectionTable="BadgesCards_zones">
  <Property Identifier="Code" ConnectionColumn="zone" IsPrimaryKey="true" />
</EntityTypeMapping>`,
  'EntityTypeMapping/Property': `<EntityTypeMapping Identifier="Badges_Zone" Connector="Badges" ConnectionTable="BadgesCards_zones">
  <Property Identifier="Code" ConnectionColumn="zone" IsPrimaryKey="true" />
  <Property Identifier="OpenSince" ConnectionColumn="open_since" Format="DateTime" />
</EntityTypeMapping>`,
  EntityAssociationMapping: `<EntityAssociationMapping Identifier="Staff_Person_Site" Connector="Staff" ConnectionTable="StaffPeople"
                          Column1="no" EntityPropertyMapping1="Staff_Person:Number"
                          Column2="site" EntityPropertyMapping2="Staff_Site:Code" />`,
  'ls:SourceGuard': `<ls:SourceGuard Connector="Staff" ConnectionTable="StaffPeople" MinimumRows="500" MaxShrinkPercent="10"
                StaleAfterHours="26" />`,
  'ls:Delivery': `<ls:Delivery Connection="BadgesCards" MaximumAttempts="8" RetryDelaySeconds="30" OnConflict="Hold" />`,
  'ls:ProtectedResources': `<ls:ProtectedResources Identifier="MasterCards" EntityType="Badges_Card" Keys="0001; 0002" />`,
  'ls:MinimumMembers': `<ls:MinimumMembers Identifier="DoorOpeners" EntityType="Badges_Card" Property="Zone" Keys="vault"
                   Minimum="2" />`,
  'ls:RequiredMembers': `<ls:RequiredMembers Identifier="GuardStays" EntityType="Badges_Card" Property="Zone" Keys="vault"
                    Members="0001" />`,
  'ls:MaximumChange': `<ls:MaximumChange Identifier="AtMost" Kind="Deleted" Maximum="50" MaximumPercent="5" />`,
  'ls:UniqueTest': `<ls:UniqueTest Identifier="CardNumbers" DisplayName_L1="A number has one card" EntityType="Badges_Card"
               Property="CardNo" Severity="Block" />`,
  'ls:NotNullTest': `<ls:NotNullTest Identifier="Names" DisplayName_L1="Everybody has a name" EntityType="Staff_Person"
                Property="LastName" Severity="Block" />`,
  'ls:AcceptedValuesTest': `<ls:AcceptedValuesTest Identifier="Sites" EntityType="Staff_Site" Property="Code"
                       Values="PLANT-1; PLANT-2; HALL-1" />`,
  'ls:MatchesTest': `<ls:MatchesTest Identifier="Numbers" EntityType="Staff_Person" Property="Number" Pattern="[1-9]\\d{3}"
                ToleratedFailures="5" ToleratedPercent="1" />`,
  'ls:RelationshipTest': `<ls:RelationshipTest Identifier="Holders" EntityType="Badges_Card" Property="CardNo" To="Staff_Person:Number"
                     Where="C#:card:return card.Holder != null;" />`,
  'ls:FreshnessTest':
    '<ls:FreshnessTest Identifier="StaffIsRecent" EntityType="Staff_Person" MaximumAgeHours="36" />',
  'ls:RowCountTest': `<ls:RowCountTest Identifier="StaffSize" EntityType="Staff_Person" Minimum="100" MaximumChangePercent="20"
                 Severity="Block" />`,
  Policy: '<Policy Identifier="Trial" DisplayName_L1="Trial" IsProvisioningEnabled="false" />',
  Category: '<Category Identifier="Parking" DisplayName_L1="Parking" Policy="Default" />',
  SingleRole: `<SingleRole Identifier="Driver" DisplayName_L1="Driver" Policy="Default" EntityType="Staff_Person"
            Category="Access" />`,
  SingleRoleRule: '<SingleRoleRule Role="Visitor" Policy="Default" D0="PLANT-2" L0="true" />',
  ResourceType: `<ResourceType Identifier="Badges_Card_Guest" DisplayName_L1="Guest card" Policy="Default" BlockProvisioning="false"
              SourceEntityType="Staff_Person" TargetEntityType="Badges_Card">
  <TypeRule D0="PLANT-2" />
  <ScalarRule Property="CardNo" Binding="Number" />
  <ScalarRule Property="Holder" Binding="LastName" Expression="ToUpper" />
  <QueryRule Property="Zone" TargetBinding="Code" SourceBinding="Site.Code" TargetMatchedConfidenceLevel="100" />
</ResourceType>`,
  ...Object.fromEntries(
    Object.entries({
      TypeRule: '<TypeRule D0="PLANT-2" L0="true" />',
      ScalarRule: '<ScalarRule Property="Holder" Binding="LastName" Expression="ToUpper" />',
      NavigationRule: '<NavigationRule Property="Zone" Resource="HALL-1" D0="PLANT-2" />',
      QueryRule:
        '<QueryRule Property="Zone" TargetBinding="Code" SourceBinding="Site.Code" TargetMatchedConfidenceLevel="100" />',
      BinaryRule: '<BinaryRule Property="Picture" Binding="Photo" />',
    }).map(([rule, text]) => [
      `ResourceType/${rule}`,
      `<ResourceType Identifier="Badges_Card_Guest" DisplayName_L1="Guest card" Policy="Default"
              SourceEntityType="Staff_Person" TargetEntityType="Badges_Card">
  ${text}
</ResourceType>`,
    ]),
  ),
  ResourceCorrelationRule: `<ResourceCorrelationRule ResourceType="Badges_Card_Person" Policy="Default" SourceBinding="Number"
                         TargetBinding="CardNo" SourceMatchedConfidenceLevel="100" />`,
  ResourceClassificationRule: `<ResourceClassificationRule ResourceType="Badges_Card_Person" Policy="Default"
                            TargetExpression="C#:card:return card.Holder != null;"
                            ResourceTypeIdentificationConfidenceLevel="100" />`,
  ContextRule: `<ContextRule Identifier="Cards" DisplayName_L1="Cards" Policy="Default" SourceEntityType="Badges_Card"
             B0="Site" />`,
  RecordSection: `<RecordSection Identifier="Contract" DisplayName_L1="Contract" SourceEntityType="Staff_Person"
               ResourceEntityType="Staff_Person" StartProperty="StartDate" EndProperty="EndDate" />
<RecordSection Identifier="Post" DisplayName_L1="Post" SourceEntityType="Staff_Person" ResourceEntityType="Staff_Person"
               StartProperty="StartDate" InstanceKeyExpression="C#:record:return record.Number;">
  <Property Property="Site" />
</RecordSection>`,
  'RecordSection/Property': `<RecordSection Identifier="Rest" DisplayName_L1="Everything else" SourceEntityType="Staff_Person"
               ResourceEntityType="Staff_Person">
  <Property Property="Number" IsExcluded="true" />
</RecordSection>
<RecordSection Identifier="Post" DisplayName_L1="Post" SourceEntityType="Staff_Person" ResourceEntityType="Staff_Person"
               StartProperty="StartDate" ExtensionKind="None">
  <Property Property="Site" />
</RecordSection>`,
  ManualProvisioningResourceTypeMapping:
    '<ManualProvisioningResourceTypeMapping Identifier="Badges_Card_Person" Connection="BadgesManual" />',
  LdapResourceTypeMapping: `<LdapResourceTypeMapping Identifier="Badges_Card_Person" Connection="BadgesCards" DefaultObjectClass="top&#10;person"
                         RDNAttributeIdentifier="cn">
  <Property Property="Zone" DataSourceBacklinkColumnName="member" />
</LdapResourceTypeMapping>`,
  Job: `<Job Identifier="Night" DisplayName_L1="Every night" CronTabExpression="0 2 * * *">
  <Step Identifier="ReadBadges" Level="0" />
  <PrepareSynchronizationTask Identifier="PrepareBadges" Connector="Badges" SynchronizationMode="Complete" Level="1">
    <TaskDependsOnTask ParentTask="ReadBadges" />
  </PrepareSynchronizationTask>
  <SynchronizeTask Identifier="SynchronizeBadges" Connector="Badges" Level="2" />
</Job>`,
  ExportTask:
    '<ExportTask Identifier="ReadParking" DisplayName_L1="Read parking" Connection="BadgesCards" />',
  SynchronizeTask:
    '<SynchronizeTask Identifier="LoadParking" DisplayName_L1="Load parking" Connector="Badges" />',
  PrepareSynchronizationTask:
    '<PrepareSynchronizationTask Identifier="PrepareParking" Connector="Badges" SynchronizationMode="Complete" />',
  GenerateProvisioningOrdersTask:
    '<GenerateProvisioningOrdersTask Identifier="OrderParking" Connector="Badges" />',
  FulfillTask: '<FulfillTask Identifier="DeliverParking" Connector="Badges" />',
  CreateConnectorSynchroComplete: `<CreateConnectorSynchroComplete Connector="Badges" JobIdentifier="Badges_Full" DisplayName_L1="Badges, full">
  <CronTabExpression CronTab="0 2 * * *" />
  <NoProvisioning />
</CreateConnectorSynchroComplete>`,
  RoleMapping: `<RoleMapping Identifier="Zones" Policy="Default" Property="Badges_Card:Zone" ResourceType="Badges_Card_Person"
             DisplayNameBinding="Code">
  <Rule>
    <Item Property="Code" Operator="StartWith" Value="HALL" />
  </Rule>
</RoleMapping>`,
  AutomationRule: `<AutomationRule Type="Policy" Policy="Default" EntityType="Staff_Person" WorkflowState="PendingApproval"
                HoursToWait="72" Decision="Approve" />`,
  PolicyAutomationRule: `<PolicyAutomationRule Policy="Default" EntityType="Staff_Person" WorkflowState="Found" HoursToWait="24"
                      Decision="Decline" />`,
  IndirectResourceRule:
    '<IndirectResourceRule ResourceType="Badges_Card_Person" Property="Site" TargetEntityTypeReflexiveProperty="Parent" />',
  Risk: `<Risk Identifier="TwoZones" DisplayName_L1="Hall and vault" Policy="Default" EntityType="Staff_Person" Level="60"
      ExemptionPolicy="ApprovalRequired">
  <Rule>
    <Item ResourceType="Badges_Card_Person" Property="Zone" Resource="HALL-1" />
    <Item ResourceType="Badges_Card_Person" Property="Zone" Resource="VAULT" />
  </Rule>
</Risk>`,
  'Risk/Rule': `<Risk Identifier="TwoZones" DisplayName_L1="Hall and vault" Policy="Default" EntityType="Staff_Person" Level="60"
      ExemptionPolicy="ApprovalRequired">
  <Rule>
    <Item ResourceType="Badges_Card_Person" Property="Zone" Resource="HALL-1" />
    <Item ResourceType="Badges_Card_Person" Property="Zone" Resource="VAULT" />
  </Rule>
</Risk>`,
  'Risk/Rule/Item': `<Risk Identifier="TwoZones" DisplayName_L1="Hall and vault" Policy="Default" EntityType="Staff_Person" Level="60"
      ExemptionPolicy="ApprovalRequired">
  <Rule>
    <Item ResourceType="Badges_Card_Person" Property="Zone" Resource="HALL-1" />
    <Item ResourceType="Badges_Card_Person" Property="Zone" Resource="VAULT" />
  </Rule>
</Risk>`,
  DisplayTable: `<DisplayTable Identifier="Staff_Person" EntityType="Staff_Person" DisplayTableDesignElement="table"
              IsEntityTypeDefault="true">
  <Column DisplayBinding="LastName" IsSortable="true" ColumnSize="3" />
</DisplayTable>`,
  ReportQuery: `<ReportQuery Identifier="People" DisplayName_L1="People" ReturnedEntityType="Staff_Person"
             Query="select Number, LastName" />`,
  Resource: '<Resource Type="Staff_Site" Id="1" C4="PLANT-2" />',
};
