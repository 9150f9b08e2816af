/** The evaluation of owners once more, watched: which rules gave something, what they read, what holds today. */
import type { Model } from '../../../config/index.ts';
import {
  describeSituation,
  explainOwner,
  type OwnerSituation,
  type Provenance,
} from '../../evaluate/index.ts';
import { readNames, type StoreTransaction } from '../../store/index.ts';
import { runClock } from '../run-clock.ts';
import { EvaluationSession } from '../tasks/evaluation-session.ts';
import { toReadableText } from './internal-text.ts';

export interface NamedInput {
  readonly resource: string;
  readonly property: string;
  readonly value: string | null;
}

export interface Inspection {
  readonly situation: OwnerSituation;
  readonly provenance: readonly (Omit<Provenance, 'inputs'> & {
    readonly inputs: readonly NamedInput[];
  })[];
}

/** By id of the owner; owners that are gone are absent. */
export async function inspectOwners(
  t: StoreTransaction,
  model: Model,
  entityType: string,
  request: { readonly ids: readonly number[]; readonly now: number },
): Promise<ReadonlyMap<number, Inspection>> {
  const clock = runClock(request.now);
  const session = await EvaluationSession.open(t, model, entityType);
  const options = await session.readOptions(t, clock);
  const { stored, matches, view } = await session.prepare(t, request.ids);
  const found = new Map<number, Inspection>();
  for (const id of request.ids) {
    const owner = view(id);
    if (owner === null) continue;
    const state = { owner, ...(stored.get(id) ?? { roles: [], resourceTypes: [] }) };
    const provenance = explainOwner(model, state, matches, options);
    found.set(id, {
      situation: describeSituation(model, state, matches, options),
      provenance: await nameInputs(t, model, provenance),
    });
  }
  return found;
}

async function nameInputs(
  t: StoreTransaction,
  model: Model,
  provenance: readonly Provenance[],
): Promise<Inspection['provenance']> {
  const ids = new Map<string, Set<number>>();
  for (const { inputs } of provenance)
    for (const { entityType, id } of inputs)
      ids.set(entityType, (ids.get(entityType) ?? new Set<number>()).add(id));
  const names = new Map<string, string>();
  for (const [entityType, wanted] of ids) {
    for (const { id, key } of (
      await readNames(t, model.entityModel, entityType, [...wanted])
    ).values())
      names.set(`${entityType}:${id}`, `${entityType}:${key}`);
  }
  return provenance.map((entry) => ({
    ...entry,
    inputs: entry.inputs.map(({ entityType, id, property, value }) => ({
      resource: names.get(`${entityType}:${id}`) ?? `${entityType}:#${id}`,
      property,
      value: showInput(model, entityType, property, value),
    })),
  }));
}

/** Links are noted by ids, which say nothing to people; what is read behind them is an input of its own. */
function showInput(
  model: Model,
  entityType: string,
  property: string,
  value: string | null,
): string | null {
  const declared = model.entityModel.entityTypes.get(entityType)?.properties.get(property);
  if (value === null || declared?.kind === 'navigation') return null;
  return toReadableText(declared?.type ?? 'String', value);
}
