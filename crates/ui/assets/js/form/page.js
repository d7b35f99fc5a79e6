// Small tools for the page.

const config = JSON.parse(document.getElementById('form-config').textContent);

/** The page's texts in the visitor's language. */
export const { text } = config;

/** `{name}` replaced by its value. */
export function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** An element; text is never read as HTML. */
export function element(name, attributes = {}, children = []) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...[children].flat());
  return made;
}

/** HTML of a text. */
export function escape(value) {
  return String(value ?? '').replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** The markup of an icon of the sprite. */
export function icon(name) {
  return `<svg class="icon icon-sm" aria-hidden="true"><use href="${config.sprite}#${name}"></use></svg>`;
}
