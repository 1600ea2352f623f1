// Checks the state that a test has left, which it reads from the standard input as `terraform test -json -verbose` prints it:
//
//     node state.mjs VALUES.tfvars
//
// No value of a secret is in it, all grants are in the output `grants`, and nothing is made that gives names at random.
import fs from 'node:fs';

const secrets = [...fs.readFileSync(process.argv[2], 'utf8').matchAll(/"(value-of-[^"]+)"/g)].map((m) => m[1]);
const lines = fs.readFileSync(0, 'utf8').trim().split('\n').map((l) => JSON.parse(l));
const states = lines.filter((l) => l.type === 'test_state').map((l) => l.test_state);
const problems = [];

if (secrets.length === 0 || states.length === 0) problems.push('there is no secret to look for, or no state to look in');

const resourcesOf = (module) => [...(module.resources ?? []), ...(module.child_modules ?? []).flatMap(resourcesOf)];

for (const state of states) {
  const resources = resourcesOf(state.root_module).filter((r) => r.mode === 'managed');

  for (const r of resources) {
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
