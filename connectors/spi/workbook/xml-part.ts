/** Streams one XML part through a handler. Document types are refused, so there is no entity to expand. */
import { SaxesParser } from 'saxes';
import { decodeFile } from '../decode-file.ts';
import { ConnectorError } from '../errors.ts';
import { type Archive, describeDamage } from './archive.ts';

/** Names come without their prefix: writers choose prefixes freely. */
export interface XmlHandler {
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  text(text: string): void;
  close(name: string): void;
}

/** Elements may lie this deep; real parts have fewer than twenty levels. */
const maxDepth = 256;

/** Hands a part over piece by piece; after each yield the handler has seen one more piece. */
export async function* parsePart(
  archive: Archive,
  part: string,
  handler: XmlHandler,
  signal: AbortSignal,
): AsyncGenerator<void, void, undefined> {
  const parser = new SaxesParser<{ xmlns: false; position: false }>({
    xmlns: false,
    position: false,
  });
  let depth = 0;
  parser.on('opentag', (tag) => {
    depth += 1;
    if (depth > maxDepth) throw describeDamage(archive.path, `is nested too deep in ${part}`);
    handler.open(localName(tag.name), tag.attributes);
  });
  parser.on('closetag', (tag) => {
    depth -= 1;
    handler.close(localName(tag.name));
  });
  parser.on('text', (text) => handler.text(text));
  parser.on('cdata', (text) => handler.text(text));
  parser.on('doctype', () => {
    throw describeDamage(
      archive.path,
      `declares a document type in ${part}, which no workbook does`,
    );
  });
  try {
    for await (const text of decodeFile(archive.read(part), 'UTF-8', `${archive.path} (${part})`)) {
      signal.throwIfAborted();
      parser.write(text);
      yield;
    }
    parser.close();
  } catch (error) {
    if (error instanceof ConnectorError || signal.aborted) throw error;
    throw describeDamage(archive.path, `has a part ${part} that is not well-formed`, error);
  }
  yield;
}

/** Reads a part as a whole through a handler; for parts that are small. */
export async function readPart(
  archive: Archive,
  part: string,
  handler: XmlHandler,
  signal: AbortSignal,
): Promise<void> {
  for await (const _ of parsePart(archive, part, handler, signal));
}

function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon === -1 ? name : name.slice(colon + 1);
}
