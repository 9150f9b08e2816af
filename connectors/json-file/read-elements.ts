/** The elements of a JSON or JSON Lines file, in batches. */
import type { FileHandle } from 'node:fs/promises';
import { decodeFile } from '../spi/decode-file.ts';
import { describeFileError } from '../spi/file-access.ts';
import type { PathStep } from './json-path.ts';
import { describeJson } from './json-tokens.ts';
import { type Element, ListElements } from './list-elements.ts';
import type { JsonFileSettings } from './settings.ts';

export interface ElementBatch {
  readonly elements: readonly Element[];
  /** The last line of a file of lines has a line break. */
  readonly isTerminated: boolean;
}

const maxDepth = 256;

/** Throws `incomplete` for a text that is not whole, `invalid-value` for one that is none or has no list where `steps` lead. */
export async function* readElements(
  file: FileHandle,
  path: string,
  settings: JsonFileSettings,
  steps: readonly PathStep[],
): AsyncGenerator<ElementBatch, void, undefined> {
  const bytes = file.createReadStream({ autoClose: false, highWaterMark: 256 * 1024, start: 0 });
  const text = decodeFile(bytes, 'UTF-8', path);
  const maxSize = settings.MaxRecordMegabytes * 2 ** 20;
  try {
    yield* hasLines(path, settings)
      ? readLines(text, path, steps, maxSize)
      : readText(text, path, steps, maxSize);
  } catch (error) {
    throw describeFileError(error, path, 'read');
  }
}

export function hasLines(path: string, settings: JsonFileSettings): boolean {
  return settings.Format === undefined
    ? /\.(jsonl|ndjson)$/i.test(path)
    : settings.Format === 'JsonLines';
}

async function* readText(
  chunks: AsyncIterable<string>,
  path: string,
  steps: readonly PathStep[],
  maxSize: number,
): AsyncGenerator<ElementBatch, void, undefined> {
  const limits = { depth: maxDepth, token: maxSize };
  const list = new ListElements(steps, path, limits, maxSize);
  for await (const chunk of chunks) {
    list.push(chunk);
    yield { elements: list.elements.splice(0), isTerminated: true };
  }
  list.end();
  yield { elements: list.elements.splice(0), isTerminated: true };
}

async function* readLines(
  chunks: AsyncIterable<string>,
  path: string,
  steps: readonly PathStep[],
  maxSize: number,
): AsyncGenerator<ElementBatch, void, undefined> {
  const [first, ...inner] = steps;
  if (first?.kind !== 'each') {
    throw describeJson(
      'invalid-value',
      path,
      1,
      'has a text in each line, so that Rows must begin with *',
    );
  }
  const limits = { depth: maxDepth, token: maxSize };
  let rest = '';
  let line = 0;
  const read = (text: string): readonly Element[] => {
    line += 1;
    if (text.trim() === '') return [];
    const element = new ListElements(inner, path, limits, maxSize, line);
    element.push(text);
    element.end();
    return element.elements;
  };
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > maxSize) {
      throw describeJson(
        'invalid-value',
        path,
        line + 1,
        'has an element larger than MaxRecordMegabytes allows',
      );
    }
    yield { elements: lines.flatMap(read), isTerminated: rest === '' };
  }
  const elements = read(rest);
  if (elements.length > 0) yield { elements, isTerminated: false };
}
