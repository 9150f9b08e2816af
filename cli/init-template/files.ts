/** Every file of the project that `init` writes. */
import { accountsXml, jobsXml, peopleXml, policyXml } from './configuration-files.ts';
import { wikiTests } from './test-files.ts';

export interface TemplateFile {
  /** Below the project folder, with slashes. */
  readonly path: string;
  readonly content: string;
}

export const templateFiles: readonly TemplateFile[] = [
  {
    path: 'README.md',
    content: `# A Lockstep project

A staff list and a wiki: every person of the list should have a wiki user.

- \`conf/\` is the configuration, \`tests/\` its tests, \`data/\` stands for the systems, \`appsettings.agent.json\` says where they are.
- \`Temp/\` and \`Work/\` come with the first run and belong to this machine; they are not kept under version control.

    lockstep validate             read and check the configuration
    lockstep test                 run its tests
    lockstep deploy               put it in force
    lockstep job run Everything   read both files, compute who should have what, open tickets
    lockstep ticket list          what is to be done by hand
    lockstep reconcile list       what is there and no rule explains
    lockstep explain Staff_Person:1002
    lockstep settings list        which settings are in force, and where each comes from

Do what a ticket says in \`data/wiki.csv\`, confirm it (\`lockstep ticket confirm <id>\`), and run the job again:
it reads the file and verifies that the work was done.
`,
  },
  { path: '.gitignore', content: '/Temp/\n/Work/\n/secrets/\n' },
  {
    path: 'appsettings.json',
    content: `${JSON.stringify({ Store: { Client: 'sqlite' } }, null, 2)}\n`,
  },
  {
    path: 'appsettings.agent.json',
    content: `${JSON.stringify(
      {
        SourcesRootPaths: ['data'],
        Connections: {
          StaffList: { Path: 'data/staff.csv' },
          WikiUsers: { Path: 'data/wiki.csv' },
        },
      },
      null,
      2,
    )}\n`,
  },
  { path: 'conf/people.xml', content: peopleXml },
  { path: 'conf/wiki.xml', content: accountsXml },
  { path: 'conf/policy.xml', content: policyXml },
  { path: 'conf/jobs.xml', content: jobsXml },
  { path: 'tests/wiki.test.jsonc', content: wikiTests },
  {
    path: 'data/staff.csv',
    content: `number,first_name,last_name,department
1001,Ana,Rey,Finance
1002,Bo,Lindqvist,Research
1003,Chidi,Okafor,Research
1004,Dana,Novak,Sales
1005,Eli,Moreau,Finance
`,
  },
  {
    path: 'data/wiki.csv',
    content: `login,full_name,team
arey,Ana Rey,Finance
blindqvist,Bo Lindqvist,Sales
cokafor,Chidi Okafor,Research
guest,Guest account,
`,
  },
];
