import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const entry = join(import.meta.dirname, '..', '..', 'bin', 'lockstep.mjs');

/** Runs the entry on a Node that gives another version for its own. */
function runOn(version: string): { readonly status: number | null; readonly stderr: string } {
  const claim = `Object.defineProperty(process.versions, 'node', { value: '${version}' });`;
  return spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(claim)}`, entry, '--version'],
    { encoding: 'utf8' },
  );
}

describe('the command on an old Node', () => {
  it.each(['18.0.0', '20.20.2', '22.11.0', '23.9.0'])(
    'says on %s which one it needs',
    (version) => {
      const { status, stderr } = runOn(version);

      expect(status).toBe(2);
      expect(stderr).toContain('Lockstep needs Node 24 or newer');
      expect(stderr).toContain(version);
      expect(stderr).not.toContain('    at ');
    },
  );
});
