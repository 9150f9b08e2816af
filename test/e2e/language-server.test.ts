import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type {
  CodeAction,
  CompletionList,
  Diagnostic,
  DocumentSymbol,
  Hover,
  Location,
  SymbolInformation,
  WorkspaceEdit,
} from 'vscode-languageserver/node';
import { type LanguageClient, startClient } from '../fixtures/language-server/client.ts';

/**
 * Owners `A_User` with units, accounts `B_Account`; a rule with a slip in each of the two formats:
 *
 *   A_User ─Unit→ A_Unit        ResourceType R: A_User → B_Account, Title ← Unit.Code, Size ← code
 */
const model = `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <Connector Identifier="A" DisplayName_L1="A" />
  <Connection Identifier="Files" DisplayName_L1="Files" Connector="A" Package="Usercube.CSV.Complete@0000001" />
  <EntityType Identifier="A_Unit" DisplayName_L1="Unit">
    <Property Identifier="Code" IsKey="true" />
    <Property Identifier="Users" Type="ForeignKey" />
  </EntityType>
  <EntityType Identifier="A_User" DisplayName_L1="User">
    <Property Identifier="Login" IsKey="true" />
    <Property Identifier="Unit" Type="ForeignKey" />
  </EntityType>
  <EntityAssociation Identifier="A_User_Unit" Property1="A_User:Unit" Property2="A_Unit:Users" IsProperty2Collection="true" />
  <EntityTypeMapping Identifier="A_Unit" Connector="A" ConnectionTable="Files_units">
    <Property Identifier="Code" IsPrimaryKey="true" />
  </EntityTypeMapping>
  <EntityType Identifier="B_Account" DisplayName_L1="Account">
    <Property Identifier="Title" IsKey="true" />
    <Property Identifier="Size" Type="Int32" />
  </EntityType>
  <EntityTypeMapping Identifier="B_Account" Connector="A" ConnectionTable="Files_accounts">
    <Property Identifier="Title" IsPrimaryKey="true" /><Property Identifier="Size" />
  </EntityTypeMapping>
  <Policy Identifier="P" DisplayName_L1="P" IsProvisioningEnabled="true" />
</ConfigurationFile>
`;
const rulesXml = `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <ResourceType Identifier="R" DisplayName_L1="R 😀" Policy="P" SourceEntityType="A_User"
                TargetEntityType="B_Account" BlockProvisioning="false">
    <ScalarRule Property="Titel" Binding="Unit.Code" />
    <ScalarRule Property="Size" Expression="C#:user:return user.Login.Length;" />
  </ResourceType>
  <ManualProvisioningResourceTypeMapping Identifier="R" Connection="Files" />
</ConfigurationFile>
`;
const rulesJson = `{
  // The same in JSON.
  "ResourceType": [
    {
      "Identifier": "R", "DisplayName_L1": "R 😀", "Policy": "P", "SourceEntityType": "A_User",
      "TargetEntityType": "B_Account", "BlockProvisioning": false,
      "ScalarRule": [
        { "Property": "Titel", "Binding": "Unit.Code" },
        { "Property": "Size", "Expression": "C#:user:return user.Login.Length;" },
      ],
    },
  ],
  "ManualProvisioningResourceTypeMapping": [{ "Identifier": "R", "Connection": "Files" }],
}
`;

const formats = [
  {
    format: 'XML',
    path: 'conf/rules.xml',
    text: rulesXml,
    write: (name: string, value: string) => `${name}="${value}"`,
  },
  {
    format: 'JSON',
    path: 'conf/rules.jsonc',
    text: rulesJson,
    write: (name: string, value: string) => `"${name}": "${value}"`,
  },
] as const;

let running: LanguageClient | undefined;

afterEach(async () => {
  await running?.[Symbol.asyncDispose]();
  running = undefined;
});

async function start(
  files: Readonly<Record<string, string>>,
  options: Omit<Parameters<typeof startClient>[0], 'files'> = {},
): Promise<LanguageClient> {
  running = await startClient({ files, ...options });
  return running;
}

const codes = (found: readonly Diagnostic[]): readonly unknown[] => found.map(({ code }) => code);

function ends(locations: readonly Location[] | null): readonly string[] {
  return (locations ?? []).map(
    ({ uri, range }) => `${uri.slice(uri.lastIndexOf('/') + 1)}:${range.start.line + 1}`,
  );
}

