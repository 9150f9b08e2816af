/** The way from a connection of the configuration to its package, with checked settings. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Connection, type Model, resolveSetting, suggest } from '../../config/index.ts';
import {
  type ConnectorContext,
  type ConnectorPackage,
  checkSettings,
  findPackage,
} from '../../connectors/index.ts';
import { JobError } from './errors.ts';
import type { Workspace } from './workspace.ts';

export interface ConnectionAccess {
  readonly connection: Connection;
  readonly package: ConnectorPackage;
  readonly settings: unknown;
  readonly context: ConnectorContext;
}

/** Throws `CONNECTION_UNKNOWN`, `CONNECTION_PACKAGE_UNKNOWN`, `CONNECTION_SETTINGS_INVALID` with all findings in the message. */
export async function accessConnection(
  workspace: Workspace,
  identifier: string,
): Promise<ConnectionAccess> {
  const connection = findConnection(workspace.model, identifier);
  const definition = packageOf(connection);
  const { settings, effects } = workspace;
  const raw = settings.connections.get(connection.identifier) ?? {};
  const resolved = await resolveSetting(raw, {
    folder: settings.folder,
    environment: effects.environment,
  });
  const check = checkSettings(definition, resolved);
  if (check.status === 'invalid') {
    const list = check.findings
      .map((finding) =>
        finding.hint === undefined ? finding.message : `${finding.message} ${finding.hint}`,
      )
      .join('\n  ');
    throw new JobError(
      'CONNECTION_SETTINGS_INVALID',
      `The settings of connection ${connection.identifier} are not right:\n  ${list}`,
      {
        hint: `Correct the section Connections.${connection.identifier} of appsettings.agent.json.`,
        details: { connection: connection.identifier, findings: check.findings },
      },
    );
  }
  const workFolder = join(settings.workFolder, 'Connections', connection.identifier);
  await mkdir(workFolder, { recursive: true });
  return {
    connection,
    package: definition,
    settings: check.settings,
    context: {
      logger: effects.logger,
      signal: effects.signal,
      now: effects.now,
      workFolder,
      connection: connection.identifier,
      projectFolder: settings.folder,
      environment: effects.environment,
      sourcesRootPaths: settings.sourcesRootPaths,
    },
  };
}

export function findConnection(model: Model, identifier: string): Connection {
  for (const connection of model.connections.values()) {
    if (connection.identifier.toLowerCase() === identifier.toLowerCase()) return connection;
  }
  const known = [...model.connections.keys()];
  const list = `Its connections are: ${known.join(', ') || '(none)'}.`;
  throw new JobError(
    'CONNECTION_UNKNOWN',
    `There is no connection "${identifier}" in the deployed configuration.`,
    { hint: [suggest(identifier, known), list].filter((part) => part !== undefined).join(' ') },
  );
}

export function packageOf(connection: Connection): ConnectorPackage {
  const found = findPackage(connection.package);
  if (found.status === 'found') return found.package;
  const hint =
    found.nearest === undefined
      ? `The packages are: ${found.known.join(', ')}.`
      : `Did you mean ${found.nearest}?`;
  throw new JobError(
    'CONNECTION_PACKAGE_UNKNOWN',
    `Connection ${connection.identifier} uses the package ${connection.package}, which this version does not have.`,
    {
      hint,
      details: { connection: connection.identifier, package: connection.package },
    },
  );
}
