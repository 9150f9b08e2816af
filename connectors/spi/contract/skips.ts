/** Cases that have one reason not to apply, for the `skips` of subjects. */

/** Nobody is let in by a password, and nobody can be too busy or silent: files. */
export const casesOfServers: readonly string[] = [
  'connection-wrong-password',
  'secrets-hidden',
  'secrets-hidden-at-work',
  'reading-throttled',
  'order-throttled',
  'reading-times-out',
  'order-times-out',
  'reading-stopped-while-waiting',
  'order-stopped-while-waiting',
];

/** For a package that passes orders on and never sees what became of them. */
export const casesOfSeeingTheSystem: readonly string[] = [
  'missing-not-changed',
  'unknown-property-refused',
  'added-twice-refused',
  'conflict-refused',
  'conflict-with-nothing-refused',
  'read-as-written',
  'read-after-adding',
  'read-of-nothing',
];

/** What can only be asked where a test sees the objects that orders are about. */
export const casesOfObjects: readonly string[] = [
  ...['object-added', 'empty-added', 'rest-left-alone', 'others-left-alone', 'object-deleted'],
  ...['null-clears', 'changed-twice-same', 'expected-value-changed', 'renamed', 'moved'],
  ...['links-added', 'link-removed', 'link-there-already', 'link-gone-already'],
  ...['letters-written', 'line-breaks-written', 'quotes-written', 'hostile-text-written'],
  ...['digits-written', 'large-written', 'spaces-written', 'nul-written-or-refused'],
  'fulfillers-apart',
];

/** For a package that is told of changes and keeps no bookmark of its own. */
export const casesOfBookmarks: readonly string[] = [
  ...['bookmark-given', 'bookmark-last', 'bookmark-needs-proof', 'no-change-no-rows'],
  ...['addition-told', 'change-told', 'deletion-told', 'changes-equal-everything'],
  ...['no-bookmark-reads-all', 'bookmark-truncated', 'bookmark-garbage', 'bookmark-foreign'],
  ...['bookmark-of-the-future', 'bookmark-expired'],
];

/** One reason for all of them. */
export function leaveOut(ids: readonly string[], reason: string): Readonly<Record<string, string>> {
  return Object.fromEntries(ids.map((id) => [id, reason]));
}

/** For packages that read files which somebody else writes. */
export const skipsOfFiles: Readonly<Record<string, string>> = {
  ...leaveOut(casesOfServers, 'a file asks for no password, is never busy and always answers'),
  ...leaveOut(
    casesOfBookmarks,
    'changes come in a file that somebody else writes, without a bookmark',
  ),
  'waits-for-reader': 'how far a file was read cannot be seen from outside',
};

/** For packages that do nothing but pass on what an order brings. */
export function skipsOfPassingOn(reason: string): Readonly<Record<string, string>> {
  return leaveOut([...casesOfObjects, ...casesOfSeeingTheSystem], reason);
}

/** For packages without a system of their own. */
export const skipsWithoutSystem: Readonly<Record<string, string>> = leaveOut(
  [...casesOfServers, 'settings-refused', 'connection-unreachable'],
  'there is no system to reach and nothing to set',
);

const onlyScript =
  'what its system says, what is open and where objects lie, only the script knows';

/** For scripts that are handed orders in files. */
export const skipsOfOrderScripts: Readonly<Record<string, string>> = {
  ...leaveOut(
    ['connection-wrong-password', 'connection-closes', 'closing-releases', 'order-throttled'],
    onlyScript,
  ),
  ...leaveOut(['unknown-property-refused', 'renamed', 'moved'], onlyScript),
  ...leaveOut(
    ['read-as-written', 'read-after-adding', 'read-of-nothing'],
    'a script writes and does not read',
  ),
  'order-times-out': 'what a script was at when it was interrupted is unknown',
};
