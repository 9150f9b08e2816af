/** Reads spans of time. */

/** `[-][d.]hh:mm[:ss[.fff]]`, or days alone. */
export function readSpan(text: string): number | undefined {
  const match =
    /^\s*(-)?(?:(\d{1,8})|(?:(\d{1,8})\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?)\s*$/.exec(
      text,
    );
  if (match === null) return undefined;
  const [, sign, daysAlone, days = '0', hours = '0', minutes = '0', seconds = '0', part = '0'] =
    match;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const clock = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  const fraction = Number(part.padEnd(7, '0')) / 10_000;
  const span = Number(daysAlone ?? days) * 86_400_000 + clock * 1000 + fraction;
  return sign === undefined ? span : -span;
}
