/** Parses a query: `[history] {join} [pagesize] [select] [where] [order by]`, keywords in any case. */

import { findNearestName } from '../../nearest-name.ts';
import type { Findings } from '../finding.ts';
import { type QueryToken, readQueryTokens } from './lex-query.ts';
import type {
  FilterNode,
  HistoryNode,
  JoinNode,
  OrderNode,
  PathNode,
  Place,
  QueryNode,
  QueryText,
  ValueNode,
} from './query-tree.ts';

const clauses = [
  'as',
  'between',
  'contained',
  'join',
  'pagesize',
  'top',
  'select',
  'where',
  'order',
];
const order = ['history', 'join', 'pagesize', 'select', 'where', 'order by'] as const;
type Clause = (typeof order)[number];
const clauseOf: ReadonlyMap<string, Clause> = new Map<string, Clause>([
  ['as', 'history'],
  ['between', 'history'],
  ['contained', 'history'],
  ['join', 'join'],
  ['pagesize', 'pagesize'],
  ['top', 'pagesize'],
  ['select', 'select'],
  ['where', 'where'],
  ['order', 'order by'],
]);

const maxDepth = 64;
const maxPageSize = 100_000;
/** Most joins, and most paths in one list. */
const maxItems = 256;

/** Thrown inside the parser only: the query cannot be read on. */
class QueryStop extends Error {}

/** The tree, or `undefined` after a finding. */
export function parseQuery(query: QueryText, findings: Findings): QueryNode | undefined {
  const tokens = readQueryTokens(query, findings);
  if (tokens === undefined) return undefined;
  try {
    return new Parser(tokens, findings).read();
  } catch (thrown) {
    if (thrown instanceof QueryStop) return undefined;
    throw thrown;
  }
}

class Parser {
  readonly #tokens: readonly QueryToken[];
  readonly #findings: Findings;
  readonly #end: QueryToken;
  #index = 0;

  constructor(tokens: readonly QueryToken[], findings: Findings) {
    this.#tokens = tokens;
    this.#findings = findings;
    this.#end = tokens.at(-1) ?? { kind: 'end', offset: 0, length: 1 };
  }

