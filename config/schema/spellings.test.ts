import { describe, expect, it } from 'vitest';
import { base, codes, errors, findings, load, modelOf } from '../load-fixture.ts';

const dimensions =
  '<Dimension Identifier="U" EntityType="A_Unit" ColumnMapping="1" /><Dimension Identifier="V" EntityType="A_Unit" ColumnMapping="10" /><ContextRule Identifier="C" DisplayName_L1="C" Policy="P" SourceEntityType="A_User" B1="Unit" BA="Unit" />';
const role = '<SingleRole Identifier="S" DisplayName_L1="S" Policy="P" EntityType="A_User" />';

function criteriaOf(attributes: string): unknown {
  const rule = `<SingleRoleRule Role="S" Policy="P" ${attributes} />`;
  const { criteria = [] } = modelOf(load(base, dimensions, role, rule)).singleRoleRules[0] ?? {};
  return criteria.map(({ at, ...criterion }) => ({ ...criterion, file: at.file }));
}

describe('spellings that published pages disagree on', () => {
  it('read `Dimension1` as `D1`, its number being decimal, and digits in either letter case', () => {
    expect(criteriaOf('Dimension1="x"')).toEqual(criteriaOf('D1="x"'));
    expect(criteriaOf('Dimension10="x"')).toEqual(criteriaOf('Da="x"'));
    expect(criteriaOf('DA="x"')).toEqual(criteriaOf('Da="x"'));
  });

  it('refuse two spellings of one attribute on one element', () => {
    const rule = '<SingleRoleRule Role="S" Policy="P" D1="x" Dimension1="y" />';

    expect(errors(base, dimensions, role, rule)).toEqual(['CONFIG_ATTRIBUTES_CONFLICT']);
  });

  it('read the confidence of a classification rule as flag and as number', () => {
    const types =
      '<ResourceType Identifier="R" DisplayName_L1="R" Policy="P" BlockProvisioning="false" SourceEntityType="A_User" TargetEntityType="B_Account" />';
    const rule = (value: string): string =>
      `<ResourceClassificationRule ResourceType="R" SourceMatchedConfidenceLevel="${value}" />`;

    expect(errors(base, types, rule('true'))).toEqual([]);
    expect(errors(base, types, rule('100'))).toEqual([]);
    expect(codes(base, types, rule('perhaps')).join()).toContain('CONFIG_VALUE_INVALID');
    expect(codes(base, types, rule('200')).join()).toContain('CONFIG_VALUE_INVALID');
  });

  it('find the association of a mapping that does not name it, where there is one alone', () => {
    const mapping = (from: string, to: string): string =>
      `<EntityAssociationMapping Connector="A" ConnectionTable="AFile_users" Column1="login" EntityPropertyMapping1="${from}" Column2="unit" EntityPropertyMapping2="${to}" />`;

    const model = modelOf(load(base, mapping('A_User:Login', 'A_Unit:Code')));
    expect([...model.associationMappings.keys()]).toEqual(['A_User_Unit']);
    expect(
      findings(base, mapping('B_Account:Id_', 'B_Group:Name')).map(({ message }) => message),
    ).toContainEqual(expect.stringContaining('are not joined by one association alone'));
  });

  it('read states of assignments by either name and by number', () => {
    const rule = (state: string): string =>
      `<PolicyAutomationRule Policy="P" EntityType="A_User" WorkflowState="${state}" Decision="Decline" />`;

    for (const state of ['PendingApproval1', 'PendingApproval1Of2', '9', 'Found', 'Historic']) {
      expect(codes(base, rule(state))).toEqual([]);
    }
    expect(codes(base, rule('Fond'))).toContain('error CONFIG_VALUE_INVALID');
  });
});

describe('what has no effect', () => {
  it('is one remark and a list, with counts and first places', () => {
    const loaded = load(
      base,
      '<MenuItem Identifier="a"><MenuItem Identifier="b" /></MenuItem>',
      '<MenuItem Identifier="c" /><MailSetting MailProperty="A_User:Name" />',
    );

    expect(loaded.diagnostics.map(({ code }) => code)).toEqual(['CONFIG_ELEMENT_NOT_YET_USED']);
    expect(loaded.withoutEffect.map(({ name, count }) => `${count} ${name}`)).toEqual([
      '2 MenuItem',
      '1 MailSetting',
    ]);
    expect(loaded.withoutEffect[0]?.at).toMatchObject({ file: 'test.xml' });
    for (const { why } of loaded.withoutEffect) expect(why).toMatch(/\.$/);
  });

  it('makes no noise where it names what scaffoldings and the server itself provide', () => {
    const periphery = `
<CreateAdministratorProfile />
<OpenIdClient Identifier="Job" DisplayName_L1="Jobs" HashedSecret="(hash)" Profile="Administrator" ContextId="-2" />
<AccessControlRule Identifier="Admin" DisplayName_L1="Admin" Profile="Administrator" EntityType="WorkflowInstance">
  <Filter Binding="SingleRole.Category.Id" Category="true" /><Entry Permission="/Workflows/Workflow/Query" CanExecute="true" />
</AccessControlRule>
<SynchronizationAccessControlRules Profile="Administrator" />
<DisplayTable Identifier="Users" EntityType="A_User" DisplayTableDesignElement="list" IsEntityTypeDefault="1"><Column Tile="Somewhere" ColumnSize="6" /></DisplayTable>
<MenuItem Identifier="Nav" DisplayName_L1="Home" ParentMenuItem="Top" Anything="goes" />
<Form Identifier="F" EntityType="A_User"><Control Binding="Name"><Control Binding="Login" /></Control></Form>
<Workflow Identifier="W" DisplayName_L1="W"><Activity Identifier="Request" /></Workflow>
<BuildUniqueValueAspect Identifier="Login" Binding="Workflow_User:A_User.Login" Expression="C#:user:return user.Name;" IterationsCount="10">
  <PointCut Activity="W:Request" ActivityState="Action-Executed" Mode="After" />
</BuildUniqueValueAspect>
<Universe Identifier="U" DisplayName_L1="U"><EntityInstance Identifier="Users" EntityType="A_User" /></Universe>
<SelectUserByIdentityQueryHandlerSetting ResourceIdentityProperty="A_User:Login" OwnerEntityType="A_User" />`;

    expect(codes(base, periphery)).toEqual(['info CONFIG_ELEMENT_NOT_YET_USED']);
  });

  it('may name what is declared nowhere, but not by a slip of the pen', () => {
    const table = (type: string): string =>
      `<DisplayTable Identifier="T" EntityType="${type}" DisplayTableDesignElement="table" />`;

    expect(codes(base, table('AssignedResourceType'))).toEqual([
      'info CONFIG_ELEMENT_NOT_YET_USED',
    ]);
    expect(codes(base, table('A_Usr'))).toContain('warning CONFIG_REFERENCE_UNKNOWN');
  });
});
