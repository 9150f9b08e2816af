/** One entity model, three times: from files, from a directory, from a database. */
import { suffix } from '../employees/directory.ts';

export const prefixes = ['Csv', 'Ldap', 'Sql'] as const;
export type Prefix = (typeof prefixes)[number];

/** Thresholds are tested elsewhere; here they would only be in the way. */
const withoutThresholds = [
  'MaximumInsertedLines',
  'MaximumUpdatedLines',
  'MaximumDeletedLines',
  'MaximumLinkInsertedLines',
  'MaximumLinkDeletedLines',
  'MaxPercentageInsertedLines',
  'MaxPercentageUpdatedLines',
  'MaxPercentageDeletedLines',
  'MaxLinkPercentageInsertedLines',
  'MaxLinkPercentageDeletedLines',
]
  .map((name) => `${name}="0"`)
  .join(' ');

export function wrapConfiguration(content: readonly string[]): string {
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">',
    '<Language Code="en-US" IndicatorNumber="1" />',
    ...content,
    '<CreateAgentSynchroComplete Agent="Local" JobIdentifier="Complete" DisplayName_L1="All" />',
    '<CreateAgentSynchroIncremental Agent="Local" JobIdentifier="Incremental" DisplayName_L1="New" />',
    '</ConfigurationFile>',
    '',
  ].join('\n');
}

export function writeConnector(name: string): string {
  return `<Connector Identifier="${name}" DisplayName_L1="${name}" ${withoutThresholds} />`;
}

export function writeConnection(name: string, connector: string, packageId: string): string {
  return `<Connection Identifier="${name}" DisplayName_L1="${name}" Connector="${connector}" Package="${packageId}@0000001" />`;
}

interface Source {
  readonly connections: readonly string[];
  readonly packageId: string;
  readonly people: string;
  readonly departments: string;
  readonly members: string;
  readonly managers: string;
  /** Columns of number, first name, last name, hiring date, code and name. */
  readonly columns: readonly [string, string, string, string, string, string];
}

const ofTables = [
  'emp_no',
  'first_name',
  'last_name',
  'hire_date',
  'dept_no',
  'dept_name',
] as const;
const sources: Readonly<Record<Prefix, Source>> = {
  Csv: {
    connections: ['CsvPeople', 'CsvDepartments', 'CsvMembers', 'CsvManagers'],
    packageId: 'Usercube.CSV',
    people: 'CsvPeople',
    departments: 'CsvDepartments',
    members: 'CsvMembers',
    managers: 'CsvManagers',
    columns: ofTables,
  },
  Ldap: {
    connections: ['LdapPeople', 'LdapGroups'],
    packageId: 'Usercube.LDAP',
    people: 'LdapPeople_entries',
    departments: 'LdapGroups_entries',
    members: 'LdapPeople_member',
    managers: 'LdapPeople_owner',
    columns: ['uid', 'givenName', 'sn', 'carLicense', 'cn', 'description'],
  },
  Sql: {
    connections: ['SqlCompany'],
    packageId: 'Usercube.SQL.PostgreSQL',
    people: 'SqlCompany_people',
    departments: 'SqlCompany_departments',
    members: 'SqlCompany_members',
    managers: 'SqlCompany_managers',
    columns: ofTables,
  },
};

export function writeCompanyConfiguration(): string {
  return wrapConfiguration(prefixes.flatMap(writeSource));
}

