// What makes pages more comfortable. Nothing here is needed: every page works without it.
import { forgetAll, giveTextsBack, keepTexts } from './typed.js';

giveTextsBack();

/** Menus of the header close with Escape, with a click elsewhere and when the focus leaves them. */
for (const menu of document.querySelectorAll('details.menu')) {
  const close = (focus) => {
    if (!menu.open) return;
    menu.open = false;
    if (focus) menu.querySelector('summary').focus();
  };
  menu.addEventListener('keydown', (event) => event.key === 'Escape' && close(true));
  menu.addEventListener('focusout', (event) => event.relatedTarget && !menu.contains(event.relatedTarget) && close(false));
  document.addEventListener('click', (event) => !menu.contains(event.target) && close(false));
}

/** A form is sent once: a second click while the first is on its way does nothing. */
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.method !== 'post' || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = 'yes';
  if (/\/logout$/.test(form.getAttribute('action') ?? window.location.pathname)) forgetAll();
  else keepTexts(form);
});
window.addEventListener('pageshow', () => document.querySelectorAll('form').forEach((form) => delete form.dataset.sent));

/** After a refused form the reader starts at what was wrong. */
document.getElementById('error-summary')?.focus();

/**
 * While something happens without the citizen (a notice is made, a payment is confirmed) the page looks again, for two minutes at
 * most, and replaces the parts that changed. What is being typed stays.
 */
const POLL_MS = 3000;
/** Looks after the last thing that the page knew it waits for: the registration follows a moment later. */
const LOOKS_AFTER = 10;
const waits = () => document.querySelector('#now[data-poll]') !== null;
const PARTS = ['now', 'about-now', 'messages-now', 'withdraw-now', 'payment-now', 'history-now'];

/** Whether somebody is at work in a part: what they typed or chose must not go. */
const inUse = (part) =>
  part.contains(document.activeElement) || [...part.querySelectorAll('textarea, input')].some((field) => field.value !== field.defaultValue);

async function look(left, after = LOOKS_AFTER) {
  if (left === 0 || after === 0) return;
  await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  const response = await fetch(window.location.href, { credentials: 'same-origin' }).catch(() => null);
  if (response?.ok) {
    const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
    for (const id of PARTS) {
      const [old, made] = [document.getElementById(id), fresh.getElementById(id)];
      if (old && made && old.outerHTML !== made.outerHTML && !inUse(old)) old.replaceWith(made);
    }
  }
  look(left - 1, waits() ? LOOKS_AFTER : after - 1);
}
// A lot of messages takes longer than a payment: it is looked after for twenty minutes.
if (waits()) look(document.querySelector('#now[data-poll=long]') ? 400 : 40);
