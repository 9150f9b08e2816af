/**
 * The known name closest to a mistyped one, or `undefined` when none is close enough to be worth suggesting.
 * Case is ignored; a third of the letters may differ; ties go to the first candidate.
 */
export function findNearestName(wanted: string, known: Iterable<string>): string | undefined {
  const target = wanted.toLowerCase();
  let nearest: string | undefined;
  let smallest = Math.max(1, Math.floor(target.length / 3)) + 1;
  for (const candidate of known) {
    const distance = measureDistance(target, candidate.toLowerCase(), smallest);
    if (distance < smallest) {
      smallest = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

/** A hint that names the nearest known name, else up to eight known names; `undefined` when nothing is known. */
export function suggestName(wanted: string, known: readonly string[]): string | undefined {
  const nearest = findNearestName(wanted, known);
  if (nearest !== undefined) return `Did you mean "${nearest}"?`;
  if (known.length === 0) return undefined;
  const shown = known.slice(0, 8).join(', ');
  return `Known names: ${shown}${known.length > 8 ? ', …' : ''}.`;
}

/**
 * Letters to add, drop, change or swap with their neighbour, given up at `limit`: names far longer or shorter cost
 * nothing. Swapped letters are the commonest slip and count once.
 */
function measureDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforePrevious: readonly number[] = [];
  let previous: readonly number[] = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(
        Math.min(
          read(previous, column - 1) + (isSame ? 0 : 1),
          read(previous, column) + 1,
          read(current, column - 1) + 1,
          isSwapped ? read(beforePrevious, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    beforePrevious = previous;
    previous = current;
  }
  return read(previous, b.length);
}

function read(distances: readonly number[], index: number): number {
  return distances[index] ?? Number.POSITIVE_INFINITY;
}
