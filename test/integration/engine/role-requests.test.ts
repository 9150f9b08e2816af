import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  amendAssignedRoles,
  type RoleKind,
  requestRoles,
  reviewAssignedRoles,
  type Workspace,
} from '../../../engine/index.ts';
import { describeOnEveryStore, outcomes, type ProjectFolder } from './project.ts';

/*
 * Holders of the role Editor get a wiki account. The composite role Author gives it and takes two approvals; Editor itself
 * takes one; a rule gives Writer to everybody in finance.
 */
const elements = `
  <CompositeRole Identifier="Author" DisplayName_L1="Author" Policy="Default" EntityType="HR_Person" ApprovalWorkflowType="Two" />
  <SingleRole Identifier="Editor" DisplayName_L1="Editor" Policy="Default" EntityType="HR_Person" ApprovalWorkflowType="One" ProlongationWithoutApproval="Enabled" />
  <SingleRole Identifier="Writer" DisplayName_L1="Writer" Policy="Default" EntityType="HR_Person" GracePeriod="600" />
  <SingleRoleRule Role="Editor" CompositeRole="Author" Policy="Default" />
  <SingleRoleRule Role="Writer" Policy="Default" D0="FIN" />`;
const rules = `<TypeRule SingleRole="Editor" />
    <ScalarRule Property="Login" Binding="Login" />
 <ScalarRule Property="Mail" Expression="C#:person:return person.Number + &quot;@example.test&quot;;" />
    <ScalarRule Property="FullName" Expression="C#:person:return person.FirstName + &quot; &quot; + person.LastName;" />`;

/** Runs everything; what does not end well is a failure here. */
async function complete(project: ProjectFolder): Promise<void> {
  const result = await project.run('Complete');
  expect(outcomes(result).filter((line) => !/: (completed|nothing|skipped) /.test(line))).toEqual(
    [],
  );
}

const by = (person: string) => ({ person, comment: 'because', isDryRun: false });

async function idOf(workspace: Workspace, number: string): Promise<number> {
  return workspace.store.read(async ({ tx }) => {
    const { table_name: table } = await tx('entity_tables')
      .where({ entity_type: 'HR_Person' })
      .first();
    return Number((await tx(table).where({ mapping_key: number }).first()).id);
  });
}

interface RoleLine {
  readonly id: number;
  readonly role: string;
  readonly state: number;
}

/** Rows of one person, by role and state, without those of the small company itself. */
async function rolesOf(workspace: Workspace, number: string): Promise<readonly RoleLine[]> {
  const owner = await idOf(workspace, number);
  return workspace.store.read(async ({ tx }) =>
    (
      await tx('assigned_roles')
        .where({ owner_id: owner })
        .whereNot({ role: 'Finance' })
        .orderBy(['role', 'workflow_state'])
    ).map((row) => ({ id: Number(row.id), role: row.role, state: row.workflow_state })),
  );
}

const statesOf = async (workspace: Workspace, number: string): Promise<readonly string[]> =>
  (await rolesOf(workspace, number)).map(({ role, state }) => `${role} ${state}`);

async function request(
  workspace: Workspace,
  role: string,
  number: string,
  options: {
    readonly kind?: RoleKind;
    readonly action?: 'assign' | 'deny';
    readonly until?: string;
    readonly person?: string;
  } = {},
): Promise<number> {
  const [made] = await requestRoles(workspace, {
    action: options.action ?? 'assign',
    kind: options.kind ?? 'single',
    role,
    ownerIds: [await idOf(workspace, number)],
    asked: { start: null, end: options.until ?? null },
    parameters: {},
    ...by(options.person ?? 'eva'),
  });
  return made?.id ?? 0;
}

const review = (
  workspace: Workspace,
  decision: 'approve' | 'decline',
  id: number,
  person: string,
) => reviewAssignedRoles(workspace, { decision, ids: [id], filter: {}, ...by(person) });

const logins = (project: ProjectFolder): readonly string[] => {
  const database = project.wiki();
  const rows = database
    .prepare("select login from users where login <> 'guest' order by login")
    .all();
  database.close();
  return rows.map((row) => String(row['login']));
};

