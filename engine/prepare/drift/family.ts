/** What a way of writing values is. */

/** The name of a format, and what the text says in it. */
export type Reading = readonly [format: string, canonical: string];

/**
 * Ways of writing one and the same value. A family reads a text in each of its formats; two texts that are written in
 * different formats and read the same differ in form only.
 */
export interface Family {
  /** What the formats of the family differ in. */
  readonly aspect: string;
  /** All formats the text may be written in; none when the family has nothing to say of it. */
  read(text: string): readonly Reading[];
  /** Whether two readings of different formats say the same; equality unless given. */
  isSame?(a: string, b: string): boolean;
}
