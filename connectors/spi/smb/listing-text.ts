/** What the SMB client prints of a folder, line by line. Every line must be one that it prints: names may hold anything. */
import type { AccessEntry, AccessRights } from '../acl/access-rights.ts';
import { resolveGenericRights } from '../acl/file-rights.ts';
import { giveEverything } from '../acl/security-descriptor.ts';

/** One object in a folder. */
export interface ShareEntry {
  readonly name: string;
  readonly isFolder: boolean;
  /** Absent where they were not asked for, or could not be read. */
  readonly rights?: AccessRights;
}

const footer = /^\t\t\d+ blocks of size \d+\. \d+ blocks available$/;
const status = /^NT_STATUS_([A-Z0-9_]+) listing /;
const greeting = 'Try "help" to get a list of possible commands.';

/** `trouble`: a status such as `ACCESS_DENIED`, or `undefined` where the text is not that of a listing. */
export type LineMeaning =
  | { readonly kind: 'entry'; readonly entry: ShareEntry }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'trouble'; readonly status?: string };

const nothing: LineMeaning = { kind: 'nothing' };

/** Lines around entries: the same in both forms of a listing. */
function readFrame(line: string): LineMeaning | undefined {
  if (line === '' || line === greeting || footer.test(line)) return nothing;
  const code = status.exec(line)?.[1];
  return code === undefined ? undefined : { kind: 'trouble', status: code };
}

