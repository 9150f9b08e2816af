import { describe, expect, it } from 'vitest';
import { VaultError } from './secret-vault.ts';
import { rememberAnswers } from './vault-memory.ts';

describe('rememberAnswers', () => {
  function watch(answer: (key: string, count: number) => string) {
    let now = 0;
    const asked: string[] = [];
    const ask = rememberAnswers(
      async (key) => {
        asked.push(key);
        return answer(key, asked.length);
      },
      { keptMs: 1_000, restMs: 100, clock: () => now },
    );
    return { ask, asked, wait: (ms: number) => (now += ms) };
  }

  it('asks once, also when asked at the same time, and again when the answer is old', async () => {
    const { ask, asked, wait } = watch((key, count) => `${key}${count}`);

    expect(await Promise.all([ask('a'), ask('a'), ask('b')])).toEqual(['a1', 'a1', 'b2']);
    wait(999);
    expect(await ask('a')).toBe('a1');
    wait(1);
    expect(await ask('a')).toBe('a3');
    expect(asked).toEqual(['a', 'b', 'a']);
  });

  it('leaves a vault alone for a while that could not be reached', async () => {
    const { ask, asked, wait } = watch((key, count) => {
      if (count === 1) throw new VaultError('VAULT_UNREACHABLE', 'Nobody is there.', {});
      return key;
    });

    await expect(ask('a')).rejects.toThrow('Nobody is there.');
    await expect(ask('b')).rejects.toThrow('Nobody is there.');
    expect(asked).toEqual(['a']);
    wait(100);
    expect(await ask('b')).toBe('b');
  });

  it('asks again at once after any other failure', async () => {
    const { ask, asked } = watch((key, count) => {
      if (count === 1) throw new VaultError('VAULT_REFUSED', 'No right.', {});
      return key;
    });

    await expect(ask('a')).rejects.toThrow('No right.');
    expect(await ask('a')).toBe('a');
    expect(asked).toHaveLength(2);
  });
});
