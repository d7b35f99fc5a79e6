// Components that the form library lacks, or that browsers do better: dates and files.
import { escape, fill, icon, text } from './page.js';
import { send } from './server.js';

/** Makes the components known. */
export function register(Formio, config) {
  Formio.Components.setComponent('form', embedded(Formio));
  Formio.Components.setComponent('datetime', date(Formio));
  Formio.Components.setComponent('day', day(Formio));
  Formio.Components.setComponent('address', address(Formio));
  Formio.Components.setComponent('sdcfile', files(Formio, config));
}

/** A form within the form, in the same language: the library gives it the language but not its texts. */
function embedded(Formio) {
  return class EmbeddedForm extends Formio.Components.components.form {
    getSubOptions(options = {}) {
      const { i18n, i18next } = this.options;
      return Object.assign(super.getSubOptions(options), { i18n, i18next });
    }
  };
}

/** A place in words. The library's own asks a geocoder of somebody else, to whom it would tell what the citizen types. */
function address(Formio) {
  const TextField = Formio.Components.components.textfield;
  return class Address extends TextField {
    static schema(...extend) {
      return TextField.schema({ type: 'address', widget: { type: 'input' } }, ...extend);
    }

    constructor(component, options, data) {
      super({ ...component, widget: { type: 'input' } }, options, data);
    }

    /** Other members (the coordinates) are of the place that was typed before. */
    getValueAt(index) {
      const typed = this.refs.input?.[index]?.value.trim();
      if (!typed) return this.emptyValue;
      return typed === this.dataValue?.display_name ? this.dataValue : { display_name: typed };
    }

    setValueAt(index, value) {
      const input = this.refs.input?.[index];
      if (input) input.value = value?.display_name ?? '';
    }

    renderElement(value, index) {
      return super.renderElement(value?.display_name ?? '', index);
    }

    normalizeValue(value) {
      return value;
    }

    /** Called with the whole answer, and with what is drawn of it. */
    getValueAsString(value) {
      return typeof value === 'string' ? value : value?.display_name ?? '';
    }
  };
}

/** A day, or a day with its time, by the browser's own widget. Its value is ISO 8601 with the offset of where the citizen is. */
function date(Formio) {
  const TextField = Formio.Components.components.textfield;
  return class NativeDate extends TextField {
    static schema(...extend) {
      return TextField.schema({ type: 'datetime', enableDate: true, enableTime: false, widget: { type: 'input' } }, ...extend);
    }

    constructor(component, options, data) {
      super({ ...component, widget: { type: 'input' }, inputFormat: 'plain', limits: { ...component.widget, ...component.datePicker } }, options, data);
    }

    /** The first and last day, where the form's author put them. */
    get limits() {
      return this.component.limits ?? {};
    }

    get hasTime() {
      return Boolean(this.component.enableTime);
    }

    get inputInfo() {
      const info = super.inputInfo;
      info.attr.type = this.hasTime ? 'datetime-local' : 'date';
      info.changeEvent = 'change';
      for (const [name, limit] of [['min', this.limits.minDate], ['max', this.limits.maxDate]]) {
        if (/^\d{4}-\d{2}-\d{2}/.test(limit ?? '')) info.attr[name] = this.shown(limit);
      }
      return info;
    }

    /** What the browser's widget takes: it knows no offset. */
    shown(value) {
      return String(value ?? '').slice(0, this.hasTime ? 16 : 10);
    }

    renderElement(value, index) {
      return super.renderElement(this.shown(value), index);
    }

    getValueAt(index) {
      const typed = this.refs.input?.[index]?.value;
      if (!typed) return this.emptyValue;
      return `${this.hasTime ? `${typed}:00` : `${typed}T00:00:00`}${offset(typed)}`;
    }

    setValueAt(index, value) {
      const input = this.refs.input?.[index];
      if (input) input.value = this.shown(value);
    }

    /** What the library draws, so it must be what the browser's widget takes. */
    getValueAsString(value) {
      return this.shown(value);
    }

  };
}

/** A day, or a day with its time, as people write it. */
export function dateInWords(value, withTime) {
  const [, year, month, day, time] = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}:\d{2}))?/.exec(value ?? '') ?? [];
  if (!year) return '';
  return `${day}/${month}/${year}${withTime && time ? `, ${time}` : ''}`;
}

/** A date in three fields. The library calls all of them by the name of the date, and alike in every row of a grid. */
function day(Formio) {
  return class Day extends Formio.Components.components.day {
    attach(host) {
      const attached = super.attach(host);
      for (const part of ['day', 'month', 'year']) {
        const field = this.refs[part];
        const label = field && host.querySelector(`label[for="${CSS.escape(field.id)}"]`);
        if (!label) continue;
        field.id = `${this.id}-${part}`;
        label.htmlFor = field.id;
        label.id = `l-${field.id}`;
        field.setAttribute('aria-labelledby', `l-${this.id}-${this.component.key} ${label.id}`);
      }
      return attached;
    }
  };
}

/** `+01:00`: how far the citizen's clock is from UTC on that day. */
function offset(typed) {
  const minutes = -new Date(typed.length > 10 ? typed : `${typed}T00:00:00`).getTimezoneOffset();
  const two = (number) => String(Math.floor(Math.abs(number))).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}

/** `5MB` as bytes. */
function bytes(size) {
  const [, number, unit] = /^([\d.]+)\s*([KMG]?)B?$/i.exec(size ?? '') ?? [];
  return number ? Number(number) * { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 }[unit.toUpperCase()] : Infinity;
}

/** Why the server did not take something, in its words; the field's own say more than those of the whole. */
function why(problem) {
  return problem?.errors?.[0]?.message ?? problem?.detail ?? problem?.title;
}

