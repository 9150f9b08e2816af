/** The process that the workload of the whole policy times: `node policy-step.ts <project folder>`. */
import { evaluateCompany } from './evaluate-company.ts';
import { inProject } from './load-project.ts';

const [folder = ''] = process.argv.slice(2);
const figures = await inProject(folder, async (workspace) => {
  const started = performance.now();
  const { owners, changes } = await evaluateCompany(workspace, false);
  const seconds = (performance.now() - started) / 1_000;
  return { 'identities/s': Math.round(owners / seconds), 'assignments changed': changes };
});
process.stdout.write(`${JSON.stringify(figures)}\n`);
