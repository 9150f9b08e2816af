/** Who may do what with one file or folder, whatever the system says it in. */

export interface AccessEntry {
  /** Text form of the security identifier; a name as written where a system gives nothing else. */
  readonly sid: string;
  readonly isDenied: boolean;
  /** Bits of a Windows access mask; generic ones are resolved. */
  readonly mask: number;
}

export interface AccessRights {
  readonly entries: readonly AccessEntry[];
  /** Nothing is taken over from the folder above. */
  readonly blocksInheritance: boolean;
}

/** Everybody, in Windows and as POSIX's "other". */
export const everyone = 'S-1-1-0';

/** Samba's identifiers of Unix accounts: https://wiki.samba.org/index.php/Unix_Users_and_Groups */
export const unixUserPrefix = 'S-1-22-1-';
export const unixGroupPrefix = 'S-1-22-2-';