describe.each(formats)('the language server on $format', ({ path, text, write }) => {
  const project = { 'appsettings.json': '{}', 'conf/model.xml': model, [path]: text };

  it('reports findings at their place as one types, with what they suggest', async () => {
    const client = await start(project);

    const [first] = await client.open(path);
    expect(first).toMatchObject({
      code: 'CONFIG_REFERENCE_UNKNOWN',
      source: 'lockstep',
      severity: 1,
    });
    expect(first === undefined ? '' : client.textAt(path, first.range)).toBe('Titel');

    client.replace(path, 'Titel', 'Title');
    await client.until(path, (found) => found.length === 0);
    client.replace(path, 'Unit.Code', 'Unit.Cod');
    await client.until(path, (found) => codes(found).includes('CONFIG_BINDING_INVALID'));
  });

  it('changes a name to the nearest one', async () => {
    const client = await start(project);
    const diagnostics = await client.open(path);
    const { textDocument } = client.place(path, 'Titel');

    const actions = await client.request<readonly CodeAction[]>('textDocument/codeAction', {
      textDocument,
      range: diagnostics[0]?.range,
      context: { diagnostics },
    });

    expect(actions.map(({ title }) => title)).toEqual(['Change to "Title"']);
    const [edit] = actions[0]?.edit?.changes?.[client.uri(path)] ?? [];
    expect(edit?.newText).toBe('Title');
    expect(edit === undefined ? '' : client.textAt(path, edit.range)).toBe('Titel');
  });

  it('goes to definitions, hop by hop', async () => {
    const client = await start(project);
    await client.open(path);
    const definition = async (around: string) =>
      ends(await client.request('textDocument/definition', client.place(path, around)));

    expect(await definition('"A_U|ser"')).toEqual(['model.xml:9']);
    expect(await definition('Un|it.Code')).toEqual(['model.xml:11']);
    expect(await definition('Unit.Co|de')).toEqual(['model.xml:6']);
    expect(await definition('"Fi|les"')).toEqual(['model.xml:4']);
    expect(await definition('"R 😀|"')).toEqual([]);
  });

  it('finds references in all files', async () => {
    const client = await start(project);
    await client.open(path);
    const references = async (includeDeclaration: boolean) => {
      const place = client.place(path, 'Unit.Co|de');
      const params = { ...place, context: { includeDeclaration } };
      return ends(await client.request('textDocument/references', params));
    };

    const name = path.slice('conf/'.length);
    expect(await references(true)).toEqual([
      'model.xml:6',
      'model.xml:15',
      expect.stringContaining(name),
    ]);
    expect(await references(false)).toHaveLength(2);
  });

  it('renames what is used in bindings and mappings, and in text that is not saved', async () => {
    const client = await start(project);
    await client.open(path);
    client.replace(path, 'Titel', 'Title');
    client.replace(path, text.slice(0, 1), `${text.slice(0, 1)}`);
    const place = client.place(path, 'Unit.Co|de');

    expect(await client.request('textDocument/prepareRename', place)).toMatchObject({
      placeholder: 'Code',
    });
    const edit = await client.request<WorkspaceEdit>('textDocument/rename', {
      ...place,
      newName: 'Number',
    });

    const changes = Object.entries(edit.changes ?? {});
    expect(changes.map(([uri, edits]) => [uri, edits.map(({ newText }) => newText)])).toEqual([
      [client.uri('conf/model.xml'), ['Number', 'Number', ' ConnectionColumn="Code"']],
      [client.uri(path), ['Number']],
    ]);
  });

  it('refuses a name that is reserved or taken, and says why', async () => {
    const client = await start(project);
    await client.open(path);
    const rename = (newName: string) =>
      client.request('textDocument/rename', { ...client.place(path, 'Un|it.Code'), newName });

    await expect(rename('class')).rejects.toThrow('"class" is a reserved word.');
    await expect(rename('login')).rejects.toThrow(
      '"Login" is the name of another property of A_User.',
    );
  });

  it('completes identifiers, properties, steps of a binding, and values', async () => {
    const client = await start(project);
    await client.open(path);
    const labels = async (around: string) => {
      const list = await client.request<CompletionList>(
        'textDocument/completion',
        client.place(path, around),
      );
      return list.items.map(({ label }) => label);
    };

    expect(await labels('"|A_User"')).toEqual(['A_Unit', 'A_User', 'B_Account']);
    expect(await labels('"A_Us|er"')).toEqual(['A_User']);
    expect(await labels(`${write('Property', '|Titel').slice(0, -1)}`)).toEqual(['Size', 'Title']);
    expect(await labels('"Unit.|Code"')).toEqual(['Code', 'Users']);
    expect(await labels('"|C#:user')).toEqual(
      expect.arrayContaining(['C#:', 'Literal:', 'ToUpper']),
    );
  });

  it('explains elements, attributes and names', async () => {
    const client = await start(project);
    await client.open(path);
    const hover = async (around: string) => {
      const found = await client.request<Hover | null>(
        'textDocument/hover',
        client.place(path, around),
      );
      return JSON.stringify(found?.contents);
    };

    expect(await hover('Scalar|Rule')).toContain('What a scalar property of the target holds.');
    expect(await hover('BlockPro|visioning')).toContain('Default: `true`');
    expect(await hover('"B_Acc|ount"')).toMatch(/“Account”.*Declared at model\.xml:17/);
    expect(await hover('Unit.Co|de')).toContain('Scalar property of type String');
  });

  it('lists the elements of a file and the names of a project', async () => {
    const client = await start(project);
    await client.open(path);
    const { textDocument } = client.place(path, 'Titel');

    const [type] = await client.request<readonly DocumentSymbol[]>('textDocument/documentSymbol', {
      textDocument,
    });
    const found = await client.request<readonly SymbolInformation[]>('workspace/symbol', {
      query: 'acc',
    });

    expect(type).toMatchObject({ name: 'R', detail: 'ResourceType “R 😀”' });
    expect(type?.children?.map(({ name }) => name)).toEqual(['Titel', 'Size']);
    expect(found.map(({ name }) => name)).toEqual(['B_Account']);
  });
});

