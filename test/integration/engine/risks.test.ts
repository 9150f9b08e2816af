import { expect, it } from 'vitest';
import {
  explainRisk,
  listRiskPage,
  requestRoles,
  reviewAssignedRoles,
} from '../../../engine/index.ts';
import { describeOnEveryStore, outcomes } from './project.ts';

/* Whoever is an editor has a name in the wiki, which is a risk that takes one more approval. */
const elements = `
  <SingleRole Identifier="Editor" DisplayName_L1="Editor" Policy="Default" EntityType="HR_Person" ApprovalWorkflowType="One" />
  <Risk Identifier="Named" DisplayName_L1="Named" Policy="Default" EntityType="HR_Person" RiskType="HighPrivilege" ExemptionPolicy="ApprovalRequired" Level="30">
    <Rule><Item ResourceType="Wiki_User_Person" Property="FullName" /></Rule>
  </Risk>`;
const rules = `<TypeRule SingleRole="Editor" />
    <ScalarRule Property="Login" Binding="Login" />
    <ScalarRule Property="Mail" Expression="C#:person:return person.Number + &quot;@example.test&quot;;" />
    <ScalarRule Property="FullName" Expression="C#:person:return person.FirstName + &quot; &quot; + person.LastName;" />`;
const by = { comment: 'because', isDryRun: false };

describeOnEveryStore((makeProject) => {
  it('a risk is approved with a request, delivered, and found present', async () => {
    await using project = await makeProject({ elements, rules });
    const complete = async (): Promise<void> => {
      const result = await project.run('Complete');
      const bad = outcomes(result).filter((one) => !/: (completed|nothing|skipped) /.test(one));
      expect(bad).toEqual([]);
    };
    await complete();
    await using workspace = await project.open();
    const { store, model } = workspace;
    const ownerId = await store.read(async ({ tx }) => {
      const named = await tx('entity_tables').where({ entity_type: 'HR_Person' }).first();
      return Number((await tx(named.table_name).where({ mapping_key: '2' }).first()).id);
    });
    const [made] = await requestRoles(workspace, {
      ...{ action: 'assign', kind: 'single', role: 'Editor', ownerIds: [ownerId], parameters: {} },
      ...{ asked: { start: null, end: null }, person: 'eva', ...by },
    });
    const id = made?.id ?? 0;
    expect(made).toMatchObject({
      workflowState: 8,
      risks: [{ risk: 'Named', effect: 'approval' }],
    });
    for (const [person, state] of [
      ['kim', 25],
      ['lou', 116],
    ] as const) {
      const decision = { decision: 'approve', ids: [id], filter: {}, person, ...by } as const;
      expect((await reviewAssignedRoles(workspace, decision))[0]?.workflowState).toBe(state);
    }
    await complete();
    await complete();
    const page = await listRiskPage(store, model, {}, { after: 0, limit: 10 });
    expect(page.risks.map((one) => [one.risk, one.level, one.owner.key])).toEqual([
      ['Named', 30, '2'],
    ]);
    const shown = await explainRisk(store, model, page.risks[0]?.id ?? 0);
    expect(shown?.rules[0]?.items).toMatchObject([{ property: 'FullName', isPresent: true }]);
    const former = await store.read(({ tx }) => tx('identified_risk_versions'));
    expect(former.map((row) => JSON.parse(row.evidence)[0].items[0].isPresent)).toEqual([false]);
  });
});
