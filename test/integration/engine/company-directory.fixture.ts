/** A project over a real directory: people in a CSV file, accounts and groups below an entry of their own. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  computeCorrelationKeys,
  deployProject,
  evaluatePolicy,
  exportConnection,
  openProject,
  openWorkspace,
  prepareConnector,
  synchronizeConnector,
  type Workspace,
} from '../../../engine/index.ts';
import type { SlapdAddress } from '../../servers/slapd.ts';

export interface DirectoryProject extends AsyncDisposable {
  readonly folder: string;
  /** `number,name,title,group`, a line each. */
  people(lines: readonly string[]): Promise<void>;
  open(): Promise<Workspace & AsyncDisposable>;
  /** Reads people and directory; computes nothing. */
  read(): Promise<void>;
  /** The same, and evaluates. */
  readAndEvaluate(): Promise<void>;
}

/** @param port of the directory, or of a way to it */
export async function makeDirectoryProject(
  slapd: SlapdAddress,
  base: string,
  port: number = slapd.port,
): Promise<DirectoryProject> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-directory-'));
  for (const name of ['conf', 'data']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'conf', 'company.xml'), configuration(base));
  await writeFile(join(folder, 'appsettings.json'), '{ "Store": { "Client": "sqlite" } }');
  const server = { Server: `127.0.0.1:${port}`, AuthType: 'Basic', Login: slapd.rootDn };
  const servers = [{ ...server, Password: slapd.rootPassword }];
  const people = { Path: 'data/people.csv', PathIncremental: 'data/people.csv' };
  const groups = { BaseDN: base, Filter: '(objectClass=groupOfNames)' };
  await writeFile(
    join(folder, 'appsettings.agent.json'),
    JSON.stringify({
      Connections: {
        HRPeople: people,
        LdapAccounts: {
          Servers: servers,
          Tables: [
            { Table: 'entries', BaseDN: base, Filter: '(objectClass=inetOrgPerson)' },
            { Table: 'member', ...groups },
          ],
        },
        LdapGroups: { Servers: servers, Tables: [{ Table: 'entries', ...groups }] },
      },
    }),
  );
  const project: DirectoryProject = {
    folder,
    people: (lines) =>
      writeFile(
        join(folder, 'data', 'people.csv'),
        `number,name,title,group\n${lines.map((line) => `${line}\n`).join('')}`,
      ),
    async open() {
      const opened = await openProject(folder, {
        environment: {},
        logger: { debug() {}, info() {}, warn() {}, error() {} },
        progress: { report() {} },
        now: Date.now,
        signal: new AbortController().signal,
      });
      const deployed = await deployProject(opened, { isDryRun: false });
      if (deployed.status === 'invalid') throw new Error(JSON.stringify(deployed.diagnostics));
      const workspace = await openWorkspace(opened);
      return { ...workspace, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
    },
    async read() {
      await using workspace = await project.open();
      for (const connection of workspace.model.connections.keys())
        await exportConnection(workspace, { connection, mode: 'complete', ignoreCookie: true });
      for (const connector of ['HR', 'Directory']) {
        const mode = { connector, mode: 'complete', commandColumn: null, force: true } as const;
        await prepareConnector(workspace, mode);
        const options = { connector, force: true, resume: false, isDryRun: false };
        await synchronizeConnector(workspace, options);
      }
    },
    async readAndEvaluate() {
      await project.read();
      await using workspace = await project.open();
      await computeCorrelationKeys(workspace, { dirty: true });
      await evaluatePolicy(workspace, {
        entityTypes: [],
        dirty: true,
        blockProvisioning: false,
        blockAllResourceTypeProvisioning: false,
      });
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
  return project;
}

const unlimited =
  'MaximumDeletedLines="0" MaximumInsertedLines="0" MaximumUpdatedLines="0" MaxPercentageDeletedLines="0" MaxPercentageInsertedLines="0" MaxPercentageUpdatedLines="0" MaximumLinkDeletedLines="0" MaximumLinkInsertedLines="0" MaxLinkPercentageDeletedLines="0" MaxLinkPercentageInsertedLines="0"';

function configuration(base: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration" xmlns:ls="urn:lockstep:configuration">
  <Connector Identifier="HR" DisplayName_L1="HR" ${unlimited} />
  <Connection Identifier="HRPeople" DisplayName_L1="People" Connector="HR" Package="Usercube.CSV@0000001" />
  <EntityType Identifier="HR_Person" DisplayName_L1="Person">
    <Property Identifier="Number" IsKey="true" />
    <Property Identifier="Name" />
    <Property Identifier="Title" />
    <Property Identifier="Group" />
  </EntityType>
  <EntityTypeMapping Identifier="HR_Person" Connector="HR" ConnectionTable="HRPeople">
    <Property Identifier="Number" ConnectionColumn="number" IsPrimaryKey="true" />
    <Property Identifier="Name" ConnectionColumn="name" />
    <Property Identifier="Title" ConnectionColumn="title" />
    <Property Identifier="Group" ConnectionColumn="group" />
  </EntityTypeMapping>

  <Connector Identifier="Directory" DisplayName_L1="Directory" ${unlimited} />
  <Connection Identifier="LdapAccounts" DisplayName_L1="Accounts" Connector="Directory" Package="Usercube.LDAP@0000001" />
  <Connection Identifier="LdapGroups" DisplayName_L1="Groups" Connector="Directory" Package="Usercube.LDAP@0000001" />
  <EntityType Identifier="LDAP_Account" DisplayName_L1="Account">
    <Property Identifier="Uid" IsKey="true" />
    <Property Identifier="Dn" />
    <Property Identifier="CommonName" />
    <Property Identifier="Surname" />
    <Property Identifier="Title" />
    <Property Identifier="EmployeeNumber" />
    <Property Identifier="Description" />
    <Property Identifier="Groups" Type="ForeignKey" />
  </EntityType>
  <EntityType Identifier="LDAP_Group" DisplayName_L1="Group">
    <Property Identifier="Name" IsKey="true" />
    <Property Identifier="Dn" />
    <Property Identifier="Members" Type="ForeignKey" />
  </EntityType>
  <EntityAssociation Identifier="LDAP_Group_Members" Property1="LDAP_Account:Groups" IsProperty1Collection="true"
                     Property2="LDAP_Group:Members" IsProperty2Collection="true" />
  <EntityTypeMapping Identifier="LDAP_Account" Connector="Directory" ConnectionTable="LdapAccounts_entries">
    <Property Identifier="Uid" ConnectionColumn="uid" IsPrimaryKey="true" />
    <Property Identifier="Dn" ConnectionColumn="dn" IsUniqueKey="true" />
    <Property Identifier="CommonName" ConnectionColumn="cn" />
    <Property Identifier="Surname" ConnectionColumn="sn" />
    <Property Identifier="Title" ConnectionColumn="title" />
    <Property Identifier="EmployeeNumber" ConnectionColumn="employeeNumber" />
    <Property Identifier="Description" ConnectionColumn="description" />
  </EntityTypeMapping>
  <EntityTypeMapping Identifier="LDAP_Group" Connector="Directory" ConnectionTable="LdapGroups_entries">
    <Property Identifier="Name" ConnectionColumn="businessCategory" IsPrimaryKey="true" />
    <Property Identifier="Dn" ConnectionColumn="dn" IsUniqueKey="true" />
  </EntityTypeMapping>
  <EntityAssociationMapping Identifier="LDAP_Group_Members" Connector="Directory" ConnectionTable="LdapAccounts_member"
                            Column1="member" EntityPropertyMapping1="LDAP_Account:Dn"
                            Column2="dn" EntityPropertyMapping2="LDAP_Group:Dn" />

  <Policy Identifier="Default" DisplayName_L1="Default" IsProvisioningEnabled="true" />
  <ContextRule Identifier="HR_Person" DisplayName_L1="Person" Policy="Default" SourceEntityType="HR_Person" />
  <ResourceType Identifier="Account" DisplayName_L1="Account" Policy="Default" SourceEntityType="HR_Person" TargetEntityType="LDAP_Account"
                BlockProvisioning="false" RemoveOrphans="true" MaximumInsertPercent="0" MaximumUpdatePercent="0" MaximumDeletePercent="0">
    <TypeRule />
    <ScalarRule Property="Uid" Binding="Number" />
    <ScalarRule Property="Dn" Expression="C#:person:return &quot;uid=&quot; + person.Number + &quot;,${base}&quot;;" />
    <ScalarRule Property="CommonName" Binding="Name" />
    <ScalarRule Property="Surname" Binding="Name" />
    <ScalarRule Property="Title" Binding="Title" />
    <ScalarRule Property="EmployeeNumber" Binding="Number" />
    <QueryRule Property="Groups" SourceBinding="Group" TargetBinding="Name" TargetMatchedConfidenceLevel="100" />
  </ResourceType>
  <ResourceCorrelationRule ResourceType="Account" Policy="Default" SourceBinding="Number" TargetBinding="EmployeeNumber" SourceMatchedConfidenceLevel="100" />
  <LdapResourceTypeMapping Identifier="Account" Connection="LdapAccounts" DefaultObjectClass="top&#10;person&#10;organizationalPerson&#10;inetOrgPerson"
                           RDNAttributeIdentifier="uid" ls:PlaceholderMember="cn=admin,dc=example,dc=test">
    <Property Property="Dn" IsDNProperty="true" />
  </LdapResourceTypeMapping>
</ConfigurationFile>
`;
}