describe('incomplete text', () => {
  it('is completed where a tag is not finished, with snippets for clients that know them', async () => {
    const text = rulesXml.replace('  </ResourceType>', '    <ScalarRule Prop\n  </ResourceType>');
    const client = await start({ 'conf/model.xml': model, 'conf/r.xml': text }, { snippets: true });
    const found = await client.open('conf/r.xml');
    const complete = (around: string) =>
      client.request<CompletionList>('textDocument/completion', client.place('conf/r.xml', around));

    expect(codes(found)).toEqual(['CONFIG_XML_MALFORMED']);
    const [property] = (await complete('<ScalarRule Prop|\n')).items;
    expect(property).toMatchObject({
      label: 'Property',
      insertTextFormat: 2,
      textEdit: { newText: 'Property="$1"' },
    });
    client.replace('conf/r.xml', 'Prop\n', 'Property="\n');
    expect((await complete('Property="|\n')).items.map(({ label }) => label)).toEqual([
      'Size',
      'Title',
    ]);
    client.replace('conf/r.xml', '<ScalarRule Property="\n', '<Sca');
    const [rule] = (await complete('<Sca|  </')).items;
    expect(rule).toMatchObject({ textEdit: { newText: 'ScalarRule Property="$1"$0 />' } });
  });

  it('is completed in JSON', async () => {
    const text = '{ "ResourceType": [ { "Identifier": "R", "TargetEntityType": "B_';
    const client = await start({ 'conf/model.xml': model, 'conf/r.json': text });
    await client.open('conf/r.json');
    const list = await client.request<CompletionList>(
      'textDocument/completion',
      client.place('conf/r.json', '"B_|'),
    );

    expect(list.items.map(({ label }) => label)).toEqual(['B_Account']);
  });
});

describe('lines and characters', () => {
  it('are counted as editors do: CRLF, UTF-16', async () => {
    const text = rulesXml
      .replaceAll('\n', '\r\n')
      .replace('<ScalarRule P', '<!-- 😀😀 --><ScalarRule P');
    const client = await start({ 'conf/model.xml': model, 'conf/r.xml': text });
    const [first] = await client.open('conf/r.xml');

    expect(first === undefined ? '' : client.textAt('conf/r.xml', first.range)).toBe('Titel');
    expect(first?.range.start).toEqual({ line: 4, character: 39 });
  });
});

