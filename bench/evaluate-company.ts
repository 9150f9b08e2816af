/** Keys and policy of a company, as the programs of workloads run them. */
import { computeCorrelationKeys, evaluatePolicy, type Workspace } from '../engine/index.ts';

export interface EvaluatedCompany {
  readonly owners: number;
  /** Assignments that came, changed or went. */
  readonly changes: number;
}

/** `dirty`: of what has changed since the last time. */
export async function evaluateCompany(
  workspace: Workspace,
  dirty: boolean,
): Promise<EvaluatedCompany> {
  const how = { blockProvisioning: false, blockAllResourceTypeProvisioning: false };
  await computeCorrelationKeys(workspace, { dirty });
  const { summary } = await evaluatePolicy(workspace, { entityTypes: [], dirty, ...how });
  const count = (name: string): number => Number(summary[name] ?? 0);
  return {
    owners: count('owners'),
    changes: count('inserted') + count('updated') + count('deleted'),
  };
}
