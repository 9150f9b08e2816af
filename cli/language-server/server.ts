/** The language server: the protocol on one side, the configurations of the opened folders on the other. */
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import {
  type Connection,
  combineFeatures,
  createConnection,
  DidChangeWatchedFilesNotification,
  type Features,
  type InitializeParams,
  type InitializeResult,
  LSPErrorCodes,
  MarkupKind,
  type Position,
  ProposedFeatures,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
  TextDocumentSyncKind,
  TextDocuments,
  type TextEdit,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import {
  type Environment,
  findNames,
  hoverAt,
  isJsonName,
  type LiveFile,
  outlineOf,
  planRename,
  prepareRename,
  propose,
} from '../../config/index.ts';
import {
  symbolKindOf,
  toCodeActions,
  toCompletionList,
  toDocumentSymbols,
  toProtocolDiagnostic,
} from './answers.ts';
import { toOffset, toRange } from './positions.ts';
import type { Session } from './session.ts';
import { createSessions, type Sessions } from './sessions.ts';

export interface ServeOptions {
  readonly input: Readable;
  readonly output: Writable;
  readonly environment: Environment;
  readonly version: string;
  readonly signal: AbortSignal;
}

/**
 * Serves until the client goes away or the signal is given. By the protocol's `exit`, and when the process of the client ends, the
 * library ends this process itself.
 */
export async function serveLanguage(options: ServeOptions): Promise<void> {
  const { input, output, signal } = options;
  let isOver = false;
  const connection = createConnection(
    combineFeatures(
      ProposedFeatures.all,
      quietAfter(() => isOver),
    ),
    new StreamMessageReader(input),
    new StreamMessageWriter(output),
  );
  const ended = Promise.withResolvers<void>();
  input.once('end', ended.resolve);
  input.once('close', ended.resolve);
  // The client may be gone while something is being written; there is nobody to tell.
  output.on('error', ended.resolve);
  signal.addEventListener('abort', () => ended.resolve(), { once: true });
  const sessions = createSessions({
    environment: options.environment,
    publish(uri, file, found) {
      if (isOver) return;
      const diagnostics =
        file === undefined ? [] : found.map((each) => toProtocolDiagnostic(file.source, each));
      void connection.sendDiagnostics({ uri, diagnostics }).catch(() => {});
    },
    complain(message) {
      if (!isOver) connection.window.showWarningMessage(message);
    },
  });
  listen(connection, sessions, options.version);
  connection.listen();
  await ended.promise;
  isOver = true;
  sessions[Symbol.dispose]();
  connection.dispose();
  input.destroy();
}

/**
 * The library logs the failure of a handler to the client. Once the connection is let go of, that throws, out of reach of any
 * handler, and would end the process.
 */
function quietAfter(isOver: () => boolean): Features<object> {
  return {
    __brand: 'features',
    console: (Base) =>
      class extends Base {
        override error(message: string): void {
          if (!isOver()) super.error(message);
        }
      },
  };
}

interface Abilities {
  readonly snippets: boolean;
  readonly watches: boolean;
  readonly folders: boolean;
}

function listen(connection: Connection, sessions: Sessions, version: string): void {
  let abilities: Abilities = { snippets: false, watches: false, folders: false };
  const documents = new TextDocuments(TextDocument);

  connection.onInitialize((params) => {
    abilities = readAbilities(params);
    for (const folder of openedFolders(params)) sessions.addFolder(folder);
    return describeServer(version);
  });
  connection.onInitialized(async () => {
    if (abilities.watches) {
      await connection.client.register(DidChangeWatchedFilesNotification.type, {
        watchers: [{ globPattern: '**/*.{xml,json,jsonc}' }],
      });
    }
    if (abilities.folders) {
      connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        for (const { uri } of removed) sessions.removeFolder(toPath(uri));
        for (const { uri } of added) sessions.addFolder(toPath(uri));
        return sessions.openFolders();
      });
    }
    await sessions.openFolders();
  });
  documents.onDidOpen(async ({ document }) => {
    await sessions.open(document.uri, () => documents.get(document.uri)?.getText());
  });
  documents.onDidChangeContent(({ document }) => {
    sessions.change(document.uri, document.getText());
  });
  documents.onDidClose(({ document }) => sessions.close(document.uri));
  documents.listen(connection);
  connection.onDidChangeWatchedFiles(async ({ changes }) => {
    for (const { uri } of changes) await sessions.refresh(uri);
  });
  answerQuestions(connection, sessions, () => abilities.snippets);
}

interface Place {
  readonly session: Session;
  readonly path: string;
  readonly file: LiveFile;
  readonly offset: number;
}

type At = { readonly textDocument: { readonly uri: string }; readonly position?: Position };

