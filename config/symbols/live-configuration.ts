/**
 * A configuration that is being edited: files come, change and go, and each answer costs what changed, not what there is.
 * Findings are those of `loadConfiguration`, with two differences that typing asks for: a file that cannot be read just now
 * counts with what it held before, and nothing but its own problem is said about it.
 */
import { buildJobs } from '../build/jobs.ts';
import { checkBaseInSteps, checkTexts, finishSteps, type Gaps } from '../check.ts';
import type { Names } from '../check-names.ts';
import { compareDiagnostics, compareText, createFindings, type Findings } from '../diagnostics.ts';
import type { Diagnostic } from '../errors.ts';
import type { ConfigurationFile } from '../model.ts';
import { expandScaffoldings } from '../scaffolding/expand.ts';
import { surveyLandscape } from '../scaffolding/landscape.ts';
import type { Declared } from '../schema/declare.ts';
import { reportWithoutEffect } from '../schema/without-effect.ts';
import { createExpressionMemory } from './expression-memory.ts';
import { type LiveFile, readLiveFile } from './live-file.ts';
import type { Scene } from './scene.ts';

export type FileFindings = ReadonlyMap<string, readonly Diagnostic[]>;

export interface LiveConfiguration {
  /** Gives a file its present text; a file that is new comes in. Paths are relative to the configuration folder. */
  setFile(file: ConfigurationFile): void;
  removeFile(path: string): void;
  file(path: string): LiveFile | undefined;
  /** In order of their paths. */
  files(): readonly LiveFile[];
  /** What names there are. Elements in it may be those of a file's text before its last change, when that changed no name. */
  scene(): Scene;
  /** Changes whenever an open site may resolve differently than before. */
  modelVersion(): number;
  /**
   * Findings of these files, by path, complete for the present state of all files. Pauses after every few milliseconds of work,
   * so that the caller can do something else first; after a change of any file the check must be begun anew.
   */
  check(paths: readonly string[]): Generator<undefined, FileFindings, undefined>;
}

export function createLiveConfiguration(): LiveConfiguration {
  const files = new Map<string, LiveFile>();
  const memory = createExpressionMemory();
  let revision = 0;
  let modelVersion = 0;
  let sorted: readonly LiveFile[] | undefined;
  let base: CheckedBase | undefined;
  let scene: Scene | undefined;

  const changed = (before: LiveFile | undefined, after: LiveFile | undefined): void => {
    const isSameModel = (before?.modelText ?? '') === (after?.modelText ?? '');
    if (!isSameModel) {
      modelVersion += 1;
      memory.clear();
    }
    // Most changes are about no name: what there is then answers questions without another look at all files.
    const isSameNames = (before?.namesText ?? '') === (after?.namesText ?? '');
    if (!isSameModel || !isSameNames) scene = undefined;
    revision += 1;
    sorted = undefined;
    base = undefined;
  };
  const listFiles = (): readonly LiveFile[] => {
    sorted ??= [...files.values()].sort((a, b) => compareText(a.path, b.path));
    return sorted;
  };
  function* prepare(): Generator<undefined, CheckedBase, undefined> {
    if (base !== undefined) return base;
    const begun = revision;
    const prepared = yield* checkTogether(listFiles());
    if (begun !== revision) return prepared;
    base = prepared;
    scene = prepared.scene;
    return prepared;
  }
  const checkOne = (file: LiveFile, whole: CheckedBase): readonly Diagnostic[] => {
    const own = [...file.findings];
    if (file.isBroken) return own;
    const closer = createFindings();
    const elements = whole.declared.get(file.path) ?? [];
    const narrowed = { ...whole.scene, names: narrowNames(whole.scene.names, elements) };
    checkTexts(elements, narrowed, closer, memory.compile);
    const all = [...own, ...(whole.findings.get(file.path) ?? []), ...closer.sorted()];
    return withoutRepetition(all).sort(compareDiagnostics);
  };
  return {
    setFile(file) {
      const { path, text } = file;
      const before = files.get(path);
      const isSame = before !== undefined && before.source.text === withoutMark(text);
      if (isSame) return;
      const after = readLiveFile(file, before);
      files.set(path, after);
      changed(before, after);
    },
    removeFile(path) {
      const before = files.get(path);
      if (before === undefined) return;
      files.delete(path);
      changed(before, undefined);
    },
    file: (path) => files.get(path),
    files: listFiles,
    scene: () => scene ?? finishSteps(prepare()).scene,
    modelVersion: () => modelVersion,
    *check(paths) {
      const found = new Map<string, readonly Diagnostic[]>();
      const whole = yield* prepare();
      for (const path of paths) {
        yield;
        const file = files.get(path);
        if (file !== undefined) found.set(path, checkOne(file, whole));
      }
      return found;
    },
  };
}

interface CheckedBase {
  readonly scene: Scene;
  /** By file; what scaffoldings stand for is in theirs. */
  readonly declared: ReadonlyMap<string, readonly Declared[]>;
  readonly findings: ReadonlyMap<string, readonly Diagnostic[]>;
}

/** The checks that need all files at once. */
function* checkTogether(files: readonly LiveFile[]): Generator<undefined, CheckedBase, undefined> {
  const findings: Findings = createFindings();
  const written = files.flatMap((file) => file.declared);
  reportWithoutEffect(written, findings);
  yield;
  const doubtfulNames = new Set(files.flatMap((file) => [...file.doubtfulNames]));
  const { declared } = expandScaffoldings(written, doubtfulNames, findings);
  yield;
  const gaps: Gaps = {
    doubtfulNames,
    mayHideDimensions: files.some((file) => file.mayHideDimensions),
  };
  const scene = yield* checkBaseInSteps(declared, gaps, findings);
  yield;
  buildJobs(scene.names, surveyLandscape(scene.names), findings);
  return {
    scene,
    declared: Map.groupBy(declared, ({ source }) => source.source.path),
    findings: Map.groupBy(findings.sorted(), ({ file }) => file),
  };
}

/** The same names, of which only those of one file are listed as elements to look at. */
function narrowNames(names: Names, elements: readonly Declared[]): Names {
  const byName = Map.groupBy(elements, ({ definition }) => definition.name);
  return { ...names, all: (elementName) => byName.get(elementName) ?? [] };
}

/** One code at one place is one finding, as in a whole run. */
function withoutRepetition(findings: readonly Diagnostic[]): Diagnostic[] {
  const byPlace = new Map<string, Diagnostic>();
  for (const finding of findings) {
    const key = `${finding.code}:${finding.line}:${finding.column}`;
    if (!byPlace.has(key)) byPlace.set(key, finding);
  }
  return [...byPlace.values()];
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
