/** Rows that a driver hands out one by one, taken in batches. */

/** Up to `size` rows; `isLast` when the stream has ended. */
export async function takeRows(
  rows: AsyncIterator<unknown>,
  size: number,
): Promise<{ readonly rows: readonly unknown[]; readonly isLast: boolean }> {
  const taken: unknown[] = [];
  while (taken.length < size) {
    const next = await rows.next();
    if (next.done === true) return { rows: taken, isLast: true };
    taken.push(next.value);
  }
  return { rows: taken, isLast: false };
}
