/** Small configurations for the tests of this room. */
import type { Diagnostic } from './errors.ts';
import { loadConfiguration } from './load.ts';
import type { LoadedConfiguration, Model } from './model.ts';

/** A file around these elements; the first of them stands in line 2. */
export function wrap(elements: string): string {
  return `<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration" xmlns:ls="urn:lockstep:configuration">\n${elements}\n</ConfigurationFile>`;
}

export function load(...elements: readonly string[]): LoadedConfiguration {
  return loadConfiguration([{ path: 'test.xml', text: wrap(elements.join('\n')) }]);
}

export function findings(...elements: readonly string[]): readonly Diagnostic[] {
  return load(...elements).diagnostics;
}

/** `severity CODE` of each finding, in order of place. */
export function codes(...elements: readonly string[]): readonly string[] {
  return findings(...elements).map(({ severity, code }) => `${severity} ${code}`);
}

export function errors(...elements: readonly string[]): readonly string[] {
  return findings(...elements)
    .filter(({ severity }) => severity === 'error')
    .map(({ code }) => code);
}

export function modelOf(loaded: LoadedConfiguration): Model {
  if (loaded.status === 'invalid') {
    const lines = loaded.diagnostics.map(({ line, code, message }) => `${line} ${code} ${message}`);
    throw new Error(lines.join('\n'));
  }
  return loaded.model;
}

/** Owners `A_User` (with units in a tree) and targets `B_Account` with groups; no rules. Free of findings by itself. */
export const base = `
<Connector Identifier="A" DisplayName_L1="A" /><Connection Identifier="AFile" DisplayName_L1="A" Connector="A" Package="Usercube.CSV.Complete@0000001" />
<EntityType Identifier="A_Unit"><Property Identifier="Code" IsKey="true" /><Property Identifier="Parent" Type="ForeignKey" /><Property Identifier="Children" Type="ForeignKey" /><Property Identifier="Users" Type="ForeignKey" /></EntityType>
<EntityType Identifier="A_User"><Property Identifier="Login" IsKey="true" /><Property Identifier="Name" /><Property Identifier="From" Type="DateTime" /><Property Identifier="Unit" Type="ForeignKey" /></EntityType>
<EntityAssociation Identifier="A_Unit_Parent" Property1="A_Unit:Parent" Property2="A_Unit:Children" IsProperty2Collection="true" />
<EntityAssociation Identifier="A_User_Unit" Property1="A_User:Unit" Property2="A_Unit:Users" IsProperty2Collection="true" />
<EntityTypeMapping Identifier="A_Unit" Connector="A" ConnectionTable="AFile_units"><Property Identifier="Code" IsPrimaryKey="true" /></EntityTypeMapping>
<EntityTypeMapping Identifier="A_User" Connector="A" ConnectionTable="AFile_users"><Property Identifier="Login" IsPrimaryKey="true" /><Property Identifier="Name" /></EntityTypeMapping>
<Connector Identifier="B" DisplayName_L1="B" /><Connection Identifier="BFile" DisplayName_L1="B" Connector="B" Package="Usercube.CSV.Complete@0000001" />
<EntityType Identifier="B_Group"><Property Identifier="Name" IsKey="true" /><Property Identifier="Members" Type="ForeignKey" /><Property Identifier="MainOf" Type="ForeignKey" /></EntityType>
<EntityType Identifier="B_Account"><Property Identifier="Id_" IsKey="true" /><Property Identifier="Title" /><Property Identifier="Size" Type="Int32" /><Property Identifier="Groups" Type="ForeignKey" /><Property Identifier="Main" Type="ForeignKey" /></EntityType>
<EntityAssociation Identifier="B_Members" Property1="B_Account:Groups" IsProperty1Collection="true" Property2="B_Group:Members" IsProperty2Collection="true" />
<EntityAssociation Identifier="B_Main" Property1="B_Account:Main" Property2="B_Group:MainOf" IsProperty2Collection="true" />
<EntityTypeMapping Identifier="B_Group" Connector="B" ConnectionTable="BFile_groups"><Property Identifier="Name" IsPrimaryKey="true" /></EntityTypeMapping>
<EntityTypeMapping Identifier="B_Account" Connector="B" ConnectionTable="BFile_accounts"><Property Identifier="Id_" IsPrimaryKey="true" /><Property Identifier="Title" /><Property Identifier="Size" /></EntityTypeMapping>
<Policy Identifier="P" DisplayName_L1="P" IsProvisioningEnabled="true" />`;

/** A resource type from owners to accounts, mapped to a connection, with these attributes and rules. */
export function resourceType(rules: string, attributes = ''): string {
  return `<ResourceType Identifier="R" DisplayName_L1="R" Policy="P" BlockProvisioning="false" SourceEntityType="A_User" TargetEntityType="B_Account" ${attributes}>
${rules}
</ResourceType>
<ManualProvisioningResourceTypeMapping Identifier="R" Connection="BFile" />`;
}
