/** How much must have changed in one way before it counts as drift. Measured against honest days by a property test. */

/** Rows compared per file at most: drift that touches one row in a hundred shows in them. */
export const sampleRows = 1_000;
/** Fewer values than this are somebody's corrections. */
const leastValues = 5;
const leastShareOfRows = 0.01;
/** Of the values that a change of form could touch, this share must have been touched. */
const mostOfThem = 0.8;
/** Judged by the values of today alone, more evidence is asked for. */
const leastValuesOfToday = 10;
const leastShareOfToday = 0.02;

/** `touched` of `susceptible` values changed in one way, of `rows` compared. */
export function isMostOf(touched: number, susceptible: number, rows: number): boolean {
  return touched >= leastTouched(rows) && touched >= susceptible * mostOfThem;
}

/** The same where only what is there today tells which values could be touched. */
export function isMostOfToday(touched: number, ofToday: number, rows: number): boolean {
  const least = Math.max(leastValuesOfToday, rows * leastShareOfToday);
  return touched >= least && touched >= ofToday * mostOfThem;
}

export function leastTouched(rows: number): number {
  return Math.max(leastValues, rows * leastShareOfRows);
}

/** After a few tries without success the rest is spared. */
export function isHopeless(tried: number, found: number): boolean {
  return tried >= 40 && found < tried * 0.4;
}
