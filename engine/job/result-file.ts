/** What became of the orders of one fulfilment, as a file beside theirs: a copy for people and scripts. */
import { existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { OrderResultRecord } from '../../connectors/index.ts';
import type { FulfilReport } from '../fulfil/index.ts';
import { JobError } from './errors.ts';
import { withLease } from './with-lease.ts';
import type { Workspace } from './workspace.ts';

export interface ResultFile extends AsyncDisposable {
  write(reports: readonly FulfilReport[]): Promise<void>;
  /** Gives the file its name; without it only the part that was written is left. */
  finish(): Promise<void>;
}

const head = '{\n  "ProvisioningResultsList": [';
const tail = '\n  ]\n}\n';

const outcomes = {
  executed: 'executed',
  errored: 'errored',
  conflict: 'conflict',
  expired: 'expired',
  cancelled: 'expired',
  superseded: 'expired',
  generated: 'unknown',
  ticket: 'ticket',
} as const;

/** Nothing is written until there is a result. Under the lease of the connection, whose part is one file. */
export async function openResultFile(
  workspace: Workspace,
  connection: string,
  runId: number,
): Promise<ResultFile> {
  const folder = folderOf(workspace);
  const path = join(folder, `${runId}.results.json`);
  const part = partOf(workspace, connection);
  await rm(part, { force: true });
  let file: FileHandle | null = null;
  let isFirst = true;
  return {
    async write(reports) {
      const records = reports.flatMap(toRecord);
      if (records.length === 0) return;
      if (file === null) {
        await mkdir(folder, { recursive: true });
        file = await open(part, 'w', 0o600);
      }
      const lines = records.map((record) => `\n    ${JSON.stringify(record)}`).join(',');
      await file.writeFile(`${isFirst ? head : ','}${lines}`);
      isFirst = false;
    },
    async finish() {
      if (file === null) return;
      await file.writeFile(tail);
      await file.sync();
      await file.close();
      file = null;
      await rename(part, path);
    },
    async [Symbol.asyncDispose]() {
      await file?.close();
    },
  };
}

/** Removes what a killed run began, when nothing is left to carry out that would write it anew. */
export async function removeCutOffResults(workspace: Workspace, connection: string): Promise<void> {
  const part = partOf(workspace, connection);
  if (!existsSync(part)) return;
  try {
    await withLease(workspace, deliveryLease(connection), () => rm(part, { force: true }));
  } catch (error) {
    // Whoever delivers now is still writing it.
    if (!(error instanceof JobError) || error.code !== 'LEASE_TAKEN') throw error;
  }
}

/** Of who carries out the orders of a connection: one at a time. */
export function deliveryLease(connection: string): string {
  return `fulfil:${connection}`;
}

function folderOf({ settings }: Workspace): string {
  return join(settings.workFolder, 'ProvisioningOrders');
}

function partOf(workspace: Workspace, connection: string): string {
  return join(folderOf(workspace), `${encodeURIComponent(connection)}.results.json.part`);
}

function toRecord(report: FulfilReport): readonly OrderResultRecord[] {
  if (report.kind === 'untouched') return [];
  const { turn, startedAt, endedAt } = report;
  const about = {
    OrderId: String(turn.row.id),
    AssignedResourceTypeId: String(turn.row.assigned_resource_type_id),
    Attempt: turn.row.attempts + 1,
  };
  const times = { StartedAt: startedAt, EndedAt: endedAt };
  if (report.kind === 'postponed') {
    const { error, nextAttemptAt } = report;
    return [
      {
        ...about,
        Outcome: 'unknown',
        Message: error.message,
        Code: error.code,
        IsRetryable: true,
        ...(nextAttemptAt === null ? {} : { NextAttemptAt: nextAttemptAt }),
        ...times,
      },
    ];
  }
  const { status, message, errorCode, writtenValues } = report.outcome;
  return [
    {
      ...about,
      Outcome: outcomes[status],
      Message: message,
      Code: errorCode,
      IsRetryable: false,
      ...(writtenValues === null ? {} : { WrittenValues: { ...writtenValues } }),
      ...times,
    },
  ];
}
