import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  amendAssignedRoles,
  explainResource,
  findResource,
  listRedundant,
  listReviewPage,
  listRolePage,
  requestRoles,
  reviewAssignedRoles,
  type Workspace,
} from '../../../engine/index.ts';
import { describeOnEveryStore, outcomes, type ProjectFolder } from './project.ts';

/* Wiki accounts are for finance by rule; everybody else asks for one, which takes two approvals. Orders leave at once. */
const rules = `<TypeRule D0="FIN" />
    <ScalarRule Property="Login" Binding="Login" />
    <ScalarRule Property="Mail" Expression="C#:person:return person.Number + &quot;@example.test&quot;;" />`;
const type = 'Wiki_User_Person';
const ana = '1';
const ben = '2';

async function complete(project: ProjectFolder, job = 'Complete'): Promise<void> {
  const result = await project.run(job);
  expect(outcomes(result).filter((line) => !/: (completed|nothing|skipped) /.test(line))).toEqual(
    [],
  );
}

const by = (person: string) => ({ person, comment: 'because', isDryRun: false });

async function idOf(workspace: Workspace, number: string): Promise<number> {
  const found = await findResource(workspace.store, workspace.model, `HR_Person:${number}`);
  return found.id;
}

async function request(
  workspace: Workspace,
  number: string,
  options: {
    readonly action?: 'assign' | 'deny';
    readonly from?: string;
    readonly until?: string;
    readonly isDryRun?: boolean;
  } = {},
): Promise<number> {
  const [made] = await requestRoles(workspace, {
    ...{ action: options.action ?? 'assign', kind: 'resource-type', role: type, parameters: {} },
    ownerIds: [await idOf(workspace, number)],
    asked: { start: options.from ?? null, end: options.until ?? null },
    ...by('eva'),
    isDryRun: options.isDryRun ?? false,
  });
  return made?.id ?? 0;
}

const review = (
  workspace: Workspace,
  decision: 'approve' | 'decline',
  id: number,
  person: string,
) => reviewAssignedRoles(workspace, { decision, ids: [id], filter: {}, ...by(person) });

async function approve(workspace: Workspace, id: number): Promise<void> {
  await review(workspace, 'approve', id, 'kim');
  await review(workspace, 'approve', id, 'lou');
}

const amend = (
  workspace: Workspace,
  action: 'cancel' | 'prolong',
  id: number,
  end: string | null = null,
) => amendAssignedRoles(workspace, { action, ids: [id], end, parameters: {}, ...by('eva') });

/** `2: 16/4 assign` for the assignment of person 2, by person and state. */
async function rowsOf(workspace: Workspace): Promise<readonly string[]> {
  return workspace.store.read(async ({ tx }) => {
    const { table_name: table } = await tx('entity_tables')
      .where({ entity_type: 'HR_Person' })
      .first();
    const rows = await tx('assigned_resource_types as a')
      .join(`${table} as o`, 'o.id', 'a.owner_id')
      .orderBy(['o.mapping_key', 'a.workflow_state'])
      .select('a.*', 'o.mapping_key');
    return rows.map(
      (row) =>
        `${row.mapping_key}: ${row.workflow_state}/${row.provisioning_state} ${row.request ?? '-'}`,
    );
  });
}

const logins = (project: ProjectFolder): readonly string[] => {
  const database = project.wiki();
  const rows = database
    .prepare("select login from users where login <> 'guest' order by login")
    .all();
  database.close();
  return rows.map((row) => String(row['login']));
};

