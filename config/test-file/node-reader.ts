/** Reads JSON values by their places: what is not as expected becomes a finding, the rest is read on. */
import { type Node, type ParseError, parseTree } from 'jsonc-parser';
import type { Diagnostic } from '../errors.ts';
import { suggest } from '../nearest-name.ts';
import { guardJson } from '../source/json-guard.ts';
import { explainJsonError } from '../source/json-reader.ts';
import { findTextProblem } from '../source/source-problem.ts';
import { placeAt, type SourceText } from '../source/source-text.ts';
import type { GivenValue, Named, Place, Placed } from './types.ts';

/** A key of an object with its value. */
export interface Member {
  readonly name: string;
  readonly key: Node;
  readonly value: Node;
}

export class NodeReader {
  readonly #source: SourceText;
  readonly #findings: Diagnostic[] = [];

  constructor(source: SourceText) {
    this.#source = source;
  }

  get findings(): readonly Diagnostic[] {
    return this.#findings;
  }

  /** The whole text; `undefined` when it is not JSON. */
  parse(): Node | undefined {
    const problem = findTextProblem(this.#source);
    if (problem !== undefined) {
      const { span, finding } = problem;
      this.#report(span.offset, span.length, finding.message, finding.hint);
      return undefined;
    }
    const guarded = guardJson(this.#source.text);
    if (guarded !== undefined) {
      this.#report(guarded.offset, guarded.length, guarded.problem, guarded.hint);
      return undefined;
    }
    const errors: ParseError[] = [];
    const root = parseTree(this.#source.text, errors, { allowTrailingComma: true });
    const [error] = errors;
    if (error === undefined && root !== undefined) return root;
    const { message, hint } =
      error === undefined ? { message: 'The file is empty.' } : explainJsonError(error);
    this.#report(error?.offset ?? 0, Math.max(1, error?.length ?? 1), message, hint);
    return undefined;
  }

  place(node: Node): Place {
    return {
      file: this.#source.path,
      ...placeAt(this.#source, node.offset),
      length: Math.max(1, node.length),
    };
  }

  report(node: Node, message: string, hint?: string): void {
    this.#report(node.offset, Math.max(1, node.length), message, hint);
  }

  /** Members of an object; with `known`, any other key is a finding. */
  members(node: Node, what: string, known?: Readonly<Record<string, string>>): readonly Member[] {
    if (node.type !== 'object') {
      this.report(node, `${what} must be an object in braces.`);
      return [];
    }
    const members: Member[] = [];
    for (const { children = [] } of node.children ?? []) {
      const [key, value] = children;
      if (key === undefined || value === undefined) continue;
      const name = String(key.value);
      if (members.some((member) => member.name === name)) {
        this.report(key, `"${name}" stands twice in ${what}.`, 'Put both into one.');
        continue;
      }
      if (known !== undefined && !Object.hasOwn(known, name)) {
        const names = Object.keys(known);
        const hint = suggest(name, names) ?? `Known here: ${names.join(', ')}.`;
        this.report(key, `${what} has no "${name}".`, hint);
        continue;
      }
      members.push({ name, key, value });
    }
    return members;
  }

  items(node: Node, what: string): readonly Node[] {
    if (node.type === 'array') return node.children ?? [];
    this.report(node, `${what} must be a list in square brackets.`);
    return [];
  }

  text(node: Node, what: string): Placed<string> | undefined {
    const { type } = node;
    if (type === 'string' || type === 'number' || type === 'boolean')
      return { value: this.#textOf(node), at: this.place(node) };
    this.report(node, `${what} must be text.`);
    return undefined;
  }

  texts(node: Node, what: string): readonly Placed<string>[] {
    return this.items(node, what)
      .map((item) => this.text(item, `Each of ${what}`))
      .filter((item) => item !== undefined);
  }

  flag(node: Node, what: string): boolean | undefined {
    if (node.type === 'boolean') return node.value === true;
    this.report(node, `${what} must be true or false.`);
    return undefined;
  }

  choice<C extends string>(node: Node, what: string, choices: readonly C[]): Placed<C> | undefined {
    const found = choices.find((choice) => node.type === 'string' && choice === node.value);
    if (found !== undefined) return { value: found, at: this.place(node) };
    const hint = node.type === 'string' ? nearestChoice(String(node.value), choices) : undefined;
    this.report(node, `${what} must be one of: ${choices.join(', ')}.`, hint);
    return undefined;
  }

  /** Text, number, truth value, null, or a list of texts. */
  value(node: Node, what: string, hint?: string): GivenValue | undefined {
    const at = this.place(node);
    if (node.type === 'null') return { value: null, at };
    if (node.type === 'array') return { value: this.texts(node, what), at };
    if (node.type === 'object') {
      this.report(node, `${what} must be text or a list.`, hint);
      return undefined;
    }
    return this.text(node, what);
  }

  /** Values under their names. */
  values(node: Node, what: string, hint?: string): readonly Named<GivenValue['value']>[] {
    return this.members(node, what).flatMap(({ name, key, value }) => {
      const read = this.value(value, `"${name}"`, hint);
      return read === undefined ? [] : [{ name, nameAt: this.place(key), ...read }];
    });
  }

  /** Lists or other parts under their names. */
  named<T>(node: Node, what: string, read: (value: Node, name: string) => T): readonly Named<T>[] {
    return this.members(node, what).map(({ name, key, value }) => ({
      name,
      nameAt: this.place(key),
      value: read(value, name),
      at: this.place(value),
    }));
  }

  /** Numbers as written: 0123 stays out, 1.50 keeps its zero. */
  #textOf(node: Node): string {
    if (node.type === 'string') return String(node.value);
    return this.#source.text.slice(node.offset, node.offset + node.length);
  }

  #report(offset: number, length: number, message: string, hint?: string): void {
    this.#findings.push({
      code: 'TEST_FILE_INVALID',
      severity: 'error',
      message,
      ...(hint === undefined ? {} : { hint }),
      file: this.#source.path,
      ...placeAt(this.#source, offset),
      length,
    });
  }
}

/** The nearest of a few words, or the one that begins as the text does: "add" for "added". */
function nearestChoice(text: string, choices: readonly string[]): string | undefined {
  const begun = text === '' ? [] : choices.filter((choice) => choice.startsWith(text));
  return begun.length === 1 ? `Did you mean "${begun[0]}"?` : suggest(text, choices);
}
