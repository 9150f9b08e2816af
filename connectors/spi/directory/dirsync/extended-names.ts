/**
 * Names that bring the GUID of what they name: Active Directory writes them like that when the extended DN control asks
 * for it. https://learn.microsoft.com/openspecs/windows_protocols/ms-adts/57056773-932c-4e55-9491-e13f49ba580c
 */

import { ValueControl } from '../session/controls.ts';
import { respellDn } from '../session/dn.ts';

/** What a name names: 32 hexadecimal digits in the order of the bytes, and the name as exports write it. */
export interface NamedObject {
  /** Absent where the server gave none: what is named lies outside of what it knows. */
  readonly guid?: string;
  readonly dn: string;
}

/** Asks for names with GUIDs in hexadecimal digits (SEQUENCE of one integer, 0). */
export const extendedNames = new ValueControl('1.2.840.113556.1.4.529', {
  isCritical: true,
  value: Buffer.from([0x30, 3, 2, 1, 0]),
});

/** `<GUID=0856…>;<SID=0105…>;CN=Ana Roy,…` in its parts. */
export function readExtendedName(text: string): NamedObject {
  if (!text.startsWith('<')) return { dn: respellDn(text) };
  let guid: string | undefined;
  let at = 0;
  while (text.charCodeAt(at) === 60) {
    const end = text.indexOf('>', at);
    if (end === -1) break;
    if (text.startsWith('<GUID=', at)) guid = text.slice(at + 6, end).toLowerCase();
    at = text.charCodeAt(end + 1) === 59 ? end + 2 : end + 1;
  }
  const dn = respellDn(text.slice(at));
  return guid === undefined || !/^[0-9a-f]{32}$/.test(guid) ? { dn } : { guid, dn };
}

/** The name alone. */
export function plainName(text: string): string {
  return text.charCodeAt(0) === 60 ? readExtendedName(text).dn : respellDn(text);
}

/** Whether a name is that of a deleted object: its relative name carries a line feed, `DEL:` and its GUID. */
export function isNameOfDeleted(dn: string): boolean {
  return /\\0ADEL:[0-9a-f-]{36}/i.test(dn);
}
