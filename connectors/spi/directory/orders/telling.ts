/** Failures of orders that consist of several steps. */
import { ConnectorError } from '../../errors.ts';

/** Runs a later step of an order; its failure says what has been done before. */
export async function telling<T>(state: string | undefined, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (state === undefined || !(error instanceof ConnectorError)) throw error;
    if (error.message.endsWith(state)) throw error;
    throw new ConnectorError(error.kind, `${error.message} ${state}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      details: error.details,
      cause: error.cause ?? error,
    });
  }
}
