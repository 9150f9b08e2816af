/** Stores a secret of a connection, encrypted: it can be replaced, and never be shown. */
import type { Command } from 'commander';
import {
  openProjectCertificate,
  refuseOutOfForce,
  Secret,
  suggest,
  writeConnectionSecret,
} from '../../config/index.ts';
import { type CommandContext, type CommandResult, withWorkspace } from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { readSecretLine } from '../secret-input.ts';

interface SetOptions {
  readonly dryRun?: true;
}

export function addConnectionSet(group: Command, run: RunCommand): void {
  group
    .command('set')
    .description('store a secret setting of a connection, encrypted; the value is read from stdin')
    .argument('<id>', 'identifier of the connection')
    .argument('<key>', 'name of the setting, such as Password or Servers.0.Password')
    .option('--dry-run', 'check everything, and write nothing')
    .action((id: string, key: string, options: SetOptions, command: Command) =>
      run(command, (context) => setSecret(context, { id, key }, options)),
    );
}

async function setSecret(
  context: CommandContext,
  { id, key }: { readonly id: string; readonly key: string },
  { dryRun }: SetOptions,
): Promise<CommandResult<JsonOutput<'connection set'>>> {
  const isDryRun = dryRun === true;
  const { folder, environment, now } = context;
  return withWorkspace(context, async ({ model, settings }, engine) => {
    const connection = engine.findConnection(model, id);
    const path = findSecretPath(engine.packageOf(connection).settings, key, connection.identifier);
    const certificate = await openProjectCertificate(folder, environment, { now });
    refuseOutOfForce(certificate, now());
    const value = new Secret(await readSecretLine(context));
    const setting = { connection: connection.identifier, path };
    const file = isDryRun
      ? null
      : await writeConnectionSecret(settings.workFolder, setting, { value, certificate });
    const shown = path.join('.');
    return {
      exitCode: exitCodes.done,
      document: {
        connection: connection.identifier,
        key: shown,
        file,
        isDryRun,
      },
      text: isDryRun
        ? 'Nothing was written: this was a dry run.'
        : `Stored: ${shown} of ${connection.identifier}. It beats every other layer of settings but the environment.`,
    };
  });
}

/** The parts of a settings schema that say where secrets are. */
interface SettingsSchema {
  readonly format?: string;
  readonly properties?: Readonly<Record<string, SettingsSchema>>;
  readonly patternProperties?: Readonly<Record<string, SettingsSchema>>;
  readonly items?: SettingsSchema;
}

/** The path as the package spells it. Throws `CONNECTION_SETTING_NOT_SECRET`. */
function findSecretPath(schema: unknown, key: string, connection: string): readonly string[] {
  const path: string[] = [];
  // Settings of packages are TypeBox schemas: plain JSON Schema, of which only these parts are looked at.
  let current = schema as SettingsSchema | undefined;
  for (const part of key.split(/__|[.:]/u)) {
    const names = Object.keys(current?.properties ?? {});
    const name = names.find((known) => known.toLowerCase() === part.toLowerCase()) ?? part;
    const isIndex = /^\d{1,4}$/u.test(part);
    const free = Object.values(current?.patternProperties ?? {})[0];
    current = current?.properties?.[name] ?? (isIndex ? current?.items : undefined) ?? free;
    path.push(name);
  }
  if (current?.format === 'secret' && !path.includes('') && !path.includes('__proto__')) {
    return path;
  }
  const known = listSecretPaths(schema as SettingsSchema);
  const list =
    known.length === 0
      ? 'Its package has no secret settings.'
      : `Its secret settings are: ${known.join(', ')}.`;
  throw new CliError(
    'CONNECTION_SETTING_NOT_SECRET',
    `"${key}" is no secret setting of the connection ${connection}.`,
    { hint: [suggest(key, known), list].filter((part) => part !== undefined).join(' ') },
  );
}

/** `Password`, `Servers.<n>.Password`, `Options.<name>`. */
function listSecretPaths(schema: SettingsSchema | undefined): readonly string[] {
  if (schema === undefined) return [];
  if (schema.format === 'secret') return [''];
  const members: (readonly [string, SettingsSchema])[] = [
    ...Object.entries(schema.properties ?? {}),
    ...Object.values(schema.patternProperties ?? {}).map((free) => ['<name>', free] as const),
    ...(schema.items === undefined ? [] : [['<n>', schema.items] as const]),
  ];
  return members.flatMap(([name, member]) =>
    listSecretPaths(member).map((rest) => (rest === '' ? name : `${name}.${rest}`)),
  );
}
