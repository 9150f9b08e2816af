/** Which dimensions assignments may have values of their own of: what can be given when somebody asks. */
import type { Model, ResourceType } from '../../config/index.ts';
import { roleModelOf } from './role-rules.ts';
import type { RoleKind } from './types.ts';

/** In ordinal order; empty for what the model does not have. */
export function takenParameters(
  model: Model,
  kind: RoleKind | 'resource-type',
  name: string,
): ReadonlySet<string> {
  if (kind === 'resource-type') {
    const type = model.resourceTypes.get(name);
    return sorted(type === undefined ? [] : parametersOfType(type));
  }
  const role = (kind === 'single' ? model.singleRoles : model.compositeRoles).get(name);
  if (role === undefined) return new Set();
  const own = roleModelOf(model, role.entityType).parametersOf(kind, name);
  // What a composite role gives restricts its parameters to those of the roles.
  return kind === 'composite' ? own : sorted([...own, ...parametersBehind(model, name)]);
}

/** Those that its expressions see, and those that its rules without a role ask for. */
export function parametersOfType(type: ResourceType): readonly string[] {
  const rules = [...type.typeRules, ...type.navigationRules];
  return [
    ...type.parameters,
    ...type.requiredParameters,
    ...rules
      .filter(({ singleRole }) => singleRole === undefined)
      .flatMap(({ criteria }) => criteria.map(({ dimension }) => dimension)),
  ];
}

/** Of the resource types that a single role gives: their expressions see what came with the role. */
function parametersBehind(model: Model, singleRole: string): readonly string[] {
  return [...model.resourceTypes.values()].flatMap((type) => {
    const rules = [...type.typeRules, ...type.navigationRules, ...type.scalarRules];
    const isGiven = rules.some((rule) => rule.singleRole === singleRole);
    return isGiven ? [...type.parameters, ...type.requiredParameters] : [];
  });
}

function sorted(dimensions: readonly string[]): ReadonlySet<string> {
  return new Set([...dimensions].sort());
}
