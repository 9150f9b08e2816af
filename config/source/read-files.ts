/** Reads all files of a configuration into one list of elements; a file that cannot be read does not stop the others. */
import { compareText, type Findings } from '../diagnostics.ts';
import type { ConfigurationFile } from '../model.ts';
import type { SourceElement } from './element-tree.ts';
import { readJson } from './json-reader.ts';
import { createSourceText, type SourceText } from './source-text.ts';
import { readXml } from './xml-reader.ts';

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
  let mayHideDimensions = false;
  for (const file of [...files].sort((a, b) => compareText(a.path, b.path))) {
    const source = createSourceText(file);
    const read = /\.jsonc?$/i.test(file.path) ? readJson(source) : readXml(source);
    for (const { span, finding } of read.problems) findings.report(span, finding);
    for (const element of read.elements) elements.push(element);
    if (read.isBroken) {
      mayHideDimensions ||= source.text.includes('ColumnMapping');
      for (const name of quotedTexts(source)) names.add(name);
    }
  }
  return { elements, namesInBrokenFiles: names, mayHideDimensions };
}

const salvagedLength = 2 * 1024 * 1024;

function* quotedTexts(source: SourceText): Iterable<string> {
  for (const match of source.text
    .slice(0, salvagedLength)
    .matchAll(/["']([^"'<>\r\n]{1,442})(?=["'])/g)) {
    const name = match[1] ?? '';
    yield name;
    // `Type:Property` names both.
    for (const part of name.split(':')) yield part;
  }
}
