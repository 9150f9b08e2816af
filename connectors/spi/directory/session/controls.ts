/** Controls as bytes: those sent with a request, those that come with an answer. https://www.rfc-editor.org/rfc/rfc4511#section-4.1.11 */
import { Ber, type BerReader, type BerWriter, Control } from 'ldapts';
import { MalformedMessageError } from './malformed-message.ts';

/** A control of an answer; `value` is what its octet string holds, absent where there is none. */
export interface RawControl {
  readonly oid: string;
  readonly value?: Buffer;
}

/** A control to send, its value encoded already. */
export class ValueControl extends Control {
  readonly #value: Buffer | undefined;

  constructor(
    oid: string,
    { isCritical, value }: { readonly isCritical: boolean; readonly value?: Buffer },
  ) {
    super(oid, { critical: isCritical });
    this.#value = value;
  }

  protected override writeControl(writer: BerWriter): void {
    if (this.#value !== undefined) writer.writeBuffer(this.#value, Ber.OctetString);
  }
}

/** The value of the first control of this kind; an empty one where it has none, `undefined` where it is not there. */
export function findControl(controls: readonly RawControl[], oid: string): Buffer | undefined {
  const found = controls.find((control) => control.oid === oid);
  return found === undefined ? undefined : (found.value ?? Buffer.alloc(0));
}

const controlsTag = 0xa0;
const noControls: readonly RawControl[] = [];

/** The controls that stand where the reader is, behind an operation; none where the message ends there. */
export function readControls(reader: BerReader): readonly RawControl[] {
  if (reader.remain <= 0 || reader.peek() !== controlsTag) return noControls;
  const end = openElement(reader, controlsTag);
  const controls: RawControl[] = [];
  while (reader.offset < end) {
    const controlEnd = openElement(reader, Ber.Sequence | Ber.Constructor);
    const oid = given(reader.readString(Ber.OctetString, true)).toString('latin1');
    if (reader.offset < controlEnd && reader.peek() === Ber.Boolean) reader.readBoolean();
    const value =
      reader.offset < controlEnd ? given(reader.readString(Ber.OctetString, true)) : undefined;
    if (reader.offset !== controlEnd) throw endsWrongly();
    controls.push({ oid, ...(value === undefined ? {} : { value }) });
  }
  return controls;
}

/** Steps into an element and gives its end, which lies within the bytes. */
export function openElement(reader: BerReader, tag: number): number {
  given(reader.readSequence(tag));
  const end = reader.offset + reader.length;
  if (end > reader.buffer.length) throw endsWrongly();
  return end;
}

/** The reader answers `null` where bytes are missing, without moving: going on would never end. */
export function given<T>(value: T | null): T {
  if (value === null) throw endsWrongly();
  return value;
}

function endsWrongly(): MalformedMessageError {
  return new MalformedMessageError('A message ends too early.');
}
