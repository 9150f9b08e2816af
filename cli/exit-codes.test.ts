import { describe, expect, it } from 'vitest';
import { exitCodeOfError, exitCodeOfStatus } from './exit-codes.ts';

describe('exit codes of errors', () => {
  it.each([
    ['CONFIG_REFERENCE_UNKNOWN', 2],
    ['SETTINGS_MALFORMED', 2],
    ['PROJECT_NOT_DEPLOYED', 2],
    ['CONNECTION_SETTINGS_INVALID', 2],
    ['USAGE_INVALID', 2],
    ['INIT_FOLDER_NOT_EMPTY', 2],
    ['JOB_UNKNOWN', 2],
    ['RESOURCE_AMBIGUOUS', 2],
    ['ORDER_UNKNOWN', 2],
    ['REQUEST_EXISTS', 2],
    ['REQUEST_NOT_OPEN', 2],
    ['DECISION_COMMENT_REQUIRED', 2],
    ['DECISION_PERSON_REFUSED', 2],
    ['DECISION_RISK_BLOCKS', 3],
    ['TICKET_VALUE_INVALID', 2],
    ['PLAN_ALREADY_APPLIED', 2],
    ['PLAN_STALE', 4],
    ['STORE_FULL', 1],
    ['STORE_UNREACHABLE', 1],
    ['CONNECTOR_UNREACHABLE', 1],
    ['CONNECTOR_UNAUTHENTICATED', 1],
    ['LEASE_TAKEN', 1],
    ['TICKET_NOT_OPEN', 1],
    ['UNEXPECTED', 1],
  ])('%s is %i', (code, exitCode) => {
    expect(exitCodeOfError({ code })).toBe(exitCode);
  });
});

describe('exit codes of what the engine says', () => {
  it.each([
    ['completed', 0],
    ['nothing', 0],
    ['warning', 0],
    ['skipped', 0],
    ['failed', 1],
    ['blocked', 3],
    ['cancelled', 130],
  ] as const)('%s is %i', (status, exitCode) => {
    expect(exitCodeOfStatus(status)).toBe(exitCode);
  });
});
