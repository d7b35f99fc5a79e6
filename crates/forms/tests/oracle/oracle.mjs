// Judges every case of cases.json with @formio/core, the library of Form.io itself, and compares with what the file says (`npm run
// check`) or writes it there (`npm run write`). tests/oracle.rs holds our own verdicts against the same file.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// The clocks of Rome, and one instant for `moment()`.
process.env.TZ = 'Europe/Rome';
const { process: judge, ProcessTargets } = createRequire(import.meta.url)('@formio/core');

const here = dirname(fileURLToPath(import.meta.url));
const read = (...parts) => JSON.parse(readFileSync(join(here, ...parts), 'utf8'));
const nested = ['address', 'birth', 'fiscal_code', 'full_name', 'gender', 'anagrafica', 'anagrafica_lite', 'anagrafica_minimale']
  .map((name) => read('../../builtin', `${name}.json`));

/** A copy of a component with the components of nested forms inside it. */
function inlined(component) {
  const copy = { ...component };
  for (const list of ['components', 'columns']) if (Array.isArray(copy[list])) copy[list] = copy[list].map(inlined);
  if (copy.type === 'form' && !copy.components) copy.components = nested.find((form) => form._id === copy.form).components.map(inlined);
  return copy;
}

/** The submission of a case: the form's sample with some values set or removed. */
function submission(base, changes) {
  const data = structuredClone(base);
  for (const [path, ...value] of changes) {
    const steps = path.split('.');
    const holder = steps.slice(0, -1).reduce((at, step) => (at[step] ??= {}), data);
    if (value.length) holder[steps.at(-1)] = structuredClone(value[0]);
    else delete holder[steps.at(-1)];
  }
  return data;
}

// The library reports every rule that throws.
console.warn = console.error = () => {};

const pointer = (path) => '/' + path.replace(/\[(\d+)\]/g, '.$1').split('.').join('/');

async function verdict(form, data) {
  const scope = {};
  const components = form.components.map(inlined);
  await judge({ form: { ...form, components }, submission: { data }, data, components, processors: ProcessTargets.evaluator, scope, config: { server: true } });
  return (scope.errors ?? []).map((error) => [pointer(error.context.path), error.ruleName]).sort((a, b) => `${a}`.localeCompare(`${b}`));
}

const cases = read('cases.json');
let differences = 0;
for (const group of cases) {
  const own = group.form === 'rules';
  const form = own ? read('rules.json') : read('../../../demo/data/forms', `${group.form}.json`);
  const sample = own ? group.sample : read('../../../demo/data/forms', `${group.form}.sample.json`);
  for (const each of group.cases) {
    const found = await verdict(form, submission(sample, each.change));
    if (JSON.stringify(found) !== JSON.stringify(each.formio ?? null)) {
      differences += 1;
      console.log(`${group.form}: ${each.name}: ${JSON.stringify(found)} instead of ${JSON.stringify(each.formio)}`);
    }
    each.formio = found;
  }
}
if (process.argv.includes('--write')) {
  const line = (each) => `    ${JSON.stringify(each)}`;
  const group = ({ form, sample, cases }) => `  {"form": ${JSON.stringify(form)}, ${sample ? `"sample": ${JSON.stringify(sample)}, ` : ''}"cases": [\n${cases.map(line).join(',\n')}\n  ]}`;
  writeFileSync(join(here, 'cases.json'), `[\n${cases.map(group).join(',\n')}\n]\n`);
} else if (differences) {
  process.exitCode = 1;
} else {
  console.log(`${cases.reduce((sum, group) => sum + group.cases.length, 0)} cases: as recorded`);
}
