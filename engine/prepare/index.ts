export type { SourceTable } from './cleanse-table.ts';
export { CsvOutput } from './csv-output.ts';
export { LinkRows } from './guards/find-link-rows.ts';
export { describeBeingWritten, type FormerSource, judgeSource } from './guards/judge-source.ts';
export type { GuardFinding } from './guards.ts';
export { normalizeKey } from './normalize-key.ts';
export type { PrepareOutcome } from './prepare-request.ts';
export { prepareSynchronization, removeSessions } from './prepare-synchronization.ts';
export { findAltered, readSession, sealFile } from './seal-session.ts';
