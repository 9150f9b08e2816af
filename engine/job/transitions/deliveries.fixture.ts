/** Orders, their results, and what people decide about what waits. */
import type { Model } from '../../../config/index.ts';
import { closeTickets, withdrawOrders } from '../../fulfil/index.ts';
import { decideReview, type ReviewDecision } from '../../provision/index.ts';
import type { Desk } from './desk.fixture.ts';
import { type End, endOf, type Scenes } from './scene.fixture.ts';

/** What the scenes are about: the account that is to be made, or the name of one that is there. */
const subjects = {
  resource: {
    table: 'assigned_resource_types',
    idOf: (desk: Desk) => desk.ids.creation,
    assignment: (desk: Desk) => desk.ids.creation,
  },
  value: {
    table: 'assigned_values',
    idOf: (desk: Desk) => desk.ids.name,
    assignment: (desk: Desk) => desk.ids.account,
  },
} as const;
type Subject = keyof typeof subjects;

/** The other one leaves nothing: it is verified, or not to be made. */
async function put(
  desk: Desk,
  subject: Subject,
  row: Readonly<Record<string, unknown>>,
): Promise<void> {
  const silent = { workflow_state: 18, provisioning_state: 4, blocked_by: '[]', is_denied: 0 };
  for (const one of Object.values(subjects)) await desk.write(one.table, one.idOf(desk), silent);
  await desk.write('assigned_resource_types', desk.ids.account, silent);
  const { table, idOf } = subjects[subject];
  await desk.write(table, idOf(desk), { ...silent, ...row });
}

function end(desk: Desk, subject: Subject): Promise<End> {
  const { table, idOf } = subjects[subject];
  return endOf(desk, table, idOf(desk), 'provisioning');
}

async function sent(desk: Desk, subject: Subject): Promise<void> {
  await put(desk, subject, { provisioning_state: 1 });
  await desk.generate();
}

/** The managed system hands the order to a person, who answers. */
async function answered(desk: Desk, model: Model): Promise<void> {
  await desk.fulfil(() => ({ status: 'ticket-opened' }));
  const about = { answer: 'confirm', runId: 1, ...desk.by } as const;
  const orders = await desk.orders();
  await desk.store.transaction((t) => closeTickets(t, model, orders, about));
}

/** Of systems that cannot be read. */
function trusting(model: Model): Model {
  const types = [...model.resourceTypes].map(([name, type]) => {
    if (type.mapping === undefined) return [name, type] as const;
    const mapping = { ...type.mapping, ticketSynchroIsNotAvailable: true };
    return [name, { ...type, mapping }] as const;
  });
  return { ...model, resourceTypes: new Map(types) };
}

const review =
  (
    subject: Subject,
    decision: ReviewDecision['decision'],
    row: Readonly<Record<string, unknown>> = {},
  ) =>
  async (desk: Desk, from: number): Promise<End> => {
    await put(desk, subject, { provisioning_state: from, ...row });
    const assignmentIds = [subjects[subject].assignment(desk)];
    await decideReview(desk.store, desk.model, { ...desk.by, decision, assignmentIds });
    return end(desk, subject);
  };

function scenesOf(subject: Subject): Scenes {
  const of = `provisioning:${subject}`;
  const waiting = { blocked_by: '["resource-type"]' };
  return {
    [`${of}:generated`]: async (desk, from) => {
      await put(desk, subject, { provisioning_state: from });
      await desk.generate();
      return end(desk, subject);
    },
    [`${of}:result-ok`]: async (desk) => {
      await sent(desk, subject);
      await desk.fulfil(() => ({ status: 'executed' }));
      return end(desk, subject);
    },
    [`${of}:result-error`]: async (desk) => {
      await sent(desk, subject);
      await desk.fulfil(() => {
        throw new Error('It refused.');
      });
      return end(desk, subject);
    },
    [`${of}:result-trusted`]: async (desk) => {
      await sent(desk, subject);
      await answered(desk, trusting(desk.model));
      return end(desk, subject);
    },
    [`${of}:order-cancelled`]: async (desk) => {
      await sent(desk, subject);
      await withdrawOrders(desk.store, desk.model, await desk.orders(), desk.by);
      return end(desk, subject);
    },
    [`${of}:approved`]: review(subject, 'approve', waiting),
    [`${of}:declined`]: review(subject, 'decline', waiting),
    [`${of}:taken-back`]: review(subject, 'reopen', { is_denied: 1 }),
    [`${of}:unblocked`]: review(subject, 'unblock', { last_error: 'It refused.' }),
  };
}

export const deliveryScenes: Scenes = {
  ...scenesOf('resource'),
  ...scenesOf('value'),
  'provisioning:resource:owner-confirmed': async (desk, from) => {
    await put(desk, 'value', {});
    const { account } = desk.ids;
    const match = { provisioning_state: from, confidence: 80, blocked_by: '["confidence"]' };
    await desk.write('assigned_resource_types', account, match);
    const decision = { ...desk.by, decision: 'approve', assignmentIds: [account] } as const;
    await decideReview(desk.store, desk.model, decision);
    return endOf(desk, 'assigned_resource_types', account, 'provisioning');
  },
};
