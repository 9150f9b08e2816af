import type { Diagnostic, LoadedConfiguration, Model } from '../../config/index.ts';
import { findPackage } from '../../connectors/index.ts';

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

/** A loaded configuration with the findings about its packages among the others, in order of place. */
export function withPackageFindings(loaded: LoadedConfiguration): LoadedConfiguration {
  if (loaded.status === 'invalid') return loaded;
  const diagnostics = [...loaded.diagnostics, ...checkPackages(loaded.model)];
  return { ...loaded, diagnostics: diagnostics.sort(byPlace) };
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
