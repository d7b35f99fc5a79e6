// Filling in an application. Form.io draws the fields and checks them; steps, buttons, errors, summary and sending are ours, so that
// they look and speak like the rest of the site and work with keyboard and screen reader.
import { prepare } from './form/definition.js';
import { register } from './form/components.js';
import { templates } from './form/templates.js';
import { Errors } from './form/errors.js';
import { review } from './form/review.js';
import { send } from './form/server.js';
import { element, fill, text } from './form/page.js';
import { findForm, forgetForm, keepForm } from './typed.js';

const config = JSON.parse(document.getElementById('form-config').textContent);
const { Formio } = window;
const host = document.getElementById('form');
const steps = document.getElementById('form-steps');
const status = document.getElementById('form-status');
const hint = document.getElementById('form-required');
const summary = document.getElementById('form-review');
const errors = new Errors(document.getElementById('form-errors'), (form) => showStep(form, false));

let draft = config.draft;

async function begin() {
  // Answers come from our pages only; the form library must not talk to anybody.
  Formio.setBaseUrl(window.location.origin);
  Formio.setProjectUrl(window.location.origin);
  Formio.Templates.current = templates;
  register(Formio, config);
  const { definition, submission } = prepare(config);
  const drawing = element('div');
  const form = await Formio.createForm(drawing, definition, {
    language: config.locale,
    i18n: { [config.locale]: config.formio },
    noAlerts: true,
    buttonSettings: { showCancel: false, showPrevious: false, showNext: false, showSubmit: false },
    breadcrumbSettings: { clickable: false },
    readOnly: false,
  });
  form.nosubmit = true;
  await form.setSubmission(submission);
  document.getElementById('form-loading')?.remove();
  host.append(drawing);
  buttons(form);
  showStep(form, false);
  offerTyped(form);
}

/** Who had typed when the session ended takes it up again, or starts afresh. It stays kept until it is sent. */
function offerTyped(form) {
  const found = findForm(config.owner ?? null);
  if (!found) return;
  const resume = element('button', { type: 'button', class: 'btn btn-primary' }, text.typedResume);
  const discard = element('button', { type: 'button', class: 'btn btn-outline-primary' }, text.typedDiscard);
  const content = element('div', {}, [element('p', {}, text.typedFound), element('p', { class: 'actions' }, [resume, discard])]);
  const box = element('div', { class: 'notice notice-info', role: 'status' }, content);
  host.before(box);
  resume.addEventListener('click', async () => {
    draft = found.draft ?? draft;
    await form.setSubmission({ data: found.data });
    box.remove();
    showStep(form, true);
  });
  discard.addEventListener('click', () => {
    forgetForm();
    box.remove();
  });
}

const isWizard = (form) => Array.isArray(form.pages) && form.pages.length > 0;
const isLast = (form) => !isWizard(form) || form.getNextPage() === null || form.page >= form.pages.length - 1;

/** Where the citizen is: "Passo 2 di 3" and the step's name, which becomes the heading that the reader is brought to. */
function showStep(form, move) {
  if (!isWizard(form)) return;
  const [n, m] = [form.page + 1, form.pages.length];
  const title = form.currentPage?.component?.title ?? '';
  steps.replaceChildren(
    element('p', { class: 'steps-count' }, fill(text.step, { n, m })),
    element('h2', { class: 'steps-title', tabindex: '-1' }, title),
    element('ol', { class: 'steps-bar', 'aria-hidden': 'true' }, form.pages.map((_, index) => element('li', { class: index <= form.page ? 'done' : '' }))),
  );
  steps.hidden = false;
  if (move) {
    steps.querySelector('h2').focus({ preventScroll: true });
    steps.scrollIntoView({ block: 'start' });
  }
  draw(form);
}

let draw = () => {};

/** Back, on, keep a draft. */
function buttons(form) {
  const back = element('button', { type: 'button', class: 'btn btn-outline-primary' }, text.previous);
  const next = element('button', { type: 'button', class: 'btn btn-primary' });
  const keep = element('button', { type: 'button', class: 'btn btn-link' }, text.saveDraft);
  const bar = element('div', { class: 'actions form-actions' }, [back, next, ...(config.signedIn ? [keep] : [])]);
  host.append(bar);

  draw = () => {
    back.hidden = !isWizard(form) || form.page === 0;
    next.textContent = !isLast(form) ? text.next : config.direct ? text.save : text.review;
  };
  draw();

  back.addEventListener('click', async () => {
    errors.clear();
    await form.prevPage();
    showStep(form, true);
  });
  next.addEventListener('click', async () => {
    if (!isLast(form)) {
      try {
        await form.nextPage();
        errors.clear();
        showStep(form, true);
      } catch {
        errors.ofForm(form);
      }
      return;
    }
    if (!form.checkValidity(form.data, true, form.data)) errors.ofForm(form);
    // Settings can be changed again at any time: nothing to be looked over first.
    else if (config.direct) busy(next, text.saving, () => store(form, false));
    else showReview(form);
  });
  keep.addEventListener('click', () => busy(keep, text.saving, () => store(form, true)));
}

/** Everything once more before sending (WCAG 3.3.4). */
function showReview(form) {
  errors.clear();
  const edit = element('button', { type: 'button', class: 'btn btn-outline-primary' }, text.edit);
  const submit = element('button', { type: 'button', class: 'btn btn-primary' }, text.submit);
  const heading = element('h2', { tabindex: '-1' }, text.reviewTitle);
  summary.replaceChildren(heading, element('p', {}, text.reviewText), ...review(form), element('div', { class: 'actions form-actions' }, [edit, submit]));
  host.hidden = true;
  steps.hidden = true;
  hint.hidden = true;
  summary.hidden = false;
  heading.focus({ preventScroll: true });
  window.scrollTo({ top: 0 });
  edit.addEventListener('click', () => leaveReview(form, true));
  submit.addEventListener('click', () => busy(submit, text.sending, () => store(form, false)));
}

function leaveReview(form, move) {
  summary.hidden = true;
  host.hidden = false;
  hint.hidden = false;
  showStep(form, move);
}

/** Runs `work` once, saying so, with the button out of reach meanwhile. */
async function busy(button, said, work) {
  button.disabled = true;
  status.textContent = said;
  try {
    await work();
  } finally {
    button.disabled = false;
    if (status.textContent === said) status.textContent = '';
  }
}

/** Keeps the draft or sends the application. */
async function store(form, keep) {
  errors.clear();
  const { data } = form.submission;
  const answer = await send(config, config.submitUrl, 'POST', { data, draft, keep });
  if (answer.ok) {
    forgetForm();
    if (!keep) {
      window.location.assign(answer.body.location);
      return;
    }
    draft = answer.body.id;
    status.textContent = text.draftSaved;
    return;
  }
  if (!summary.hidden) leaveReview(form, false);
  if (answer.status === 401 && answer.body.location) {
    const kept = keepForm(config.owner ?? null, { data, draft });
    const said = kept ? `${answer.body.detail} ${text.typedKept}` : answer.body.detail;
    errors.show([{ message: said }, { message: text.signIn, href: answer.body.location }]);
    return;
  }
  await errors.ofServer(form, answer);
}

begin().catch((error) => {
  console.error(error);
  errors.show([{ message: text.failed }]);
});
