/** Source files as syntax trees, so that rules look at code and not at text in comments. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { codeFolders, listFiles, repositoryRoot } from './rooms.ts';

export interface Source {
  /** Relative to the root, with slashes. */
  readonly file: string;
  readonly tree: ts.SourceFile;
}

/** All code of ours; tests included only when asked for. */
export async function readSources(options: {
  readonly withTests: boolean;
}): Promise<readonly Source[]> {
  const files = (await Promise.all(codeFolders.map((folder) => listFiles(folder)))).flat();
  const chosen = files.filter(
    (file) => /\.(ts|mjs)$/u.test(file) && (options.withTests || !isTest(file)),
  );
  return Promise.all(
    chosen.map(async (file) => ({
      file,
      tree: parseSource(file, await readFile(join(repositoryRoot, file), 'utf8')),
    })),
  );
}

export function parseSource(file: string, text: string): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
}

/** Every node of the tree, outer before inner. */
export function* walkNodes(root: ts.Node): Generator<ts.Node> {
  const pending: ts.Node[] = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    yield node;
    pending.push(...node.getChildren());
  }
}

/** `file:line` of a node. */
export function placeOf({ file, tree }: Source, node: ts.Node): string {
  return `${file}:${tree.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}

function isTest(file: string): boolean {
  return file.startsWith('test/') || /\.(test|fixture)\.ts$/u.test(file);
}
