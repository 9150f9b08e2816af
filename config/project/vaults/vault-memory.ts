/** What was asked of a vault, so that it is asked once for what several connections use. */
import { VaultError } from './secret-vault.ts';

export interface VaultMemoryOptions {
  /** How long an answer is good: a scheduler runs for weeks, and passwords in vaults change. */
  readonly keptMs?: number;
  /** How long a vault that could not be reached is left alone: a command with many secrets waits for it once. */
  readonly restMs?: number;
  /** Milliseconds, from any moment on. */
  readonly clock?: () => number;
}

/** Gives `ask` a memory, by the key it is asked with. A failure is not remembered, but that nobody answered is for a while. */
export function rememberAnswers<T>(
  ask: (key: string) => Promise<T>,
  {
    keptMs = 5 * 60_000,
    restMs = 30_000,
    clock = () => performance.now(),
  }: VaultMemoryOptions = {},
): (key: string) => Promise<T> {
  const answers = new Map<string, { readonly at: number; readonly answer: Promise<T> }>();
  let silence: { readonly at: number; readonly error: VaultError } | undefined;

  return async (key) => {
    const known = answers.get(key);
    if (known !== undefined && clock() - known.at < keptMs) return known.answer;
    if (silence !== undefined && clock() - silence.at < restMs) throw silence.error;
    const asked = { at: clock(), answer: ask(key) };
    answers.set(key, asked);
    try {
      return await asked.answer;
    } catch (error) {
      if (answers.get(key) === asked) answers.delete(key);
      if (error instanceof VaultError && error.code === 'VAULT_UNREACHABLE') {
        silence = { at: clock(), error };
      }
      throw error;
    }
  };
}
