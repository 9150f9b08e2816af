/** Reads back what a workbook holds, part by part: just enough of the ZIP format for what tests write. */
import { readFile } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';

export interface ReadCell {
  /** `s` text, `n` number or date, `b` true or false. */
  readonly type: string;
  readonly value: string;
  readonly style: string | null;
}

export interface ReadSheet {
  readonly name: string;
  /** By row and column, both from 0; empty cells are absent. */
  readonly cells: readonly ReadonlyMap<number, ReadCell>[];
  readonly xml: string;
}

/** https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT: the central directory says where each part lies. */
export async function readZip(path: string): Promise<ReadonlyMap<string, string>> {
  const bytes = await readFile(path);
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  const parts = new Map<string, string>();
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const method = bytes.readUInt16LE(at + 10);
    const size = bytes.readUInt32LE(at + 20);
    const nameLength = bytes.readUInt16LE(at + 28);
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength);
    const local = bytes.readUInt32LE(at + 42);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const content = bytes.subarray(start, start + size);
    parts.set(name, (method === 0 ? content : inflateRawSync(content)).toString('utf8'));
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return parts;
}

export async function readWorkbook(path: string): Promise<readonly ReadSheet[]> {
  const parts = await readZip(path);
  const texts = [...(parts.get('xl/sharedStrings.xml') ?? '').matchAll(/<si>(.*?)<\/si>/gsu)].map(
    ([, item]) => unescapeXml((item ?? '').replace(/<[^>]*>/gu, '')),
  );
  const workbook = parts.get('xl/workbook.xml') ?? '';
  const names = [...workbook.matchAll(/<sheet [^>]*?name="([^"]*)"/gu)].map(
    ([, name]) => name ?? '',
  );
  return names.map((name, index) => {
    const xml = parts.get(`xl/worksheets/sheet${index + 1}.xml`) ?? '';
    const cells = [...xml.matchAll(/<row [^>]*?(?:\/>|>(.*?)<\/row>)/gsu)].map(
      ([, row]) =>
        new Map([...(row ?? '').matchAll(cellPattern)].map((match) => toCell(match, texts))),
    );
    return { name: unescapeXml(name), cells, xml };
  });
}

const cellPattern = /<c ([^>]*?)(?:\/>|>(?:<v>)?(.*?)(?:<\/v>)?<\/c>)/gsu;

function toCell(match: RegExpMatchArray, texts: readonly string[]): readonly [number, ReadCell] {
  const attribute = (name: string): string | null =>
    new RegExp(`(?:^| )${name}="([^"]*)"`, 'u').exec(match[1] ?? '')?.[1] ?? null;
  const letters = (attribute('r') ?? '').replace(/\d/gu, '');
  const column = [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
  const type = attribute('t') ?? 'n';
  const value = match[2] ?? '';
  return [
    column,
    { type, value: type === 's' ? (texts[Number(value)] ?? '') : value, style: attribute('s') },
  ];
}

function unescapeXml(text: string): string {
  const named: Readonly<Record<string, string>> = {
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    amp: '&',
  };
  return text.replace(/&(lt|gt|quot|apos|amp|#x?[0-9a-fA-F]+);/gu, (whole, name: string) => {
    if (!name.startsWith('#')) return named[name] ?? whole;
    const isHex = name[1] === 'x';
    return String.fromCodePoint(Number.parseInt(name.slice(isHex ? 2 : 1), isHex ? 16 : 10));
  });
}
