/*
 * Whole cycles of export, policy and delivery over ten people and their wiki accounts. The login is the person's number, the
 * name is compared, the boss is written at creation only, the photo is a file.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decideOrphans, listGaps } from '../../../engine/index.ts';
import {
  describeOnEveryStore,
  makeSqliteProject,
  outcomeOf,
  type ProjectFolder,
} from './project.ts';

const rules = `<TypeRule />
  <ScalarRule Property="Login" Binding="Number" />
  <ScalarRule Property="FullName" Expression="C#:person:return person.FirstName + &quot; &quot; + person.LastName;" />
  <ScalarRule Property="Mail" Expression="C#:person:return person.Number + &quot;@example.test&quot;;" />
  <ScalarRule Property="Boss" Binding="FirstName" IsMapped="false" />
  <BinaryRule Property="Photo" Binding="Photo" />`;
const classification = `
  <ResourceClassificationRule ResourceType="Wiki_User_Person" Policy="Default" TargetExpression="C#:user:return user.Login.StartsWith(&quot;svc&quot;);" ResourceTypeIdentificationConfidenceLevel="100" />
  <Job Identifier="GoLive" DisplayName_L1="Go live"><SavePreExistingAccessRightsTask Identifier="SavePreExisting" DisplayName_L1="Save" /></Job>`;
const attributes =
  'BlockProvisioning="false" MaximumInsertPercent="0" MaximumUpdatePercent="0" MaximumDeletePercent="0"';
const portrait = Buffer.from('portrait').toString('base64');
const passport = Buffer.from('passport').toString('base64');

interface Person {
  first: string;
  last: string;
  end: string;
  photo: string;
}

class Wiki {
  readonly project: ProjectFolder;
  readonly people = new Map<string, Person>();

  constructor(project: ProjectFolder) {
    this.project = project;
    for (let number = 1; number <= 10; number += 1)
      this.people.set(String(number), { first: `F${number}`, last: 'Lee', end: '', photo: '' });
  }

  async configure(): Promise<this> {
    const file = join(this.project.folder, 'conf', 'company.xml');
    const photo = '<Property Identifier="Photo" Type="Binary" />';
    const text = (await readFile(file, 'utf8'))
      .replace('<Property Identifier="Number" IsKey="true" />', `$&${photo}`)
      .replace('<Property Identifier="Login" IsKey="true" />', `$&${photo}`)
      .replace(
        /<Property Identifier="Number" ConnectionColumn="number".*/,
        '$&<Property Identifier="Photo" ConnectionColumn="photo" />',
      )
      .replace(
        /<Property Identifier="Login" ConnectionColumn="login".*/,
        '$&<Property Identifier="Photo" ConnectionColumn="photo" />',
      );
    await writeFile(file, text);
    this.execute('alter table users add column photo text');
    return this;
  }

  execute(sql: string): void {
    const database = this.project.wiki();
    database.exec(sql);
    database.close();
  }

  user(login: string): Record<string, unknown> | undefined {
    const database = this.project.wiki();
    const row = database.prepare('select * from users where login = ?').get(login);
    database.close();
    return row === undefined ? undefined : { ...row };
  }

  async run(job: string): Promise<ReturnType<typeof outcomeOf>> {
    const lines = [...this.people].map(
      ([number, { first, last, end, photo }]) =>
        `${number},${first},${last},2020-01-01,${end},,,${photo}\n`,
    );
    await writeFile(
      join(this.project.folder, 'data', 'people.csv'),
      `number,first,last,start,end,department,manager,photo\n${lines.join('')}`,
    );
    // Ten people and a company folder of their own: thresholds are no matter here.
    const result = await this.project.run(job, { force: job !== 'GoLive' });
    expect(['completed', 'nothing', 'warning']).toContain(result.status);
    return outcomeOf(result, job === 'GoLive' ? 'SavePreExisting' : 'ComputeRoleModel');
  }

  /** `kind property current → proposed`, of everything that waits in reconciliation. */
  async gaps(): Promise<readonly string[]> {
    await using workspace = await this.project.open();
    const gaps = await listGaps(workspace.store, workspace.model);
    return gaps.map(({ kind, target, property, current, proposed }) =>
      `${kind} ${target.key} ${property === null ? '' : `${property} ${current} → ${proposed}`}`.trim(),
    );
  }

  /** Rows of values, and accounts that are not simply calculated and verified. */
  async deviations(): Promise<readonly string[]> {
    await using workspace = await this.project.open();
    return workspace.store.transaction(async ({ tx }) => {
      const types = await tx('assigned_resource_types')
        .whereNot({ workflow_state: 18, provisioning_state: 4 })
        .orderBy('id');
      const values = await tx('assigned_values').orderBy('id');
      return [
        ...types.map((row) => `${row.workflow_state}/${row.provisioning_state}`),
        ...values.map(
          (row) =>
            `${row.kind} ${row.property} ${row.workflow_state}/${row.provisioning_state} ${row.current_value} → ${row.policy_value}`,
        ),
      ];
    });
  }
}

