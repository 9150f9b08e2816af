/** What scanning a tree needs and gives, wherever the tree lies. */
import type { AccessRights } from '../spi/acl/access-rights.ts';
import type { ScanTroubles } from '../spi/folders/scan-troubles.ts';
import type { ConnectorContext } from '../spi/package.ts';
import type { SharePath } from '../spi/smb/share-path.ts';
import type { SharedFolderSettings } from './settings.ts';

export interface FoundObject {
  /** With the root's own spelling in front. */
  readonly path: string;
  /** `null` at a root. */
  readonly parentPath: string | null;
  /** 0 at a root. */
  readonly level: number;
  readonly isFolder: boolean;
  readonly rights: AccessRights;
}

/** `real` is free of symbolic links. */
export type ScanRoot =
  | { readonly kind: 'local'; readonly spelled: string; readonly real: string }
  | { readonly kind: 'share'; readonly spelled: string; readonly share: SharePath };

export interface Scan {
  readonly settings: SharedFolderSettings;
  readonly context: ConnectorContext;
  readonly troubles: ScanTroubles;
  /** Whether a path is left out by `ListOfPathsToAvoid`. */
  readonly isAvoided: (path: string) => boolean;
}

/** Folders of this level are looked into. */
export function hasLevelBelow(level: number, settings: SharedFolderSettings): boolean {
  return settings.LevelOfScan === undefined || level < settings.LevelOfScan;
}
