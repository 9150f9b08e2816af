/** Reports on who holds what. */
import {
  describeProvisioningState,
  describeWorkflowState,
  shownWorkflowState,
  type WorkflowState,
} from '../../../config/index.ts';
import { countGroups, pageAssignedRoles } from '../../store/index.ts';
import { listRedundant } from '../views/redundant.ts';
import { describeRoleState } from '../views/role-state.ts';
import {
  aboutAll,
  type Holding,
  holdings,
  holdingsAt,
  itemColumns,
  lastDecisions,
  ownerColumns,
} from './holdings.ts';
import { date, isHeldIn, moment, nameAll, number, type Report, text } from './report.ts';

const assignedRoles: Report = {
  name: 'assigned-roles',
  doc: 'Every role of everybody, with its state, its period, and who asked for it or approved it.',
  columns: [
    ...ownerColumns,
    text('Role'),
    text('Kind'),
    text('Workflow state'),
    date('From'),
    date('Until'),
    text('Asked for by'),
    text('Approved by'),
    text('Parameters'),
  ],
  filters: ['entity-type', 'role', 'owner'],
  async *rows(inputs) {
    const { t, model, request } = inputs;
    const owner = request.owner === undefined ? {} : { owner: request.owner };
    const roles = request.role === undefined ? {} : { roles: [request.role] };
    const ownerType = request.entityType === undefined ? {} : { ownerType: request.entityType };
    for await (const page of pageAssignedRoles(t, { ...owner, ...roles, ...ownerType })) {
      const nameOf = await nameAll(
        t,
        model,
        page.map((row) => [row.owner_type, row.owner_id] as const),
      );
      yield page.map((row) => [
        row.owner_type,
        ...nameOf(row.owner_type, row.owner_id),
        row.role,
        row.kind,
        describeRoleState(row),
        row.start_date,
        row.end_date,
        row.requested_by,
        approvers(row.approvals),
        row.parameters === '{}' ? null : row.parameters,
      ]);
    }
  },
};

/** Written as a JSON array by whoever approves. */
function approvers(approvals: string): string | null {
  const steps = JSON.parse(approvals) as readonly { readonly person: string }[];
  return steps.length === 0 ? null : steps.map(({ person }) => person).join(', ');
}

const entitlements: Report = {
  name: 'entitlements',
  doc: 'Who has what, now or with --at then: roles and resource types, with the account, the period, and who decided it.',
  columns: [
    ...ownerColumns,
    ...itemColumns.filter(({ name }) => name !== 'Property'),
    text('Workflow state'),
    text('Provisioning state'),
    date('From'),
    date('Until'),
    text('Decided by'),
    moment('Decided at'),
  ],
  filters: ['resource-type', 'entity-type', 'role', 'owner', 'at'],
  async *rows(inputs) {
    const { at } = inputs.request;
    const pages =
      at === undefined ? holdings(inputs, {}, ['role', 'resource-type']) : holdingsAt(inputs, at);
    for await (const page of pages) {
      const held = page.filter((one) => isHeldAt(one, at ?? inputs.now));
      const about = await aboutAll(inputs, held);
      const decisions = await lastDecisions(inputs.t, held);
      yield held.map((one) => {
        const [
          ownerType = null,
          key = null,
          name = null,
          kind = null,
          item = null,
          ,
          account = null,
        ] = about(one);
        const last = decisions(one);
        return [
          ...[ownerType, key, name, kind, item, account],
          stateOf(one),
          one.provisioningState === null ? null : describeProvisioningState(one.provisioningState),
          one.startDate,
          one.endDate,
          last?.decided_by ?? one.requestedBy,
          last?.decided_at ?? null,
        ];
      });
    }
  },
};

/** An account that is there is held whatever its dates say; what has none, while its dates do. */
function isHeldAt(one: Holding, at: string): boolean {
  const instant = at.replaceAll(/\D/g, '').slice(0, 14);
  const hasBegun = one.startDate === null || one.startDate <= instant;
  const hasEnded = one.endDate !== null && one.endDate <= instant;
  const isTime = one.targetId !== null || (hasBegun && !hasEnded);
  return !one.isDenied && isHeldIn(one.workflowState) && isTime;
}

function stateOf({ workflowState, isInferred, isIndirect }: Holding): string {
  const state = describeWorkflowState(shownWorkflowState(workflowState, isInferred === true));
  return isIndirect === true ? `${state}, indirect` : state;
}

const coverage: Report = {
  name: 'coverage',
  doc: 'How much of what is held comes from rules, from decisions, or from nowhere: assignments by state, with their share.',
  columns: [
    text('Kind'),
    text('Item'),
    text('Workflow state'),
    number('Assignments'),
    number('Percent'),
  ],
  filters: [],
  async *rows({ t }) {
    for (const [table, kind, column, more] of [
      ['assigned_roles', 'role', 'role', ['is_indirect', 'is_inferred']],
      ['assigned_resource_types', 'resource-type', 'resource_type', []],
    ] as const) {
      const all = await countGroups(t, table, [column, 'workflow_state', ...more], {
        where: (query) => query.where('is_denied', 0),
      });
      // The column holds nothing but states.
      const groups = all.filter((row) => isHeldIn(Number(row['workflow_state']) as WorkflowState));
      const totals = new Map<string, number>();
      for (const row of groups) {
        const item = String(row[column]);
        totals.set(item, (totals.get(item) ?? 0) + row.n);
      }
      yield groups.map((row) => {
        const item = String(row[column]);
        const share = (row.n * 100) / (totals.get(item) ?? row.n);
        const workflowState = Number(row['workflow_state']) as WorkflowState;
        const state = describeWorkflowState(
          shownWorkflowState(workflowState, Number(row['is_inferred'] ?? 0) === 1),
        );
        const shown = Number(row['is_indirect'] ?? 0) === 1 ? `${state}, indirect` : state;
        return [kind, item, shown, row.n, Math.round(share * 10) / 10];
      });
    }
  },
};

const redundant: Report = {
  name: 'redundant',
  doc: 'What a person approved and a rule gives as well by now, with both periods.',
  columns: [
    ...ownerColumns,
    text('Kind'),
    text('Item'),
    date('Approved from'),
    date('Approved until'),
    date('Rule from'),
    date('Rule until'),
  ],
  filters: ['role', 'resource-type'],
  readsByItself: true,
  async *rows({ workspace, request }) {
    const item = request.role ?? request.resourceType;
    const found_ = await listRedundant(workspace, item === undefined ? {} : { item });
    yield found_.map((one) => [
      one.ownerType,
      one.owner.key,
      one.owner.name,
      one.kind,
      one.item,
      one.manual.startDate,
      one.manual.endDate,
      one.rule.startDate,
      one.rule.endDate,
    ]);
  },
};

export const assignmentReports: readonly Report[] = [
  coverage,
  entitlements,
  assignedRoles,
  redundant,
];
