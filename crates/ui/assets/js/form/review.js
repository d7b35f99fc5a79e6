// Every answer in words, before it is sent.
import { dateInWords } from './components.js';
import { element, text } from './page.js';

const SILENT = ['content', 'htmlelement', 'button', 'hidden', 'columns', 'table', 'well'];

/** What people type is text, whatever it looks like: `<mario@example.it>` is no tag. */
const PLAIN = ['textfield', 'textarea', 'email', 'number', 'phoneNumber', 'url', 'currency', 'time', 'day', 'tags', 'address', 'sdcfile'];

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
  return answer(component.component, component.dataValue, component);
}

/** An answer in words, by the definition of its question; `component` draws it, unless it is a cell of a grid. */
function answer(definition, value, component) {
  const { type, values, data, questions = [], components = [] } = definition;
  const named = (one) => (values ?? data?.values ?? []).find((option) => String(option.value) === String(one))?.label ?? String(one ?? '');
  const labelled = (label, text) => text && `${label}: ${text}`;
  switch (type) {
    case 'checkbox':
      return value ? text.yes : text.no;
    case 'selectboxes':
      return Object.keys(value ?? {}).filter((key) => value[key]).map(named).join(', ');
    case 'radio':
    case 'select':
      return [value].flat().map((one) => (typeof one === 'object' && one ? one.label ?? '' : named(one))).filter(Boolean).join(', ');
    case 'datetime':
      return dateInWords(value, Boolean(definition.enableTime));
    case 'survey':
      return questions.map((question) => labelled(question.label, value?.[question.value] && named(value[question.value]))).filter(Boolean).join('\n');
    case 'datagrid':
    case 'editgrid': {
      const cells = (row) => components.map((cell) => labelled(cell.label, answer(cell, row?.[cell.key]))).filter(Boolean).join(', ');
      return (Array.isArray(value) ? value : []).map(cells).filter(Boolean).join('\n');
    }
    default:
      if (!component?.getValueAsString) return value == null ? '' : String(value);
      return isPlain(definition) ? String(component.getValueAsString(value) ?? '').trim() : stripped(component.getValueAsString(value));
  }
}

/** Whether the answer is text: an area with an editor has HTML. */
function isPlain({ type, editor, wysiwyg }) {
  return PLAIN.includes(type) && !editor && !wysiwyg;
}

/** The library gives some values as HTML. */
function stripped(html) {
  return new DOMParser().parseFromString(String(html ?? ''), 'text/html').body.textContent.trim();
}
