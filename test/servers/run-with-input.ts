/** Runs a program to its end and hands it something to read. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Throws with what the program said when it fails; gives what it printed otherwise. */
export async function runWithInput(
  command: string,
  parameters: readonly string[],
  input: string,
): Promise<string> {
  const child = spawn(command, parameters, { cwd: '/', stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output += chunk.toString('utf8');
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} failed (${code}): ${output}`);
  return output;
}
