/**
 * Builds `dist/` from nothing: what the package ships instead of the sources. Our own modules are joined into a few files,
 * because looking up some seven hundred files costs more than all else at the start; libraries stay where npm puts them.
 */
import { rmSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { build } from 'rolldown';

const root = join(import.meta.dirname, '..');

// Files of modules that are gone must not stay in the package.
rmSync(join(root, 'dist'), { recursive: true, force: true });
await build({
  cwd: root,
  input: { main: 'cli/main.ts' },
  platform: 'node',
  external: (id) => !id.startsWith('.') && !isAbsolute(id) && id !== 'cli/main.ts',
  output: { dir: 'dist/cli', format: 'esm', chunkFileNames: '[name]-[hash].js' },
});
