/*
 * Whoever is an author has a name in the wiki, which is a risk. Three people have one already; Eli (1005) asks for it:
 *
 *   a rule approves requests at once  →  it may not approve past the risk  →  a person does  →  everybody can see who did
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWorkbook } from '../../test/contract/read-workbook.ts';
import { jsonOutputSchemas } from '../json-schemas.ts';
import { runCommandLine } from '../run.ts';
import { createSurroundings } from '../terminal.fixture.ts';

const ajv = new Ajv({ strict: false });

const wrap = (text: string): string =>
  `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">${text}</ConfigurationFile>`;
const policy = (level: number): string =>
  wrap(`
  <Policy Identifier="Default" DisplayName_L1="Default policy" IsProvisioningEnabled="true" />
  <SingleRole Identifier="Author" DisplayName_L1="Author" Policy="Default" EntityType="Staff_Person" ApprovalWorkflowType="One" />
  <SingleRoleAutomationRule SingleRole="Author" WorkflowState="PendingApproval" HoursToWait="0" Decision="Approve" />
  <ResourceType Identifier="Wiki_User_Person" DisplayName_L1="Wiki user" Policy="Default" BlockProvisioning="false"
                SourceEntityType="Staff_Person" TargetEntityType="Wiki_User"
                MaximumInsertPercent="0" MaximumUpdatePercent="0" MaximumDeletePercent="0">
    <TypeRule SingleRole="Author" />
    <ScalarRule Property="Login" Binding="Login" />
    <ScalarRule Property="FullName" Binding="FullName" SingleRole="Author" />
  </ResourceType>
  <ResourceCorrelationRule ResourceType="Wiki_User_Person" Policy="Default" SourceBinding="Login" TargetBinding="Login" SourceMatchedConfidenceLevel="100" />
  <ManualProvisioningResourceTypeMapping Identifier="Wiki_User_Person" Connection="WikiTickets" />
  ${risk('Known', 'FullName', level)}`);
const risk = (identifier: string, property: string, level: number): string =>
  `<Risk Identifier="${identifier}" DisplayName_L1="Known by name" Policy="Default" EntityType="Staff_Person" RiskType="HighPrivilege" ExemptionPolicy="ApprovalRequired" Level="${level}"><Rule><Item ResourceType="Wiki_User_Person" Property="${property}" /></Rule></Risk>`;

describe('risks on the command line', { timeout: 60_000 }, () => {
  let folder: string;

  async function call(...args: readonly string[]) {
    const { surroundings, stdout, stderr } = createSurroundings(folder, Date.now);
    const exitCode = await runCommandLine([...args], surroundings);
    return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
  }

  async function read<D>(schema: keyof typeof jsonOutputSchemas, ...args: readonly string[]) {
    const { exitCode, stdout, stderr } = await call('--json', ...args);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    const document = JSON.parse(stdout) as D;
    const isValid = ajv.validate(jsonOutputSchemas[schema], document);
    expect({ isValid, errors: ajv.errors }).toEqual({ isValid: true, errors: null });
    return document;
  }

  async function waiting() {
    interface Waiting {
      readonly id: number;
      readonly workflowState: number;
    }
    const { roles } = await read<{ roles: readonly Waiting[] }>(
      ...(['role list', 'role', 'list', '--owner', 'Staff_Person:1005'] as const),
    );
    return roles.map(({ id, workflowState }) => ({ id, workflowState }));
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-risks-'));
    await call('init', '.');
    await writeFile(join(folder, 'conf', 'policy.xml'), policy(40));
    for (const args of [['deploy'], ['job', 'run', 'Everything']])
      expect(await call(...args)).toMatchObject({ exitCode: 0 });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are not approved past by a rule, but by a person, who is named where they are explained', async () => {
    const asked = await call('role', 'request', 'Author', '1005', '--by', 'eva');
    expect(asked).toMatchObject({ exitCode: 0 });
    expect(asked.stdout).toContain('Eli Moreau (1005)');
    expect(await waiting()).toMatchObject([{ workflowState: 8 }]);

    await call('job', 'run', 'Everything');
    const [held] = await waiting();
    expect(held?.workflowState).toBe(25);
    const { decisions } = await read<{ decisions: readonly { kind: string; by: string }[] }>(
      ...(['decision list', 'decision', 'list'] as const),
    );
    expect(decisions[0]).toMatchObject({ kind: 'automation approve' });
    expect((await call('ticket', 'list')).stdout).not.toContain('Moreau');
    expect((await call('risk', 'list')).stdout).not.toContain('Moreau');

    const id = String(held?.id);
    const agreed = ['--by', 'kim', '--comment', 'agreed with security'];
    expect(await call('role', 'approve', id, ...agreed)).toMatchObject({ exitCode: 0 });
    await call('job', 'run', 'Everything');
    expect(await waiting()).toMatchObject([{ workflowState: 116 }]);
    expect((await call('ticket', 'list')).stdout).toContain('Moreau');
    expect((await call('risk', 'list')).stdout).toMatch(/Known +40 +Eli Moreau \(1005\)/u);

    const explain = ['explain', 'Staff_Person:1005'] as const;
    const told = (await call(...explain, '--role', 'Author')).stdout;
    expect(told).toContain('Risk Known by name (Known)');
    expect(told).toContain('Wiki_User_Person.FullName in an account to be made, by Author');
    expect(told).toMatch(/kim approved Author with the risk known, at .+: agreed with security/u);
    const { risks } = await read<{ risks: readonly unknown[] }>(
      ...(['explain', ...explain, '--resource-type', 'Wiki_User_Person'] as const),
    );
    expect(risks).toMatchObject([
      {
        ...{ risk: 'Known', level: 40, exemption: 'ApprovalRequired' },
        items: [{ property: 'FullName', account: null, isPresent: false, roles: ['Author'] }],
        accepted: [{ item: 'Author', how: 'approved', by: 'kim' }],
      },
    ]);
    expect((await call(...explain, 'Login')).stdout).not.toContain('Risk ');
  });

  it('are shown with the account that holds them, and with nobody who agreed', async () => {
    interface Listed {
      readonly risks: readonly { readonly id: number; readonly owner: { readonly key: string } }[];
    }
    interface Shown {
      readonly rules: readonly {
        readonly items: readonly { readonly target: { key: string } }[];
      }[];
    }
    const { risks } = await read<Listed>('risk list', 'risk', 'list');
    const of = risks.find(({ owner }) => owner.key === '1001')?.id;
    const shown = await read<Shown>('risk show', 'risk', 'show', String(of));
    const login = shown.rules[0]?.items[0]?.target.key ?? '';

    const { stdout } = await call('explain', `Wiki_User:${login}`);
    expect(stdout).toContain(`Wiki_User_Person.FullName in ${login}, by Author`);
    expect(stdout).toContain('agreed:  nobody');
  });

  it('that a changed configuration would bring or take are told risk by risk', async () => {
    await mkdir(join(folder, 'trial'), { recursive: true });
    const trial = join(folder, 'trial', 'policy.xml');
    const changed = policy(40).replace(
      risk('Known', 'FullName', 40),
      risk('Reachable', 'Login', 70),
    );
    await writeFile(trial, changed);
    const before = await readFile(join(folder, 'conf', 'policy.xml'), 'utf8');
    const out = join(folder, 'effects.xlsx');
    const simulate = ['simulate', '--with', trial] as const;

    const { stdout } = await call(...simulate);
    expect(stdout).toMatch(/Staff_Person:1005 +Eli Moreau +gains +risk Reachable +- +level 70/u);
    expect(stdout).toMatch(/Reachable +Known by name +70 +ApprovalRequired +4 +0/u);
    expect(stdout).toMatch(/Known +Known by name +40 +ApprovalRequired +0 +4/u);
    const document = await read<{ risks: readonly unknown[]; effects: unknown }>(
      ...(['simulate', ...simulate, '--out', out] as const),
    );
    expect(document.risks).toMatchObject([
      { risk: 'Reachable', level: 70, gains: 4, loses: 0 },
      { risk: 'Known', gains: 0, loses: 4 },
    ]);
    expect(document.effects).toMatchObject({ gains: 4, loses: 4 });
    const sheets = await readWorkbook(out);
    const rows = sheets.find(({ name }) => name === 'Risks')?.cells ?? [];
    expect(rows.slice(1).map((row) => [...row.values()].map(({ value }) => value))).toEqual([
      ['Reachable', 'Known by name', '70', 'ApprovalRequired', '4', '0'],
      ['Known', 'Known by name', '40', 'ApprovalRequired', '0', '4'],
    ]);

    expect(await readFile(join(folder, 'conf', 'policy.xml'), 'utf8')).toBe(before);
    expect((await call('risk', 'list')).stdout).toContain('Known');
    expect((await call('risk', 'list')).stdout).not.toContain('Reachable');
  });
});
