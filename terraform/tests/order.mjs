// Checks in which order a deployment makes things, which no plan shows: it reads what `terraform graph` prints from the standard input.
//
// Everything is made after the APIs that it needs were enabled. A function is deployed after all that it works with is there: its rights, those of
// its build, and the indexes of its queries. A new index takes minutes, and on a large collection hours, in which a query that needs it fails.
import fs from 'node:fs';

const name = String.raw`"((?:[\w.-]+\.)?google_\w+\.\w+)"`;
const graph = fs.readFileSync(0, 'utf8');
const resources = new Set([...graph.matchAll(new RegExp(`${name} \\[label`, 'g'))].map((m) => m[1]).filter((r) => !/(^|\.)data\./.test(r)));
const needs = new Map();
for (const [, from, to] of graph.matchAll(new RegExp(`${name} -> ${name}`, 'g'))) needs.set(from, [...(needs.get(from) ?? []), to]);

// All that is made before a resource is.
function before(resource, seen = new Set()) {
  for (const needed of needs.get(resource) ?? []) {
    if (seen.has(needed)) continue;
    seen.add(needed);
    before(needed, seen);
  }
  return seen;
}

const services = 'google_project_service.this';
const deployed = 'module.function.google_cloudfunctions2_function.this';
const problems = [];
const follows = (resource, ...needed) => {
  const made = before(resource);
  for (const n of needed) {
    if (!resources.has(n)) problems.push(`there is no ${n}`);
    else if (!made.has(n)) problems.push(`${resource} may be made before ${n}`);
  }
};

if (resources.size < 20) problems.push(`the graph has only ${resources.size} resources`);
for (const r of resources) if (r !== services) follows(r, services);

// Rights of those who do not run in a function, and the right to call one.
const others = /^google_(cloud_run_v2_service_iam_member\.\w+|\w+_iam_member\.(platform|dead|push_tokens|analysis|analysis_dead|staff))$/;
const rights = [...resources].filter((r) => /_iam_member\.\w+$/.test(r) && !others.test(r));
follows(deployed, 'module.firestore.google_firestore_index.this', 'module.firestore.google_firestore_field.this', ...rights);
follows('google_cloud_scheduler_job.sweep', deployed, 'google_cloud_run_v2_service_iam_member.caller');

console.log(`order: ${resources.size} kinds of resources, ${rights.length} kinds of rights before the functions`);
for (const p of problems) console.error(`order: ${p}`);
process.exit(problems.length ? 1 : 0);
