/** What became of the orders of one fulfilment, as a file beside theirs: a copy for people and scripts. */
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { OrderResultRecord } from '../../connectors/index.ts';
import type { FulfilReport } from '../fulfil/index.ts';
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

/** Nothing is written until there is a result. */
export async function openResultFile(workspace: Workspace, runId: number): Promise<ResultFile> {
  const folder = join(workspace.settings.workFolder, 'ProvisioningOrders');
  const path = join(folder, `${runId}.results.json`);
  let file: FileHandle | null = null;
  let isFirst = true;
  return {
    async write(reports) {
      const records = reports.flatMap(toRecord);
      if (records.length === 0) return;
      if (file === null) {
        await mkdir(folder, { recursive: true });
        file = await open(`${path}.part`, 'w', 0o600);
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
      await rename(`${path}.part`, path);
    },
    async [Symbol.asyncDispose]() {
      await file?.close();
    },
  };
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
