/** Requests for roles on their way through approvals and risks, and how they end. */
import type { AssignedRoleRow } from '../../store/index.ts';
import { amendAssignedRoles, requestRoles, reviewAssignedRoles } from '../role-requests.ts';
import type { Desk } from './desk.fixture.ts';
import { type End, endOf, type Scene, type Scenes, scope } from './scene.fixture.ts';

type State = AssignedRoleRow['workflow_state'];
/** States come from the table of transitions. */
const stateOf = (from: number): State => from as State;

const eva = { person: 'eva', comment: 'needed', isDryRun: false } as const;
const end = (desk: Desk, id: number): Promise<End> => endOf(desk, 'assigned_roles', id, 'workflow');

/** Eva asks for a role of Ben's, which a rule may propose already. */
const ask =
  (role: string, ends: 'request' | 'proposal' = 'request'): Scene =>
  async (desk, from) => {
    const isProposed = from >= 21;
    const proposal = isProposed
      ? await desk.putRole({ role, workflow_state: stateOf(from) })
      : undefined;
    // Left empty on purpose, whatever the owner's records suggest.
    const parameters = role === 'Lacking' ? { Department: null } : {};
    const [made] = await requestRoles(desk.company.workspace, {
      ...{ action: 'assign', kind: 'single', role, ownerIds: [desk.people.ben], parameters },
      ...{ asked: { start: null, end: null }, ...eva },
    });
    return end(desk, (ends === 'proposal' ? proposal : made?.id) ?? 0);
  };

/** What lacked a parameter gets it. */
async function complete(desk: Desk, from: number): Promise<End> {
  const row = { role: 'Lacking', request: 'assign', requested_by: 'eva' } as const;
  const id = await desk.putRole({ ...row, workflow_state: stateOf(from) });
  const parameters = { Department: 'FIN' };
  const amendment = { action: 'complete', ids: [id], end: null, parameters, ...eva } as const;
  await amendAssignedRoles(desk.company.workspace, amendment);
  return end(desk, id);
}

/** Kim decides about what Eva asked for. */
const review =
  (decision: 'approve' | 'decline', role: string): Scene =>
  async (desk, from) => {
    const row = { role, request: 'assign', requested_by: 'eva' } as const;
    const id = await desk.putRole({ ...row, workflow_state: stateOf(from) });
    await decide(desk, decision, id);
    return end(desk, id);
  };

async function decide(desk: Desk, decision: 'approve' | 'decline', id: number): Promise<void> {
  await reviewAssignedRoles(desk.company.workspace, {
    ...{ ...scope, ...desk.by, ids: [id], decision },
    comment: decision === 'decline' ? 'because' : null,
  });
}

/** Eva takes back, clears away or ends what is there. */
const cancel =
  (role: string): Scene =>
  async (desk, from) => {
    const row = { role, request: 'assign', requested_by: 'eva' } as const;
    const id = await desk.putRole({ ...row, workflow_state: stateOf(from) });
    const amendment = { action: 'cancel', ids: [id], end: null, parameters: {}, ...eva } as const;
    await amendAssignedRoles(desk.company.workspace, amendment);
    return end(desk, id);
  };

/** A request to end another assignment is declined; at its last step it may as well be approved. */
async function settleAmendment(desk: Desk, from: number): Promise<End> {
  const amends = await desk.putRole({ workflow_state: stateOf(16), request: 'assign' });
  const row = { request: 'cancel', amends, requested_by: 'eva' } as const;
  const declined = await desk.putRole({ ...row, workflow_state: stateOf(from) });
  await decide(desk, 'decline', declined);
  const isLast = [8, 10, 13].includes(from);
  if (!isLast || (await end(desk, amends)) !== 16) return end(desk, declined);
  const approved = await desk.putRole({ ...row, workflow_state: stateOf(from) });
  await decide(desk, 'approve', approved);
  if ((await end(desk, amends)) !== 'closed') throw new Error('What was to end goes on.');
  return end(desk, approved);
}

export const requestScenes: Scenes = {
  'workflow:role:requested': (desk, from) =>
    from === 2 ? complete(desk, from) : ask('None')(desk, from),
  'workflow:role:requested-incomplete': ask('Lacking'),
  'workflow:role:needs-no-approval': ask('None'),
  'workflow:role:needs-one-approval': ask('One'),
  'workflow:role:needs-two-approvals': ask('Two'),
  'workflow:role:needs-three-approvals': ask('Three'),
  'workflow:role:risk-blocks': ask('Forbidden'),
  'workflow:role:needs-risk-approval': (desk, from) =>
    from === 4 ? ask('RiskyNone')(desk, from) : review('approve', 'RiskyThree')(desk, from),
  'workflow:role:approved-step-1-of-2': review('approve', 'Two'),
  'workflow:role:approved-step-1-of-3': review('approve', 'Three'),
  'workflow:role:approved-step-2-of-3': review('approve', 'Three'),
  'workflow:role:approved': review('approve', 'Three'),
  'workflow:role:risk-approved': review('approve', 'RiskyOne'),
  'workflow:role:declined': review('decline', 'Three'),
  'workflow:role:prolongation-approved': review('approve', 'One'),
  'workflow:role:prolongation-declined': review('decline', 'One'),
  'workflow:role:taken-up': ask('One', 'proposal'),
  'workflow:role:request-withdrawn': cancel('Three'),
  'workflow:role:refusal-cleared': cancel('One'),
  'workflow:role:handed-back': cancel('None'),
  'workflow:role:amendment-settled': settleAmendment,
};
