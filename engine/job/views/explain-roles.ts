/** The roles of an owner, and how each was given. */
import {
  describeWorkflowState,
  type Model,
  type Position,
  shownWorkflowState,
} from '../../../config/index.ts';
import type { AssignedRole } from '../../evaluate/index.ts';
import { toRequest } from '../../provision/index.ts';
import type { AssignedResourceTypeRow, DecisionRow } from '../../store/index.ts';
import type { OwnerNow } from './explain-owner-now.ts';
import type { WaitingRisk, WaitingRisks } from './explain-waiting-risks.ts';

export interface ExplainedRole {
  readonly kind: 'composite' | 'single';
  readonly role: string;
  readonly state: string;
  readonly isDenied: boolean;
  /** Held through groups of groups or another system only; see `indirect`. */
  readonly isIndirect: boolean;
  /** Internal form, end exclusive. */
  readonly startDate: string | null;
  readonly endDate: string | null;
  /** Dimension to the key of one of its resources. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly cause: string | null;
  readonly requestedBy: string | null;
  readonly approvals: readonly {
    readonly step: number;
    readonly by: string;
    readonly at: string;
  }[];
  readonly since: string;
  /** Risks that the request waits for somebody to accept; none: they are not there any more. `null`: it waits for none. */
  readonly waitsFor: readonly WaitingRisk[] | null;
  /** Rules that give it now. */
  readonly rules: readonly ({
    readonly element: string;
    readonly text: string | null;
  } & Position)[];
}

/** A resource type that somebody asked for, or asked not to be given. */
export interface ExplainedRequest {
  readonly assignmentId: number;
  readonly resourceType: string;
  readonly request: 'assign' | 'deny' | 'cancel' | 'prolong';
  /** The assignment that `cancel` and `prolong` are about; else, of an account that was taken over, the request. */
  readonly amends: number | null;
  readonly state: string;
  /** Internal form, end exclusive. */
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly parameters: Readonly<Record<string, string>>;
  readonly requestedBy: string | null;
  readonly requestedAt: string | null;
  readonly approvals: ExplainedRole['approvals'];
  readonly since: string;
  readonly waitsFor: ExplainedRole['waitsFor'];
}

/** Of these rows those that somebody asked for, as they are stored. */
export function explainRequests(
  rows: readonly AssignedResourceTypeRow[],
  decisions: readonly DecisionRow[],
  { byRequest }: WaitingRisks,
): readonly ExplainedRequest[] {
  return rows.flatMap((row): readonly ExplainedRequest[] => {
    const { request, amends, requestedBy, parameters, approvals } = toRequest(row);
    if (request === null) return [];
    const asked = decisions.find(
      ({ kind, assigned_resource_type_id: id }) =>
        [Number(row.id), amends].some((one) => one !== null && Number(one) === Number(id)) &&
        kind.startsWith(`role ${request}`),
    );
    return [
      {
        assignmentId: row.id,
        resourceType: row.resource_type,
        ...{ request, amends, parameters, requestedBy },
        state: describeWorkflowState(row.workflow_state),
        startDate: row.start_date,
        endDate: row.end_date,
        requestedAt: asked?.decided_at ?? null,
        approvals: approvals.map(({ step, person, at }) => ({ step, by: person, at })),
        since: row.state_since,
        waitsFor: byRequest.get(Number(row.id)) ?? null,
      },
    ];
  });
}

/** `only`: the roles that are asked about; absent: all. */
export function explainRoles(
  model: Model,
  owner: OwnerNow,
  only: ReadonlySet<string> | null,
  textOf: (at: Position, element: string) => string | null,
  { byRequest }: WaitingRisks,
): readonly ExplainedRole[] {
  return owner.state.roles
    .filter((row) => only === null || only.has(row.role))
    .map((row) => ({
      kind: row.kind,
      role: row.role,
      state: describeWorkflowState(shownWorkflowState(row.workflowState, row.isInferred)),
      isDenied: row.isDenied,
      isIndirect: row.isIndirect,
      startDate: row.startDate,
      endDate: row.endDate,
      parameters: row.parameters,
      cause: row.cause,
      requestedBy: row.requestedBy,
      approvals: row.approvals.map(({ step, person, at }) => ({ step, by: person, at })),
      since: row.stateSince,
      waitsFor: byRequest.get(row.id ?? 0) ?? null,
      rules: rulesOf(model, owner, row, textOf),
    }));
}

function rulesOf(
  model: Model,
  owner: OwnerNow,
  { kind, role }: AssignedRole,
  textOf: (at: Position, element: string) => string | null,
): ExplainedRole['rules'] {
  const roles = kind === 'single' ? model.singleRoles : model.compositeRoles;
  if (!roles.has(role)) return [];
  const { rules } = owner.judge({ kind: 'role', roleKind: kind, role });
  return rules
    .filter(({ isDenying, obstacles }) => !isDenying && obstacles.length === 0)
    .map(({ element, rule: { file, line, column }, rule }) => ({
      element,
      file,
      line,
      column,
      text: textOf(rule, element),
    }));
}
