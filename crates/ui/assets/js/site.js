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
