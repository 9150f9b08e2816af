/**
 * Installs what the repository needs before a script runs: the packages of the lock file, its own Node among them, and, with
 * `--servers` as root on Debian, the servers that integration tests talk to. Says nothing when all is there.
 * Runs on any Node from 18 on and imports nothing that has to be installed, so that it works in a fresh clone.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const neededNode = 24;
const root = dirname(dirname(fileURLToPath(import.meta.url)));

const wantsServers = process.argv.includes('--servers');
// Before the packages: drivers with native parts are compiled against headers that come with the servers.
if (wantsServers) installServers();
if (!holdsLockedPackages() || (wantsServers && !holdsNativeDrivers())) installPackages();
requireNode();

/** True when every package of the lock file, optional ones aside, stands in node_modules in its locked version. */
function holdsLockedPackages() {
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return false;
  const locked = readPackages(join(root, 'package-lock.json')) ?? {};
  return Object.entries(locked).every(
    ([path, entry]) =>
      path === '' ||
      entry.optional === true ||
      entry.devOptional === true ||
      entry.peer === true ||
      (installed[path]?.version === entry.version && existsSync(join(root, path))),
  );
}

/** npm leaves a driver out when it could not be compiled; with the servers' headers there it is worth another try. */
function holdsNativeDrivers() {
  return ['kerberos', 'odbc'].every((name) => existsSync(join(root, 'node_modules', name)));
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function installPackages() {
  say('Installing the packages of package-lock.json into node_modules …');
  const started = Date.now();
  // Not "npm ci": it refuses a lock file without the optional packages of other platforms, which npm leaves out
  // where the registry does not offer them. "--no-save" keeps npm from writing the lock file.
  const isDone = runNpm(['install', '--no-save', '--include=dev', '--no-audit', '--no-fund']);
  if (!isDone) {
    say(
      'The packages could not be installed. Check the network and the lines above, then try again.',
    );
    process.exit(1);
  }
  say(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

/** The repository's own Node is fetched by an installation script, which a machine may have switched off. */
function requireNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= neededNode || hasOwnNode()) return;
  say("Installing the repository's own Node …");
  runNpm(['rebuild', 'node']);
  if (hasOwnNode()) return;
  say(
    `Node ${neededNode} is needed; this is ${process.versions.node}, and the repository's own could not be installed, probably ` +
      'because installation scripts are switched off. Run "npm rebuild node --ignore-scripts=false", or install ' +
      `Node ${neededNode}.`,
  );
  process.exit(2);
}

function hasOwnNode() {
  const own = join(root, 'node_modules', 'node', 'bin', 'node');
  return existsSync(own) || existsSync(`${own}.exe`);
}

/** True when npm ended well. What it prints goes to stderr, so that it never mixes with results. */
function runNpm(command) {
  const options = [...command, '--loglevel=error'];
  const settings = { cwd: root, stdio: ['ignore', 2, 2] };
  // npm names its own program when it runs a script; it may be another than the first on the path.
  const npm = process.env.npm_execpath;
  const result =
    npm?.endsWith('.js') === true
      ? spawnSync(process.execPath, [npm, ...options], settings)
      : spawnSync('npm', options, { ...settings, shell: process.platform === 'win32' });
  return result.status === 0;
}

function installServers() {
  const script = join(root, 'scripts', 'install-servers.sh');
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !existsSync('/etc/debian_version') || !existsSync(script)) return;
  const result = spawnSync('bash', [script], { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) {
    say('Some servers could not be installed; tests that need them are skipped and say so.');
  }
}

function say(line) {
  process.stderr.write(`${line}\n`);
}
