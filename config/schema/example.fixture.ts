/** The staff list and the badge system that the examples of the reference pages fit in. */
export const exampleSurroundings = `
<Language Code="en-US" IndicatorNumber="1" />
<Connector Identifier="Staff" DisplayName_L1="Staff list" />
<Connection Identifier="StaffPeople" DisplayName_L1="People" Connector="Staff" Package="Usercube.CSV.Complete@0000001" />
<EntityType Identifier="Staff_Site"><Property Identifier="Code" IsKey="true" /><Property Identifier="Parent" Type="ForeignKey" /><Property Identifier="Sites" Type="ForeignKey" /><Property Identifier="People" Type="ForeignKey" /><Property Identifier="Cards" Type="ForeignKey" /></EntityType>
<EntityAssociation Identifier="Staff_Site_Parent" Property1="Staff_Site:Parent" Property2="Staff_Site:Sites" IsProperty2Collection="true" />
<EntityType Identifier="Staff_Person"><Property Identifier="Number" IsKey="true" /><Property Identifier="FirstName" /><Property Identifier="LastName" /><Property Identifier="FullName" /><Property Identifier="StartDate" Type="DateTime" /><Property Identifier="EndDate" Type="DateTime" /><Property Identifier="Photo" Type="Binary" /><Property Identifier="Site" Type="ForeignKey" /><Property Identifier="Manager" /><Property Identifier="Reports" /></EntityType>
<EntityAssociation Identifier="Staff_Person_Site" Property1="Staff_Person:Site" Property2="Staff_Site:People" IsProperty2Collection="true" />
<EntityTypeMapping Identifier="Staff_Site" Connector="Staff" ConnectionTable="StaffSites"><Property Identifier="Code" IsPrimaryKey="true" /></EntityTypeMapping>
<EntityTypeMapping Identifier="Staff_Person" Connector="Staff" ConnectionTable="StaffPeople"><Property Identifier="Number" ConnectionColumn="no" IsPrimaryKey="true" /></EntityTypeMapping>
<Connector Identifier="Badges" DisplayName_L1="Badge system" />
<Connection Identifier="BadgesCards" DisplayName_L1="Cards" Connector="Badges" Package="Usercube.CSV.Complete@0000001" />
<Connection Identifier="BadgesManual" DisplayName_L1="Tickets" Connector="Badges" Package="Usercube.Manual@0000001" />
<EntityType Identifier="Badges_Zone"><Property Identifier="Code" IsKey="true" /><Property Identifier="OpenSince" Type="DateTime" /><Property Identifier="Cards" Type="ForeignKey" /></EntityType>
<EntityType Identifier="Badges_Card"><Property Identifier="CardNo" IsKey="true" /><Property Identifier="Holder" /><Property Identifier="LastName" /><Property Identifier="Picture" Type="Binary" /><Property Identifier="Zone" Type="ForeignKey" /><Property Identifier="Site" Type="ForeignKey" /></EntityType>
<EntityAssociation Identifier="Badges_Card_Zone" Property1="Badges_Card:Zone" Property2="Badges_Zone:Cards" IsProperty2Collection="true" />
<EntityAssociation Identifier="Badges_Card_Site" Property1="Badges_Card:Site" Property2="Staff_Site:Cards" IsProperty2Collection="true" />
<Policy Identifier="Default" DisplayName_L1="Default" IsProvisioningEnabled="true" />
<Category Identifier="Access" DisplayName_L1="Access" Policy="Default" />
<SingleRole Identifier="Visitor" DisplayName_L1="Visitor" Policy="Default" EntityType="Staff_Person" />
<CompositeRole Identifier="Guard" DisplayName_L1="Guard" Policy="Default" EntityType="Staff_Person" />
<Dimension Identifier="Site" DisplayName_L1="Site" EntityType="Staff_Site" ColumnMapping="0" IsHierarchical="true" ParentProperty="Parent" />
<ContextRule Identifier="Staff" DisplayName_L1="Staff" Policy="Default" SourceEntityType="Staff_Person" B0="Site" />
<ResourceType Identifier="Badges_Card_Person" DisplayName_L1="Card" Policy="Default" SourceEntityType="Staff_Person" TargetEntityType="Badges_Card"><TypeRule /><ScalarRule Property="CardNo" Binding="Number" /></ResourceType>
<PasswordResetSettings Identifier="Usual" />
<ExportTask Identifier="ReadBadges" DisplayName_L1="Read" Connector="Badges" />`;
