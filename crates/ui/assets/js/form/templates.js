// How the form library draws what holds fields: no navigation of its own, parts with headings instead of cards that look like buttons.
import { escape } from './page.js';

export const templates = {
  wizard: {
    form: (ctx) => `<div class="${ctx.className}"><div class="wizard-page" ref="${ctx.wizardKey}">${ctx.components}</div></div>`,
  },
  panel: {
    form: (ctx) => `
      <section class="form-part" id="${ctx.instance.id}-${ctx.component.key}">
        ${ctx.component.title && !ctx.component.hideLabel ? `<h3>${escape(ctx.t(ctx.component.title, { _userInput: true }))}</h3>` : ''}
        <div ref="${ctx.nestedKey}">${ctx.children}</div>
      </section>`,
  },
  // A question with its answers each, instead of a table whose radio buttons have no names.
  survey: {
    form: (ctx) => ctx.component.questions.map((question) => `
      <fieldset class="survey-question">
        <legend>${escape(ctx.t(question.label))}</legend>
        ${ctx.component.values.map((value) => {
          const id = `${ctx.instance.id}-${escape(question.value)}-${escape(value.value)}`;
          return `<div class="form-check"><input type="radio" class="form-check-input" ref="input" id="${id}"
            name="${escape(ctx.self.getInputName(question))}" value="${escape(value.value)}">
            <label class="form-check-label" for="${id}">${escape(ctx.t(value.label, { _userInput: true }))}</label></div>`;
        }).join('')}
      </fieldset>`).join(''),
  },
};