async function openWiki(
  makeProject: Parameters<Parameters<typeof describeOnEveryStore>[0]>[0],
): Promise<Wiki & AsyncDisposable> {
  const project = await makeProject({
    rules,
    elements: classification,
    resourceTypeAttributes: attributes,
  });
  const wiki = await new Wiki(project).configure();
  return Object.assign(wiki, { [Symbol.asyncDispose]: () => project[Symbol.asyncDispose]() });
}

describeOnEveryStore((makeProject) => {
  /*
   *   source   F1 Lee ──► F1 Ray          ordered, delivered, verified by the next reading
   *   system   2: F2 Lee ──► Somebody     left as it is, for a person
   *   system   3 is deleted               created again
   */
  it('tells changes from inside from changes of the system, over whole cycles', async () => {
    await using wiki = await openWiki(makeProject);
    await wiki.run('Complete');
    await wiki.run('Complete');
    expect(await wiki.deviations()).toEqual([]);
    expect(wiki.user('1')).toMatchObject({ full_name: 'F1 Lee', boss: 'F1' });

    wiki.people.set('1', { first: 'F1', last: 'Ray', end: '', photo: '' });
    wiki.execute(
      "update users set full_name = 'Somebody' where login = '2'; delete from users where login = '3'",
    );
    await wiki.run('Complete');
    expect(wiki.user('1')).toMatchObject({ full_name: 'F1 Ray' });
    expect(wiki.user('2')).toMatchObject({ full_name: 'Somebody' });
    expect(wiki.user('3')).toMatchObject({ full_name: 'F3 Lee' });

    await wiki.run('Incremental');
    expect(await wiki.gaps()).toEqual(['property 2 FullName Somebody → F2 Lee']);
    expect(await wiki.deviations()).toEqual(['scalar FullName 1/0 Somebody → F2 Lee']);
  });

  it('classifies what nobody owns, and carries out what a person decides about it', async () => {
    await using wiki = await openWiki(makeProject);
    await wiki.run('Complete');
    wiki.execute(
      "insert into users (login, full_name) values ('svc-1', 'Robot'), ('svc-2', 'Robot'), ('x', 'X')",
    );
    await wiki.run('Complete');
    await using workspace = await wiki.project.open();
    const { store, model } = workspace;
    const classified = await store.transaction(({ tx }) => tx('classified_resources'));
    expect(classified.map((row) => [row.resource_type, row.confidence])).toEqual([
      ['Wiki_User_Person', 100],
      ['Wiki_User_Person', 100],
    ]);

    const decide = (resourceId: number, decision: 'authorize' | 'delete') =>
      decideOrphans(store, model, {
        entityType: 'Wiki_User',
        resourceIds: [resourceId],
        decision,
        ownerId: null,
        person: 'ada',
        comment: null,
        at: new Date(wiki.project.clock).toISOString(),
        isDryRun: false,
      });
    const [first, second] = classified.map((row) => Number(row.resource_id)).sort((a, b) => a - b);
    await decide(first ?? 0, 'authorize');
    await decide(second ?? 0, 'delete');
    await wiki.run('Complete');
    expect([wiki.user('svc-1'), wiki.user('svc-2')]).toEqual([expect.anything(), undefined]);
    await wiki.run('Complete');
    expect((await wiki.gaps()).map((line) => line.split(' ')[1])).toEqual(['x']);
    expect(await wiki.deviations()).toEqual([]);
  });

  it('tags at go-live what was there before, once', async () => {
    await using wiki = await openWiki(makeProject);
    wiki.execute(
      "insert into users (login, mail, full_name) values ('1', '1@example.test', 'Somebody'), ('4', '4@example.test', 'F4 Lee')",
    );
    wiki.people.set('4', { first: 'F4', last: 'Lee', end: '2024-12-31', photo: '' });
    await wiki.run('Complete');
    const saved = await wiki.run('GoLive');
    expect(saved.message).toContain('Tagged as pre-existing');
    expect(await wiki.run('GoLive')).toMatchObject({ status: 'nothing' });
    expect(await wiki.gaps()).toContain('property 1 FullName Somebody → F1 Lee');
  });
});

