/** Turns one file into the other form, and proves that nothing of it was lost. */
import type { ConfigurationFile } from '../model.ts';
import type { SourceElement, Span } from '../source/element-tree.ts';
import { isJsonName, readSource } from '../source/read-files.ts';
import { createSourceText, type SourceText } from '../source/source-text.ts';
import type { Content, Document } from './document.ts';
import { type Form, findObstacles, type Obstacle } from './find-obstacles.ts';
import { readJsonDocument } from './read-json-document.ts';
import { readXmlDocument } from './read-xml-document.ts';
import { needsComments, writeJson } from './write-json.ts';
import { writeXml } from './write-xml.ts';

export type ConvertedText =
  | { readonly status: 'converted'; readonly path: string; readonly text: string }
  | { readonly status: 'refused'; readonly obstacles: readonly Obstacle[] };

/** The form a file has by its name. */
export function formOf(path: string): Form {
  return isJsonName(path) ? 'json' : 'xml';
}

/**
 * The file in `form`, under the name it gets: `.xml`, `.json`, or `.jsonc` when it has comments. The result has been read
 * again and holds the same elements, attributes and comments in the same order. A file that cannot be read without
 * finding, or holds what the other form cannot, is refused with the places.
 */
export function convertFile(file: ConfigurationFile, form: Form): ConvertedText {
  const source = createSourceText(file);
  const read = readDocument(source);
  if ('obstacles' in read) return { status: 'refused', obstacles: read.obstacles };
  const obstacles = findObstacles(read.elements, form);
  if (obstacles.length > 0) return { status: 'refused', obstacles };
  const { document } = read;
  const written = form === 'xml' ? writeXml(document) : writeJson(document);
  const ending = form === 'json' && needsComments(document) ? 'jsonc' : form;
  const path = `${file.path.replace(/\.[^.]*$/, '')}.${ending}`;
  const lines = document.lineEnd === '\n' ? written : written.replaceAll('\n', document.lineEnd);
  const again = readDocument(createSourceText({ path, text: lines }));
  if ('document' in again && fingerprint(again.document) === fingerprint(document)) {
    return { status: 'converted', path, text: lines };
  }
  const why = 'obstacles' in again ? `: ${again.obstacles[0]?.finding.message ?? ''}` : '.';
  return { status: 'refused', obstacles: [reportLoss(source, form, why)] };
}

type ReadDocument =
  | { readonly document: Document; readonly elements: readonly SourceElement[] }
  | { readonly obstacles: readonly Obstacle[] };

function readDocument(source: SourceText): ReadDocument {
  const { elements, problems } = readSource(source);
  if (problems.length > 0) return { obstacles: problems };
  const isJson = formOf(source.path) === 'json';
  const document = isJson ? readJsonDocument(source, elements) : readXmlDocument(source, elements);
  return { document, elements };
}

function reportLoss(source: SourceText, form: Form, why: string): Obstacle {
  const span: Span = { source, offset: 0, length: 1 };
  const name = form === 'xml' ? 'XML' : 'JSON';
  return {
    span,
    finding: {
      code: 'CONFIG_CONVERT_IMPOSSIBLE',
      message: `Read back from ${name}, the file would not be the same${why}`,
      hint: 'Keep this file in the form it has.',
    },
  };
}

/** All that a conversion keeps, as text: white space in comments is not part of it. */
function fingerprint({ before, content, after }: Document): string {
  const describe = (each: Content): unknown =>
    each.kind === 'element'
      ? [
          each.source.name,
          each.source.attributes.map(({ name, value }) => [name, value]),
          each.content.map(describe),
        ]
      : [each.kind, each.lines.join(' ').split(/\s+/).join(' ').trim()];
  return JSON.stringify([before, content, after].map((contents) => contents.map(describe)));
}
