/** What must hold of states and orders in any store at any time; tests of random histories ask after every step. */
import { workflowStates } from '../../config/index.ts';
import type { StoreTransaction } from '../store/index.ts';

/** Found, asked for, proposed or refused because of a risk: nothing of it leaves. */
const mustNotLeave = [1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, 21, 22, 23, 25, 26];
const openStatuses = ['generated', 'intent', 'ticket'];
const [pending, transmitted, executed] = [1, 2, 8];

/** One line for each thing that must not be; empty: all is well. */
export async function findBrokenInvariants({ tx }: StoreTransaction): Promise<readonly string[]> {
  const broken: string[] = [];
  const twice = await tx('provisioning_orders')
    .whereIn('status', openStatuses)
    .groupBy('assigned_resource_type_id')
    .havingRaw('count(*) > 1')
    .select('assigned_resource_type_id');
  for (const row of twice)
    broken.push(`assignment ${row.assigned_resource_type_id} has more than one open order`);
  for (const table of ['assigned_resource_types', 'assigned_values']) {
    const leaving = await tx(table)
      .whereIn('provisioning_state', [pending, transmitted])
      .whereIn('workflow_state', mustNotLeave)
      .select('id', 'workflow_state', 'provisioning_state');
    for (const { id, workflow_state, provisioning_state } of leaving)
      broken.push(`${table} ${id} leaves (${provisioning_state}) in state ${workflow_state}`);
    const sent = await tx(`${table} as a`)
      .leftJoin('provisioning_orders as o', 'o.id', 'a.order_id')
      .whereIn('a.provisioning_state', [transmitted, executed])
      // What is written once was carried out with the creation; the row only says that it would be another today.
      .whereNot('a.workflow_state', workflowStates.calculatedWithChanges)
      .select('a.id', 'a.provisioning_state', 'o.id as order_id', 'o.status', 'o.outcome_at');
    for (const { id, provisioning_state, order_id, status, outcome_at } of sent) {
      if (order_id === null)
        broken.push(`${table} ${id} is ${provisioning_state} without an order`);
      else if (provisioning_state === transmitted && !openStatuses.includes(status))
        broken.push(`${table} ${id} waits for order ${order_id}, which is ${status}`);
      else if (provisioning_state === executed && outcome_at === null)
        broken.push(`${table} ${id} is executed, and order ${order_id} has no outcome`);
    }
    const silent = await tx(table)
      .where('provisioning_state', transmitted)
      .whereNot('blocked_by', '[]')
      .select('id');
    for (const { id } of silent) broken.push(`${table} ${id} was sent while something blocks it`);
  }
  const lonely = await tx('assigned_values as v')
    .leftJoin('assigned_resource_types as a', 'a.id', 'v.assigned_resource_type_id')
    .whereNull('a.id')
    .select('v.id');
  for (const { id } of lonely) broken.push(`value ${id} belongs to no assigned resource type`);
  return broken;
}