  read(): QueryNode {
    let node: QueryNode = { joins: [], select: [], orderBy: [] };
    let last = -1;
    while (this.#current.kind !== 'end') {
      const start = this.#current;
      const clause = start.kind === 'word' ? clauseOf.get(start.text.toLowerCase()) : undefined;
      if (clause === undefined) throw this.#unexpected(last);
      const position = order.indexOf(clause);
      if (position < last || (position === last && clause !== 'join')) {
        throw this.#stop(
          position === last
            ? `There is a second ${clause}.`
            : `${clause} stands before ${order[last]}.`,
          'The order is: joins, pagesize, select, where, order by.',
        );
      }
      last = position;
      if (node.joins.length >= maxItems) throw this.#stop('There are too many joins.');
      node = this.#readClause(node, clause);
    }
    return node;
  }

  #readClause(node: QueryNode, clause: Clause): QueryNode {
    switch (clause) {
      case 'history':
        return { ...node, history: this.#readHistory() };
      case 'join':
        return { ...node, joins: [...node.joins, this.#readJoin()] };
      case 'pagesize':
        return { ...node, pageSize: this.#readPageSize() };
      case 'select':
        this.#advance();
        return { ...node, select: this.#readList(() => this.#readPath()) };
      case 'where': {
        this.#advance();
        const where = this.#readFilter(0);
        if (this.#isWord('and') || this.#isWord('or')) {
          throw this.#stop(
            'Comparisons are combined inside parentheses.',
            'Write (a = 1 and b = 2).',
          );
        }
        return { ...node, where };
      }
      case 'order by':
        this.#advance();
        this.#expectWord('by');
        return { ...node, orderBy: this.#readList(() => this.#readOrder()) };
    }
  }

  #readHistory(): HistoryNode {
    const { offset } = this.#advance();
    const first = this.#previousWord;
    const dates: ValueNode[] = [];
    if (first === 'as') {
      this.#expectWord('of');
      dates.push(this.#readValue());
    } else if (first === 'between') {
      dates.push(this.#readValue());
      this.#expectWord('and');
      dates.push(this.#readValue());
    } else {
      this.#expectWord('in');
      this.#expectSymbol('(');
      dates.push(this.#readValue());
      this.#expectSymbol(',');
      dates.push(this.#readValue());
      this.#expectSymbol(')');
    }
    const kind = first === 'as' ? 'as of' : first === 'between' ? 'between' : 'contained in';
    return { kind, dates, ...this.#span(offset) };
  }

  #readJoin(): JoinNode {
    const { offset } = this.#advance();
    const path = this.#readPath();
    const hasType = this.#isWord('of') && this.#isWord('type', 1);
    if (hasType) {
      this.#advance();
      this.#advance();
    }
    const type = hasType ? this.#readName('The name of an entity type') : undefined;
    const alias = this.#readName('A name for what is joined');
    const node = { path, alias, ...this.#span(offset) };
    return type === undefined ? node : { ...node, type };
  }

  #readPageSize(): number {
    this.#advance();
    const token = this.#current;
    if (token.kind !== 'integer') throw this.#stop('A number of resources is expected here.');
    if (token.value < 1n || token.value > maxPageSize) {
      throw this.#stop(`A page has between 1 and ${maxPageSize} resources.`);
    }
    this.#advance();
    return Number(token.value);
  }

  #readOrder(): OrderNode {
    const path = this.#readPath();
    const isDescending = this.#isWord('desc');
    if (isDescending || this.#isWord('asc')) this.#advance();
    return { path, isDescending, ...this.#span(path.offset) };
  }

  #readFilter(depth: number): FilterNode {
    if (depth > maxDepth) throw this.#stop('The parentheses are nested too deeply.');
    const { offset } = this.#current;
    if (!this.#isSymbol('(')) return this.#readComparison();
    this.#advance();
    const filters = [this.#readFilter(depth + 1)];
    let kind: 'and' | 'or' | undefined;
    while (this.#isWord('and') || this.#isWord('or')) {
      const next = this.#isWord('and') ? 'and' : 'or';
      if (kind !== undefined && next !== kind) {
        throw this.#stop(
          'and and or cannot be mixed inside one pair of parentheses.',
          'Give each of them parentheses of its own: (a and (b or c)).',
        );
      }
      kind = next;
      this.#advance();
      filters.push(this.#readFilter(depth + 1));
    }
    this.#expectSymbol(')');
    const [only] = filters;
    if (filters.length === 1 && only !== undefined) return only;
    return { kind: kind ?? 'and', filters, ...this.#span(offset) };
  }

  #readComparison(): FilterNode {
    const path = this.#readPath();
    const token = this.#current;
    if (token.kind !== 'operator') {
      throw this.#stop('A comparison such as = is expected here.', hintForOperator(token));
    }
    this.#advance();
    const value = this.#readValue();
    const { operator, offset, length } = token;
    const operatorPlace = { offset, length };
    return { kind: 'comparison', path, operator, operatorPlace, value, ...this.#span(path.offset) };
  }

  #readValue(): ValueNode {
    const token = this.#current;
    const { offset, length } = token;
    switch (token.kind) {
      case 'integer':
        this.#advance();
        return { kind: 'integer', value: token.value, offset, length };
      case 'string':
        this.#advance();
        return { kind: 'string', parts: token.parts, offset, length };
      case 'hole':
        this.#advance();
        return { kind: 'hole', hole: token.hole, offset, length };
      case 'word': {
        const lower = token.text.toLowerCase();
        if (!this.#isSymbol('.', 1) && (lower === 'true' || lower === 'false')) {
          this.#advance();
          return { kind: 'bool', value: lower === 'true', offset, length };
        }
        if (!this.#isSymbol('.', 1) && lower === 'null') {
          this.#advance();
          return { kind: 'null', offset, length };
        }
        const path = this.#readPath();
        return { kind: 'path', path, offset: path.offset, length: path.length };
      }
      case 'operator':
      case 'symbol':
      case 'end':
        throw this.#stop('A value or a property is expected here.');
    }
  }

  #readPath(): PathNode {
    const segments = [this.#readName('The name of a property')];
    const offset = segments[0]?.offset ?? 0;
    while (this.#isSymbol('.')) {
      this.#advance();
      segments.push(this.#readName('The name of a property'));
    }
    return { segments, ...this.#span(offset) };
  }

  #readName(what: string): Place & { readonly name: string } {
    const token = this.#current;
    if (token.kind !== 'word') throw this.#stop(`${what} is expected here.`);
    this.#advance();
    return { name: token.text, offset: token.offset, length: token.length };
  }

  #readList<T>(read: () => T): readonly T[] {
    const items = [read()];
    while (this.#isSymbol(',')) {
      if (items.length >= maxItems) throw this.#stop(`There are more than ${maxItems} of these.`);
      this.#advance();
      items.push(read());
    }
    return items;
  }

  get #current(): QueryToken {
    return this.#peek(0);
  }

  #peek(distance: number): QueryToken {
    return this.#tokens[this.#index + distance] ?? this.#end;
  }

  #advance(): QueryToken {
    const token = this.#current;
    if (token.kind !== 'end') this.#index += 1;
    return token;
  }

  get #previousWord(): string {
    const token = this.#tokens[this.#index - 1];
    return token?.kind === 'word' ? token.text.toLowerCase() : '';
  }

  #isWord(text: string, distance = 0): boolean {
    const token = this.#peek(distance);
    return token.kind === 'word' && token.text.toLowerCase() === text;
  }

  #isSymbol(text: string, distance = 0): boolean {
    const token = this.#peek(distance);
    return token.kind === 'symbol' && token.text === text;
  }

  #expectWord(text: string): void {
    if (!this.#isWord(text)) throw this.#stop(`${text} is expected here.`);
    this.#advance();
  }

  #expectSymbol(text: string): void {
    if (!this.#isSymbol(text)) throw this.#stop(`${text} is expected here.`);
    this.#advance();
  }

  #span(offset: number): Place {
    const previous = this.#tokens[this.#index - 1] ?? this.#current;
    return { offset, length: Math.max(1, previous.offset + previous.length - offset) };
  }

  #unexpected(last: number): QueryStop {
    const token = this.#current;
    const nearest = token.kind === 'word' ? findNearestName(token.text, clauses) : undefined;
    const hint = nearest === undefined ? undefined : `Did you mean ${nearest}?`;
    if (last < 0) return this.#stop('A query begins with a clause such as select or where.', hint);
    return this.#stop('This does not belong here.', hint);
  }

  /** Reports a problem at the current token and gives what to throw. */
  #stop(message: string, hint?: string): QueryStop {
    const token = this.#current;
    const own =
      token.kind === 'hole'
        ? 'Only a value can come from outside the query: names, operators and keywords are written.'
        : hint;
    this.#findings.error(token.offset, token.length, message, own);
    return new QueryStop();
  }
}

function hintForOperator(token: QueryToken): string | undefined {
  if (token.kind !== 'word') return undefined;
  const lower = token.text.toLowerCase();
  if (lower === 'like' || lower === 'contains') return 'Write %=% for contains.';
  if (lower === 'is') return 'Write = null or != null.';
  return lower === 'in' ? 'Write (a = 1 or a = 2).' : undefined;
}
