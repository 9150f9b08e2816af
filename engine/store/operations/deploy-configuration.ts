/** The deployed configuration: what runs is what was deployed, not what lies in the folder. */
import type { ConfigurationFile } from '../../../config/index.ts';
import type { StoreTransaction } from '../open-store.ts';

export interface DeployedConfiguration {
  readonly hash: string;
  readonly deployedAt: string;
  readonly files: readonly ConfigurationFile[];
}

/** The configuration in force, or `null` before the first deployment. */
export async function readDeployedConfiguration({
  tx,
}: StoreTransaction): Promise<DeployedConfiguration | null> {
  const current = await tx('meta').where({ name: 'deployed_configuration' }).first('value');
  if (current === undefined) return null;
  const row = await tx('configurations').where({ hash: current.value }).first();
  const files = await tx('configuration_files')
    .where({ hash: current.value })
    .orderBy('path')
    .select('path', 'text');
  return { hash: row.hash, deployedAt: row.deployed_at, files };
}

/** Puts a configuration in force. `hash` names its content; files that only moved replace the former ones. */
export async function writeDeployedConfiguration(
  { tx, dialect }: StoreTransaction,
  configuration: DeployedConfiguration,
): Promise<void> {
  await tx('configuration_files').where({ hash: configuration.hash }).delete();
  await tx('configurations').where({ hash: configuration.hash }).delete();
  await tx('configurations').insert({
    hash: configuration.hash,
    deployed_at: configuration.deployedAt,
  });
  await dialect.insertRows(
    tx,
    'configuration_files',
    ['hash', 'path', 'text'],
    configuration.files.map((file) => [configuration.hash, file.path, file.text]),
  );
  await tx('meta').where({ name: 'deployed_configuration' }).delete();
  await tx('meta').insert({ name: 'deployed_configuration', value: configuration.hash });
}