/** Files, uploaded as they are chosen: a place is asked for, the bytes are put there, and then said to be there. */
function files(Formio, config) {
  const Field = Formio.Components.components.field;
  return class Files extends Field {
    static schema(...extend) {
      return Field.schema({ type: 'sdcfile', label: '', key: 'file', input: true, multiple: false, storage: 'url' }, ...extend);
    }

    get emptyValue() {
      return [];
    }

    get list() {
      return Array.isArray(this.dataValue) ? this.dataValue : [];
    }

    get inputId() {
      return `${this.id}-${this.component.key}`;
    }

    render() {
      const { description, filePattern, fileMaxSize, multiple, validate } = this.component;
      const types = filePattern && filePattern !== '*' ? filePattern : '';
      const limits = [
        types && fill(text.filesHint, { types: types.replaceAll(',', ', ') }),
        bytes(fileMaxSize) < Infinity && fill(text.filesMost, { max: fileMaxSize }),
      ].filter(Boolean).join(' ');
      const hint = limits ? `<p class="hint" id="h-${this.inputId}">${escape(limits)}</p>` : '';
      const described = [limits && `h-${this.inputId}`, description && `d-${this.inputId}`].filter(Boolean).join(' ');
      return super.render(`
        ${hint}
        <ul class="upload-list" ref="list">${this.list.map((file, index) => this.fileItem(file, index)).join('')}</ul>
        <input ref="chooser" type="file" class="upload-input" id="${this.inputId}" ${multiple ? 'multiple' : ''}
          ${types ? `accept="${escape(types)}"` : ''} ${described ? `aria-describedby="${described}"` : ''} aria-required="${Boolean(validate?.required)}">
        <p class="upload-status" ref="said" role="status"></p>`);
    }

    fileItem(file, index) {
      const name = file.originalName ?? file.name;
      return `<li>${icon('it-file')}<span>${escape(name)}</span>
        <button type="button" ref="remove" data-index="${index}" class="btn btn-link btn-xs">${escape(fill(text.fileRemove, { name }))}</button></li>`;
    }

    attach(host) {
      const attached = super.attach(host);
      this.loadRefs(host, { chooser: 'single', said: 'single', remove: 'multiple' });
      this.addEventListener(this.refs.chooser, 'change', () => this.upload([...this.refs.chooser.files]));
      for (const button of this.refs.remove ?? []) {
        this.addEventListener(button, 'click', () => this.keep(this.list.filter((_, index) => index !== Number(button.dataset.index))));
      }
      return attached;
    }

    /** Stores the list, draws it again and brings the reader back to the chooser. */
    keep(list, said = '') {
      this.updateValue(list, { modified: true });
      this.redraw();
      this.say(said);
      this.refs.chooser?.focus();
    }

    say(said) {
      if (this.refs.said) this.refs.said.textContent = said;
    }

    setValue(value, flags) {
      const changed = super.setValue(value, flags);
      if (changed) this.redraw();
      return changed;
    }

    async upload(chosen) {
      let list = [...this.list];
      // What became of each file: one that was refused is not forgotten for the next that was taken.
      const said = [];
      for (const file of this.component.multiple ? chosen : chosen.slice(0, 1)) {
        const { name } = file;
        const refused = this.refusal(file);
        if (!refused) this.say(fill(text.fileUploading, { name }));
        const { stored, reason } = refused ? {} : await this.store(file);
        if (stored) list = this.component.multiple ? [...list, stored] : [stored];
        const failed = () => (reason ? fill(text.fileRefused, { name, reason }) : fill(text.fileFailed, { name }));
        said.push(refused ?? (stored ? fill(text.fileUploaded, { name }) : failed()));
      }
      this.keep(list, said.join(' '));
    }

    /** Why the file is not taken, if it is not. The server looks at its content as well. */
    refusal({ name, size }) {
      const max = this.component.fileMaxSize;
      if (size > bytes(max)) return fill(text.fileTooLarge, { name, max });
      const allowed = (this.component.filePattern ?? '').split(',').map((part) => part.trim().toLowerCase()).filter((part) => part.startsWith('.'));
      if (allowed.length && !allowed.some((end) => name.toLowerCase().endsWith(end))) return fill(text.fileWrongType, { name });
      return null;
    }

    /** Puts a file in its place: `stored`, what the answer keeps of it, or the server's `reason` for not taking it. */
    async store(file) {
      const { protocol_required = true, check_signature = false, description = '' } = this.component;
      const mime = file.type || 'application/octet-stream';
      const place = await send(config, config.uploadUrl, 'POST', {
        name: file.name, original_filename: file.name, size: file.size, mime_type: mime, protocol_required, description,
      });
      if (!place.ok) return { reason: why(place.body) };
      const { id, uri } = place.body;
      const put = await fetch(uri, { method: 'PUT', body: file, headers: { 'content-type': mime } }).catch(() => null);
      if (!put?.ok) return { reason: why(await put?.json().catch(() => null)) };
      const hash = (put.headers.get('etag') ?? '').replaceAll('"', '');
      const done = await send(config, `${config.uploadUrl}/${encodeURIComponent(id)}`, 'PUT', { file_hash: hash, check_signature });
      if (!done.ok) return { reason: why(done.body) };
      const stored = {
        id, data: { id, uri, baseUrl: config.uploadUrl }, originalName: file.name, name: file.name, size: file.size, type: mime, mime_type: mime, url: uri,
        storage: 'url', protocol_required, signature_validation: null, hash,
      };
      return { stored };
    }

    getValueAsString(value) {
      return (Array.isArray(value) ? value : []).map((file) => file.originalName ?? file.name).join(', ');
    }

    /** The chooser is what an error points to. */
    focus() {
      this.refs.chooser?.focus();
    }
  };
}

