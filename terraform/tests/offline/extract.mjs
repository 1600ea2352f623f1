// Writes the schema of a Terraform provider as JSON, from the unpacked npm package of its CDK for Terraform bindings:
//
//     node extract.mjs PACKAGE_DIRECTORY SCHEMA.json
//
// The bindings are generated of the provider's real schema, and so have every name. Each resource is a folder with index.js, which says of
// each input its kind, and how it is read back, which says its type; and with index.d.ts, which says what is required.
import fs from 'node:fs';
import path from 'node:path';

const [packageDir, target] = process.argv.slice(2);
const lib = path.join(packageDir, 'lib');
const out = { provider: null, resources: {}, data: {} };

// Types by the getter that reads an attribute, and by the wrapper that it is read through.
const byGetter = { String: 'string', Number: 'number', Boolean: 'bool', List: ['list', 'string'], NumberList: ['list', 'number'], StringMap: ['map', 'string'] };
const byWrapper = { StringMap: ['map', 'string'], BooleanMap: ['map', 'bool'], NumberMap: ['map', 'number'], AnyMap: ['map', 'string'], StringMapList: ['list', ['map', 'string']] };

// requiredOf returns, by interface, the Terraform names of what must be given.
function requiredOf(dts) {
  const required = {};
  for (const [, name, body] of dts.matchAll(/export interface (\w+)[^{]*\{([\s\S]*?)\n\}/g)) {
    required[name] = new Set();
    for (const [, attribute, optional] of body.matchAll(/\{@link https:\/\/registry[^\s#]*#(\w+) [\s\S]*?readonly \w+(\??):/g)) {
      if (!optional) required[name].add(attribute);
    }
  }
  return required;
}

// inputsOf returns the inputs that a function names which writes them as HCL.
function inputsOf(body) {
  const pattern = /\n\s+(\w+): \{\n\s+value: ([^\n]*),\n\s+isBlock: (true|false),\n\s+type: "(\w+)",\n\s+storageClassType: "(\w+)"/g;
  return Object.fromEntries([...body.matchAll(pattern)].map(([, name, writer, isBlock, type, storage]) => [name, { writer, isBlock: isBlock === 'true', type, storage }]));
}

// classesOf returns the classes of a file by their names.
function classesOf(js) {
  const classes = {};
  const parts = js.split(/\nclass (\w+) extends cdktf\.(\w+) \{/);
  for (let i = 1; i < parts.length; i += 3) classes[parts[i]] = { kind: parts[i + 1], body: parts[i + 2] };
  return classes;
}

// readsOf returns how a class reads its attributes: a type, or the class of what is nested.
function readsOf(body) {
  const reads = {};
  for (const [, getter, name] of body.matchAll(/this\.get(\w+?)Attribute\('(\w+)'\)/g)) {
    if (byGetter[getter]) reads[name] = byGetter[getter];
  }
  for (const [, isWrapper, cls, name, isSet] of body.matchAll(/new (cdktf\.)?(\w+)\(this, ['"](\w+)['"](?:, (true|false))?\)/g)) {
    reads[name] = isWrapper ? (byWrapper[cls] ?? 'string') : { ref: cls, set: isSet === 'true' };
  }
  return reads;
}

const objectOf = (block) => ['object', Object.fromEntries([
  ...Object.entries(block.attributes).map(([name, a]) => [name, a.type]),
  ...Object.entries(block.blocks).map(([name, b]) => [name, ['list', objectOf(b.block)]]),
])];

function extract(js, dts, [, main, terraformType]) {
  const required = requiredOf(dts);
  const classes = classesOf(js);
  const nestedInputs = {};
  for (const [, name, body] of js.matchAll(/\nfunction (\w+)ToHclTerraform\(struct\) \{([\s\S]*?)\n\}\n/g)) nestedInputs[name.toLowerCase()] = inputsOf(body);
  const open = []; // classes that are being read: some nest themselves

  const read = (cls, inputs, requiredHere) => {
    const block = { attributes: {}, blocks: {} };
    const reads = readsOf(classes[cls]?.body ?? '');

    for (const name of new Set([...Object.keys(reads), ...Object.keys(inputs)])) {
      const input = inputs[name];
      const how = reads[name];
      const must = requiredHere.has(name);

      if (input && (input.isBlock || input.type === 'struct' || (input.type === 'list' && /List$/.test(input.storage) && classes[input.storage]))) {
        const element = input.storage.replace(/List$/, '');
        const nested = read(`${element}OutputReference`, nestedInputs[element.toLowerCase()] ?? {}, required[element] ?? new Set());
        const many = /listMapperHcl/.test(input.writer);
        if (input.isBlock) {
          block.blocks[name] = { nesting: name === 'timeouts' ? 'single' : input.type === 'set' ? 'set' : 'list', max: many ? 0 : 1, min: must ? 1 : 0, block: nested };
        } else {
          const type = many ? [input.type === 'set' ? 'set' : 'list', objectOf(nested)] : objectOf(nested);
          block.attributes[name] = { type, required: must, optional: !must };
        }
      } else if (how && typeof how === 'object' && how.ref) { // nested, and only read
        const element = how.ref.replace(/List$|OutputReference$/, '');
        if (open.includes(element)) continue;
        open.push(element);
        block.attributes[name] = { type: [how.set ? 'set' : 'list', objectOf(read(`${element}OutputReference`, {}, new Set()))], computed: true };
        open.pop();
      } else if (input) {
        let type = how ?? 'string';
        if (input.type === 'set' && Array.isArray(type)) type = ['set', type[1]];
        if (input.type === 'map') type = ['map', type[1] ?? 'string'];
        block.attributes[name] = { type, required: must, optional: !must, computed: name === 'id' };
      } else {
        block.attributes[name] = { type: how ?? 'string', computed: true };
      }
    }
    return block;
  };

  const top = classes[main];
  if (!top) return;
  const inputs = inputsOf(/synthesizeHclAttributes\(\) \{([\s\S]*?)\n    \}\n/.exec(top.body)?.[1] ?? '');
  const schema = read(main, inputs, required[`${main}Config`] ?? new Set());

  if (top.kind === 'TerraformProvider') {
    schema.attributes = Object.fromEntries(Object.entries(schema.attributes).filter(([name]) => inputs[name]));
    delete schema.attributes.alias;
    out.provider = schema;
  } else {
    (top.kind === 'TerraformDataSource' ? out.data : out.resources)[terraformType] = schema;
  }
}

for (const dir of fs.readdirSync(lib)) {
  const file = path.join(lib, dir, 'index.js');
  if (!fs.existsSync(file)) continue;
  const js = fs.readFileSync(file, 'utf8');
  const type = /(\w+)\.tfResourceType = "(\w+)"/.exec(js);
  if (type) extract(js, fs.readFileSync(file.replace(/js$/, 'd.ts'), 'utf8'), type);
}

// Of the provider's own settings nothing is read back, so these types are given by hand.
const types = { user_project_override: 'bool', add_terraform_attribution_label: 'bool', default_labels: ['map', 'string'], scopes: ['list', 'string'] };
for (const [name, attribute] of Object.entries(out.provider.attributes)) attribute.type = types[name] ?? attribute.type;

fs.writeFileSync(target, JSON.stringify(out));
console.log(`${Object.keys(out.resources).length} resources, ${Object.keys(out.data).length} data sources`);