describeOnEveryStore((makeAny) => {
  const makeProject = async (policy = '', attributes = ''): Promise<ProjectFolder> => {
    const project = await makeAny({
      rules,
      resourceTypeAttributes: `ApprovalWorkflowType="Two" BlockProvisioning="false" MaximumInsertPercent="0" MaximumUpdatePercent="0" MaximumDeletePercent="0" ${attributes}`,
    });
    const file = join(project.folder, 'conf', 'company.xml');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('<Policy ', `<Policy ${policy} `));
    const database = project.wiki();
    database.exec("insert into users (login, mail) values ('guest', 'guest@example.test')");
    database.close();
    return project;
  };

  it('goes through its approvals, to an account, and back', async () => {
    await using project = await makeProject();
    await complete(project);
    expect(logins(project)).toEqual(['aroy']);
    let id = 0;
    {
      await using workspace = await project.open();
      id = await request(workspace, ben);
      await expect(review(workspace, 'approve', id, 'eva')).rejects.toMatchObject({
        code: 'DECISION_PERSON_REFUSED',
      });
    }
    // What waits gives nothing, however often is evaluated.
    await complete(project);
    expect(logins(project)).toEqual(['aroy']);
    {
      await using workspace = await project.open();
      expect(await rowsOf(workspace)).toEqual(['1: 18/4 -', '2: 9/0 assign']);
      await approve(workspace, id);
    }
    await complete(project);
    await complete(project);
    expect(logins(project)).toEqual(['aroy', 'bode']);
    {
      await using workspace = await project.open();
      expect(await rowsOf(workspace)).toEqual(['1: 18/4 -', '2: 16/4 assign']);
      await amend(workspace, 'cancel', id);
      expect(await rowsOf(workspace)).toEqual(['1: 18/4 -', '2: 9/0 cancel', '2: 16/4 assign']);
      const { store, model, settings } = workspace;
      const page = { after: 0, limit: 10 };
      const listed = await listRolePage(store, model, settings.roleApprovers, {}, page);
      const asked = listed.roles.find((one) => one.request === 'cancel');
      expect(asked).toMatchObject({ kind: 'resource-type', role: type, owner: { key: ben } });
      await approve(workspace, asked?.id ?? 0);
    }
    await complete(project);
    await complete(project);
    expect(logins(project)).toEqual(['aroy']);
    await using workspace = await project.open();
    expect(await rowsOf(workspace)).toEqual(['1: 18/4 -']);
  });

  it('declined, it gives nothing and may be asked for again; denied, no rule gives it', async () => {
    await using project = await makeProject();
    await complete(project);
    let denial = 0;
    {
      await using workspace = await project.open();
      await review(workspace, 'decline', await request(workspace, ben), 'kim');
      denial = await request(workspace, ana, { action: 'deny' });
      await approve(workspace, denial);
      await expect(request(workspace, ana)).rejects.toMatchObject({ code: 'REQUEST_EXISTS' });
      await expect(request(workspace, ben, { action: 'deny' })).rejects.toMatchObject({
        code: 'REQUEST_NOTHING_TO_DENY',
      });
    }
    await complete(project);
    await complete(project);
    expect(logins(project)).toEqual([]);
    {
      await using workspace = await project.open();
      expect(await rowsOf(workspace)).toEqual(['1: 16/0 deny', '2: 17/0 assign']);
      // It is no order that somebody declined.
      const page = { after: 0, limit: 10 };
      const declined = await listReviewPage(workspace.store, workspace.model, {
        ...{ filter: {}, of: 'declined', page, now: '' },
      });
      expect(declined.items).toEqual([]);
      const [cancelled] = await amend(workspace, 'cancel', denial);
      expect(cancelled?.isDone).toBe(false);
      const { store, model, settings } = workspace;
      const open = await listRolePage(store, model, settings.roleApprovers, { states: [9] }, page);
      await approve(workspace, open.roles[0]?.id ?? 0);
      await request(workspace, ben);
    }
    await complete(project);
    await using workspace = await project.open();
    expect(logins(project)).toEqual(['aroy']);
    expect(await rowsOf(workspace)).toEqual(['1: 18/8 -', '2: 9/0 assign', '2: 17/0 assign']);
  });

  it('begins and ends on its days, and no later than it may last', async () => {
    await using project = await makeProject(
      'MaxDuration="4320"',
      'ProlongationWithoutApproval="Enabled"',
    );
    await complete(project);
    let id = 0;
    {
      await using workspace = await project.open();
      id = await request(workspace, ben, { from: '20250617000000' });
      await approve(workspace, id);
    }
    await complete(project);
    expect(logins(project)).toEqual(['aroy']);
    project.clock = Date.parse('2025-06-17T12:00:00Z');
    await complete(project, 'Incremental');
    await complete(project, 'Incremental');
    expect(logins(project)).toEqual(['aroy', 'bode']);
    {
      await using workspace = await project.open();
      const row = await workspace.store.read(({ tx }) =>
        tx('assigned_resource_types').where({ id }).first(),
      );
      expect(row).toMatchObject({ start_date: '20250617000000', end_date: '20250620000000' });
      // Shorter is no prolongation: that waits for approval, and until then the account stays.
      await amend(workspace, 'prolong', id, '20250619000000');
      expect(await rowsOf(workspace)).toContain('2: 9/0 prolong');
    }
    project.clock = Date.parse('2025-06-19T12:00:00Z');
    await complete(project, 'Incremental');
    expect(logins(project)).toEqual(['aroy', 'bode']);
    project.clock = Date.parse('2025-06-20T12:00:00Z');
    await complete(project, 'Incremental');
    await complete(project, 'Incremental');
    expect(logins(project)).toEqual(['aroy']);
    await using workspace = await project.open();
    expect(await rowsOf(workspace)).toEqual(['1: 18/4 -']);
  });

  it('asked for what a rule gives takes over, and is handed back', async () => {
    await using project = await makeProject();
    await complete(project);
    await complete(project);
    {
      await using workspace = await project.open();
      await approve(workspace, await request(workspace, ana, { until: '20250701000000' }));
    }
    await complete(project);
    {
      await using workspace = await project.open();
      expect(await rowsOf(workspace)).toEqual(['1: 16/4 assign']);
      const redundant = await listRedundant(workspace, {});
      expect(redundant).toMatchObject([{ kind: 'resource-type', item: type }]);
    }
    project.clock = Date.parse('2025-07-01T12:00:00Z');
    await complete(project, 'Incremental');
    await using workspace = await project.open();
    expect(await rowsOf(workspace)).toEqual(['1: 18/4 -']);
    expect(logins(project)).toEqual(['aroy']);
  });

  it('asked for with another parameter is a second account, which no rule of correlation knows, and ends by itself', async () => {
    const department = 'assignment.ParametersValues[&quot;Department&quot;]';
    const named = (property: string, start: string, end: string): string =>
      `<ScalarRule Property="${property}" Expression="C#:person:return ${start} + ${department}${end};" />`;
    await using project = await makeAny({
      rules: `<TypeRule D0="FIN" />${named('Login', 'person.Login + &quot;-&quot;', '.ToLower()')}${named('Mail', 'person.Number + &quot;@&quot;', '')}`,
      resourceTypeAttributes:
        'BlockProvisioning="false" CorrelateMultipleResources="true" P0="true" MaximumInsertPercent="0" MaximumUpdatePercent="0" MaximumDeletePercent="0"',
    });
    const ask = async (workspace: Workspace, key: string) =>
      requestRoles(workspace, {
        ...{
          action: 'assign',
          kind: 'resource-type',
          role: type,
          ownerIds: [await idOf(workspace, ben)],
        },
        ...{ parameters: { Department: key }, asked: { start: null, end: null }, ...by('eva') },
      });
    await complete(project);
    let first = 0;
    {
      await using workspace = await project.open();
      const [made] = await ask(workspace, 'IT');
      first = made?.id ?? 0;
      await ask(workspace, 'FIN');
      await expect(ask(workspace, 'IT')).rejects.toMatchObject({ code: 'REQUEST_EXISTS' });
    }
    for (const job of ['Complete', 'Complete', 'Incremental']) await complete(project, job);
    expect(logins(project)).toEqual(['aroy-fin', 'bode-fin', 'bode-it']);
    {
      await using workspace = await project.open();
      expect((await rowsOf(workspace)).slice(1)).toEqual(['2: 16/4 assign', '2: 16/4 assign']);
      const orders = await workspace.store.read(({ tx }) => tx('provisioning_orders'));
      expect(orders).toHaveLength(3);
      await amend(workspace, 'cancel', first);
    }
    await complete(project, 'Incremental');
    await complete(project);
    expect(logins(project)).toEqual(['aroy-fin', 'bode-fin']);
    await using workspace = await project.open();
    expect((await rowsOf(workspace)).slice(1)).toEqual(['2: 16/4 assign']);
  });

  it('is told: who asked, who approved, when, until when', async () => {
    await using project = await makeProject();
    await complete(project);
    await using workspace = await project.open();
    const id = await request(workspace, ben, { until: '20250701000000' });
    const before = await rowsOf(workspace);
    await expect(request(workspace, ben)).rejects.toMatchObject({ code: 'REQUEST_EXISTS' });
    await request(workspace, ana, { isDryRun: true });
    expect(await rowsOf(workspace)).toEqual(before);
    await review(workspace, 'approve', id, 'kim');

    const found = await findResource(workspace.store, workspace.model, `HR_Person:${ben}`);
    const explained = await explainResource(workspace, found, { resourceType: type });

    expect(explained.requests).toMatchObject([
      {
        ...{ assignmentId: id, resourceType: type, request: 'assign', requestedBy: 'eva' },
        state: 'Pending Approval 2 of 2',
        endDate: '20250701000000',
        requestedAt: '2025-06-15T12:01:00.000Z',
        approvals: [{ step: 1, by: 'kim', at: '2025-06-15T12:01:00.000Z' }],
      },
    ]);
    expect(explained.absences[0]?.stored).toEqual([
      'It is requested and waits for the second of two approvals, asked for by eva, until 2025-07-01.',
    ]);
    expect(explained.decisions.map(({ kind, by: person }) => `${kind} ${person}`)).toEqual([
      'role assign eva',
      'role approve kim',
    ]);
  });
});
