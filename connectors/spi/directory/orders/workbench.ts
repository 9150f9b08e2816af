/** What the steps of an order share. */
import type { ConnectorContext } from '../../package.ts';
import type { DirectorySchema } from '../session/schema.ts';
import type { LdapSession } from '../session/session.ts';
import type { DirectorySettings } from '../settings.ts';
import type { AccountHooks } from './account-hooks.ts';
import type { EntryLocks } from './entry-locks.ts';
import type { TargetPlan } from './target-plan.ts';
import type { UnreadWrites } from './unread-writes.ts';

/** What an order needs at hand; `plans` belong to one session because they follow its schema. */
export interface Workbench {
  readonly session: LdapSession;
  readonly schema: DirectorySchema;
  readonly settings: DirectorySettings;
  readonly context: ConnectorContext;
  readonly locks: EntryLocks;
  readonly plan: TargetPlan;
  readonly accounts: AccountHooks;
  readonly unread: UnreadWrites;
}
