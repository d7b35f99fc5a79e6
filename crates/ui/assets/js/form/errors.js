// What is wrong, said once at the top with a link to each field, and again beside the field.
import { element, text } from './page.js';

export class Errors {
  #box;
  #turned;
  /** What takes the marks away that the server's errors left at fields. */
  #marks = [];

  /** Shows errors in `box`; `turned(form)` is told when the form was turned to another step. */
  constructor(box, turned) {
    this.#box = box;
    this.#turned = turned;
  }

  clear() {
    this.#unmark();
    this.#box.hidden = true;
    this.#box.replaceChildren();
  }

  /** Shows errors: `message`, and `go`, which brings the reader to the field, or `href`, which leads elsewhere, if there is one. */
  show(list) {
    const items = list.map(({ message, go, href }) => {
      if (href) return element('li', {}, element('a', { href }, message));
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
    this.#unmark();
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
    this.#unmark();
    const found = errors.map(({ field, message }) => ({ message, instance: byPointer(form, field) }));
    const first = found.find(({ instance }) => instance)?.instance;
    if (first) await this.#goToStep(form, first);
    for (const { instance, message } of found) if (instance) this.#mark(instance, message);
    this.show(found.map(({ message, instance }) => ({ message: named(instance, message), go: instance && (async () => {
      await this.#goToStep(form, instance);
      focus(instance);
    }) })));
  }

  /**
   * Marks a field as the form library marks those that it finds wrong, until it is changed: readers hear why when they come to it. The
   * library looks at every field again soon after one is changed, and would take the mark away.
   */
  #mark(instance, message) {
    const field = fieldOf(instance);
    if (!field) return;
    const note = element('div', { class: 'formio-errors invalid-feedback', id: `server-error-${instance.id}-${this.#marks.length}` }, message);
    instance.element.append(note);
    const described = () => (field.getAttribute('aria-describedby') ?? '').split(' ').filter((id) => id && id !== note.id);
    field.setAttribute('aria-describedby', [...described(), note.id].join(' '));
    const put = () => {
      if (field.getAttribute('aria-invalid') !== 'true') field.setAttribute('aria-invalid', 'true');
      if (!field.classList.contains('is-invalid')) field.classList.add('is-invalid');
    };
    put();
    const watch = new MutationObserver(put);
    watch.observe(field, { attributeFilter: ['aria-invalid', 'class'] });
    const unmark = () => {
      watch.disconnect();
      note.remove();
      const others = described();
      if (others.length) field.setAttribute('aria-describedby', others.join(' '));
      else field.removeAttribute('aria-describedby');
      field.setAttribute('aria-invalid', 'false');
      field.classList.remove('is-invalid');
    };
    for (const change of ['input', 'change']) field.addEventListener(change, unmark, { once: true });
    this.#marks.push(unmark);
  }

  #unmark() {
    this.#marks.splice(0).forEach((unmark) => unmark());
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

/** What the server says of a field, with the name of the field unless the words have it. */
function named(instance, message) {
  const { label, hideLabel } = instance?.component ?? {};
  const name = label && !hideLabel ? instance.t(label, { _userInput: true }) : '';
  return !name || message.includes(name) ? message : `${name}: ${message}`;
}

/** Where a field is filled in: a group's first choice, a file's chooser, a date's first part. */
function fieldOf(instance) {
  return instance.element?.querySelector('input:not([type=hidden]):not([disabled]), select, textarea, button');
}

/** Brings the reader to a field. */
function focus(instance) {
  (fieldOf(instance) ?? instance.element)?.focus();
  instance.element?.scrollIntoView({ block: 'center' });
}
