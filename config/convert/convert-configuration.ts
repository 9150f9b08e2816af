/** Turns the files of a configuration into the other form: all of them, or none. */
import { buildItems, hashItems } from '../build/items.ts';
import { createFindings } from '../diagnostics.ts';
import type { Diagnostic } from '../errors.ts';
import type { ConfigurationFile } from '../model.ts';
import { declareElements } from '../schema/declare.ts';
import { readFiles } from '../source/read-files.ts';
import { createSourceText } from '../source/source-text.ts';
import { convertFile, formOf } from './convert-file.ts';
import type { Form } from './find-obstacles.ts';

export interface ConvertedFile {
  /** Paths below the configuration folder. */
  readonly from: string;
  readonly path: string;
  readonly text: string;
}

export type ConvertedConfiguration =
  | {
      readonly status: 'converted';
      readonly files: readonly ConvertedFile[];
      /** Files that have the form already. */
      readonly kept: readonly ConfigurationFile[];
      /** Of the content, before and after: what `validate` shows for the same files. */
      readonly hash: string;
    }
  | { readonly status: 'refused'; readonly diagnostics: readonly Diagnostic[] };

export interface ConvertOptions {
  readonly form: Form;
  /** Files of that form which the result may replace. */
  readonly mayReplace: boolean;
}

/**
 * Converts every file that has not `form` yet. The whole result has been read again: it declares the same content, to the
 * hash. The configuration need not be valid, but every file must be readable without finding.
 */
export function convertConfiguration(
  files: readonly ConfigurationFile[],
  { form, mayReplace }: ConvertOptions,
): ConvertedConfiguration {
  const findings = createFindings();
  const converted: ConvertedFile[] = [];
  const taken = new Map<string, string>();
  const present = new Map(
    files
      .filter(({ path }) => formOf(path) === form)
      .map((file) => [file.path.toLowerCase(), file]),
  );
  for (const file of files) {
    if (formOf(file.path) === form) continue;
    const result = convertFile(file, form);
    if (result.status === 'refused') {
      for (const { span, finding } of result.obstacles) findings.report(span, finding);
      continue;
    }
    const { path, text } = result;
    // Two names that differ only in letter case are one file on some systems.
    const key = path.toLowerCase();
    const other = taken.get(key) ?? (mayReplace ? undefined : present.get(key)?.path);
    if (other === undefined) converted.push({ from: file.path, path, text });
    else reportTaken(findings, file, path, other);
    taken.set(key, file.path);
  }
  if (findings.hasErrors()) return { status: 'refused', diagnostics: findings.sorted() };
  const isReplaced = (file: ConfigurationFile): boolean => taken.has(file.path.toLowerCase());
  const sources = files.filter((file) => formOf(file.path) !== form);
  const kept = [...present.values()].filter((file) => !isReplaced(file));
  const hash = hashContent([...sources, ...kept]);
  if (hash !== hashContent([...converted, ...kept])) {
    const [first] = sources;
    if (first !== undefined) reportOtherContent(findings, first);
    return { status: 'refused', diagnostics: findings.sorted() };
  }
  return { status: 'converted', files: converted, kept, hash };
}

/** The hash that a model of these files would have. */
function hashContent(files: readonly ConfigurationFile[]): string {
  const findings = createFindings();
  const { elements } = readFiles(files, findings);
  return hashItems(buildItems(declareElements(elements, findings).declared));
}

function reportTaken(
  findings: ReturnType<typeof createFindings>,
  file: ConfigurationFile,
  path: string,
  other: string,
): void {
  const isSource = formOf(other) !== formOf(path);
  findings.report(
    { source: createSourceText(file), offset: 0, length: 1 },
    {
      code: 'CONFIG_CONVERT_TARGET_EXISTS',
      message: isSource
        ? `${file.path} and ${other} would both become ${path}.`
        : `${file.path} would become ${path}, but ${other} is there already.`,
      hint: isSource
        ? 'Rename one of the two.'
        : 'Give --out with another folder, or replace the file with --force.',
    },
  );
}

function reportOtherContent(
  findings: ReturnType<typeof createFindings>,
  first: ConfigurationFile,
): void {
  findings.report(
    { source: createSourceText(first), offset: 0, length: 1 },
    {
      code: 'CONFIG_CONVERT_IMPOSSIBLE',
      message: 'Read back, the converted files would declare another configuration.',
      hint: 'Keep the files in the form they have.',
    },
  );
}
