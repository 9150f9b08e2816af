import { deployProject, openProject, openWorkspace, runJob, readStatus, listReviewItems } from './engine/index.ts';
import { formatDiagnostic } from './config/index.ts';
const ac = new AbortController();
const log = (l: string) => (f: unknown, m: string) => console.error(l, m, JSON.stringify(f));
const effects = { environment: process.env, logger: { debug() {}, info: log('info'), warn: log('warn'), error: log('error') }, progress: { report() {} }, now: Date.now, signal: ac.signal };
await using project = await openProject(process.argv[2]!, effects as never);
const d = await deployProject(project, { isDryRun: false });
console.log(d.status);
for (const x of d.diagnostics) console.log(formatDiagnostic(x, d.files.find((f) => f.path === x.file)?.text ?? ''));
if (d.status === 'invalid') process.exit(2);
const ws = await openWorkspace(project);
for (const job of process.argv.slice(3)) {
  const t = Date.now();
  const r = await runJob(ws, { job, resume: false, force: true, onTask: (e) => { if (e.kind === 'ended') console.log(' ', e.task.identifier, e.outcome.status, e.outcome.message, e.durationMs + 'ms'); if (e.kind === 'ended' && e.outcome.error) console.log(e.outcome.error.cause ?? e.outcome.error); } });
  console.log(job, r.status, Date.now() - t, 'ms');
}
console.log(JSON.stringify((await readStatus(ws)).resourceTypes), JSON.stringify((await readStatus(ws)).orders));
