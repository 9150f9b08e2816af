/** What a program says of its orders on standard output: a line of JSON each; other lines are for the log. */
import { StringDecoder } from 'node:string_decoder';
import { type ConnectorErrorKind, connectorErrorKinds } from '../spi/errors.ts';
import type { Values } from '../spi/order.ts';

/** `{ "OrderId": "12", "State": "Executed", "Message": "…", "Values": { … }, "Kind": "not-found" }`; all but `State` may be left out. */
export interface ResultRecord {
  readonly orderId?: string;
  readonly state: 'started' | 'executed' | 'error';
  readonly kind: ConnectorErrorKind;
  readonly message: string;
  readonly values?: Values;
}

/** A longer line is no result. */
const maxLineLength = 4 * 1024 * 1024;
const maxMessageLength = 2_000;

/** Lines of bytes as they come; what is past the limit of a line is left out. Memory: one line. */
export async function* readOutputLines(
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<string, void, undefined> {
  const decoder = new StringDecoder('utf8');
  let held = '';
  for await (const chunk of chunks) {
    const lines = decoder.write(chunk).split('\n');
    held += (lines[0] ?? '').slice(0, maxLineLength - held.length);
    for (const line of lines.slice(1)) {
      yield held;
      held = line.slice(0, maxLineLength);
    }
  }
  held += decoder.end();
  if (held !== '') yield held;
}

/** `undefined`: the line is no result. */
export function readResultRecord(line: string): ResultRecord | undefined {
  if (!line.trimStart().startsWith('{')) return undefined;
  let content: unknown;
  try {
    content = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof content !== 'object' || content === null) return undefined;
  // A parsed object: its members are looked at one by one.
  const record = content as Readonly<Record<string, unknown>>;
  const state = readState(record['State']);
  if (state === undefined) return undefined;
  const id = record['OrderId'];
  const kind = connectorErrorKinds.find((each) => each === record['Kind']) ?? 'unexpected';
  const message = record['Message'];
  const values = readValues(record['Values']);
  return {
    state,
    kind,
    message: typeof message === 'string' ? message.slice(0, maxMessageLength) : '',
    ...(typeof id === 'string' || typeof id === 'number' ? { orderId: String(id) } : {}),
    ...(values === undefined ? {} : { values }),
  };
}

function readState(value: unknown): ResultRecord['state'] | undefined {
  switch (typeof value === 'string' ? value.toLowerCase() : undefined) {
    case 'started':
      return 'started';
    case 'executed':
      return 'executed';
    case 'error':
    case 'errored':
      return 'error';
    default:
      return undefined;
  }
}

function readValues(value: unknown): Values | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value).flatMap(([name, item]): [string, string | null][] => {
    if (item === null || typeof item === 'string') return [[name, item]];
    return typeof item === 'number' || typeof item === 'boolean' ? [[name, String(item)]] : [];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