function answerQuestions(
  connection: Connection,
  sessions: Sessions,
  hasSnippets: () => boolean,
): void {
  const find = async ({ textDocument, position }: At): Promise<Place | undefined> => {
    const found = await sessions.find(textDocument.uri);
    const file = found?.session.live().file(found.path);
    if (found === undefined || file === undefined) return undefined;
    const offset = position === undefined ? 0 : toOffset(file.source, position);
    return { ...found, file, offset };
  };
  connection.onCompletion(async (params) => {
    const place = await find(params);
    if (place === undefined) return null;
    const { session, path, file, offset } = place;
    const proposals = propose(session.live(), path, file.source.text, offset);
    return toCompletionList(file.source, offset, proposals, hasSnippets());
  });
  connection.onHover(async (params) => {
    const place = await find(params);
    if (place === undefined) return null;
    const { session, path, file, offset } = place;
    const hover = hoverAt(session.live(), session.index, path, offset);
    if (hover === undefined) return null;
    return {
      contents: { kind: MarkupKind.Markdown, value: hover.markdown },
      range: toRange(file.source, hover.stretch),
    };
  });
  connection.onDefinition(async (params) => {
    const place = await find(params);
    const symbol = place?.session.index.symbolAt(place.path, place.offset);
    if (place === undefined || symbol === undefined) return null;
    const { session } = place;
    const written = session.index.definitionsOf(symbol.target).map(({ span }) => span);
    const generated = written.length > 0 ? undefined : session.index.generatedBy(symbol.target);
    return [...written, ...(generated === undefined ? [] : [generated])].map((span) =>
      toLocation(session, span),
    );
  });
  connection.onReferences(async (params) => {
    const place = await find(params);
    const symbol = place?.session.index.symbolAt(place.path, place.offset);
    if (place === undefined || symbol === undefined) return null;
    return place.session.index
      .occurrencesOf(symbol.target)
      .filter(({ isDefinition }) => params.context.includeDeclaration || !isDefinition)
      .map(({ span }) => toLocation(place.session, span));
  });
  connection.onPrepareRename(async (params) => {
    const place = await find(params);
    if (place === undefined) return null;
    const { session, path, offset } = place;
    const prepared = prepareRename(session.live(), session.index, path, offset);
    if (prepared.status === 'refused') throw refusal(prepared.reason);
    const { span, target } = prepared;
    return { range: toRange(span.source, span), placeholder: target.identifier };
  });
  connection.onRenameRequest(async (params) => {
    const place = await find(params);
    if (place === undefined) return null;
    const { session, path, offset } = place;
    const plan = planRename(session.live(), session.index, { path, offset }, params.newName);
    if (plan.status === 'refused') throw refusal(plan.reason);
    const changes: Record<string, TextEdit[]> = {};
    for (const [changed, edits] of Map.groupBy(plan.edits, (edit) => edit.path)) {
      const file = session.live().file(changed);
      if (file === undefined) continue;
      changes[session.uriOf(changed)] = edits.map(({ stretch, text }) => ({
        range: toRange(file.source, stretch),
        newText: text,
      }));
    }
    if (plan.note !== undefined) connection.window.showWarningMessage(plan.note);
    return { changes };
  });
  connection.onDocumentSymbol(async (params) => {
    const place = await find(params);
    return place === undefined ? null : toDocumentSymbols(place.file.source, outlineOf(place.file));
  });
  connection.onWorkspaceSymbol(({ query }) =>
    sessions.all().flatMap((session) =>
      findNames(session.live(), query, 200).map(({ target, element, detail, span }) => ({
        name: target.identifier,
        kind: symbolKindOf(element),
        containerName: detail,
        location: toLocation(session, span),
      })),
    ),
  );
  connection.onCodeAction(async (params) => {
    const place = await find(params);
    if (place === undefined) return null;
    const { diagnostics } = params.context;
    const { source } = place.file;
    return [...toCodeActions(params.textDocument.uri, source, diagnostics, isJsonName(place.path))];
  });
}

function toLocation(
  session: Session,
  span: { readonly source: LiveFile['source']; readonly offset: number; readonly length: number },
) {
  return { uri: session.uriOf(span.source.path), range: toRange(span.source, span) };
}

function refusal(reason: string): ResponseError<void> {
  return new ResponseError(LSPErrorCodes.RequestFailed, reason);
}

function readAbilities({ capabilities }: InitializeParams): Abilities {
  const { textDocument, workspace } = capabilities;
  return {
    snippets: textDocument?.completion?.completionItem?.snippetSupport === true,
    watches: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    folders: workspace?.workspaceFolders === true,
  };
}

function openedFolders({ workspaceFolders, rootUri }: InitializeParams): readonly string[] {
  const uris = workspaceFolders?.map(({ uri }) => uri) ?? (rootUri ? [rootUri] : []);
  return uris.flatMap((uri) => toPath(uri) ?? []);
}

/** `undefined` for what is no file of this machine. */
function toPath(uri: string): string | undefined {
  if (!uri.startsWith('file:')) return undefined;
  try {
    // Without a slash at the end, whatever the client writes.
    return fileURLToPath(uri).replace(/(?<=.)[\\/]$/, '');
  } catch {
    return undefined;
  }
}

function describeServer(version: string): InitializeResult {
  return {
    serverInfo: { name: 'lockstep', version },
    capabilities: {
      textDocumentSync: TextDocumentSyncKind.Incremental,
      completionProvider: { triggerCharacters: ['<', ' ', '"', '.', ':', '/'] },
      hoverProvider: true,
      definitionProvider: true,
      referencesProvider: true,
      renameProvider: { prepareProvider: true },
      documentSymbolProvider: true,
      workspaceSymbolProvider: true,
      codeActionProvider: { codeActionKinds: ['quickfix'] },
      workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
    },
  };
}