function writeSource(prefix: Prefix): readonly string[] {
  const source = sources[prefix];
  const [number, first, last, hired, code, name] = source.columns;
  const [person, department] = [`${prefix}_Person`, `${prefix}_Department`];
  const isLdap = prefix === 'Ldap';
  const dn = isLdap ? ['<Property Identifier="Dn" />'] : [];
  const dnMapping = isLdap
    ? ['<Property Identifier="Dn" ConnectionColumn="dn" IsUniqueKey="true" />']
    : [];
  const association = (end: string, table: string, linked: string, column: string) => [
    `<EntityAssociation Identifier="${department}_${end}" Property1="${department}:${end}" IsProperty1Collection="true" Property2="${person}:${linked}" IsProperty2Collection="true" />`,
    `<EntityAssociationMapping Identifier="${department}_${end}" Connector="${prefix}" ConnectionTable="${table}" Column1="${isLdap ? 'dn' : 'dept_no'}" EntityPropertyMapping1="${department}:${isLdap ? 'Dn' : 'Code'}" Column2="${isLdap ? column : 'emp_no'}" EntityPropertyMapping2="${person}:${isLdap ? 'Dn' : 'Number'}" />`,
  ];
  return [
    writeConnector(prefix),
    ...source.connections.map((each) => writeConnection(each, prefix, source.packageId)),
    `<EntityType Identifier="${person}" DisplayName_L1="Person">`,
    '<Property Identifier="Number" IsKey="true" />',
    '<Property Identifier="FirstName" />',
    '<Property Identifier="LastName" />',
    '<Property Identifier="HiredOn" Type="DateTime" />',
    ...dn,
    '<Property Identifier="Departments" Type="ForeignKey" />',
    '<Property Identifier="Leads" Type="ForeignKey" />',
    '</EntityType>',
    `<EntityType Identifier="${department}" DisplayName_L1="Department">`,
    '<Property Identifier="Code" IsKey="true" />',
    '<Property Identifier="Name" />',
    ...dn,
    '<Property Identifier="Members" Type="ForeignKey" />',
    '<Property Identifier="Managers" Type="ForeignKey" />',
    '</EntityType>',
    `<EntityTypeMapping Identifier="${person}" Connector="${prefix}" ConnectionTable="${source.people}">`,
    `<Property Identifier="Number" ConnectionColumn="${number}" IsPrimaryKey="true" />`,
    `<Property Identifier="FirstName" ConnectionColumn="${first}" />`,
    `<Property Identifier="LastName" ConnectionColumn="${last}" />`,
    `<Property Identifier="HiredOn" ConnectionColumn="${hired}" Format="datetime" />`,
    ...dnMapping,
    '</EntityTypeMapping>',
    `<EntityTypeMapping Identifier="${department}" Connector="${prefix}" ConnectionTable="${source.departments}">`,
    `<Property Identifier="Code" ConnectionColumn="${code}" IsPrimaryKey="true" />`,
    `<Property Identifier="Name" ConnectionColumn="${name}" />`,
    ...dnMapping,
    '</EntityTypeMapping>',
    ...association('Members', source.members, 'Departments', 'member'),
    ...association('Managers', source.managers, 'Leads', 'owner'),
  ];
}

export const ldapPassword = 'REAL_SOURCES_LDAP_PASSWORD';
export const sqlConnection = 'REAL_SOURCES_SQL_CONNECTION';

/** Settings of all connections, for appsettings.json. */
export function writeCompanySettings(ldapPort: number): Readonly<Record<string, unknown>> {
  const file = (name: string) => ({
    Path: `data/${name}.csv`,
    PathIncremental: `data/${name}.csv`,
  });
  const groups = { BaseDN: `ou=Groups,${suffix}`, Filter: '(objectClass=groupOfNames)' };
  return {
    CsvPeople: file('people'),
    CsvDepartments: file('departments'),
    CsvMembers: file('members'),
    CsvManagers: file('managers'),
    LdapPeople: writeLdapSettings(ldapPort, [
      { Table: 'entries', BaseDN: `ou=People,${suffix}`, Filter: '(objectClass=inetOrgPerson)' },
      { Table: 'member', ...groups },
      { Table: 'owner', ...groups },
    ]),
    LdapGroups: writeLdapSettings(ldapPort, [{ Table: 'entries', ...groups }]),
    SqlCompany: { ConnectionString: `env:${sqlConnection}` },
  };
}

export function writeLdapSettings(
  port: number,
  tables: readonly Readonly<Record<string, string>>[],
): Readonly<Record<string, unknown>> {
  const login = { AuthType: 'Basic', Login: `cn=admin,${suffix}`, Password: `env:${ldapPassword}` };
  return { Servers: [{ Server: `127.0.0.1:${port}`, ...login }], Tables: tables };
}
