/** A directory server that answers as a test tells it: for what real servers seldom do. */
import { createServer, type Socket } from 'node:net';
import { Ber, BerReader, BerWriter, PagedResultsControl } from 'ldapts';

export interface ScriptedEntry {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, readonly (string | Buffer)[]>>;
}

export interface ScriptedSearch {
  readonly baseDn: string;
  /** `0` base, `1` one level, `2` subtree. */
  readonly scope: number;
  readonly attributes: readonly string[];
  readonly cookie: string | undefined;
}

export interface ScriptedAnswer {
  readonly entries?: readonly ScriptedEntry[];
  readonly references?: readonly string[];
  readonly code?: number;
  readonly diagnostic?: string;
  /** Absent: the answer has no paged results control. */
  readonly cookie?: string;
  /** Sent instead of an answer. */
  readonly bytes?: Buffer;
}

export interface ScriptedDirectory extends AsyncDisposable {
  readonly port: number;
  readonly searches: readonly ScriptedSearch[];
}

/** Accepts every login, announces paged results, publishes no schema, and leaves every other search to `answer`. */
export async function startScriptedDirectory(
  answer: (search: ScriptedSearch) => ScriptedAnswer,
): Promise<ScriptedDirectory> {
  const sockets = new Set<Socket>();
  const searches: ScriptedSearch[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      const reader = new BerReader(chunk);
      reader.readSequence();
      const id = reader.readInt() ?? 0;
      const operation = reader.readSequence() ?? 0;
      if (operation === 0x60) socket.write(writeResult(id, 0x61, {}));
      if (operation !== 0x63) return;
      const search = readSearch(reader);
      if (search.baseDn === '' && search.scope === 0) {
        const root = {
          dn: '',
          attributes: { supportedControl: [PagedResultsControl.type] },
        };
        socket.write(Buffer.concat([writeEntry(id, root), writeResult(id, 0x65, {})]));
        return;
      }
      searches.push(search);
      const scripted = answer(search);
      if (scripted.bytes !== undefined) {
        socket.write(scripted.bytes);
        return;
      }
      socket.write(
        Buffer.concat([
          ...(scripted.entries ?? []).map((entry) => writeEntry(id, entry)),
          ...(scripted.references ?? []).map((url) => writeReference(id, url)),
          writeResult(id, 0x65, scripted),
        ]),
      );
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return {
    port: address.port,
    searches,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function readSearch(reader: BerReader): ScriptedSearch {
  const end = reader.offset + reader.length;
  const baseDn = reader.readString() ?? '';
  const scope = reader.readEnumeration() ?? 0;
  reader.readEnumeration();
  reader.readInt();
  reader.readInt();
  reader.readBoolean();
  reader.readSequence();
  reader.offset += reader.length;
  reader.readSequence();
  const listEnd = reader.offset + reader.length;
  const attributes: string[] = [];
  while (reader.offset < listEnd) attributes.push(reader.readString() ?? '');
  reader.offset = end;
  let cookie: string | undefined;
  if (reader.remain > 0) {
    reader.readSequence();
    const controlsEnd = reader.offset + reader.length;
    while (reader.offset < controlsEnd) {
      reader.readSequence();
      const type = reader.readString();
      reader.readBoolean();
      const value = reader.readString(Ber.OctetString, true) ?? Buffer.alloc(0);
      if (type !== PagedResultsControl.type) continue;
      const control = new PagedResultsControl();
      control.parse(new BerReader(value));
      cookie = control.value?.cookie?.toString('utf8');
    }
  }
  return { baseDn, scope, attributes, cookie };
}

function writeMessage(id: number, tag: number, body: (writer: BerWriter) => void): BerWriter {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(tag);
  body(writer);
  writer.endSequence();
  return writer;
}

function writeEntry(id: number, entry: ScriptedEntry): Buffer {
  const writer = writeMessage(id, 0x64, (body) => {
    body.writeString(entry.dn);
    body.startSequence();
    for (const [type, values] of Object.entries(entry.attributes)) {
      body.startSequence();
      body.writeString(type);
      body.startSequence(0x31);
      for (const value of values) body.writeBuffer(Buffer.from(value), Ber.OctetString);
      body.endSequence();
      body.endSequence();
    }
    body.endSequence();
  });
  writer.endSequence();
  return writer.buffer;
}

function writeReference(id: number, url: string): Buffer {
  const writer = writeMessage(id, 0x73, (body) => body.writeString(url));
  writer.endSequence();
  return writer.buffer;
}

function writeResult(id: number, tag: number, answer: ScriptedAnswer): Buffer {
  const writer = writeMessage(id, tag, (body) => {
    body.writeEnumeration(answer.code ?? 0);
    body.writeString('');
    body.writeString(answer.diagnostic ?? '');
  });
  if (answer.cookie !== undefined) {
    writer.startSequence(0xa0);
    new PagedResultsControl({ value: { size: 0, cookie: Buffer.from(answer.cookie) } }).write(
      writer,
    );
    writer.endSequence();
  }
  writer.endSequence();
  return writer.buffer;
}
