/** Roles, and resource types that people ask for, named on the command line. */
import { Option } from 'commander';
import type { Role } from '../config/index.ts';
import type { RequestedKind, Workspace } from '../engine/index.ts';
import type { Engine } from './command-context.ts';
import { CliError } from './errors.ts';

export function kindOption(): Option {
  return new Option(
    '--kind <kind>',
    'where a composite role, a single role and a resource type have one name',
  ).choices(['composite', 'single', 'resource-type']);
}

/** What can be asked for under a name. */
export function listRequestable(
  { model }: Pick<Workspace, 'model'>,
  engine: Pick<Engine, 'toRequestable'>,
): readonly { readonly kind: RequestedKind; readonly role: Role }[] {
  const roles = (['composite', 'single'] as const).flatMap((kind) =>
    [...(kind === 'composite' ? model.compositeRoles : model.singleRoles).values()].map((role) => ({
      kind,
      role,
    })),
  );
  const types = [...model.resourceTypes.values()].map((type) => ({
    kind: 'resource-type' as const,
    role: engine.toRequestable(type),
  }));
  return [...roles, ...types];
}

/** The role or resource type of the configuration that a name means. Throws `REQUEST_ROLE_UNKNOWN`. */
export function findNamedRole(
  workspace: Pick<Workspace, 'model'>,
  engine: Pick<Engine, 'toRequestable'>,
  name: string,
  kind: RequestedKind | undefined,
): { readonly kind: RequestedKind; readonly role: Role } {
  const found = listRequestable(workspace, engine).filter(
    (one) => one.role.identifier === name && (kind === undefined || kind === one.kind),
  );
  const [first, other] = found;
  if (first !== undefined && other === undefined) return first;
  const message =
    first === undefined
      ? `There is no role "${name}" in the deployed configuration.`
      : `"${name}" is a ${found.map((one) => one.kind).join(' and a ')}.`;
  throw new CliError('REQUEST_ROLE_UNKNOWN', message, {
    hint:
      first === undefined
        ? 'See the roles with "lockstep role list --defined", and the resource types with --kind resource-type as well.'
        : `Say which with ${found.map((one) => `--kind ${one.kind}`).join(' or ')}.`,
  });
}
