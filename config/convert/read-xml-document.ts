/** Reads an XML file with its comments and instructions. */
import type { SourceElement } from '../source/element-tree.ts';
import type { SourceText } from '../source/source-text.ts';
import { guardXml } from '../source/xml-guard.ts';
import { fromXmlComment } from './comment-text.ts';
import {
  byOffset,
  type Content,
  type Document,
  hasBlankLineBefore,
  isLastOnLine,
  lineEndOf,
  type Note,
  toLines,
} from './document.ts';

interface Scan {
  readonly text: string;
  readonly elements: ReadonlyMap<number, SourceElement>;
  readonly before: Note[];
  readonly after: Note[];
  readonly root: Content[];
  /** Contents of the elements that are open, the root's first. */
  readonly open: Content[][];
  hasRoot: boolean;
}

/** The document of a file that `readXml` has read into `elements` without finding anything wrong. */
export function readXmlDocument(source: SourceText, elements: readonly SourceElement[]): Document {
  const { text } = source;
  const guarded = guardXml(text);
  const tags = guarded.status === 'well-formed' ? guarded.tags : new Map();
  const scan: Scan = {
    text,
    elements: byOffset(elements),
    before: [],
    after: [],
    root: [],
    open: [],
    hasRoot: false,
  };
  let at = text.indexOf('<');
  while (at >= 0) {
    const tag = tags.get(at);
    let end: number;
    if (tag !== undefined) {
      openElement(scan, at, tag.isSelfClosing);
      end = tag.end;
    } else if (text.startsWith('<!--', at)) {
      end = text.indexOf('-->', at) + 3;
      addNote(scan, at, end, 'comment', toLines(text.slice(at + 4, end - 3)).map(fromXmlComment));
    } else if (text.startsWith('<?', at)) {
      end = text.indexOf('?>', at) + 2;
      const inside = text.slice(at + 2, end - 2);
      if (!/^xml\s/.test(inside)) addNote(scan, at, end, 'instruction', [inside.trimEnd()]);
    } else if (text.startsWith('<![CDATA[', at)) {
      // The reader reports a section that holds more than white space.
      end = text.indexOf(']]>', at) + 3;
    } else {
      scan.open.pop();
      end = text.indexOf('>', at) + 1;
    }
    at = text.indexOf('<', end);
  }
  const { before, after, root } = scan;
  return { before, content: root, after, lineEnd: lineEndOf(source) };
}

function openElement(scan: Scan, at: number, isSelfClosing: boolean): void {
  const content: Content[] = scan.hasRoot ? [] : scan.root;
  scan.hasRoot = true;
  const parent = scan.open.at(-1);
  const source = scan.elements.get(at);
  if (parent !== undefined && source !== undefined) {
    const isApart = parent.length > 0 && hasBlankLineBefore(scan.text, at);
    parent.push({ kind: 'element', source, content, hasBlankLineBefore: isApart });
  }
  if (!isSelfClosing) scan.open.push(content);
}

function addNote(
  scan: Scan,
  at: number,
  end: number,
  kind: Note['kind'],
  lines: readonly string[],
): void {
  const outside = scan.hasRoot ? scan.after : scan.before;
  const content = scan.open.at(-1) ?? outside;
  const isFirst = content.length === 0;
  content.push({
    kind,
    lines,
    isTrailing: !isFirst && isLastOnLine(scan.text, at, end),
    hasBlankLineBefore: !isFirst && hasBlankLineBefore(scan.text, at),
  });
}