describe('values and owners, over whole cycles', () => {
  it('copies files, keeps only their digests, and writes what is written once no second time', async () => {
    await using wiki = await openWiki(makeSqliteProject);
    wiki.people.set('1', { first: 'F1', last: 'Lee', end: '', photo: portrait });
    await wiki.run('Complete');
    expect(wiki.user('1')).toMatchObject({ photo: portrait, boss: 'F1' });
    await wiki.run('Complete');
    expect(await wiki.deviations()).toEqual([]);

    wiki.people.set('1', { first: 'Ann', last: 'Lee', end: '', photo: passport });
    await wiki.run('Incremental');
    expect(wiki.user('1')).toMatchObject({ photo: passport, full_name: 'Ann Lee', boss: 'F1' });
    await wiki.run('Incremental');
    expect(await wiki.deviations()).toEqual(['scalar Boss 218/8 F1 → Ann']);
    const before = await wiki.deviations();
    await wiki.run('Incremental');
    expect(await wiki.deviations()).toEqual(before);

    await using workspace = await wiki.project.open();
    const stored = await workspace.store.transaction(async ({ tx }) =>
      (await tx('assigned_resource_types').select('policy_values'))
        .map((row) => row.policy_values)
        .join(),
    );
    expect(stored).toContain('sha256:');
    expect(stored).not.toContain(passport);
  });

  /*
   *   4 ends: the account is withdrawn.   5 is gone from the list: the account is nobody's, and stays.
   */
  it('takes back what somebody who left had, and leaves what somebody who vanished had', async () => {
    await using wiki = await openWiki(makeSqliteProject);
    await wiki.run('Complete');
    await wiki.run('Complete');
    wiki.people.set('4', { first: 'F4', last: 'Lee', end: '2024-12-31', photo: '' });
    wiki.people.delete('5');
    await wiki.run('Complete');

    expect(wiki.user('4')).toBeUndefined();
    expect(wiki.user('5')).toBeDefined();
    await wiki.run('Complete');
    // Nothing recognizes it: rules know only services.
    expect((await wiki.gaps()).map((line) => line.split(' ')[1])).toEqual(['5']);
    expect(await wiki.deviations()).toEqual([]);
  });

  it('deletes what somebody who vanished had where orphans are removed', async () => {
    await using wiki = await openWiki(makeSqliteProject);
    const file = join(wiki.project.folder, 'conf', 'company.xml');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(attributes, `${attributes} RemoveOrphans="true"`));
    await wiki.run('Complete');
    await wiki.run('Complete');
    wiki.people.delete('5');
    await wiki.run('Complete');

    expect(wiki.user('5')).toBeUndefined();
    await wiki.run('Complete');
    expect(await wiki.deviations()).toEqual([]);
    expect(await wiki.gaps()).toEqual([]);
  });
});
