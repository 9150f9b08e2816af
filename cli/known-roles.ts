/** Roles, and resource types that people ask for, named on the command line. */
import { Option } from 'commander';
import { type Role, suggest } from '../config/index.ts';
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

/** As written, or else what differs in letter case only. */
function requestablesNamed(
  workspace: Pick<Workspace, 'model'>,
  engine: Pick<Engine, 'toRequestable'>,
  name: string,
): ReturnType<typeof listRequestable> {
  const all = listRequestable(workspace, engine);
  const exact = all.filter(({ role }) => role.identifier === name);
  if (exact.length > 0) return exact;
  const alike = all.filter(({ role }) => role.identifier.toLowerCase() === name.toLowerCase());
  return new Set(alike.map(({ role }) => role.identifier)).size === 1 ? alike : [];
}

/** A role or resource type as the configuration spells it; what it does not have (any more), as it is written. */
export function spellRole(
  workspace: Pick<Workspace, 'model'>,
  engine: Pick<Engine, 'toRequestable'>,
  name: string,
): string {
  return requestablesNamed(workspace, engine, name)[0]?.role.identifier ?? name;
}

/** The role or resource type of the configuration that a name means. Throws `REQUEST_ROLE_UNKNOWN`. */
export function findNamedRole(
  workspace: Pick<Workspace, 'model'>,
  engine: Pick<Engine, 'toRequestable'>,
  name: string,
  kind: RequestedKind | undefined,
): { readonly kind: RequestedKind; readonly role: Role } {
  const found = requestablesNamed(workspace, engine, name).filter(
    (one) => kind === undefined || kind === one.kind,
  );
  const [first, other] = found;
  if (first !== undefined && other === undefined) return first;
  const message =
    first === undefined
      ? `There is no role "${name}" in the deployed configuration.`
      : `"${name}" is a ${found.map((one) => one.kind).join(' and a ')}.`;
  const names = listRequestable(workspace, engine).map(({ role }) => role.identifier);
  const known =
    'See the roles with "lockstep role list --defined", and the resource types with --kind resource-type as well.';
  throw new CliError('REQUEST_ROLE_UNKNOWN', message, {
    hint:
      first === undefined
        ? [suggest(name, names), known].filter((part) => part !== undefined).join(' ')
        : `Say which with ${found.map((one) => `--kind ${one.kind}`).join(' or ')}.`,
  });
}
