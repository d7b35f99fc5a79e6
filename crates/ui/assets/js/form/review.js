// Every answer in words, before it is sent.
import { element, text } from './page.js';

const SILENT = ['content', 'htmlelement', 'button', 'hidden', 'columns', 'table', 'well'];

/** Parts with the answers in them, as elements. */
export function review(form) {
  const pages = Array.isArray(form.pages) ? form.pages : [form];
  return pages.flatMap((page) => {
    const rows = [];
    collect(page, rows);
    if (rows.length === 0) return [];
    const list = element('dl', { class: 'facts' }, rows.map(([label, value]) => element('div', {}, [element('dt', {}, label), element('dd', {}, value)])));
    const title = page.component?.title;
    return [element('section', { class: 'panel' }, title && page !== form ? [element('h3', {}, title), list] : [list])];
  });
}

function collect(holder, rows) {
  for (const component of holder.subForm?.components ?? holder.components ?? []) {
    if (!component.visible) continue;
    const { type, label, key } = component.component;
    if (component.subForm || (component.components && !isValue(type))) collect(component, rows);
    else if (!SILENT.includes(type)) rows.push([label || key, words(component) || text.notGiven]);
  }
}

/** Components that hold others but are one answer. */
function isValue(type) {
  return ['datagrid', 'editgrid', 'address', 'tree'].includes(type);
}

function words(component) {
  const { type, values, data, components = [] } = component.component;
  const value = component.dataValue;
  const named = (one) => (values ?? data?.values ?? []).find((option) => String(option.value) === String(one))?.label ?? String(one ?? '');
  if (type === 'checkbox') return value ? text.yes : text.no;
  if (type === 'selectboxes') return Object.keys(value ?? {}).filter((key) => value[key]).map(named).join(', ');
  if (type === 'radio' || type === 'select') {
    return [value].flat().map((one) => (typeof one === 'object' && one ? one.label ?? '' : named(one))).filter(Boolean).join(', ');
  }
  if (type === 'datagrid' || type === 'editgrid') {
    const row = (one) => components.map(({ key, label }) => one?.[key] && `${label}: ${one[key]}`).filter(Boolean).join(', ');
    return (Array.isArray(value) ? value : []).map(row).filter(Boolean).join('\n');
  }
  if (component.getValueAsString) return stripped(component.getValueAsString(value));
  return value == null ? '' : String(value);
}

/** The library gives some values as HTML. */
function stripped(html) {
  return new DOMParser().parseFromString(String(html ?? ''), 'text/html').body.textContent.trim();
}
