// What makes pages more comfortable. Nothing here is needed: every page works without it.

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
for (const form of document.querySelectorAll('form[method=post]')) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = 'yes';
  });
}
window.addEventListener('pageshow', () => document.querySelectorAll('form').forEach((form) => delete form.dataset.sent));

/** After a refused form the reader starts at what was wrong. */
document.getElementById('error-summary')?.focus();

/**
 * While something happens without the citizen (a notice is made, a payment is confirmed) the page looks again, for two minutes at
 * most, and replaces the parts that changed. What is being typed stays.
 */
const POLL_MS = 3000;
const PARTS = ['now', 'payment-now', 'history-now'];

async function look(left) {
  if (left === 0 || !document.querySelector('#now[data-poll]')) return;
  await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  const response = await fetch(window.location.href, { credentials: 'same-origin' }).catch(() => null);
  if (response?.ok) {
    const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
    for (const id of PARTS) {
      const [old, made] = [document.getElementById(id), fresh.getElementById(id)];
      if (old && made && old.outerHTML !== made.outerHTML && !old.contains(document.activeElement)) old.replaceWith(made);
    }
  }
  look(left - 1);
}
look(40);
