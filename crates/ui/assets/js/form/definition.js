// The form as its author drew it, adjusted to what citizens get: native widgets, no button of its own, known answers locked.

/** Answers that come from the digital identity: the citizen sees but cannot change them. */
const LOCKED = ['completename.name', 'completename.surname', 'fiscal_code.fiscal_code'];

/** The definition and the first answers, ready for the renderer. */
export function prepare({ definition, submission, lock }) {
  const form = structuredClone(definition);
  const data = submission.data ?? {};
  nameCountries(data);
  form.components = adjust(form.components ?? [], '', lock ? data : {}, data);
  return { definition: form, submission: { data } };
}

function adjust(components, path, known, data) {
  return components.filter((component) => !isOurs(component)).map((component) => {
    const here = path ? `${path}.${component.key}` : component.key;
    if (component.type === 'datagrid') (component.components ?? []).forEach((column) => { column.dataGridLabel = true; });
    const holdsData = ['form', 'container'].includes(component.type);
    const inside = holdsData ? here : path;
    const one = widget(component);
    if (LOCKED.some((suffix) => `${here}`.endsWith(suffix)) && value(known, here)) one.disabled = true;
    if (one.type === 'day' && one.key) dayOrder(one, here, data);
    if (Array.isArray(one.components)) one.components = adjust(one.components, inside, known, data);
    if (Array.isArray(one.columns)) {
      one.columns = one.columns.map((column) => ({ ...column, components: adjust(column.components ?? [], inside, known, data) }));
    }
    if (Array.isArray(one.rows)) {
      one.rows = one.rows.map((row) =>
        Array.isArray(row) ? row.map((cell) => ({ ...cell, components: adjust(cell.components ?? [], inside, known, data) })) : row);
    }
    return one;
  });
}

/** Buttons that send the form, and breaks that only matter on paper: the page has its own. */
function isOurs({ type, action }) {
  return type === 'pagebreak' || (type === 'button' && ['submit', 'saveState', undefined].includes(action));
}

/** Components that browsers or screen readers do better by themselves. */
function widget(component) {
  const one = { ...component };
  if (one.type === 'select' && !one.multiple && (one.dataSrc ?? 'values') === 'values') one.widget = 'html5';
  if (['file', 'sdc_upload'].includes(one.type)) one.type = 'sdcfile';
  if (one.type === 'financial_report') one.type = 'hidden';
  if (one.type === 'panel') one.collapsible = false;
  if (one.type === 'form') one.lazyLoad = false;
  return one;
}

/** Countries as people write them: profiles keep them as codes (ISO 3166). In Italian, the language of whoever reads the application. */
function nameCountries(data) {
  const names = new Intl.DisplayNames(['it'], { type: 'region' });
  for (const [key, answer] of Object.entries(data ?? {})) {
    if (key === 'country' && /^[A-Z]{2}$/.test(answer)) data[key] = names.of(answer);
    else if (answer && typeof answer === 'object') nameCountries(answer);
  }
}

/** The answer at a dotted path; embedded forms keep theirs one level down, in `data`. */
function value(data, path) {
  return path.split('.').reduce((found, key) => found?.[key] ?? found?.data?.[key], data);
}

/** A date kept as `1975-03-06...` as the component wants it: `06/03/1975`, or month first. */
function dayOrder(component, path, data) {
  const keys = path.split('.');
  const last = keys.pop();
  let holder = data;
  for (const key of keys) holder = holder?.[key]?.data ?? holder?.[key];
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})/.exec(holder?.[last] ?? '') ?? [];
  if (year) holder[last] = component.dayFirst ? `${day}/${month}/${year}` : `${month}/${day}/${year}`;
}
