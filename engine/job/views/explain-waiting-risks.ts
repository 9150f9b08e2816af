/** Which risk a request waits for: what it would bring, and what its owner holds that makes a risk of it. */
import { type Position, workflowStates } from '../../../config/index.ts';
import {
  ownerTypesOf,
  RequestError,
  risksBroughtByEach,
  type WishedRisk,
} from '../../provision/index.ts';
import { listRequested, type StoreTransaction } from '../../store/index.ts';
import { riskJudge } from '../role-risks.ts';
import { runClock } from '../run-clock.ts';
import type { Workspace } from '../workspace.ts';
import type { OwnerNow } from './explain-owner-now.ts';
import { describeItems, type ExplainedRiskItem } from './explain-risks.ts';

export interface WaitingRisk {
  readonly risk: string;
  readonly name: string;
  readonly level: number;
  readonly remediation: string | null;
  /** Rules that hold with the request and not without it. */
  readonly rules: readonly (Position & {
    /** `isBrought`: the owner does not hold it, and is not about to. */
    readonly items: readonly (ExplainedRiskItem & { readonly isBrought: boolean })[];
  })[];
}

export interface WaitingRisks {
  /** By assignment that waits because of a risk; none: what it waited for is not there any more. */
  readonly byRequest: ReadonlyMap<number, readonly WaitingRisk[]>;
  readonly notes: readonly string[];
}

/** The owner is judged as an approval would judge him now. */
export async function explainWaitingRisks(
  t: StoreTransaction,
  workspace: Workspace,
  owner: OwnerNow,
): Promise<WaitingRisks> {
  const state = workflowStates.pendingApprovalRisk;
  const { roles, resourceTypes } = owner.state;
  const ids = [...roles, ...resourceTypes]
    .filter(({ workflowState }) => workflowState === state)
    .flatMap(({ id }) => id ?? []);
  if (ids.length === 0) return { byRequest: new Map(), notes: [] };
  const { model, settings, effects } = workspace;
  const page = { after: 0, limit: ids.length };
  const rows = await listRequested(t, ownerTypesOf(model), { ids }, page);
  const judge = riskJudge(t, model, settings, runClock(effects.now()));
  try {
    const found = await risksBroughtByEach(judge, rows);
    const byRequest = new Map<number, readonly WaitingRisk[]>();
    for (const id of ids)
      byRequest.set(id, await describe(t, workspace, owner, found.get(id) ?? []));
    return { byRequest, notes: [] };
  } catch (error) {
    // What an evaluation cannot compute is no reason to tell nothing else.
    if (!(error instanceof RequestError)) throw error;
    return { byRequest: new Map(), notes: [error.message] };
  }
}

async function describe(
  t: StoreTransaction,
  { model }: Workspace,
  owner: OwnerNow,
  risks: readonly WishedRisk[],
): Promise<readonly WaitingRisk[]> {
  const items = risks.flatMap(({ rules }) => rules.flatMap((rule) => rule.items));
  const describeItem = await describeItems(t, model, owner, items);
  return risks.map(({ risk, rules }) => ({
    risk: risk.identifier,
    name: risk.displayName,
    level: risk.level,
    remediation: risk.remediation ?? null,
    rules: rules.map(({ rule, items: own }) => {
      const { file, line, column } = risk.rules[rule - 1]?.at ?? risk.at;
      return {
        ...{ file, line, column },
        items: own.map((item) => ({ ...describeItem(item), isBrought: item.isBrought })),
      };
    }),
  }));
}
