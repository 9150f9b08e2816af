/** A scene drives one line of the table: it puts an assignment into the state, acts, and tells where that ended. */
import type { TakenTransition } from '../../../config/index.ts';
import type { Desk } from './desk.fixture.ts';

export type End = number | 'closed';
export type Scene = (desk: Desk, from: number) => Promise<End>;
/** By `axis:subject:cause`. */
export type Scenes = Readonly<Record<string, Scene>>;

export const scope = { filter: {}, ids: [] } as const;

/** The state of a row as stored; `closed`: it ended. */
export async function endOf(
  desk: Desk,
  table: Parameters<Desk['read']>[0],
  id: number,
  axis: 'workflow' | 'provisioning',
): Promise<End> {
  const row = await desk.read(table, id);
  return row === undefined ? 'closed' : Number(row[`${axis}_state`]);
}

/**
 * The state that this cause led to on the way to the end: the one the end was reached by. What ends rows with a statement
 * tells no transition; `null`: nothing of the kind happened.
 */
export function reachedBy(
  moves: readonly TakenTransition[],
  about: { readonly axis: string; readonly cause: string },
  end: End,
): End | null {
  if (end === 'closed') return 'closed';
  const own = moves.filter(({ axis }) => axis === about.axis);
  const leads = (from: End, depth: number): boolean =>
    from === end ||
    (depth > 0 && own.some((move) => move.from === from && leads(move.to, depth - 1)));
  return own.find(({ cause, to }) => cause === about.cause && leads(to, 4))?.to ?? null;
}
