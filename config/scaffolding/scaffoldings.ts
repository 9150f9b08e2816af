/** Every scaffolding that stands for something here, by element name. */
import { namedScaffoldingElements } from '../schema/named-scaffolding-elements.ts';
import { accessScaffoldings } from './access-scaffoldings.ts';
import { expandConnectorMappings } from './connector-mappings.ts';
import { expandDisplayName } from './display-name.ts';
import { displayScaffoldings } from './display-scaffoldings.ts';
import type { Expand } from './expansion-context.ts';
import {
  expandAccessCertificationJob,
  expandCleanDatabaseJob,
  expandConnectorsJobs,
} from './fixed-jobs.ts';
import { expandInitializationJob } from './initialization-job.ts';
import { expandAgentJob, expandConnectorJob } from './synchronization-jobs.ts';
import { templateScaffoldings } from './template-scaffoldings.ts';
import { expandUniverseDataModel } from './universe-data-model.ts';
import { workflowScaffoldings } from './workflow-scaffoldings.ts';

/** Those that go by entity types and connectors alone. */
const entityScaffoldings: ReadonlyMap<string, Expand> = new Map<string, Expand>([
  ['ConnectorMappings', expandConnectorMappings],
  ['EntityTypeDisplayName', expandDisplayName],
  ['UniverseDataModel', expandUniverseDataModel],
  ...displayScaffoldings,
  ...workflowScaffoldings,
]);

/** Those of jobs, which go by connections and mappings, generated ones included. */
const jobScaffoldings: ReadonlyMap<string, Expand> = new Map([
  ['CreateConnectorsJobs', expandConnectorsJobs],
  ['CreateConnectorSynchroComplete', expandConnectorJob('complete')],
  ['CreateConnectorSynchroIncremental', expandConnectorJob('incremental')],
  ['CreateAgentSynchroComplete', expandAgentJob('complete')],
  ['CreateAgentSynchroIncremental', expandAgentJob('incremental')],
  ['CreateInitializationJob', expandInitializationJob],
  ['CreateAccessCertificationJob', expandAccessCertificationJob],
  ['CleanDatabaseJob', expandCleanDatabaseJob],
]);

/** In the order of expansion: each family sees what those before it have generated. */
export const scaffoldingFamilies: readonly ReadonlyMap<string, Expand>[] = [
  entityScaffoldings,
  templateScaffoldings(new Map([...entityScaffoldings, ...accessScaffoldings])),
  accessScaffoldings,
  jobScaffoldings,
];

const named: ReadonlySet<string> = new Set(namedScaffoldingElements.map(({ name }) => name));

export function isScaffolding(name: string): boolean {
  return named.has(name) || hasExpansion(name);
}

/** False for scaffoldings whose expansion is not published; `whyNothing` says more. */
export function hasExpansion(name: string): boolean {
  return scaffoldingFamilies.some((family) => family.has(name));
}
