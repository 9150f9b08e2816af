import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonOutputSchemas } from '../json-schemas.ts';
import { runCommandLine } from '../run.ts';
import { createSurroundings } from '../terminal.fixture.ts';

const ajv = new Ajv({ strict: false });

const configuration = `<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <Connector Identifier="HR" DisplayName_L1="Staff" MaxPercentageInsertedLines="0" MaxPercentageUpdatedLines="0"
             MaxLinkPercentageInsertedLines="0" MaxLinkPercentageDeletedLines="0" MaxPercentageDeletedLines="60" />
  <EntityType Identifier="HR_Site">
    <Property Identifier="Code" IsKey="true" />
    <Property Identifier="People" Type="ForeignKey" />
  </EntityType>
  <EntityType Identifier="HR_Person">
    <Property Identifier="Nickname" />
    <Property Identifier="Number" IsKey="true" />
    <Property Identifier="Surname" />
    <Property Identifier="Site" Type="ForeignKey" />
    <Property Identifier="Tags" Type="ForeignKey" />
  </EntityType>
  <EntityType Identifier="Tag">
    <Property Identifier="Word" IsKey="true" />
    <Property Identifier="Bearers" Type="ForeignKey" />
  </EntityType>
  <EntityAssociation Identifier="HR_Person_Site" Property1="HR_Person:Site" Property2="HR_Site:People"
                     IsProperty2Collection="true" />
  <EntityAssociation Identifier="HR_Person_Tags" Property1="HR_Person:Tags" Property2="Tag:Bearers"
                     IsProperty1Collection="true" IsProperty2Collection="true" />
  <ConnectorMappings Connector="HR" EntityType="HR_Site" IsIncremental="true" />
  <ConnectorMappings Connector="HR" EntityType="HR_Person" IsIncremental="true">
    <ExcludedProperty Property="Nickname" />
  </ConnectorMappings>
  <ConnectorMappings Connector="HR" EntityType="Tag" IsIncremental="true" />
  <EntityTypeDisplayName EntityType="HR_Person" Property="Surname" />
  <CreateConnectorSynchroComplete Connector="HR" JobIdentifier="Full" DisplayName_L1="Full" />
  <CreateConnectorSynchroIncremental Connector="HR" JobIdentifier="Changes" DisplayName_L1="Changes" />
</ConfigurationFile>
`;

const files = {
  'appsettings.json': JSON.stringify({ Store: { Client: 'sqlite' } }),
  'appsettings.agent.json': JSON.stringify({
    SourcesRootPaths: ['data'],
    Connections: { HR: { Path: 'data/full', PathIncremental: 'data/changes' } },
  }),
  'conf/hr.xml': configuration,
  'data/full/HR_Site.csv': 'Code\nParis\nRome\n',
  'data/full/HR_Person.csv': 'Number,Surname,Site\n1,Rey,Paris\n2,Okafor,Rome\n',
  'data/full/Tag.csv': 'Word\nnew\nloud\n',
  'data/full/HR_Person_Tags.csv': 'Number,Tags\n1,new\n1,loud\n2,new\n',
  'data/changes/HR_Site.csv': 'Command,Code\n',
  'data/changes/HR_Person.csv': 'Command,Number,Surname,Site\nupdate,2,Okafor-Lee,Paris\n',
  'data/changes/Tag.csv': 'Command,Word\ninsert,tall\n',
  'data/changes/HR_Person_Tags.csv': 'Command,Number,Tags\ninsert,2,tall\n',
} as const;

describe('a project of scaffoldings', { timeout: 30_000 }, () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-scaffolded-'));
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), content);
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function show(...args: readonly string[]): Promise<string> {
    const { surroundings, stdout, stderr } = createSurroundings(folder, Date.now);
    const exitCode = await runCommandLine(args, surroundings);
    expect({ exitCode, stderr: exitCode === 0 ? '' : stdout.text() + stderr.text() }).toEqual({
      exitCode: 0,
      stderr: '',
    });
    return stdout.text();
  }

  // biome-ignore lint/suspicious/noExplicitAny: documents are looked into by tests, after their schema has accepted them.
  async function read(schema: keyof typeof jsonOutputSchemas, ...args: string[]): Promise<any> {
    const document = JSON.parse(await show('--json', ...args));
    expect(ajv.validate(jsonOutputSchemas[schema], document) ? [] : ajv.errors).toEqual([]);
    return document;
  }

  it('is sound, and shows what it stands for as a configuration file', async () => {
    const { counts, expansions } = await read('validate', 'validate');
    const expanded = await read('validate', 'validate', '--expanded');
    const xml = await show('validate', '--expanded');

    expect(counts).toEqual({ errors: 0, warnings: 0, infos: 0 });
    expect(expansions).toBeNull();
    expect(expanded.expansions).toHaveLength(6);
    expect(xml).toMatch(/^<\?xml /);
    expect(xml).toContain('<!-- ConnectorMappings at hr.xml:23 -->');
  });

  it('means the same as what it stands for', async () => {
    const other = await mkdtemp(join(tmpdir(), 'lockstep-expanded-'));
    const scaffolding =
      /<(ConnectorMappings|EntityTypeDisplayName|CreateConnector\w+)[^>]*?(\/>|>[\s\S]*?<\/\1>)/g;
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(other, name)), { recursive: true });
      await writeFile(join(other, name), content.replace(scaffolding, ''));
    }
    await writeFile(join(other, 'conf', 'expanded.xml'), await show('validate', '--expanded'));

    const { counts, elements } = await read('validate', '-C', other, 'validate');
    await rm(other, { recursive: true, force: true });

    // Tasks that jobs skip are remarked on where they are written, and not where they are generated.
    expect(counts).toEqual({ errors: 0, warnings: 0, infos: 1 });
    expect(elements).toBe(6 + 1 + 3 + 2 + 1 + 2);
  });

  it('exports, synchronizes and loads', async () => {
    await read('deploy', 'deploy');
    const run = await read('job run', 'job', 'run', 'Full');

    expect(run.status).toBe('completed');
    expect(JSON.stringify(run)).toContain('6 added');
  });

  it('reads the changes that its files hold', async () => {
    const run = await read('job run', 'job', 'run', 'Changes');

    expect(run.status).toBe('completed');
    expect(JSON.stringify(run)).toContain('1 added, 1 changed, 0 removed');
  });
});
