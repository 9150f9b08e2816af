/** Roles named on the command line. */
import { Option } from 'commander';
import type { Role } from '../config/index.ts';
import type { RoleKind, Workspace } from '../engine/index.ts';
import { CliError } from './errors.ts';

export function kindOption(): Option {
  return new Option('--kind <kind>', 'where a composite and a single role have one name').choices([
    'composite',
    'single',
  ]);
}

/** The role of the configuration that a name means. Throws `REQUEST_ROLE_UNKNOWN`. */
export function findNamedRole(
  { model }: Workspace,
  name: string,
  kind: RoleKind | undefined,
): { readonly kind: RoleKind; readonly role: Role } {
  const found = (['composite', 'single'] as const).flatMap((one) => {
    const role = (one === 'composite' ? model.compositeRoles : model.singleRoles).get(name);
    return role === undefined || (kind !== undefined && kind !== one) ? [] : [{ kind: one, role }];
  });
  const [first, other] = found;
  if (first !== undefined && other === undefined) return first;
  const message =
    first === undefined
      ? `There is no role "${name}" in the deployed configuration.`
      : `"${name}" is a composite role and a single role.`;
  throw new CliError('REQUEST_ROLE_UNKNOWN', message, {
    hint:
      first === undefined
        ? 'See the roles with "lockstep role list --defined".'
        : 'Say which with --kind composite or --kind single.',
  });
}
