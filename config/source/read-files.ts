/** Reads all files of a configuration into one list of elements; a file that cannot be read does not stop the others. */
import { compareText, type Findings } from '../diagnostics.ts';
import type { ConfigurationFile } from '../model.ts';
import type { SourceElement } from './element-tree.ts';
import { readJson } from './json-reader.ts';
import { createSourceText, type SourceText } from './source-text.ts';
import { type ReadSource, readXml } from './xml-reader.ts';

export interface ReadFiles {
  /** In order of file and place. */
  readonly elements: readonly SourceElement[];
  /** Every text in quotation marks of the files that could not be read: names that may well be declared there. */
  readonly namesInBrokenFiles: ReadonlySet<string>;
  /** True when a file that could not be read seems to declare a dimension, whose slot number is no text. */
  readonly mayHideDimensions: boolean;
}

export function readFiles(files: readonly ConfigurationFile[], findings: Findings): ReadFiles {
  const elements: SourceElement[] = [];
  const names = new Set<string>();
  let hidesDimensions = false;
  for (const file of [...files].sort((a, b) => compareText(a.path, b.path))) {
    const source = createSourceText(file);
    const read = readSource(source);
    for (const { span, finding } of read.problems) findings.report(span, finding);
    for (const element of read.elements) elements.push(element);
    if (read.isBroken) {
      hidesDimensions ||= mayHideDimensions(source);
      for (const name of quotedTexts(source)) names.add(name);
    }
  }
  return { elements, namesInBrokenFiles: names, mayHideDimensions: hidesDimensions };
}

/** Reads one file by the format its name tells. */
export function readSource(source: SourceText): ReadSource {
  return isJsonName(source.path) ? readJson(source) : readXml(source);
}

/** True when a file that could not be read seems to declare a dimension. */
export function mayHideDimensions(source: SourceText): boolean {
  return source.text.includes('ColumnMapping');
}

export function isJsonName(path: string): boolean {
  return /\.jsonc?$/i.test(path);
}

const salvagedLength = 2 * 1024 * 1024;

/** Every text in quotation marks, and both halves of `Type:Property`. */
export function* quotedTexts(source: SourceText): Iterable<string> {
  for (const match of source.text
    .slice(0, salvagedLength)
    .matchAll(/["']([^"'<>\r\n]{1,442})(?=["'])/g)) {
    const name = match[1] ?? '';
    yield name;
    // `Type:Property` names both.
    for (const part of name.split(':')) yield part;
  }
}
