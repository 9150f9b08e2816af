/** A project with the configuration of this folder, on the data and the directory of a test. */
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createProject, type Project } from '../employees/project.ts';

export const directoryFile = join(import.meta.dirname, 'directory.ldif');

export async function createRoleProject(folder: string, directoryPort: number): Promise<Project> {
  const project = await createProject(folder, directoryPort);
  for (const name of ['conf', 'tests'])
    await rm(join(folder, name), { recursive: true, force: true });
  await cp(join(import.meta.dirname, 'conf'), join(folder, 'conf'), { recursive: true });
  await writeFile(join(folder, 'appsettings.agent.json'), JSON.stringify(settings));
  return project;
}

const csv = (name: string): Readonly<Record<string, string>> => ({
  Path: `data/${name}.csv`,
  PathIncremental: `data/${name}.csv`,
});
const server = {
  Server: '127.0.0.1:3389',
  AuthType: 'Basic',
  Login: 'cn=admin,dc=example,dc=test',
  Password: 'env:EMPLOYEES_LDAP_PASSWORD',
};
const groups = {
  BaseDN: 'ou=Groups,dc=example,dc=test',
  Filter: '(objectClass=groupOfNames)',
};
const settings = {
  Connections: {
    HREmployees: csv('employees'),
    HRDepartments: csv('departments'),
    HRJobTitles: csv('job_titles'),
    HRRecords: csv('records'),
    LdapAccounts: {
      Servers: [server],
      Tables: [
        {
          Table: 'entries',
          BaseDN: 'ou=People,dc=example,dc=test',
          Filter: '(objectClass=inetOrgPerson)',
        },
        { Table: 'member', ...groups },
      ],
    },
    LdapGroups: { Servers: [server], Tables: [{ Table: 'entries', ...groups }] },
  },
};
