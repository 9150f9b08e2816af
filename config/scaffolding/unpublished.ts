/** Scaffoldings that expand to nothing, and why; `validate --expanded` says it. */

const usual = 'its expansion is not published';
const forWorkflows = 'it serves workflows, which do not run here, with entity types of their own';

const reasons: Readonly<Record<string, string>> = {
  EntityTypeMenuItem: 'the names of the menu items it makes are not published',
  OptimizeDisplayTable: 'how it chooses properties and storage columns is not published',
  SearchBarPageAccessControl: 'the permissions it grants are not published',
  GovernanceRolesAccessControlRules: 'the permissions it grants are not published',
  ManageSettingAccessControlRules: 'the permissions it grants are not published',
  ManageSettingAccessControlRule: 'the permissions it grants are not published',
  OpenIdClientAdministrationAccessControlRules: 'the permissions it grants are not published',
  WorkflowEntityType: forWorkflows,
  WorkflowEntityTypeDisplayEntityType: forWorkflows,
  WorkflowEntityTypeDisplayTable: forWorkflows,
};

/** End of a sentence: why a scaffolding expands to nothing. */
export function whyNothing(scaffolding: string): string {
  return reasons[scaffolding] ?? usual;
}
