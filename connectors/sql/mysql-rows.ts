/** What becomes of the rows of MySQL and MariaDB: cells of text, or lines written from their bytes, to the byte the same. */
import { isUtf8 } from 'node:buffer';
import type { Chunk, LineChunk } from '../spi/database/database.ts';
import { LineBuffer } from '../spi/database/line-buffer.ts';
import {
  type WriteValue,
  writeFloats,
  writeMoments,
  writeRendered,
  writeText,
  writeTruth,
} from '../spi/database/line-values.ts';
import { nullMark, type RowTaker, readLength, widthOf } from './mysql-packets.ts';
import {
  holdsBytes,
  type MysqlColumn,
  type MysqlTextOptions,
  mysqlTypes,
  renderMysqlValue,
} from './mysql-values.ts';

/** Rows as cells, `size` at a time. */
export function takeCells(
  columns: readonly MysqlColumn[],
  options: MysqlTextOptions,
  size: number,
): RowTaker<Chunk> {
  const names = columns.map(({ name }) => name);
  let rows: (string | null)[][] = [];
  return {
    take(bytes, from) {
      let at = from;
      const cells = columns.map((column) => {
        if (bytes[at] === nullMark) {
          at += 1;
          return null;
        }
        const start = at + widthOf(bytes[at] ?? 0);
        at = start + readLength(bytes, at);
        return renderMysqlValue(bytes.subarray(start, at), column, options);
      });
      rows.push(cells);
    },
    get isFull() {
      return rows.length >= size;
    },
    give() {
      const chunk = { columns: names, rows };
      rows = [];
      return chunk;
    },
  };
}

/** Rows as lines; of two columns or more. */
export function takeLines(
  columns: readonly MysqlColumn[],
  options: MysqlTextOptions,
): RowTaker<Chunk> {
  const names = columns.map(({ name }) => name);
  const lines = new LineBuffer();
  const writers = columns.map((column) => writerOf(column, options));
  return {
    take(bytes, from) {
      let at = from;
      for (const write of writers) {
        const mark = bytes[at] as number;
        if (mark === nullMark) {
          at += 1;
          lines.endValue();
        } else {
          const length = mark < nullMark ? mark : readLength(bytes, at);
          const start = at + widthOf(mark);
          at = start + length;
          write(lines, bytes, start, at);
        }
      }
      lines.endLine();
    },
    get isFull() {
      return lines.isFull;
    },
    give: () => ({ columns: names, rows: [], lines: toUtf8(lines.take()) }),
    giveBack(chunk) {
      if (chunk.lines !== undefined) lines.giveBack(chunk.lines);
    },
  };
}

/** What `renderMysqlValue` does to a value of this column, without making text of it where that can be. */
function writerOf(column: MysqlColumn, options: MysqlTextOptions): WriteValue {
  const render = writeRendered((value) => renderMysqlValue(value, column, options) ?? '');
  if (holdsBytes(column)) return render;
  switch (column.columnType) {
    case mysqlTypes.bit:
    case mysqlTypes.geometry:
      return render;
    case mysqlTypes.tiny:
      return options.isTinyBoolean && column.columnLength === 1 ? writeBit : writeText;
    case mysqlTypes.float:
    case mysqlTypes.double:
      return writeFloats(render);
    case mysqlTypes.date:
    case mysqlTypes.newDate:
      return writeDays(render);
    case mysqlTypes.datetime:
      return writeMoments({ isZoned: false, zone: '' }, render);
    case mysqlTypes.timestamp:
      return writeMoments({ isZoned: true, zone: '' }, render);
    default:
      return writeText;
  }
}

const [zero, one] = [48, 49];

const writeBit: WriteValue = (lines, bytes, from, to) => {
  const digit = to - from === 1 ? bytes[from] : undefined;
  if (digit === one || digit === zero) writeTruth(lines, digit === one);
  else lines.writeValue(bytes, from, to);
};

/** Those that start with 0 may be no day. */
function writeDays(otherwise: WriteValue): WriteValue {
  return (lines, bytes, from, to) => {
    const write = bytes[from] === zero ? otherwise : writeText;
    write(lines, bytes, from, to);
  };
}

/** Bytes that are no UTF-8 become what they do where a value is read as text: the sign for such bytes. */
function toUtf8(chunk: LineChunk): LineChunk {
  const { bytes } = chunk;
  if (isUtf8(bytes)) return chunk;
  return { ...chunk, bytes: Buffer.from(Buffer.from(bytes).toString('utf8')) };
}
