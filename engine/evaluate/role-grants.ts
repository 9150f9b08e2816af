/** When rules give a role, and with which parameters. */
import type { Model, ResourceView, RuleType } from '../../config/index.ts';
import type { Context } from './contexts.ts';
import { matchingPeriods } from './criteria.ts';
import { intersectPeriods, mergePeriods, type Period, subtractPeriods } from './periods.ts';
import type { AssignmentParameters, Matches, RoleRuleParts } from './types.ts';

/** A stretch of time in which a role is given or held. */
export interface HeldPiece extends Period {
  /** Values of dimensions that come with the assignment. */
  readonly parameters: AssignmentParameters;
  /** Dimensions without such a value have that of the owner's context; otherwise they have none. */
  readonly usesContexts: boolean;
  /** Only because another role is held. */
  readonly isInferred: boolean;
}

/** What is given with one set of parameters. */
export interface GrantGroup {
  readonly parameters: AssignmentParameters;
  readonly usesContexts: boolean;
  readonly periods: readonly Period[];
  /** Those of `periods` that a rule gives without another role. */
  readonly direct: readonly Period[];
}

export interface GrantInputs {
  readonly model: Model;
  readonly contexts: readonly Context[];
  /** Composite roles that are held, as far as they are known by now. */
  readonly composites: ReadonlyMap<string, readonly HeldPiece[]>;
  /** Dimensions that assignments of the role may have a value of. */
  readonly dimensions: ReadonlySet<string>;
}

export const noParameters: AssignmentParameters = Object.freeze({});

/**
 * What rules of one type give, after the denials of rules: a denial takes away grants of the same or a larger priority
 * number. One group per set of parameters, the one without any first.
 */
export function grantGroups(
  inputs: GrantInputs,
  rules: readonly RoleRuleParts[],
  type: RuleType,
): readonly GrantGroup[] {
  const grants = rules.filter((rule) => !rule.isDenied && rule.type === type);
  if (grants.length === 0) return [];
  const denials = rules
    .filter((rule) => rule.isDenied)
    .map((rule) => ({ priority: rule.priority, pieces: piecesOf(inputs, rule) }))
    .filter(({ pieces }) => pieces.length > 0);
  const pieces = grants.flatMap((rule) => {
    const given = piecesOf(inputs, rule);
    const stronger = denials
      .filter(({ priority }) => priority <= rule.priority)
      .flatMap((denial) => denial.pieces);
    if (stronger.length === 0) return given;
    return given.flatMap((piece) =>
      subtractPeriods([piece], stronger).map((rest) => ({ ...piece, ...rest })),
    );
  });
  return groupPieces(pieces);
}

/** When one rule holds, per set of parameters it passes on. */
function piecesOf(inputs: GrantInputs, rule: RoleRuleParts): readonly HeldPiece[] {
  const periods = matchingPeriods(inputs.model, rule.criteria, inputs.contexts);
  if (rule.via === null || periods.length === 0) {
    return periods.map((period) => ({
      ...period,
      parameters: noParameters,
      usesContexts: true,
      isInferred: false,
    }));
  }
  return (inputs.composites.get(rule.via) ?? []).flatMap((held) => {
    const parameters = restrictParameters(held.parameters, inputs.dimensions);
    const usesContexts = held.usesContexts || inputs.dimensions.size === 0;
    return intersectPeriods(periods, [held]).map((period) => ({
      ...period,
      parameters,
      usesContexts,
      isInferred: true,
    }));
  });
}

function restrictParameters(
  parameters: AssignmentParameters,
  dimensions: ReadonlySet<string>,
): AssignmentParameters {
  const kept = Object.entries(parameters).filter(([dimension]) => dimensions.has(dimension));
  return kept.length === 0 ? noParameters : Object.fromEntries(kept);
}

function groupPieces(pieces: readonly HeldPiece[]): readonly GrantGroup[] {
  if (pieces.length === 0) return [];
  const groups = Map.groupBy(
    pieces,
    (piece) => `${piece.usesContexts ? 0 : 1}${parametersKey(piece.parameters)}`,
  );
  return [...groups]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([, own]) => ({
      parameters: own[0]?.parameters ?? noParameters,
      usesContexts: own[0]?.usesContexts ?? true,
      periods: mergePeriods(own),
      direct: mergePeriods(own.filter((piece) => !piece.isInferred)),
    }));
}

/** Equal for equal parameters, whatever their order. */
export function parametersKey(parameters: AssignmentParameters): string {
  const entries = Object.entries(parameters);
  if (entries.length === 0) return '';
  return JSON.stringify(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** The contexts in which every one of these dimensions has exactly one value. */
export function contextsThatName(
  contexts: readonly Context[],
  dimensions: readonly string[],
): readonly Context[] {
  if (dimensions.length === 0) return contexts;
  return contexts.filter((context) =>
    dimensions.every((dimension) => context.dimensions.get(dimension)?.length === 1),
  );
}

/** The key by which the configuration names this resource; `null`: it has none. */
export function keyOf(model: Model, resource: ResourceView | undefined): string | null {
  if (resource === undefined) return null;
  const [key] = model.entityModel.entityTypes.get(resource.entityType)?.keys ?? [];
  return key === undefined ? null : resource.scalar(key);
}

/** A stretch in which a parametrised role is held, and what rules of its holders see as its dimensions. */
export interface ParametrisedPiece extends HeldPiece {
  readonly dimensions: ReadonlyMap<string, readonly ResourceView[]>;
}

export function resolveParameters(
  model: Model,
  matches: Pick<Matches, 'byKey'>,
  piece: HeldPiece,
): ParametrisedPiece {
  return { ...piece, dimensions: dimensionsOf(model, matches, piece.parameters) };
}

function dimensionsOf(
  model: Model,
  matches: Pick<Matches, 'byKey'>,
  parameters: AssignmentParameters,
): ParametrisedPiece['dimensions'] {
  const dimensions = new Map<string, readonly ResourceView[]>();
  for (const [dimension, key] of Object.entries(parameters)) {
    const entityType = model.dimensions.get(dimension)?.entityType;
    const named = entityType === undefined ? null : matches.byKey(entityType, key);
    dimensions.set(dimension, named === null ? [] : [named]);
  }
  return dimensions;
}

/** What rules see of an assignment that has values of dimensions of its own, and no others. */
export function contextOfParameters(
  model: Model,
  matches: Pick<Matches, 'byKey'>,
  parameters: AssignmentParameters,
  { startDate, endDate }: Period,
): Context {
  return { startDate, endDate, dimensions: dimensionsOf(model, matches, parameters) };
}

/** What a rule that asks for a parametrised role and for dimensions sees: the assignment's values before the owner's. */
export function contextsOfPiece(
  piece: ParametrisedPiece,
  contexts: readonly Context[],
): readonly Context[] {
  if (!piece.usesContexts) {
    return [{ startDate: piece.startDate, endDate: piece.endDate, dimensions: piece.dimensions }];
  }
  if (piece.dimensions.size === 0) return contexts;
  return contexts.map((context) => ({
    ...context,
    dimensions: new Map([...context.dimensions, ...piece.dimensions]),
  }));
}
