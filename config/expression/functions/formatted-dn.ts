/** Distinguished names (RFC 4514) as people read them. */

/**
 * The canonical form of a distinguished name: `CN=Ann Lee,OU=Staff,DC=acme,DC=org` gives `acme.org/Staff/Ann Lee`. A text
 * that is no distinguished name comes back unchanged.
 */
export function toFormattedDn(text: string): string {
  const parts = splitDn(text);
  if (parts === undefined) return text;
  const domain = parts.filter((part) => part.type === 'dc').map((part) => part.value);
  const path = parts.filter((part) => part.type !== 'dc').map((part) => part.value);
  const head = domain.length === 0 ? [] : [domain.join('.')];
  return [...head, ...path.toReversed()].join('/');
}

interface DnPart {
  readonly type: string;
  readonly value: string;
}

function splitDn(text: string): readonly DnPart[] | undefined {
  const parts: DnPart[] = [];
  let part = '';
  for (let index = 0; index <= text.length; index++) {
    const character = text.charAt(index);
    if (character === '\\') {
      part += character + text.charAt(index + 1);
      index++;
    } else if (index === text.length || character === ',') {
      const equals = part.indexOf('=');
      if (equals <= 0) return undefined;
      const type = part.slice(0, equals).trim().toLowerCase();
      parts.push({ type, value: unescapeValue(part.slice(equals + 1).trim()) });
      part = '';
    } else part += character;
  }
  return parts;
}

/** `\,` gives the character, `\C3\A9` the bytes of UTF-8. */
function unescapeValue(value: string): string {
  return value.replace(/(?:\\[0-9a-fA-F]{2})+|\\(.)/gs, (escaped: string, character?: string) => {
    if (character !== undefined) return character;
    return Buffer.from(escaped.replaceAll('\\', ''), 'hex').toString('utf8');
  });
}
