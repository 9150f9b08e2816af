/** The processes that the workloads of the store time: `node load-step.ts <step> <project folder>`. */
import {
  computeCorrelationKeys,
  evaluatePolicy,
  generateOrders,
  updatePropertyExpressions,
  type Workspace,
} from '../engine/index.ts';
import { inProject, prepare, synchronize } from './load-project.ts';

const [step = '', folder = ''] = process.argv.slice(2);

const steps: Readonly<Record<string, (workspace: Workspace) => Promise<unknown>>> = {
  /** What waits for the HR connector into the store. */
  load: (workspace) => synchronize(workspace, 'HR'),
  /** From the exported file to the store. */
  async complete(workspace) {
    await prepare(workspace, 'HR', 'complete');
    return synchronize(workspace, 'HR');
  },
  /** From the exported changes to the orders. */
  async incremental(workspace) {
    await prepare(workspace, 'HR', 'incremental');
    const said = [await synchronize(workspace, 'HR')];
    said.push(
      (await updatePropertyExpressions(workspace, { entityTypes: [], dirty: true })).message,
    );
    said.push((await computeCorrelationKeys(workspace, { dirty: true })).message);
    said.push(await evaluate(workspace, true));
    said.push(await generate(workspace));
    return said.join(' ');
  },
};

export async function evaluate(workspace: Workspace, dirty: boolean): Promise<string> {
  const how = { blockProvisioning: false, blockAllResourceTypeProvisioning: false };
  return (await evaluatePolicy(workspace, { entityTypes: [], dirty, ...how })).message;
}

export async function generate(workspace: Workspace): Promise<string> {
  const how = { connector: 'App', resourceTypes: [], force: true, isDryRun: false };
  const outcome = await generateOrders(workspace, how);
  if (outcome.status !== 'completed') throw new Error(outcome.message);
  return outcome.message;
}

if (process.argv[1] === import.meta.filename) {
  const work = steps[step];
  if (work === undefined) throw new Error(`Steps are ${Object.keys(steps).join(', ')}.`);
  const started = performance.now();
  const said = await inProject(folder, work);
  const ms = Math.round(performance.now() - started);
  process.stdout.write(`${JSON.stringify({ step, ms, said })}\n`);
}
