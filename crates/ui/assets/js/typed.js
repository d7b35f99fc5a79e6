// What was typed when a session ended: kept in this window until it is sent, thrown away, or somebody signs out.

const PREFIX = 'typed:';
const LAST = `${PREFIX}last`;
const here = () => `${PREFIX}${window.location.pathname}${window.location.search}`;

/** Does `work` with the window's memory, which browsers may refuse: then it is `undefined`. */
function memory(work) {
  try {
    return work(window.sessionStorage);
  } catch {
    return undefined;
  }
}

/** Keeps the answers of this page's form for `owner`, the only one to whom they are offered. Whether it could. */
export const keepForm = (owner, answers) => memory((store) => {
  store.setItem(here(), JSON.stringify({ owner, ...answers }));
  return true;
}) ?? false;

/** The answers of this page's form that were kept for `owner`. */
export const findForm = (owner) => memory((store) => {
  const kept = JSON.parse(store.getItem(here()));
  return kept && kept.owner === owner ? kept : undefined;
});

export const forgetForm = () => memory((store) => store.removeItem(here()));

/** Everything is forgotten: the next person at this window may be somebody else. */
export const forgetAll = () => memory((store) => Object.keys(store).filter((key) => key.startsWith(PREFIX)).forEach((key) => store.removeItem(key)));

/** Keeps the texts of a form without script of its own while it is on its way. */
export const keepTexts = (form) => memory((store) => {
  const texts = [...form.querySelectorAll('textarea[id]')].map((field) => [field.id, field.value]).filter(([, value]) => value);
  if (texts.length) store.setItem(LAST, JSON.stringify({ page: window.location.pathname, texts }));
});

/** Gives the texts back where they were typed, if the session had ended; any other page means that they have arrived. */
export const giveTextsBack = () => memory((store) => {
  const kept = JSON.parse(store.getItem(LAST));
  const { pathname, search } = window.location;
  if (!kept || document.getElementById('lapsed') || /\/(login|auth)(\/|$)/.test(pathname)) return;
  store.removeItem(LAST);
  if (kept.page !== pathname || new URLSearchParams(search).has('done')) return;
  for (const [id, value] of kept.texts) {
    const field = document.getElementById(id);
    if (field?.tagName === 'TEXTAREA' && !field.value) field.value = value;
  }
});
