/**
 * EBCDIC code pages of z/OS to text, byte by byte. The tables are those of IBM's character data (CDRA); NEL (0x15) becomes
 * U+0085 and LF (0x25) a line feed. https://www.ibm.com/docs/en/zos-connect/3.0.0?topic=properties-coded-character-set-identifiers
 */

/** Code page 037: the Latin-1 character of each byte, as two hexadecimal digits. */
const page037 =
  '000102039c09867f978d8e0b0c0d0e0f101112139d8508871819928f1c1d1e1f' +
  '80818283840a171b88898a8b8c050607909116939495960498999a9b14159e1a' +
  '20a0e2e4e0e1e3e5e7f1a22e3c282b7c26e9eaebe8edeeefecdf21242a293bac' +
  '2d2fc2c4c0c1c3c5c7d1a62c255f3e3ff8c9cacbc8cdcecfcc603a2340273d22' +
  'd8616263646566676869abbbf0fdfeb1b06a6b6c6d6e6f707172aabae6b8c6a4' +
  'b57e737475767778797aa1bfd0dddeae5ea3a5b7a9a7b6bcbdbe5b5dafa8b4d7' +
  '7b414243444546474849adf4f6f2f3f57d4a4b4c4d4e4f505152b9fbfcf9faff' +
  '5cf7535455565758595ab2d4d6d2d3d530313233343536373839b3dbdcd9da9f';

/** What other pages change in 037: byte and character, four hexadecimal digits each. */
const changes: Readonly<Record<string, string>> = {
  '37': '',
  '273':
    '437b 4ac4 4f21 597e 5adc 5f5e 635b 6af6 7ca7 a1df b0a2 b540 baac bb7c c0e4 cca6 d0fc dc7d e0d6 ec5c fc5d',
  '285': '4a24 5ba3 a1af b0a2 b15b ba5e bc7e',
  '297':
    '4440 485c 4ab0 4f21 517b 547d 5aa7 5f5e 6af9 79b5 7ba3 7ce0 905b a060 a1a8 b0a2 b123 b55d baac bb7c bd7e c0e9 d0e8 dda6 e0e7',
  '500': '4a5b 4f21 5a5d 5f5e b0a2 baac bb7c',
  '1047': '5f5e ad5b b0ac badd bba8 bd5d',
};

/** Pages that hold the euro sign at 0x9F, and the page they are otherwise. */
const euroPages: Readonly<Record<string, string>> = {
  '1140': '37',
  '1141': '273',
  '1146': '285',
  '1147': '297',
};

/** The characters of an EBCDIC page by byte; `undefined` when the name is not that of such a page. */
export function findEbcdicPage(name: string): readonly string[] | undefined {
  const number = /^(?:cp|ibm|ebcdic)?[-_]?0*(\d+)$/.exec(name.trim().toLowerCase())?.[1] ?? '';
  const base = Object.hasOwn(euroPages, number) ? euroPages[number] : number;
  if (base === undefined || !Object.hasOwn(changes, base)) return undefined;
  const codes = [...Buffer.from(page037, 'hex')];
  for (const change of (changes[base] ?? '').split(' ').filter((each) => each !== '')) {
    codes[Number.parseInt(change.slice(0, 2), 16)] = Number.parseInt(change.slice(2), 16);
  }
  const characters = codes.map((code) => String.fromCharCode(code));
  if (base !== number) characters[0x9f] = '€';
  return characters;
}

/** Bytes as text of a page. */
export function decodeEbcdic(bytes: Uint8Array, page: readonly string[]): string {
  let text = '';
  for (const byte of bytes) text += page[byte] ?? '';
  return text;
}
