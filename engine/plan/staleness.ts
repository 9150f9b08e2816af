/** Whether a plan still holds, and what has moved where it does not. */
import { runClock, type Workspace } from '../job/index.ts';
import { findChangedSince, findDueBetween, readNames } from '../store/index.ts';
import { PlanError } from './errors.ts';
import type { Plan, PlanTail } from './plan-file.ts';

export type StaleCause = 'configuration' | 'data' | 'time' | 'orders';

/** `null`: configuration and data are those of the plan. */
export async function findStaleInputs(
  { store }: Workspace,
  { head, tail }: Plan,
  now: Pick<PlanTail, 'configuration' | 'items' | 'data'>,
): Promise<PlanError | null> {
  if (now.configuration !== tail.configuration) {
    const item = firstDifference(tail.items, now.items);
    const named = item === null ? '' : ` First: ${item}.`;
    return describeStale(
      'configuration',
      `The deployed configuration is another one.${named}`,
      item,
    );
  }
  const digests = (data: PlanTail['data']) =>
    Object.fromEntries(Object.entries(data).map(([name, { sha256 }]) => [name, sha256]));
  const name = firstDifference(digests(tail.data), digests(now.data));
  if (name === null) return null;
  const key = await store.read((t) => findChangedSince(t, name, head.createdAt));
  const item = key === undefined ? name : `${name} ${key}`;
  return describeStale('data', `The data have changed. First: ${item}.`, item);
}

/** Inputs are the same and the orders are not: a date has come, or somebody has decided or ordered something. */
export async function describeStaleOrders(
  workspace: Workspace,
  { head }: Plan,
  difference: string,
  state?: string,
): Promise<PlanError> {
  const { store, model, effects } = workspace;
  const due = await store.read(async (t) => {
    const found = await findDueBetween(
      t,
      runClock(Date.parse(head.createdAt)).internal,
      runClock(effects.now()).internal,
    );
    if (found === undefined) return undefined;
    const { entityType, ownerId } = found;
    const names = await readNames(t, model.entityModel, entityType, [ownerId]);
    return { ...found, owner: names.get(ownerId)?.key ?? `#${ownerId}` };
  });
  if (due === undefined)
    return describeStale('orders', `Other orders would be made: ${difference}`, difference, state);
  return describeStale(
    'time',
    `A date has come since, first of ${due.entityType} ${due.owner}: ${difference}`,
    difference,
    state,
  );
}

/** @param state what was done already, where it is not nothing */
export function describeStale(
  cause: StaleCause,
  what: string,
  item: string | null,
  state = 'Nothing was changed.',
): PlanError {
  return new PlanError('PLAN_STALE', `The plan is stale. ${what}`, {
    hint: `${state} Make the plan again, and look at it again.`,
    details: { cause, item },
  });
}

function firstDifference(
  planned: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): string | null {
  const names = [...new Set([...Object.keys(planned), ...Object.keys(now)])].sort();
  return names.find((name) => planned[name] !== now[name]) ?? null;
}
