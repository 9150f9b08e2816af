/** What people decide about what was found, and what is tagged or merged for all of it. */
import { decideFound, decideOrphans, type OrphanDecision } from '../../provision/index.ts';
import { savePreExistingAccessRights } from '../tasks/save-pre-existing.ts';
import { mergeRedundant } from '../views/redundant.ts';
import type { Desk } from './desk.fixture.ts';
import { type End, endOf, type Scene, type Scenes, scope } from './scene.fixture.ts';

type Axis = 'workflow' | 'provisioning';
type Decision = 'keep' | 'accept' | 'delete';

/** The provisioning state goes with the scene's own, or the workflow state does. */
function statesFrom(axis: Axis, from: number): Readonly<Record<string, unknown>> {
  return axis === 'workflow'
    ? { workflow_state: from, provisioning_state: 0 }
    : { workflow_state: 1, provisioning_state: from };
}

const account =
  (axis: Axis, decision: Decision): Scene =>
  async (desk, from) => {
    const id = desk.ids.account;
    await desk.write('assigned_resource_types', id, statesFrom(axis, from));
    await decideFound(desk.store, desk.model, { ...scope, ...desk.by, decision, ids: [id] });
    return endOf(desk, 'assigned_resource_types', id, axis);
  };

const value =
  (axis: Axis, decision: Decision): Scene =>
  async (desk, from) => {
    await desk.write('assigned_values', desk.ids.name, statesFrom(axis, from));
    const about = { ids: [desk.ids.account], property: 'FullName' };
    await decideFound(desk.store, desk.model, { ...scope, ...desk.by, decision, ...about });
    return endOf(desk, 'assigned_values', desk.ids.name, axis);
  };

/** A role that was found; a decision about it may be revised. */
const role =
  (...decisions: readonly ('keep' | 'delete')[]): Scene =>
  async (desk, from) => {
    const isRevised = decisions.length > 1;
    const found = { workflow_state: isRevised ? 1 : from, cause: 'drift' } as const;
    const id = await desk.putRole(found as Parameters<Desk['putRole']>[0]);
    for (const [index, decision] of decisions.entries()) {
      if (index > 0) await mustBe(desk, id, from);
      await decideFound(desk.store, desk.model, { ...scope, ...desk.by, decision, ids: [id] });
    }
    return endOf(desk, 'assigned_roles', id, 'workflow');
  };

async function mustBe(desk: Desk, id: number, state: number): Promise<void> {
  const now = await endOf(desk, 'assigned_roles', id, 'workflow');
  if (now !== state) throw new Error(`The role is in state ${now}, not in ${state}.`);
}

const orphan =
  (decision: OrphanDecision['decision']): Scene =>
  async (desk) => {
    const about = { entityType: 'Wiki_User', resourceIds: [desk.orphan] };
    const ownerId = decision === 'delete' ? null : desk.people.ben;
    const resourceType = 'Wiki_User_Person';
    const whole = { ...desk.by, ...about, decision, ownerId, resourceType };
    await decideOrphans(desk.store, desk.model, whole);
    const row = await desk.store.read(({ tx }) =>
      tx('assigned_resource_types').where({ target_id: desk.orphan }).first(),
    );
    return row === undefined ? 'closed' : Number(row.workflow_state);
  };

const save = (desk: Desk): Promise<unknown> =>
  savePreExistingAccessRights(desk.company.workspace, { force: true });

const taggedValue =
  (axis: Axis): Scene =>
  async (desk, from) => {
    const ordered = axis === 'workflow' ? 1 : from;
    const isFound = axis === 'workflow' && from === 1;
    const row = {
      workflow_state: axis === 'workflow' ? from : 18,
      provisioning_state: isFound ? 0 : ordered,
    };
    await desk.write('assigned_values', desk.ids.name, { ...row, is_denied: 0 });
    await save(desk);
    return endOf(desk, 'assigned_values', desk.ids.name, axis);
  };

/** Ana holds the role Finance by a rule, and by hand. */
async function mergeRole(desk: Desk, from: number): Promise<End> {
  const { store, company } = desk;
  const held = await store.read(({ tx }) =>
    tx('assigned_roles').where({ role: 'Finance', owner_id: desk.people.ana }).first(),
  );
  const id = Number(held?.id);
  await desk.write('assigned_roles', id, { workflow_state: from, request: 'assign' });
  await mergeRedundant(company.workspace, { ...scope, ...desk.by, ids: [id] });
  return endOf(desk, 'assigned_roles', id, 'workflow');
}

async function mergeAccount(desk: Desk, from: number): Promise<End> {
  const id = desk.ids.account;
  await desk.write('assigned_resource_types', id, { workflow_state: from });
  await mergeRedundant(desk.company.workspace, { ...scope, ...desk.by, ids: [id] });
  return endOf(desk, 'assigned_resource_types', id, 'workflow');
}

export const reconciliationScenes: Scenes = {
  'provisioning:value:kept': value('provisioning', 'keep'),
  'provisioning:value:accepted': value('provisioning', 'accept'),
  'provisioning:resource:account-kept': account('provisioning', 'keep'),
  'provisioning:resource:deletion-decided': account('provisioning', 'delete'),
  'provisioning:value:tagged-pre-existing': taggedValue('provisioning'),
  'workflow:value:kept': value('workflow', 'keep'),
  'workflow:value:accepted': value('workflow', 'accept'),
  'workflow:resource:kept': account('workflow', 'keep'),
  'workflow:resource:deleted': account('workflow', 'delete'),
  'workflow:role:kept': role('keep'),
  'workflow:role:role-deleted': role('delete'),
  'workflow:role:role-deleted-after-all': role('keep', 'delete'),
  'workflow:role:role-kept-after-all': role('delete', 'keep'),
  'workflow:resource:orphan-bound': orphan('bind'),
  'workflow:resource:orphan-authorized': orphan('authorize'),
  'workflow:resource:orphan-deleted': orphan('delete'),
  'workflow:value:tagged-pre-existing': taggedValue('workflow'),
  'workflow:resource:tagged-pre-existing': async (desk, from) => {
    const id = desk.ids.account;
    await desk.write('assigned_resource_types', id, statesFrom('workflow', from));
    await save(desk);
    return endOf(desk, 'assigned_resource_types', id, 'workflow');
  },
  'workflow:role:tagged-pre-existing': async (desk, from) => {
    const state = { workflow_state: from } as Parameters<Desk['putRole']>[0];
    const id = await desk.putRole(state);
    await save(desk);
    return endOf(desk, 'assigned_roles', id, 'workflow');
  },
  'workflow:role:redundant': mergeRole,
  'workflow:resource:redundant': mergeAccount,
};
