import {
  type Diagnostic,
  type LoadedConfiguration,
  type Model,
  makesPasswords,
  type ResourceTypeMapping,
} from '../../config/index.ts';
import { type ConnectorPackage, findPackage } from '../../connectors/index.ts';

/**
 * Findings about packages, which the configuration's own checks cannot know: one that this version does not have is a warning,
 * because the rest of the configuration works without it.
 */
export function checkPackages(model: Model): readonly Diagnostic[] {
  const findings: Diagnostic[] = [];
  for (const connection of model.connections.values()) {
    const found = findPackage(connection.package);
    if (found.status === 'found') continue;
    findings.push({
      ...connection.packageAt,
      length: connection.package.length,
      code: 'CONNECTION_PACKAGE_UNKNOWN',
      severity: 'warning',
      message: `Connection ${connection.identifier} uses the package ${connection.package}, which this version does not have: it can neither be exported nor carry out orders.`,
      hint:
        found.nearest === undefined
          ? `The packages are: ${found.known.join(', ')}.`
          : `Did you mean "${found.nearest}"?`,
    });
  }
  return findings;
}

/** Resource types whose orders the package of their connection could not carry out, or not as their mapping says. */
function checkMappings(model: Model): readonly Diagnostic[] {
  const findings: Diagnostic[] = [];
  for (const { identifier, mapping } of model.resourceTypes.values()) {
    const connection = model.connections.get(mapping?.connection ?? '');
    if (mapping === undefined || connection === undefined) continue;
    const found = findPackage(connection.package);
    // Told at the connection.
    if (found.status !== 'found') continue;
    const problem = findMisfit(model, mapping, found.package);
    if (problem === null) continue;
    findings.push({
      ...mapping.connectionAt,
      length: mapping.connection.length,
      code: 'CONNECTION_MAPPING_UNFIT',
      severity: 'warning',
      message: `Orders of ${identifier} cannot be carried out over ${connection.identifier}: ${problem.why}.`,
      hint: problem.hint,
    });
  }
  return findings;
}

function findMisfit(
  model: Model,
  { element, passwordReset }: ResourceTypeMapping,
  definition: ConnectorPackage,
): { readonly why: string; readonly hint: string } | null {
  const { displayName, fulfiller, mappings, setsPasswords } = definition;
  if (fulfiller === undefined)
    return { why: `its package, ${displayName}, carries out none`, hint: describeWriters(model) };
  if (mappings !== undefined && element !== 'ResourceTypeMapping' && !mappings.includes(element)) {
    return {
      why: `its package, ${displayName}, does not read ${element}`,
      hint: `Write ${mappings.join(' or ')}, or name a connection of the kind that the element is for.`,
    };
  }
  if (passwordReset !== undefined && makesPasswords(passwordReset) && setsPasswords !== true)
    return {
      why: `its package, ${displayName}, sets no passwords, and the mapping names ${passwordReset.identifier}`,
      hint: 'Remove PasswordResetSetting, or let a connection carry them out that sets passwords.',
    };
  return null;
}

/** Connections of the configuration that could. */
function describeWriters(model: Model): string {
  const able = [...model.connections.values()]
    .filter((connection) => {
      const found = findPackage(connection.package);
      return found.status === 'found' && found.package.fulfiller !== undefined;
    })
    .map(({ identifier }) => identifier);
  return able.length === 0
    ? 'Name a connection that can; one of package Usercube.Manual makes tickets of them.'
    : `Connections that can: ${able.join(', ')}. One of package Usercube.Manual makes tickets of them.`;
}

/** A loaded configuration with the findings about its packages among the others, in order of place. */
export function withPackageFindings(loaded: LoadedConfiguration): LoadedConfiguration {
  if (loaded.status === 'invalid') return loaded;
  const { model } = loaded;
  const diagnostics = [...loaded.diagnostics, ...checkPackages(model), ...checkMappings(model)];
  return { ...loaded, diagnostics: diagnostics.sort(byPlace) };
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