describe('folders', () => {
  it('of several projects are kept apart, and a plain folder is a configuration', async () => {
    const other = model.replaceAll('A_User', 'C_User');
    const client = await start(
      { 'one/conf/model.xml': model, 'two/conf/model.xml': other, 'three/model.xml': model },
      { workspaceFolders: ['one', 'two', 'three'] },
    );
    const definition = async (path: string, around: string) =>
      ends(await client.request('textDocument/definition', client.place(path, around)));

    expect(await client.open('one/conf/model.xml')).toEqual([]);
    expect(await client.open('two/conf/model.xml')).toEqual([]);
    expect(await client.open('three/model.xml')).toEqual([]);
    expect(await definition('two/conf/model.xml', '"C_U|ser:Unit')).toEqual(['model.xml:9']);
    expect(await definition('three/model.xml', '"A_U|ser:Unit')).toEqual(['model.xml:9']);
  });

  it('that hold no configuration are left alone', async () => {
    const client = await start({ 'page.xml': '<html/>', 'package.json': '{}' });
    void client.open('page.xml');
    const place = {
      textDocument: { uri: client.uri('page.xml') },
      position: { line: 0, character: 2 },
    };

    expect(await client.request('textDocument/completion', place)).toBeNull();
    expect(client.found('page.xml')).toBeUndefined();
  });

  it('are followed on the disk: files that change, come and vanish', async () => {
    const client = await start({ 'conf/model.xml': model, 'conf/rules.xml': rulesXml });
    await client.open('conf/rules.xml');
    const tell = (path: string, type: number) =>
      client.connection.sendNotification('workspace/didChangeWatchedFiles', {
        changes: [{ uri: client.uri(path), type }],
      });
    await writeFile(join(client.folder, 'conf/model.xml'), model.replaceAll('"Title"', '"Titel"'));
    await tell('conf/model.xml', 2);
    await client.until('conf/rules.xml', (found) => found.length === 0);
    await rm(join(client.folder, 'conf/model.xml'));
    await tell('conf/model.xml', 3);
    await client.until('conf/rules.xml', (found) =>
      codes(found).includes('CONFIG_REFERENCE_UNKNOWN'),
    );
  });

  it('give no file outside of them', async () => {
    const client = await start(
      { 'project/conf/model.xml': model, 'secret.xml': model },
      {
        workspaceFolders: ['project'],
      },
    );
    await client.open('project/conf/model.xml');
    const found = await client.request<readonly SymbolInformation[]>('workspace/symbol', {
      query: '',
    });

    expect(new Set(found.map(({ location }) => location.uri))).toEqual(
      new Set([client.uri('project/conf/model.xml')]),
    );
  });

  it('of a document that was never saved take part', async () => {
    const client = await start({ 'conf/model.xml': model });
    const found = await client.open('conf/new.xml', rulesXml);
    await client.connection.sendNotification('textDocument/didClose', {
      textDocument: { uri: client.uri('conf/new.xml') },
    });

    expect(codes(found)).toContain('CONFIG_REFERENCE_UNKNOWN');
    await client.until('conf/new.xml', (after) => after.length === 0);
  });
});

describe('the process', () => {
  it('survives what is no request', async () => {
    const client = await start({ 'conf/model.xml': model });
    await client.open('conf/model.xml');
    const stdin = client.process.stdin;
    const send = (body: string) =>
      stdin?.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    send('{ no JSON');
    send('[1, 2]');
    send('{"jsonrpc":"2.0","id":99,"method":"textDocument/hover","params":{"textDocument":7}}');
    send('{"jsonrpc":"2.0","method":"textDocument/didChange","params":{}}');
    await expect(client.request('textDocument/nonsense', {})).rejects.toThrow();

    const place = client.place('conf/model.xml', 'Property1="A_|User');
    expect(ends(await client.request('textDocument/definition', place))).toEqual(['model.xml:9']);
  });

  it.each([
    ['0 after shutdown', true, 0],
    ['1 without', false, 1],
  ])('ends at exit with %s', async (_, isShutDown, code) => {
    const client = await start({ 'conf/model.xml': model });
    const ended = once(client.process, 'exit');
    if (isShutDown) await client.request('shutdown', undefined);
    await client.connection.sendNotification('exit');

    expect((await ended)[0]).toBe(code);
  });

  it('ends when its input does', async () => {
    const client = await start({ 'conf/model.xml': model });
    const ended = once(client.process, 'exit');
    client.process.stdin?.end();

    expect((await ended)[0]).toBe(0);
  });

  it('ends when its input does while it reads a folder, with nothing to say', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`conf/model${index}.xml`, model]),
    );
    const client = await start(many);
    const ended = once(client.process, 'exit');
    client.process.stdin?.end();

    expect((await ended)[0]).toBe(0);
    expect(client.stderr()).toBe('');
  });

  it('ends when the process of the editor is gone', async () => {
    const editor = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)']);
    const client = await start({ 'conf/model.xml': model }, { processId: editor.pid ?? 0 });
    const ended = once(client.process, 'exit');
    editor.kill('SIGKILL');

    expect((await ended)[0]).toBe(1);
  });
});
