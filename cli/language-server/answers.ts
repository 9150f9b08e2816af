/** Turns what the configuration knows into the shapes of the protocol. */
import {
  type CodeAction,
  CodeActionKind,
  type CompletionItem,
  CompletionItemKind,
  type CompletionList,
  DiagnosticSeverity,
  type DocumentSymbol,
  InsertTextFormat,
  type Diagnostic as ProtocolDiagnostic,
  SymbolKind,
  type TextEdit,
} from 'vscode-languageserver/node';
import {
  type Diagnostic,
  escapeValue,
  type OutlineNode,
  type Proposal,
  type ProposalKind,
  type Severity,
  type SourceText,
} from '../../config/index.ts';
import { toOffset, toRange } from './positions.ts';

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
};

export function toProtocolDiagnostic(source: SourceText, found: Diagnostic): ProtocolDiagnostic {
  const start = (source.lineStarts[found.line - 1] ?? 0) + found.column - 1;
  const suggestion = /^Did you mean "(.*)"\?$/.exec(found.hint ?? '')?.[1];
  return {
    range: toRange(source, { offset: start, length: found.length }),
    severity: severities[found.severity],
    code: found.code,
    source: 'lockstep',
    message: found.hint === undefined ? found.message : `${found.message}\n${found.hint}`,
    ...(suggestion === undefined ? {} : { data: { suggestion } }),
  };
}

/** A replacement of what a finding is about by the name it suggests. */
export function toCodeActions(
  uri: string,
  source: SourceText,
  diagnostics: readonly ProtocolDiagnostic[],
  isJson: boolean,
): readonly CodeAction[] {
  return diagnostics.flatMap((diagnostic) => {
    const suggestion = suggestionOf(diagnostic);
    if (suggestion === undefined) return [];
    const offset = toOffset(source, diagnostic.range.start);
    const newText = escapeValue(suggestion, isJson);
    const edits: TextEdit[] = [{ range: diagnostic.range, newText }];
    const closing = closingName(source.text, offset, toOffset(source, diagnostic.range.end));
    if (diagnostic.code === 'CONFIG_ELEMENT_UNKNOWN' && closing !== undefined) {
      edits.push({ range: toRange(source, closing), newText });
    }
    return [
      {
        title: `Change to "${suggestion}"`,
        kind: CodeActionKind.QuickFix,
        diagnostics: [diagnostic],
        isPreferred: true,
        edit: { changes: { [uri]: edits } },
      },
    ];
  });
}

/** The name in the closing tag of the element whose name stands between the offsets; elements of one name do not nest. */
function closingName(text: string, start: number, end: number) {
  if (text[start - 1] !== '<') return undefined;
  const name = text.slice(start, end);
  const tagEnd = /^(?:"[^"]*"|'[^']*'|[^"'>])*>/.exec(text.slice(end))?.[0];
  if (tagEnd === undefined || tagEnd.endsWith('/>')) return undefined;
  const at = text.indexOf(`</${name}`, end);
  return at < 0 ? undefined : { offset: at + 2, length: name.length };
}

function suggestionOf({ data }: ProtocolDiagnostic): string | undefined {
  if (typeof data !== 'object' || data === null || !('suggestion' in data)) return undefined;
  return typeof data.suggestion === 'string' ? data.suggestion : undefined;
}

const completionKinds: Readonly<Record<ProposalKind, CompletionItemKind>> = {
  element: CompletionItemKind.Class,
  attribute: CompletionItemKind.Field,
  value: CompletionItemKind.EnumMember,
  identifier: CompletionItemKind.Reference,
  'entity-type': CompletionItemKind.Struct,
  property: CompletionItemKind.Property,
  function: CompletionItemKind.Function,
  member: CompletionItemKind.Method,
};

/** More than a person looks at; what is typed next narrows the list down. */
const maximumProposals = 200;

export function toCompletionList(
  source: SourceText,
  offset: number,
  proposals: readonly Proposal[],
  hasSnippets: boolean,
): CompletionList {
  const fitting = proposals.filter((proposal) => fits(source.text, offset, proposal));
  const sorted = fitting.sort((a, b) => a.rank - b.rank || compare(a.label, b.label));
  return {
    isIncomplete: fitting.length > maximumProposals,
    items: sorted
      .slice(0, maximumProposals)
      .map((proposal, index) => toItem(source, offset, proposal, index, hasSnippets)),
  };
}

/** True when the characters before the place stand in the label in their order. */
function fits(text: string, offset: number, { label, replaced }: Proposal): boolean {
  const typed = text.slice(replaced.offset, offset).replace(/^["<]/, '').toLowerCase();
  const lower = label.toLowerCase();
  let at = 0;
  for (const character of typed) {
    at = lower.indexOf(character, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function toItem(
  source: SourceText,
  offset: number,
  proposal: Proposal,
  index: number,
  hasSnippets: boolean,
): CompletionItem {
  const { kind, label, detail, doc, insert, snippet, replaced } = proposal;
  const isSnippet = hasSnippets && snippet !== undefined;
  const range = toRange(source, replaced);
  // Editors refuse ranges over several lines.
  const isOneLine = range.start.line === range.end.line;
  const typed = source.text.slice(replaced.offset, offset);
  return {
    label,
    kind: completionKinds[kind],
    sortText: String(index).padStart(5, '0'),
    ...(/^["<]/.test(typed) ? { filterText: `${typed.slice(0, 1)}${label}` } : {}),
    ...(detail === undefined ? {} : { detail }),
    ...(doc === undefined ? {} : { documentation: { kind: 'markdown', value: doc } }),
    insertTextFormat: isSnippet ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
    textEdit: {
      range: isOneLine ? range : toRange(source, { offset, length: 0 }),
      newText: isSnippet ? snippet : insert,
    },
  };
}

const symbolKinds: Readonly<Record<string, SymbolKind>> = {
  EntityType: SymbolKind.Struct,
  Property: SymbolKind.Property,
  EntityAssociation: SymbolKind.Interface,
  Connector: SymbolKind.Module,
  Connection: SymbolKind.Module,
  ResourceType: SymbolKind.Class,
  SingleRole: SymbolKind.Event,
  Job: SymbolKind.Function,
};

export function symbolKindOf(element: string): SymbolKind {
  return symbolKinds[element] ?? SymbolKind.Object;
}

export function toDocumentSymbols(
  source: SourceText,
  nodes: readonly OutlineNode[],
): DocumentSymbol[] {
  return nodes.map((node) => ({
    name: node.name,
    detail: node.detail,
    kind: symbolKindOf(node.element),
    range: toRange(source, node.stretch),
    selectionRange: toRange(source, node.selection),
    children: toDocumentSymbols(source, node.children),
  }));
}
