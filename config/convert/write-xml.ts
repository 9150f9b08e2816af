/** Writes a document as XML. */
import { configurationNamespace, lockstepNamespace, rootElement } from '../source/xml-reader.ts';
import { toXmlComment } from './comment-text.ts';
import type { Content, Document, DocumentElement, Note } from './document.ts';

const maximumWidth = 130;
const step = '  ';

/** The whole file. Every name must be one that XML can hold; `find-obstacles.ts` has seen to that. */
export function writeXml(document: Document): string {
  const lines: string[] = ['<?xml version="1.0" encoding="utf-8"?>'];
  writeContent(document.before, '', lines);
  const own = document.content.some(usesOwnNames) ? ` xmlns:ls="${lockstepNamespace}"` : '';
  const start = `<${rootElement} xmlns="${configurationNamespace}"${own}`;
  if (document.content.length === 0) {
    lines.push(`${start} />`);
  } else {
    lines.push(`${start}>`);
    writeContent(document.content, step, lines);
    lines.push(`</${rootElement}>`);
  }
  writeContent(document.after, '', lines);
  return `${lines.join('\n')}\n`;
}

function usesOwnNames(content: Content): boolean {
  if (content.kind !== 'element') return false;
  const { name, attributes } = content.source;
  return (
    name.startsWith('ls:') ||
    attributes.some((attribute) => attribute.name.startsWith('ls:')) ||
    content.content.some(usesOwnNames)
  );
}

function writeContent(contents: readonly Content[], indent: string, lines: string[]): void {
  for (const content of contents) {
    if (content.hasBlankLineBefore) lines.push('');
    if (content.kind === 'element') {
      writeElement(content, indent, lines);
      continue;
    }
    const [first = '', ...others] = formatNote(content);
    const last = lines.at(-1) ?? '';
    const isOnLine = content.isTrailing && last !== '';
    lines[isOnLine ? lines.length - 1 : lines.length] = isOnLine
      ? `${last} ${first}`
      : `${indent}${first}`;
    for (const line of others) lines.push(line === '' ? '' : `${indent}${line}`);
  }
}

function formatNote({ kind, lines }: Note): readonly string[] {
  if (kind === 'instruction') return [`<?${lines[0] ?? ''}?>`];
  const texts = lines.map(toXmlComment);
  const [only = ''] = texts;
  if (texts.length === 1) return [only === '' ? '<!-- -->' : `<!-- ${only} -->`];
  const isOpenAlone = only === '';
  const isCloseAlone = texts.at(-1) === '';
  const inner = isOpenAlone ? step : '     ';
  const middle = texts.slice(1, isCloseAlone ? -1 : undefined);
  const written = [
    isOpenAlone ? '<!--' : `<!-- ${only}`,
    ...middle.map((line) => (line === '' ? '' : `${inner}${line}`)),
  ];
  if (isCloseAlone) return [...written, '-->'];
  return [...written.slice(0, -1), `${written.at(-1) ?? ''} -->`];
}

function writeElement(element: DocumentElement, indent: string, lines: string[]): void {
  const { name, attributes } = element.source;
  const isEmpty = element.content.length === 0;
  const end = isEmpty ? ' />' : '>';
  const written = attributes.map((each) => `${each.name}="${escapeValue(each.value)}"`);
  const start = `${indent}<${name}`;
  const line = `${[start, ...written].join(' ')}${end}`;
  if (line.length <= maximumWidth || written.length < 2) lines.push(line);
  else lines.push(...wrap(start, written, end));
  if (isEmpty) return;
  writeContent(element.content, `${indent}${step}`, lines);
  lines.push(`${indent}</${name}>`);
}

/** Attributes on as few lines as hold them, each below the first. */
function wrap(start: string, attributes: readonly string[], end: string): readonly string[] {
  const lines: string[] = [];
  let line = start;
  for (const [index, attribute] of attributes.entries()) {
    if (index > 0 && line.length + attribute.length + 1 > maximumWidth) {
      lines.push(line);
      line = ' '.repeat(start.length);
    }
    line = `${line} ${attribute}`;
  }
  return [...lines, `${line}${end}`];
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** White space other than spaces is written as reference: a parser turns it into spaces otherwise (XML 1.0 §3.3.3). */
function escapeValue(value: string): string {
  return value.replace(/[&<"\t\n\r]/g, (character) => escapes[character] ?? character);
}
