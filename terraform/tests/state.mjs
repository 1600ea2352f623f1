// Checks the state that a test has left, which it reads from the standard input as `terraform test -json -verbose` prints it:
//
//     node state.mjs VALUES.tfvars
//
// No value of a secret is in it, all grants are in the output `grants`, nothing is made that gives names at random, what takes labels has them, and
// exactly the APIs are enabled that what is made belongs to.
import fs from 'node:fs';

const secrets = [...fs.readFileSync(process.argv[2], 'utf8').matchAll(/"(value-of-[^"]+)"/g)].map((m) => m[1]);
const lines = fs.readFileSync(0, 'utf8').trim().split('\n').map((l) => JSON.parse(l));
const states = lines.filter((l) => l.type === 'test_state').map((l) => l.test_state);
const problems = [];

if (secrets.length === 0 || states.length === 0) problems.push('there is no secret to look for, or no state to look in');

// The APIs of each kind of resource, by how its name begins. Cloud Functions builds with Cloud Build.
const apis = {
  google_artifact_registry_: ['artifactregistry'],
  google_bigquery_: ['bigquery'],
  google_billing_: ['billingbudgets'],
  google_cloud_run_: ['run'],
  google_cloud_scheduler_: ['cloudscheduler'],
  google_cloudfunctions2_: ['cloudfunctions', 'cloudbuild', 'run'],
  google_compute_: ['compute'],
  google_firestore_: ['firestore'],
  google_iap_: ['iap'],
  google_logging_: ['logging'],
  google_monitoring_: ['monitoring'],
  google_project_iam_: ['cloudresourcemanager', 'iam'],
  google_project_service: [],
  google_pubsub_: ['pubsub'],
  google_secret_manager_: ['secretmanager'],
  google_service_account: ['iam'],
  google_storage_: ['storage'],
};

function checkAPIs(resources) {
  const needed = new Set();
  for (const type of new Set(resources.map((r) => r.type))) {
    const begin = Object.keys(apis).find((b) => type.startsWith(b));
    if (begin === undefined) problems.push(`state.mjs does not know the API of ${type}`);
    else for (const api of apis[begin]) needed.add(`${api}.googleapis.com`);
  }

  const enabled = new Set(resources.filter((r) => r.type === 'google_project_service').map((r) => r.values.service));
  for (const api of needed) if (!enabled.has(api)) problems.push(`${api} is needed and not enabled`);
  for (const api of enabled) if (!needed.has(api)) problems.push(`${api} is enabled and not needed`);
}

// Labels of a notification channel are its address; our own are its user_labels.
function checkLabels(r) {
  const key = ['user_labels', 'labels'].find((k) => k in r.values);
  if (key && (r.values[key]?.product !== 'whatsapp-notifications' || r.values[key]?.environment !== 'test')) problems.push(`${r.address} has no labels`);
}

const resourcesOf = (module) => [...(module.resources ?? []), ...(module.child_modules ?? []).flatMap(resourcesOf)];

for (const state of states) {
  const resources = resourcesOf(state.root_module).filter((r) => r.mode === 'managed');

  checkAPIs(resources);
  for (const r of resources) {
    checkLabels(r);
    if (secrets.some((s) => JSON.stringify(r.values).includes(s))) problems.push(`${r.address} has a secret's value`);
    if (!r.provider_name.endsWith('/hashicorp/google')) problems.push(`${r.address} is not Google's: what is made must follow from the variables alone`);
    if (/_iam_(binding|policy|audit_config)$/.test(r.type)) problems.push(`${r.address} replaces what others have granted`);
  }
  if (secrets.some((s) => JSON.stringify(state.outputs).includes(s))) problems.push('an output has the value of a secret');

  const made = resources.filter((r) => /_iam_member$/.test(r.type)).map((r) => [`${r.values.member} ${r.values.role}`, r.address]);
  const listed = Object.entries(state.outputs.grants.value).flatMap(([member, grants]) => grants.map((g) => `${member} ${g.split(' ')[0]}`));
  for (const [grant, address] of made) {
    const at = listed.indexOf(grant);
    if (at < 0) problems.push(`${address} grants what the output grants does not have: ${grant}`);
    else listed.splice(at, 1);
  }
  for (const grant of listed) problems.push(`the output grants has what nothing grants: ${grant}`);
  console.log(`state: ${resources.length} resources, ${made.length} grants`);
}

for (const p of problems) console.error(`state: ${p}`);
process.exit(problems.length ? 1 : 0);
