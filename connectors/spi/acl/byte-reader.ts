/** Reads numbers out of bytes that somebody else wrote: nothing beyond the end, nothing behind it. */
import { ConnectorError } from '../errors.ts';

export class ByteReader {
  readonly #bytes: Buffer;
  readonly #what: string;
  position: number;

  /** `what` names the bytes in errors. */
  constructor(bytes: Uint8Array, what: string, position = 0) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
    this.position = position;
  }

  get left(): number {
    return this.#bytes.length - this.position;
  }

  /** A reader of the same bytes that begins elsewhere. */
  at(position: number): ByteReader {
    return new ByteReader(this.#bytes, this.#what, position);
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  u16(): number {
    return this.#bytes.readUInt16LE(this.#take(2));
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  /** The first byte is the highest. */
  u32BigEndian(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  u48BigEndian(): number {
    return this.#bytes.readUIntBE(this.#take(6), 6);
  }

  take(length: number): Buffer {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** Text up to a byte of zero, which is taken, too. */
  textToZero(): string {
    const end = this.#bytes.indexOf(0, this.position);
    if (end === -1) throw this.describeCut();
    const text = this.take(end - this.position).toString('utf8');
    this.position += 1;
    return text;
  }

  align(size: number): void {
    this.position = Math.ceil(this.position / size) * size;
  }

  describeCut(): ConnectorError {
    return new ConnectorError('invalid-value', `${this.#what} are cut off or damaged.`, {
      hint: 'Set the rights of the object anew.',
    });
  }

  describeUnknown(part: string): ConnectorError {
    return new ConnectorError('unsupported', `${this.#what} have ${part} that is not known.`, {
      hint: 'Report it, with what wrote these rights.',
    });
  }

  #take(length: number): number {
    const start = this.position;
    if (length < 0 || start < 0 || start + length > this.#bytes.length) throw this.describeCut();
    this.position = start + length;
    return start;
  }
}
