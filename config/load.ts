/** Reads configuration files into the frozen model, or says everything that is wrong with them. */
import { buildJobs } from './build/jobs.ts';
import { buildModel } from './build/model.ts';
import { checkConfiguration } from './check.ts';
import { createFindings } from './diagnostics.ts';
import type { ConfigurationFile, LoadedConfiguration } from './model.ts';
import { surveyLandscape } from './scaffolding/landscape.ts';
import { declareElements } from './schema/declare.ts';
import { readFiles } from './source/read-files.ts';

/**
 * Loads a configuration from its files. All findings of all files come in one list, sorted by place; `valid` may still
 * bring warnings. The order of `files` does not matter. Never throws for anything a file may hold.
 */
export function loadConfiguration(files: readonly ConfigurationFile[]): LoadedConfiguration {
  const findings = createFindings();
  const read = readFiles(files, findings);
  const { declared, doubtfulNames } = declareElements(read.elements, findings);
  const gaps = {
    doubtfulNames: new Set([...read.namesInBrokenFiles, ...doubtfulNames]),
    mayHideDimensions: read.mayHideDimensions,
  };
  const checked = checkConfiguration(declared, gaps, findings);
  const jobs = buildJobs(checked.names, surveyLandscape(checked.names), findings);
  if (findings.hasErrors()) return { status: 'invalid', diagnostics: findings.sorted() };
  const model = buildModel({ ...checked, declared, jobs });
  return { status: 'valid', model, diagnostics: findings.sorted() };
}
