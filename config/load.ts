/** Reads configuration files into the frozen model, or says everything that is wrong with them. */
import { buildJobs } from './build/jobs.ts';
import { buildModel } from './build/model.ts';
import { checkConfiguration } from './check.ts';
import { createFindings } from './diagnostics.ts';
import type { ConfigurationFile, LoadedConfiguration } from './model.ts';
import { declareWritten, expandScaffoldings } from './scaffolding/expand.ts';
import { surveyLandscape } from './scaffolding/landscape.ts';
import { reportWithoutEffect } from './schema/without-effect.ts';
import { readFiles } from './source/read-files.ts';

/**
 * Loads a configuration from its files. All findings of all files come in one list, sorted by place; `valid` may still
 * bring warnings. The order of `files` does not matter. Never throws for anything a file may hold.
 */
export function loadConfiguration(files: readonly ConfigurationFile[]): LoadedConfiguration {
  const findings = createFindings();
  const read = readFiles(files, findings);
  const written = declareWritten(read.elements, findings);
  const withoutEffect = reportWithoutEffect(written.declared, findings);
  const doubtfulNames = new Set([...read.namesInBrokenFiles, ...written.doubtfulNames]);
  const { declared } = expandScaffoldings(written.declared, doubtfulNames, findings);
  const gaps = { doubtfulNames, mayHideDimensions: read.mayHideDimensions };
  const checked = checkConfiguration(declared, gaps, findings);
  const jobs = buildJobs(checked.names, surveyLandscape(checked.names), findings);
  if (findings.hasErrors()) {
    return { status: 'invalid', diagnostics: findings.sorted(), withoutEffect };
  }
  const model = buildModel({ ...checked, declared: written.declared, jobs });
  return { status: 'valid', model, diagnostics: findings.sorted(), withoutEffect };
}
