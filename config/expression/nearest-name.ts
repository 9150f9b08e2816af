/** Finds the known name an author most likely meant. */

/** Longer names are cut before they are compared: a distance costs the product of both lengths. */
const maxComparedLength = 64;

/** The known name nearest to `name`, when it is near enough to be a slip of the hand; else `undefined`. */
export function findNearestName(name: string, known: Iterable<string>): string | undefined {
  const wanted = name.slice(0, maxComparedLength).toLowerCase();
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  let nearest: string | undefined;
  let nearestDistance = limit + 1;
  for (const candidate of known) {
    const lower = candidate.slice(0, maxComparedLength).toLowerCase();
    if (Math.abs(lower.length - wanted.length) > limit) continue;
    const distance = countEdits(wanted, lower);
    if (distance < nearestDistance) {
      nearest = candidate;
      nearestDistance = distance;
    }
  }
  return nearest;
}

/** `Did you mean X?`, or the alternative when nothing is near. */
export function suggestName(
  name: string,
  known: Iterable<string>,
  otherwise?: string,
): string | undefined {
  const nearest = findNearestName(name, known);
  return nearest === undefined ? otherwise : `Did you mean ${nearest}?`;
}

/** Levenshtein distance. */
function countEdits(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
