/** The evaluation as a dry run whose orders are written into an LDIF file: nothing of it is kept in the store. */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { formatLdif, ldifHeader } from '../../provision/index.ts';
import { dryRun } from '../dry-run.ts';
import { placeProjectFile } from '../project-file.ts';
import { runClock } from '../run-clock.ts';
import { completed, type TaskOutcome } from '../task-outcome.ts';
import type { Workspace } from '../workspace.ts';
import { evaluatePolicy } from './evaluate-policy.ts';
import type { EvaluateOptions } from './evaluation.ts';
import { planOrders } from './plan-orders.ts';

/**
 * Evaluates, plans the orders of all resource types of the evaluated owners, and takes everything back. The file comes into
 * `Temp/Reports` when it is complete. Throws `TASK_PATH_INVALID` for another place.
 */
export async function simulateIntoLdif(
  workspace: Workspace,
  options: EvaluateOptions & { readonly path: string },
): Promise<TaskOutcome> {
  const folder = join(workspace.settings.tempFolder, 'Reports');
  await mkdir(folder, { recursive: true });
  const path = await placeProjectFile(folder, options.path, 'LdifFilePath');
  const part = `${path}.part`;
  const file = await open(part, 'w', 0o600);
  try {
    await file.writeFile(ldifHeader);
    const outcome = await dryRun(workspace, async (inner) => {
      const evaluated = await evaluatePolicy(inner, options);
      const orders = await writeOrders(inner, options.entityTypes, (text) => file.writeFile(text));
      return { evaluated, orders };
    });
    await file.sync();
    await file.close();
    await rename(part, path);
    return completed(
      `A dry run: ${outcome.evaluated.message} ${outcome.orders === 1 ? '1 order is' : `${outcome.orders} orders are`} in ${options.path}; the store is as it was.`,
      { ...outcome.evaluated.summary, orders: outcome.orders, file: options.path },
    );
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(part, { force: true });
    throw error;
  }
}

async function writeOrders(
  { store, model, effects }: Workspace,
  entityTypes: readonly string[],
  write: (text: string) => Promise<void>,
): Promise<number> {
  const types = [...model.resourceTypes.values()].filter(
    (type) => entityTypes.length === 0 || entityTypes.includes(type.sourceEntityType),
  );
  let orders = 0;
  await store.transaction(async (t) => {
    for await (const page of planOrders(t, model, types, runClock(effects.now()).internal)) {
      effects.signal.throwIfAborted();
      orders += page.planned.length;
      await write(page.planned.map(({ order }) => formatLdif(model, order)).join(''));
    }
  });
  return orders;
}
