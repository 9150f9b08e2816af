import { closeTicket } from '../../fulfil/index.ts';
import { finishRun, startRun } from '../../store/index.ts';
import type { Workspace } from '../workspace.ts';

export interface TicketAnswers {
  readonly orderIds: readonly number[];
  readonly answer: 'confirm' | 'fail';
  readonly person: string;
  readonly comment: string | null;
  readonly isDryRun: boolean;
}

/** Closes tickets, all or none. */
export async function answerTickets(
  workspace: Workspace,
  answers: TicketAnswers,
): Promise<{ readonly changed: number }> {
  const { store, model, effects } = workspace;
  const at = new Date(effects.now()).toISOString();
  const work = store.transaction(async (t) => {
    const runId = await startRun(t, {
      kind: 'decision',
      subject: `ticket ${answers.answer}`,
      configurationHash: model.hash,
      startedAt: at,
    });
    for (const orderId of answers.orderIds) {
      await closeTicket(t, model, {
        orderId,
        answer: answers.answer,
        person: answers.person,
        comment: answers.comment,
        runId,
        at,
      });
    }
    await finishRun(t, runId, {
      status: 'done',
      finishedAt: at,
      details: { orders: answers.orderIds },
    });
    if (answers.isDryRun) throw new DryRunEnd();
  });
  try {
    await work;
  } catch (error) {
    if (!(error instanceof DryRunEnd)) throw error;
  }
  return { changed: answers.orderIds.length };
}

class DryRunEnd extends Error {}
