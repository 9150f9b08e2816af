/** Parameters of a request: dimensions that the role has, and keys of resources that are there. */
import { findNearestName, type Model, type Role } from '../../../config/index.ts';
import {
  type AssignmentParameters,
  type OwnerFacts,
  takenParameters,
} from '../../evaluate/index.ts';
import {
  findByKeys,
  listKeys,
  type RequestedKind,
  readTableMap,
  type StoreTransaction,
} from '../../store/index.ts';
import { RequestError } from './request-error.ts';
import { nounOf } from './role-item.ts';

/** By dimension: the key of its value; `null`: deliberately left empty. */
export type AskedParameters = Readonly<Record<string, string | null>>;

interface Requestable {
  readonly kind: RequestedKind;
  readonly role: Role;
}

/**
 * Throws `RequestError` for a dimension that there is not, one that a role does not have or that it fixes, and a key that no
 * resource answers to: one query per dimension, however many roles and owners there are.
 */
export async function checkParameters(
  t: StoreTransaction,
  model: Model,
  about: readonly Requestable[],
  asked: AskedParameters,
): Promise<void> {
  const names = Object.keys(asked);
  const unknown = names.find((dimension) => !model.dimensions.has(dimension));
  if (unknown !== undefined) {
    throw new RequestError('REQUEST_PARAMETER_UNKNOWN', `There is no dimension "${unknown}".`, {
      hint: `Nothing was changed. Dimensions are: ${[...model.dimensions.keys()].join(', ') || '(none)'}.`,
    });
  }
  for (const one of about) checkTaken(model, one, asked);
  for (const [dimension, key] of Object.entries(asked))
    if (key !== null) await checkKey(t, model, dimension, key);
}

function checkTaken(model: Model, { kind, role }: Requestable, asked: AskedParameters): void {
  const noun = nounOf(kind);
  const taken = takenParameters(model, kind, role.identifier);
  const fixed = new Map(role.dimensions.map(({ dimension, value }) => [dimension, value]));
  for (const [dimension, key] of Object.entries(asked)) {
    const always = fixed.get(dimension);
    if (always !== undefined && key !== always) {
      throw new RequestError(
        'REQUEST_PARAMETER_NOT_TAKEN',
        `The ${noun} ${role.identifier} is for ${dimension} ${always} alone.`,
        { hint: `Nothing was changed. Leave --parameter ${dimension} out.` },
      );
    }
    if (taken.has(dimension)) continue;
    const known = [...taken].filter((one) => !fixed.has(one)).join(', ') || '(none)';
    throw new RequestError(
      'REQUEST_PARAMETER_NOT_TAKEN',
      `The ${noun} ${role.identifier} has no parameter ${dimension}.`,
      { hint: `Nothing was changed. Its parameters are: ${known}.` },
    );
  }
}

/** Keys among which the nearest is looked for, and keys that are named where none is near. */
const maxSearched = 100_000;
const maxNamed = 8;

async function checkKey(
  t: StoreTransaction,
  model: Model,
  dimension: string,
  key: string,
): Promise<void> {
  const entityType = model.dimensions.get(dimension)?.entityType ?? '';
  const entity = (await readTableMap(t)).entities.get(entityType);
  const properties = model.entityModel.entityTypes.get(entityType)?.keys ?? [];
  if (entity !== undefined && (await findByKeys(t, entity, properties, [key])).size > 0) return;
  const keys = entity === undefined ? [] : await listKeys(t, entity, properties[0], maxSearched);
  const nearest = findNearestName(key, keys);
  const few = `Its keys are: ${keys.join(', ') || '(none)'}.`;
  const some = `Its keys are like ${keys.slice(0, maxNamed).join(', ')}.`;
  const known = keys.length <= maxNamed ? few : some;
  throw new RequestError(
    'REQUEST_PARAMETER_VALUE_UNKNOWN',
    `There is no ${entityType} "${key}" for the parameter ${dimension}.`,
    {
      hint: `Nothing was changed. ${nearest === undefined ? known : `Did you mean "${nearest}"?`}`,
      details: { entityType, dimension },
    },
  );
}

export function given(asked: AskedParameters): AssignmentParameters {
  return Object.fromEntries(
    Object.entries(asked).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

/** What was given, what the role fixes, and for required ones what the owner's context suggests. */
export function completeParameters(
  role: Role,
  asked: AskedParameters,
  facts: OwnerFacts,
): AssignmentParameters {
  const fixed = role.dimensions.map(({ dimension, value }) => [dimension, value] as const);
  const suggested = role.requiredParameters
    .filter((dimension) => asked[dimension] === undefined)
    .map((dimension) => [dimension, facts.suggested.get(dimension) ?? null] as const);
  return {
    ...given(Object.fromEntries(suggested)),
    ...given(asked),
    ...Object.fromEntries(fixed),
  };
}
