/** The pre-read control (RFC 4527): the answer to a change carries what was there before it. https://www.rfc-editor.org/rfc/rfc4527 */
import { BerWriter, type Control } from 'ldapts';
import { findControl, ValueControl } from '../session/controls.ts';
import { decodeControlEntry, type LdapResult, type RawEntry } from '../session/protocol.ts';

const preReadOid = '1.3.6.1.1.13.1';

export function canReadBefore(controls: ReadonlySet<string>): boolean {
  return controls.has(preReadOid);
}

/** Asks for these attributes as they were. */
export function askForBefore(attributes: readonly string[]): Control {
  const writer = new BerWriter();
  writer.startSequence();
  for (const attribute of attributes) writer.writeString(attribute);
  writer.endSequence();
  return new ValueControl(preReadOid, { isCritical: true, value: writer.buffer });
}

/** The entry before the change, with what the login may read of it; `undefined` when the answer does not have it. */
export function readBefore({ controls = [] }: LdapResult): RawEntry | undefined {
  const value = findControl(controls, preReadOid);
  return value === undefined ? undefined : decodeControlEntry(value);
}
