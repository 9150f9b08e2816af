/** Watches which transitions of the table the code takes, and where an assignment really ends by them. */
import type { TakenTransition } from '../../config/index.ts';

export interface WatchedEnd {
  readonly workflowState: number;
  readonly provisioningState?: number;
}

type End = number | 'closed';

export class TransitionWatch {
  readonly #ends = new Map<string, Set<End>>();
  #moves: TakenTransition[] = [];

  /** To be told everything on the channel of transitions while this watches. */
  readonly note = (message: unknown): void => {
    // The channel tells nothing else.
    this.#moves.push(message as TakenTransition);
  };

  /** Runs it, and keeps by which transitions the assignment came to its end; `null`: it has no row. */
  run(subject: string, act: () => WatchedEnd | null): void {
    this.#moves = [];
    const end = act();
    for (const { axis, from, cause, to } of this.#moves) {
      const state = axis === 'workflow' ? end?.workflowState : end?.provisioningState;
      // A verified value has no row.
      const isVerified = to === 4 && subject === 'value' && axis === 'provisioning';
      const reached = end === null && isVerified ? 4 : (state ?? 'closed');
      if (reached !== to) continue;
      const id = `${axis}:${subject}:${from}:${cause}`;
      this.#ends.set(id, (this.#ends.get(id) ?? new Set()).add(reached));
    }
  }

  /** The states in which assignments ended by the transition of this name. */
  endsOf(id: string): readonly End[] {
    return [...(this.#ends.get(id) ?? [])];
  }
}
