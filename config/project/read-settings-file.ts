/** Reads one settings file: JSON, with the comments and trailing commas that settings files of the mould allow. */
import { readFile, stat } from 'node:fs/promises';
import {
  createScanner,
  type Node,
  type ParseError,
  type ParseErrorCode,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import type { SettingNode, SettingScalar, SettingSection } from './setting-tree.ts';
import { errorAt, type SettingOrigin, SettingsError } from './settings-error.ts';

const maxBytes = 4 * 1024 * 1024;
const maxDepth = 64;

// Numbers of jsonc-parser's SyntaxKind: an ambient const enum, which types-stripping cannot look into.
const openingTokens: ReadonlySet<number> = new Set([1, 3]);
const closingTokens: ReadonlySet<number> = new Set([2, 4]);
const endOfFile: number = 17;

/**
 * Reads `path`; `name` stands for it in messages. Returns `undefined` when there is no such file.
 * Throws a {@link SettingsError} when the file cannot be read, is not UTF-8, is no JSON object, holds a key twice, or is
 * larger than 4 MiB or deeper than 64 levels.
 */
export async function readSettingsFile(
  path: string,
  name: string,
): Promise<SettingSection | undefined> {
  const text = await readText(path, name);
  if (text === undefined) return undefined;

  const lineStarts = findLineStarts(text);
  const originOf = (offset: number): SettingOrigin => ({
    kind: 'file',
    file: name,
    ...placeOf(offset, lineStarts),
  });
  refuseDeepNesting(text, originOf);

  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first !== undefined) throw malformed(originOf(first.offset), describeError(first.error));
  if (root?.type !== 'object') {
    throw malformed(originOf(root?.offset ?? 0), 'The file must hold one JSON object.');
  }
  return toSection(root, originOf);
}

async function readText(path: string, name: string): Promise<string | undefined> {
  const bytes = await readBytes(path, name);
  if (bytes === undefined) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SettingsError('SETTINGS_MALFORMED', `${name} is not encoded in UTF-8.`, {
      cause,
      hint: 'Save the file as UTF-8, with or without a byte order mark.',
      details: { file: name },
    });
  }
}

async function readBytes(path: string, name: string): Promise<Uint8Array | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw unreadable(name, `${name} is not a regular file.`);
    if (found.size > maxBytes) {
      throw unreadable(name, `${name} has ${found.size} bytes; ${maxBytes} are allowed.`);
    }
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof SettingsError) throw cause;
    // A missing layer is no error: each of them is optional.
    if (hasCode(cause, 'ENOENT') || hasCode(cause, 'ENOTDIR')) return undefined;
    throw unreadable(name, `${name} cannot be read.`, cause);
  }
}

function unreadable(name: string, message: string, cause?: unknown): SettingsError {
  return new SettingsError('SETTINGS_UNREADABLE', message, {
    ...(cause === undefined ? {} : { cause }),
    hint: 'Make it a readable JSON file of ordinary size, or remove it.',
    details: { file: name },
  });
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** The parser recurses; the scanner does not, and stops a file made to exhaust the stack. */
function refuseDeepNesting(text: string, originOf: (offset: number) => SettingOrigin): void {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (let token: number = scanner.scan(); token !== endOfFile; token = scanner.scan()) {
    if (openingTokens.has(token)) depth += 1;
    if (closingTokens.has(token)) depth -= 1;
    if (depth > maxDepth) {
      throw malformed(
        originOf(scanner.getTokenOffset()),
        `Values are nested deeper than ${maxDepth} levels.`,
      );
    }
  }
}

function toNode(node: Node, originOf: (offset: number) => SettingOrigin): SettingNode {
  if (node.type === 'object' || node.type === 'array') return toSection(node, originOf);
  // The parser gives strings, numbers, booleans and null here, nothing else.
  return { kind: 'leaf', value: node.value as SettingScalar, origin: originOf(node.offset) };
}

function toSection(node: Node, originOf: (offset: number) => SettingOrigin): SettingSection {
  const children = new Map<string, { key: string; node: SettingNode }>();
  const isArray = node.type === 'array';
  for (const [position, child] of (node.children ?? []).entries()) {
    const keyNode = isArray ? undefined : child.children?.[0];
    const valueNode = isArray ? child : child.children?.[1];
    if (valueNode === undefined) continue;
    const key = isArray ? String(position) : String(keyNode?.value);
    const origin = originOf((keyNode ?? child).offset);
    if (key === '__proto__') {
      throw malformed(origin, 'The key "__proto__" is not allowed.');
    }
    if (children.has(key.toLowerCase())) {
      throw errorAt(
        origin,
        'SETTINGS_KEY_DUPLICATE',
        `The key "${key}" is written twice in one section; upper and lower case do not make a difference.`,
        { hint: 'Keep one of the two.' },
      );
    }
    children.set(key.toLowerCase(), { key, node: toNode(valueNode, originOf) });
  }
  return { kind: 'section', isArray, children, origin: originOf(node.offset) };
}

function malformed(origin: SettingOrigin, message: string): SettingsError {
  return errorAt(origin, 'SETTINGS_MALFORMED', message, {
    hint: 'Correct the JSON at this place; an editor that knows JSON marks it.',
  });
}

function describeError(code: ParseErrorCode): string {
  const words = printParseErrorCode(code)
    .replaceAll(/(?<=[a-z])(?=[A-Z])/gu, ' ')
    .toLowerCase();
  return `The file is not JSON: ${words}.`;
}

/** Offsets at which lines begin. */
function findLineStarts(text: string): readonly number[] {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|\r|\n/gu)) starts.push(match.index + match[0].length);
  return starts;
}

function placeOf(offset: number, lineStarts: readonly number[]): { line: number; column: number } {
  const after = lineStarts.findIndex((start) => start > offset);
  const line = after === -1 ? lineStarts.length : after;
  return { line, column: offset - (lineStarts[line - 1] ?? 0) + 1 };
}