describeOnEveryStore((makeAny) => {
  /** With an account of nobody, so that the wiki is never empty. */
  const makeProject = async (): Promise<ProjectFolder> => {
    const project = await makeAny({ elements, rules });
    const database = project.wiki();
    database.exec("insert into users (login, mail) values ('guest', 'guest@example.test')");
    database.close();
    return project;
  };

  it('a composite role goes through its approvals, to an account, and back', async () => {
    await using project = await makeProject();
    await complete(project);
    expect(logins(project)).toEqual([]);
    {
      await using workspace = await project.open();
      const id = await request(workspace, 'Author', '2', { kind: 'composite' });
      expect(await statesOf(workspace, '2')).toEqual(['Author 9']);
      await expect(review(workspace, 'approve', id, 'eva')).rejects.toMatchObject({
        code: 'DECISION_PERSON_REFUSED',
      });
      await review(workspace, 'approve', id, 'kim');
      await expect(review(workspace, 'approve', id, 'kim')).rejects.toMatchObject({
        code: 'DECISION_PERSON_REFUSED',
      });
      await review(workspace, 'approve', id, 'lou');
      expect(await statesOf(workspace, '2')).toEqual(['Author 16']);
    }

    await complete(project);
    await complete(project);

    expect(logins(project)).toEqual(['bode']);
    {
      await using workspace = await project.open();
      expect(await statesOf(workspace, '2')).toEqual(['Author 16', 'Editor 18']);
      const [type] = await workspace.store.read(({ tx }) => tx('assigned_resource_types'));
      expect(type).toMatchObject({ workflow_state: 18, provisioning_state: 4 });
      const [author] = await rolesOf(workspace, '2');
      await amendAssignedRoles(workspace, {
        action: 'cancel',
        ids: [author?.id ?? 0],
        end: null,
        parameters: {},
        ...by('eva'),
      });
      // The assignment holds until the removal is approved as well.
      expect(await statesOf(workspace, '2')).toEqual(['Author 9', 'Author 16', 'Editor 18']);
      const asked = (await rolesOf(workspace, '2')).find(({ state }) => state === 9);
      await review(workspace, 'approve', asked?.id ?? 0, 'kim');
      await review(workspace, 'approve', asked?.id ?? 0, 'lou');
      expect(await statesOf(workspace, '2')).toEqual(['Editor 18']);
    }
    await complete(project);
    await complete(project);
    expect(logins(project)).toEqual([]);
    await using workspace = await project.open();
    expect(await rolesOf(workspace, '2')).toEqual([]);
  });

  it('a run after a run changes no role', async () => {
    await using project = await makeProject();
    await complete(project);
    {
      await using workspace = await project.open();
      await review(workspace, 'approve', await request(workspace, 'Editor', '2'), 'kim');
    }
    await complete(project);
    await complete(project);
    const look = async () => {
      await using workspace = await project.open();
      return await workspace.store.read(async ({ tx }) => [
        await tx('assigned_roles').orderBy('id'),
        await tx('assigned_role_versions').orderBy(['id', 'valid_from']),
        await tx('role_rule_sets').orderBy('digest'),
      ]);
    };
    const before = await look();

    await complete(project);

    expect(await look()).toEqual(before);
  });

  it('what is declined is not held; what is denied is not given again until the denial is cancelled', async () => {
    await using project = await makeProject();
    await complete(project);
    let denial = 0;
    {
      await using workspace = await project.open();
      await review(workspace, 'decline', await request(workspace, 'Editor', '2'), 'kim');
      denial = await request(workspace, 'Writer', '1', { action: 'deny' });
    }
    await complete(project);
    {
      await using workspace = await project.open();
      expect(await statesOf(workspace, '2')).toEqual(['Editor 17']);
      expect(await statesOf(workspace, '1')).toContain('Writer 16');
      expect(await statesOf(workspace, '1')).not.toContain('Writer 18');
      const cancel = { action: 'cancel', ids: [denial], end: null, parameters: {} } as const;
      await amendAssignedRoles(workspace, { ...cancel, ...by('eva') });
    }
    await complete(project);
    await using workspace = await project.open();
    expect(await statesOf(workspace, '1')).toContain('Writer 18');
    expect(logins(project)).toEqual([]);
  });

  it('a role whose time is up is inactive until what it gave has gone, and then closed', async () => {
    await using project = await makeProject();
    await complete(project);
    {
      await using workspace = await project.open();
      const id = await request(workspace, 'Editor', '2', { until: '20250617000000' });
      await review(workspace, 'approve', id, 'kim');
      await amendAssignedRoles(workspace, {
        action: 'prolong',
        ids: [id],
        end: '20250618000000',
        parameters: {},
        ...by('eva'),
      });
      expect(await statesOf(workspace, '2')).toEqual(['Editor 16']);
    }
    await complete(project);
    await complete(project);
    project.clock = Date.parse('2025-06-17T12:00:00Z');
    await complete(project);
    expect(logins(project)).toEqual(['bode']);

    project.clock = Date.parse('2025-06-18T12:00:00Z');
    await complete(project);
    {
      await using workspace = await project.open();
      expect(await statesOf(workspace, '2')).toEqual(['Editor 19']);
    }
    await complete(project);
    await using workspace = await project.open();
    expect(await statesOf(workspace, '2')).toEqual([]);
    expect(logins(project)).toEqual([]);
  });

  it('a role that a change of rules takes away is prolonged; who moves away loses it at once', async () => {
    await using project = await makeProject();
    await project.people([
      '1,Ana,Roy,2020-01-01,,FIN,2',
      '2,Ben,Ode,2020-01-01,,FIN,',
      '3,Cleo,Fox,2020-01-01,,FIN,',
    ]);
    await complete(project);
    const file = join(project.folder, 'conf', 'company.xml');
    const former = await readFile(file, 'utf8');
    await writeFile(
      file,
      former.replace(
        'Role="Writer" Policy="Default" D0="FIN"',
        'Role="Writer" Policy="Default" D0="IT"',
      ),
    );
    await project.people([
      '1,Ana,Roy,2020-01-01,,FIN,2',
      '2,Ben,Ode,2020-01-01,,,',
      '3,Cleo,Fox,2020-01-01,,FIN,',
    ]);

    await complete(project);

    await using workspace = await project.open();
    expect(await statesOf(workspace, '1')).toContain('Writer 27');
    expect((await statesOf(workspace, '2')).filter((one) => one.startsWith('Writer'))).toEqual([]);
    const prolonged = (await rolesOf(workspace, '3')).find(({ state }) => state === 27);
    await review(workspace, 'approve', prolonged?.id ?? 0, 'kim');
    expect(await statesOf(workspace, '3')).toContain('Writer 16');

    project.clock += 11 * 3_600_000;
    await complete(project);

    expect((await statesOf(workspace, '1')).filter((one) => one.startsWith('Writer'))).toEqual([]);
    expect(await statesOf(workspace, '3')).toContain('Writer 16');
  });

  it('is refused as a whole, and a dry run writes nothing', async () => {
    await using project = await makeProject();
    await complete(project);
    await using workspace = await project.open();
    await request(workspace, 'Editor', '2');
    const before = await rolesOf(workspace, '2');
    const both = {
      action: 'assign',
      kind: 'single',
      role: 'Editor',
      asked: { start: null, end: null },
      parameters: {},
    } as const;
    const ownerIds = [await idOf(workspace, '1'), await idOf(workspace, '2')];

    await expect(
      requestRoles(workspace, { ...both, ownerIds, ...by('eva') }),
    ).rejects.toMatchObject({ code: 'REQUEST_EXISTS' });
    await requestRoles(workspace, {
      ...both,
      ownerIds: ownerIds.slice(0, 1),
      ...by('eva'),
      isDryRun: true,
    });

    expect(await rolesOf(workspace, '2')).toEqual(before);
    expect((await statesOf(workspace, '1')).filter((one) => one.startsWith('Editor'))).toEqual([]);
  });
});
