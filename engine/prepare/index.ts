export type { SourceTable } from './cleanse-table.ts';
export type { GuardFinding } from './guards.ts';
export { normalizeKey } from './normalize-key.ts';
export {
  type PrepareOutcome,
  prepareSynchronization,
  readSession,
  removeSessions,
} from './prepare-synchronization.ts';