/** A line of a plain listing: name, attributes, size, date. `.` and `..` are no entries. */
export function readPlainLine(line: string): LineMeaning {
  const frame = readFrame(line);
  if (frame !== undefined) return frame;
  const columns =
    /^ {2}(.*)([ A-Za-z]{7}) (?:(?=.{8} {2})( *\d{1,8})|(\d{9,})) {2}[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/.exec(
      line,
    );
  if (columns === null) return { kind: 'trouble' };
  const name = (columns[1] ?? '').trimEnd();
  if (name === '.' || name === '..') return nothing;
  return { kind: 'entry', entry: { name, isFolder: (columns[2] ?? '').includes('D') } };
}

/** Lines of a listing with rights. An entry is given once the next one begins, or at the end. */
export class RightsListing {
  #name: string | undefined;
  #isFolder = false;
  /** How many of the lines that follow a name have come. */
  #facts = 0;
  #descriptor: DescriptorText | undefined;

  take(line: string): LineMeaning {
    const name = /^FILENAME:(.+)$/.exec(line)?.[1];
    if (name !== undefined) return this.#open(name);
    if (this.#name !== undefined && this.#facts < factLines.length) return this.#takeFact(line);
    if (this.#descriptor?.take(line) === true) return nothing;
    const frame = readFrame(line);
    if (frame !== undefined) return frame;
    if (this.#name !== undefined && this.#descriptor === undefined && /^revision: 1$/.test(line)) {
      this.#descriptor = new DescriptorText();
      return nothing;
    }
    return { kind: 'trouble' };
  }

  /** The last entry; `trouble` where its lines are not all there. */
  end(): LineMeaning {
    const name = this.#name;
    if (name === undefined) return nothing;
    if (this.#facts < factLines.length) return { kind: 'trouble' };
    const rights = this.#descriptor?.rights();
    const entry = { name, isFolder: this.#isFolder, ...(rights === undefined ? {} : { rights }) };
    this.#name = undefined;
    this.#descriptor = undefined;
    return { kind: 'entry', entry };
  }

  #open(name: string): LineMeaning {
    const before = this.end();
    this.#name = name;
    this.#facts = 0;
    this.#isFolder = false;
    this.#descriptor = undefined;
    return before;
  }

  #takeFact(line: string): LineMeaning {
    const fact = factLines[this.#facts]?.exec(line);
    if (fact == null) return { kind: 'trouble' };
    if (this.#facts === 0) this.#isFolder = (fact[1] ?? '').includes('D');
    this.#facts += 1;
    return nothing;
  }
}

const factLines: readonly RegExp[] = [/^MODE:([A-Za-z]*)$/, /^SIZE:\d+$/, /^MTIME:.+$/];
const descriptorLines =
  /^(SACL|DACL|\tACL\t.*|\t---|\tACE|\t\tSpecific bits: .*|\t\tObject .*|\t\tInherited .*|\t\tGUID.*|)$/;
const hasDacl = 0x4;
const isDaclProtected = 0x1000;
const inheritOnly = 0x8;
/** Types of entries that allow, and those that deny: with and without objects and conditions. */
const allowing: readonly number[] = [0x00, 0x05, 0x09, 0x0b];
const denying: readonly number[] = [0x01, 0x06, 0x0a, 0x0c];

/** A security descriptor as it is printed. */
class DescriptorText {
  #control: number | undefined;
  #list: 'none' | 'audit' | 'access' = 'none';
  #announced = 0;
  #listed = 0;
  #type = -1;
  #flags = 0;
  #mask = 0;
  #isOver = false;
  #isUnknown = false;
  readonly #entries: AccessEntry[] = [];

  /** False for a line that is not part of a descriptor. */
  take(line: string): boolean {
    if (this.#control === undefined) {
      const control = /^type: 0x([0-9a-f]+): [A-Z_ ]*$/.exec(line)?.[1];
      if (control !== undefined) this.#control = Number.parseInt(control, 16);
      return control !== undefined;
    }
    if (/^\t(Owner|Group) SID:\tS-[0-9x-]+$/.test(line)) {
      this.#isOver = true;
      return true;
    }
    if (this.#isOver) return false;
    return this.#takeEntryLine(line) || descriptorLines.test(line);
  }

  /** `undefined` when the text is not that of a whole descriptor. */
  rights(): AccessRights | undefined {
    const control = this.#control;
    if (control === undefined || this.#isUnknown || this.#announced !== this.#listed)
      return undefined;
    const blocksInheritance = (control & isDaclProtected) !== 0;
    const hasList = this.#list === 'access' && (control & hasDacl) !== 0;
    return hasList
      ? { entries: this.#entries, blocksInheritance }
      : giveEverything(blocksInheritance);
  }

  #takeEntryLine(line: string): boolean {
    if (line === 'SACL' || line === 'DACL') {
      this.#list = line === 'DACL' ? 'access' : 'audit';
      return true;
    }
    const count = /^\tACL\tNum ACEs:\t(\d+)\trevision:\t\d+$/.exec(line)?.[1];
    if (count !== undefined) this.#announced += Number(count);
    const type = /^\t\ttype: [A-Z _]+ ?\((\d+)\) flags: 0x([0-9a-f]+) /.exec(line);
    if (type !== null) {
      this.#type = Number(type[1]);
      this.#flags = Number.parseInt(type[2] ?? '', 16);
      return true;
    }
    const mask = /^\t\tPermissions: 0x([0-9a-f]+): /.exec(line)?.[1];
    if (mask !== undefined) {
      this.#mask = Number.parseInt(mask, 16);
      return true;
    }
    const sid = /^\t\tSID: (S-[0-9x-]+)$/.exec(line)?.[1];
    if (sid === undefined) return count !== undefined;
    this.#listed += 1;
    if (this.#list === 'access') this.#keep(sid);
    return true;
  }

  #keep(sid: string): void {
    const isDenied = denying.includes(this.#type);
    if (!isDenied && !allowing.includes(this.#type)) this.#isUnknown = true;
    if ((this.#flags & inheritOnly) !== 0) return;
    this.#entries.push({ sid, isDenied, mask: resolveGenericRights(this.#mask) });
  }
}

/** What `smbcacls --numeric` prints of one object; `undefined` when it is not that, or says too little. */
export function readRightsText(text: string): AccessRights | undefined {
  let control: number | undefined;
  const entries: AccessEntry[] = [];
  for (const line of text.split('\n')) {
    const found = /^CONTROL:0x([0-9a-f]+)$/.exec(line)?.[1];
    if (found !== undefined) control = Number.parseInt(found, 16);
    if (!line.startsWith('ACL:')) continue;
    const parts = /^ACL:(S-[0-9x-]+):(\d+)\/0x([0-9a-f]+)\/0x([0-9a-f]+)$/.exec(line);
    const type = Number(parts?.[2]);
    const isDenied = denying.includes(type);
    if (parts === null || (!isDenied && !allowing.includes(type))) return undefined;
    if ((Number.parseInt(parts[3] ?? '', 16) & inheritOnly) !== 0) continue;
    const mask = resolveGenericRights(Number.parseInt(parts[4] ?? '', 16));
    entries.push({ sid: parts[1] ?? '', isDenied, mask });
  }
  if (control === undefined) return undefined;
  const blocksInheritance = (control & isDaclProtected) !== 0;
  if ((control & hasDacl) === 0) return giveEverything(blocksInheritance);
  // An empty list and none look the same in this text.
  return text.includes('\nACL:') ? { entries, blocksInheritance } : undefined;
}
