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
};
