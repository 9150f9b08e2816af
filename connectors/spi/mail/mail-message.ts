/** A mail as it is queued, and who may get it. */
import { domainToASCII } from 'node:url';
import { ConnectorError } from '../errors.ts';
import type { MailSettings } from './mail-settings.ts';

export interface MailAddress {
  readonly address: string;
  readonly name?: string;
}

/** Texts are plain; whoever made `html` has escaped what stands in it. */
export interface MailMessage {
  /** Stays the same however often the mail is sent: `<…@domain>` without the angle brackets. */
  readonly messageId: string;
  /** Milliseconds since the epoch. */
  readonly date: number;
  readonly to: readonly MailAddress[];
  readonly cc: readonly MailAddress[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Tag of the language of the text, such as `fr`. */
  readonly language: string;
}

const maxAddressLength = 254;
// One address, nothing around it: no quoted local part, no comment, no list, no control character.
const localPart = /^[^\s"(),:;<>@[\\\]\p{C}]{1,64}$/u;

/** Whether the text is one plain address of an Internet domain. */
export function isMailAddress(text: string): boolean {
  if (text.length > maxAddressLength) return false;
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at);
  if (at < 1 || !localPart.test(local) || /^\.|\.\.|\.$/.test(local)) return false;
  const domain = text.slice(at + 1);
  if (!/^[\p{L}\p{M}\p{N}.-]+$/u.test(domain)) return false;
  const labels = domainToASCII(domain).split('.');
  return labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(label));
}

/** On one line, without characters that nobody sees: what stands in a header. */
export function toHeaderText(text: string, maxLength = 200): string {
  const line = text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  const letters = [...line];
  return letters.length <= maxLength ? line : `${letters.slice(0, maxLength - 1).join('')}…`;
}

/** Who gets a mail, and who does not although it was meant for them. */
export interface Recipients {
  readonly to: readonly MailAddress[];
  readonly cc: readonly MailAddress[];
  readonly leftOut: readonly string[];
  /** Everything goes to the catch-all address. */
  readonly isCaught: boolean;
}

/** What `AllowedDomains` and `CatchAllAddress` make of the recipients; each address once. */
export function restrictRecipients(
  message: Pick<MailMessage, 'to' | 'cc'>,
  settings: Pick<MailSettings, 'AllowedDomains' | 'CatchAllAddress'>,
): Recipients {
  const { CatchAllAddress: caught } = settings;
  if (caught !== undefined && caught !== '') {
    refuseBad('CatchAllAddress', caught);
    return { to: [{ address: caught }], cc: [], leftOut: [], isCaught: true };
  }
  const domains = (settings.AllowedDomains ?? '')
    .split(';')
    .map((domain) => foldDomain(domain.trim().replace(/^@/, '')))
    .filter((domain) => domain !== '');
  const seen = new Set<string>();
  const leftOut: string[] = [];
  const keep = (addresses: readonly MailAddress[]): readonly MailAddress[] =>
    addresses.filter(({ address }) => {
      const folded = foldAddress(address);
      if (seen.has(folded)) return false;
      seen.add(folded);
      const domain = folded.slice(folded.lastIndexOf('@') + 1);
      const isAllowed =
        isMailAddress(address) && (domains.length === 0 || domains.includes(domain));
      if (!isAllowed) leftOut.push(toHeaderText(address));
      return isAllowed;
    });
  return { to: keep(message.to), cc: keep(message.cc), leftOut, isCaught: false };
}

/** Throws `invalid-value` for a setting that must be an address and is none. */
export function refuseBad(setting: string, address: string): void {
  if (isMailAddress(address)) return;
  throw new ConnectorError('invalid-value', `The setting ${setting} of mail is no address.`, {
    hint: 'Write one address, such as it@example.com.',
    details: { setting },
  });
}

/** Text inside an element or a quoted attribute. */
export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

function foldAddress(address: string): string {
  const at = address.lastIndexOf('@');
  return `${address.slice(0, at).toLowerCase()}@${foldDomain(address.slice(at + 1))}`;
}

function foldDomain(domain: string): string {
  return (domainToASCII(domain) || domain).toLowerCase();
}
