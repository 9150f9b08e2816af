/** The processes that the workloads of the policy time: `node policy-step.ts complete|incremental <project folder>`. */
import { computeCorrelationKeys, evaluatePolicy, type Workspace } from '../engine/index.ts';
import { inProject } from './load-project.ts';

/** Keys and policy, everything. */
export async function evaluateAll(workspace: Workspace): Promise<string> {
  return evaluate(workspace, false);
}

async function evaluate(workspace: Workspace, dirty: boolean): Promise<string> {
  const how = { blockProvisioning: false, blockAllResourceTypeProvisioning: false };
  await computeCorrelationKeys(workspace, { dirty });
  return (await evaluatePolicy(workspace, { entityTypes: [], dirty, ...how })).message;
}

if (process.argv[1] === import.meta.filename) {
  const [step = '', folder = ''] = process.argv.slice(2);
  const dirty = step === 'incremental';
  const said = await inProject(folder, async (workspace) => {
    const started = performance.now();
    const message = await evaluate(workspace, dirty);
    return { message, ms: Math.round(performance.now() - started) };
  });
  process.stdout.write(`${JSON.stringify({ step, ...said })}\n`);
}
