/** JSON Schemas of what `--json` prints, by command. They are published; their shapes are kept. */
import type { Static } from 'typebox';
import { configurationOutputs } from './json-schemas/configuration.ts';
import { connectorOutputs } from './json-schemas/connectors.ts';
import { decisionOutputs } from './json-schemas/decisions.ts';
import { fileToolOutputs } from './json-schemas/file-tools.ts';
import { historyOutputs } from './json-schemas/history.ts';
import { insightOutputs } from './json-schemas/insight.ts';
import { jobOutputs } from './json-schemas/jobs.ts';
import { mailOutputs } from './json-schemas/mails.ts';
import { errorPart, object } from './json-schemas/parts.ts';
import { planOutputs } from './json-schemas/plans.ts';
import { riskOutputs } from './json-schemas/risks.ts';
import { roleOutputs } from './json-schemas/roles.ts';
import { runOutputs } from './json-schemas/runs.ts';
import { secretOutputs } from './json-schemas/secrets.ts';
import { storeOutputs } from './json-schemas/store.ts';

export const jsonOutputSchemas = {
  ...configurationOutputs,
  ...connectorOutputs,
  ...runOutputs,
  ...planOutputs,
  ...jobOutputs,
  ...decisionOutputs,
  ...mailOutputs,
  ...riskOutputs,
  ...roleOutputs,
  ...storeOutputs,
  ...historyOutputs,
  ...insightOutputs,
  ...fileToolOutputs,
  ...secretOutputs,
  error: object({ error: errorPart }, 'What every command prints when it fails.'),
};

/** The document of a command, typed by its schema. */
export type JsonOutput<C extends keyof typeof jsonOutputSchemas> = Static<
  (typeof jsonOutputSchemas)[C]
>;
