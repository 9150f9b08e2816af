/** What a program that is started finds in its environment: what every program needs, and what it is given on purpose. */

/** Variables as the context has them. */
export type Variables = Readonly<Record<string, string | undefined>>;

const needed = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'XDG_RUNTIME_DIR',
  'DISPLAY',
  // Windows: programs do not start without some of these.
  'SYSTEMROOT',
  'SYSTEMDRIVE',
  'WINDIR',
  'COMSPEC',
  'PATHEXT',
  'TEMP',
  'TMP',
  'USERPROFILE',
  'USERNAME',
  'APPDATA',
  'LOCALAPPDATA',
  'PROGRAMDATA',
  'PROGRAMFILES',
  'PROGRAMFILES(X86)',
  'PROGRAMW6432',
  'PSMODULEPATH',
] as const;

/**
 * The environment of a child: never our own, which may hold the secrets that settings refer to. Output is asked for without
 * colours. `given` wins over what is passed on.
 */
export function programEnvironment(
  own: Variables,
  given: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && isNeeded(name)) kept[name] = value;
  }
  return { ...kept, TERM: 'dumb', NO_COLOR: '1', ...given };
}

function isNeeded(name: string): boolean {
  const upper = name.toUpperCase();
  return upper.startsWith('LC_') || needed.some((each) => each === upper);
}
