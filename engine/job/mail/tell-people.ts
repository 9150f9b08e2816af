import { CodedError } from '../../../config/index.ts';
import { hasMailWork } from '../../store/index.ts';
import type { Workspace } from '../workspace.ts';
import { sendMails } from './send-mails.ts';
import { queueTicketMails } from './ticket-mail.ts';

/**
 * Sends what a run has to tell, and what earlier ones could not. Nothing fails because of it, and nothing is written where there
 * is nothing to tell.
 */
export async function tellPeople(workspace: Workspace, runId: number | null): Promise<void> {
  const { store, effects } = workspace;
  const { logger } = effects;
  try {
    const now = new Date(effects.now()).toISOString();
    if (!(await store.read((t) => hasMailWork(t, now)))) return;
    await queueTicketMails(workspace, runId);
    const { sent, postponed, refused, error } = await sendMails(workspace);
    if (sent + postponed + refused > 0) logger.info({ sent, postponed, refused }, 'Mail was sent.');
    if (error !== null) logger.warn({ code: error.code }, 'Mail waits to be sent.');
  } catch (error) {
    const code = error instanceof CodedError ? error.code : 'UNEXPECTED';
    logger.warn({ code }, 'Mail could not be sent; it waits in the store.');
  }
}
