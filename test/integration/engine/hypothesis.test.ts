/** Another configuration and other data, tried on a copy of the store: exact, and without a trace. */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compareOutcomes, type OwnerDifference, type Workspace } from '../../../engine/index.ts';
import { dumpTables } from '../../../engine/job/company.fixture.ts';
import { describeOnEveryStore, type ProjectFolder } from './project.ts';
import { readSystems } from './read-systems.ts';

async function dump(workspace: Workspace): Promise<string> {
  return JSON.stringify([...(await dumpTables(workspace.store))]);
}

/** A copy of the project's configuration, edited. */
async function configurationWith(
  { folder }: ProjectFolder,
  edit: (text: string) => string,
): Promise<string> {
  const other = join(folder, 'other-conf');
  await cp(join(folder, 'conf'), other, { recursive: true });
  const file = join(other, 'company.xml');
  await writeFile(file, edit(await readFile(file, 'utf8')));
  return other;
}

async function listDifferences(
  workspace: Workspace,
  hypothesis: Parameters<typeof compareOutcomes>[1],
): Promise<readonly OwnerDifference[]> {
  return compareOutcomes(workspace, hypothesis, async ({ differences }) => {
    const all: OwnerDifference[] = [];
    for await (const page of differences()) all.push(...page);
    return all;
  });
}

function policyOf(side: OwnerDifference['before']): unknown {
  return side?.resourceTypes.map((row) => row.policyValues) ?? null;
}

describeOnEveryStore((makeProject) => {
  it('grants the grace period to what other rules would take away', async () => {
    const shop =
      '<SingleRole Identifier="Shop" DisplayName_L1="Shop" Policy="Default" EntityType="HR_Person" GracePeriod="600" />';
    const rule = '<SingleRoleRule Role="Shop" Policy="Default" />';
    await using project = await makeProject({ elements: shop + rule });
    await project.run('Complete');
    const configurationFolder = await configurationWith(project, (text) => text.replace(rule, ''));
    await using workspace = await project.open();

    const differences = await listDifferences(workspace, { configurationFolder });

    const shops = differences.map(({ after }) => after?.roles.find(({ role }) => role === 'Shop'));
    expect(shops.map((row) => row?.workflowState)).toEqual([27, 27]);
  });

  it('shows whom another configuration would concern, and leaves the store as it was', async () => {
    await using project = await makeProject();
    await readSystems(project);
    const configurationFolder = await configurationWith(project, (text) =>
      text.replace(
        '@example.test&quot;;" />\n    <ScalarRule Property="Unit"',
        '@example.org&quot;;" />\n    <ScalarRule Property="Unit"',
      ),
    );
    await using workspace = await project.open();
    const before = await dump(workspace);

    const differences = await listDifferences(workspace, { configurationFolder });

    expect(differences.map(({ owner }) => owner.key)).toEqual(['1', '2']);
    expect(policyOf(differences[0]?.before ?? null)).toMatchObject([{ Mail: '1@example.test' }]);
    expect(policyOf(differences[0]?.after ?? null)).toMatchObject([{ Mail: '1@example.org' }]);
    expect(await dump(workspace)).toBe(before);
    expect(await readdir(join(project.folder, 'Temp', 'Plans'))).toEqual([]);
  });

  it('shows whom other data would concern, named like tables or like the files that are read', async () => {
    await using project = await makeProject();
    await readSystems(project);
    const byFile = join(project.folder, 'by-file');
    const byTable = join(project.folder, 'by-table');
    const rows = '1,Ana,Roy,2020-01-01,,FIN,2\n3,Cid,Lee,2020-01-01,,IT,\n';
    for (const [folder, file] of [
      [byFile, 'people.csv'],
      [byTable, 'HRPeople.csv'],
    ] as const) {
      await mkdir(folder);
      await writeFile(
        join(folder, file),
        `number,first,last,start,end,department,manager\n${rows}`,
      );
    }
    await using workspace = await project.open();
    const before = await dump(workspace);

    const [first, second] = [
      await listDifferences(workspace, { dataFolder: byFile }),
      await listDifferences(workspace, { dataFolder: byTable }),
    ];

    const summary = first.map(({ owner, before: was, after: is }) => [
      owner.key,
      was === null,
      is === null ? null : is.resourceTypes.map((row) => row.workflowState),
    ]);
    expect(summary).toContainEqual(['3', true, [18]]);
    expect(summary.map(([key]) => key)).toContain('2');
    expect(second.map(({ owner }) => owner.key)).toEqual(first.map(({ owner }) => owner.key));
    expect(await dump(workspace)).toBe(before);
  });

  it('tries a configuration with another entity model while the store is read and written', async () => {
    await using project = await makeProject();
    await readSystems(project);
    const configurationFolder = await configurationWith(project, (text) =>
      text
        .replace('<Property Identifier="FullName" />', '<Property Identifier="Nick" />')
        .replace(
          '<Property Identifier="FullName" ConnectionColumn="full_name" />',
          '<Property Identifier="Nick" ConnectionColumn="full_name" />',
        )
        .replace('Property="FullName" Expression', 'Property="Nick" Expression')
        .replace('TargetBinding="FullName"', 'TargetBinding="Nick"'),
    );
    await using workspace = await project.open();
    await using other = await project.open();
    const before = await dump(workspace);

    const migration = await compareOutcomes(workspace, { configurationFolder }, async (found) => {
      const seen = await other.store.read(({ tx }) => tx('r_wiki_user').select('full_name'));
      const written = await other.store.transaction(({ tx }) =>
        tx('meta').where({ name: 'next_id' }).select('value'),
      );
      expect([seen.length, written.length]).toEqual([0, 1]);
      return found.after.migration;
    });

    expect(migration.map(({ change, property }) => [change, property])).toEqual([
      ['drop-column', 'FullName'],
      ['add-column', 'Nick'],
    ]);
    expect(await dump(workspace)).toBe(before);
  });

  it('refuses a configuration with errors and data that nothing reads', async () => {
    await using project = await makeProject();
    await readSystems(project);
    const configurationFolder = await configurationWith(project, (text) =>
      text.replace('Binding="Login" />', 'Binding="Logn" />'),
    );
    const dataFolder = join(project.folder, 'wrong');
    await mkdir(dataFolder);
    await writeFile(join(dataFolder, 'poeple.csv'), 'a\n1\n');
    await using workspace = await project.open();

    await expect(listDifferences(workspace, { configurationFolder })).rejects.toMatchObject({
      code: 'PLAN_CONFIGURATION_INVALID',
      message: expect.stringContaining('company.xml'),
    });
    await expect(listDifferences(workspace, { dataFolder })).rejects.toMatchObject({
      code: 'PLAN_DATA_UNKNOWN',
      message: expect.stringContaining('poeple.csv'),
    });
  });
});
