/** JSON Schemas of what `--json` prints, by command. They are published; their shapes are kept. */
import type { Static } from 'typebox';
import { configurationOutputs } from './json-schemas/configuration.ts';
import { decisionOutputs } from './json-schemas/decisions.ts';
import { errorPart, object } from './json-schemas/parts.ts';
import { runOutputs } from './json-schemas/runs.ts';
import { storeOutputs } from './json-schemas/store.ts';

export const jsonOutputSchemas = {
  ...configurationOutputs,
  ...runOutputs,
  ...decisionOutputs,
  ...storeOutputs,
  error: object({ error: errorPart }, 'What every command prints when it fails.'),
};

/** The document of a command, typed by its schema. */
export type JsonOutput<C extends keyof typeof jsonOutputSchemas> = Static<
  (typeof jsonOutputSchemas)[C]
>;
