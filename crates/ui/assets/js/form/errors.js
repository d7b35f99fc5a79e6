// What is wrong, said once at the top with a link to each field, and again beside the field.
import { element, text } from './page.js';

export class Errors {
  #box;
  #turned;

  /** Shows errors in `box`; `turned(form)` is told when the form was turned to another step. */
  constructor(box, turned) {
    this.#box = box;
    this.#turned = turned;
  }

  clear() {
    this.#box.hidden = true;
    this.#box.replaceChildren();
  }

  /** Shows errors: `message`, and `go`, which brings the reader to the field, if there is one. */
  show(list) {
    const items = list.map(({ message, go }) => {
      if (!go) return element('li', {}, message);
      const link = element('a', { href: '#form' }, message);
      link.addEventListener('click', (event) => {
        event.preventDefault();
        go();
      });
      return element('li', {}, link);
    });
    const content = element('div', {}, [element('h2', { class: 'notice-title' }, text.errorTitle), element('ul', {}, items)]);
    this.#box.replaceChildren(content);
    this.#box.hidden = false;
    this.#box.focus();
  }

  /** What the form library found on this step, or in the whole form on its last. */
  ofForm(form) {
    const seen = new Set();
    const list = (form.errors ?? []).flatMap((error) => {
      const instance = error.instance ?? form.getComponent(path(error));
      const message = error.message ?? '';
      if (!message || seen.has(message + path(error))) return [];
      seen.add(message + path(error));
      return [{ message, go: instance && (() => focus(instance)) }];
    });
    this.show(list.length ? list : [{ message: text.failed }]);
  }

  /** What the server found: a JSON pointer for each field (RFC 6901), or only a text. */
  async ofServer(form, { body }) {
    const errors = body.errors ?? [];
    if (errors.length === 0) {
      this.show([{ message: body.detail ?? body.title ?? text.failed }]);
      return;
    }
    const found = errors.map(({ field, message }) => ({ message, instance: byPointer(form, field) }));
    const first = found.find(({ instance }) => instance)?.instance;
    if (first) await this.#goToStep(form, first);
    for (const { instance, message } of found) {
      instance?.setCustomValidity([{ level: 'error', message, path: instance.path }], true, true);
    }
    this.show(found.map(({ message, instance }) => ({ message, go: instance && (async () => {
      await this.#goToStep(form, instance);
      focus(instance);
    }) })));
  }

  /** Turns to the step that has the component. */
  async #goToStep(form, instance) {
    if (!Array.isArray(form.pages)) return;
    const index = form.pages.findIndex((page) => page === instance || contains(page, instance));
    if (index < 0 || index === form.page) return;
    await form.setPage(index);
    this.#turned(form);
  }
}

function path(error) {
  return String(error.path ?? error.context?.path ?? error.component?.key ?? '');
}

/** The component that a pointer into the request's body names: `/data/applicant/data/email_address`. */
function byPointer(form, pointer) {
  const keys = String(pointer).split('/').filter(Boolean).map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (keys[0] === 'data') keys.shift();
  const wanted = keys.filter((key) => key !== 'data').join('.');
  let found = null;
  form.everyComponent((component) => {
    const here = String(component.path ?? '').split('.').filter((key) => key !== 'data').join('.').replaceAll(/\[(\d+)\]/g, '.$1');
    if (here === wanted) found ??= component;
  });
  return found;
}

function contains(page, instance) {
  for (let holder = instance.parent; holder; holder = holder.parent) if (holder === page) return true;
  return false;
}

/** Brings the reader to a field: a group's first choice, a file's chooser, a date's first part. */
function focus(instance) {
  const field = instance.element?.querySelector('input:not([type=hidden]):not([disabled]), select, textarea, button');
  (field ?? instance.element)?.focus();
  instance.element?.scrollIntoView({ block: 'center' });
}
