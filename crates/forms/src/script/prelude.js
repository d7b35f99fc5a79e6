// What the scripts of a form find around them. Rust evaluates this file to a function and calls it with the submission's data, the
// form's title and name, the instant of the submission (milliseconds) and the offset of Rome's clocks (milliseconds to add to UTC).
(function (data, form, now, offset) {
  'use strict';

  // Time: the clock is the submission's and the calendar is Rome's, whatever the machine thinks.
  const Machine = Date;
  const shift = (utc) => utc + offset(utc);
  const unshift = (civil) => civil - offset(civil - offset(civil));
  const parse = (text) => {
    const time = Machine.parse(text);
    if (/^\d{4}(-\d\d){0,2}$/.test(text) || /(Z|GMT|UTC|[+-]\d\d:?\d\d)$/i.test(text)) return time;
    const utc = Machine.parse(/^\d{4}-/.test(text) ? text.replace(' ', 'T') + 'Z' : text + ' GMT');
    return Number.isNaN(utc) ? time : unshift(utc);
  };
  class RomeDate extends Machine {
    constructor(...parts) {
      if (parts.length === 0) super(now);
      else if (parts.length > 1) super(unshift(Machine.UTC(...parts)));
      else super(typeof parts[0] === 'string' ? parse(parts[0]) : parts[0]);
    }
    static now() { return now; }
    static parse(text) { return parse(String(text)); }
    getTimezoneOffset() { return -offset(this.getTime()) / 60000; }
    getYear() { return this.getFullYear() - 1900; }
    toString() { return Number.isNaN(this.getTime()) ? 'Invalid Date' : new Machine(shift(this.getTime())).toISOString().slice(0, 19); }
    toLocaleDateString() { return `${this.getDate()}/${this.getMonth() + 1}/${this.getFullYear()}`; }
    toLocaleTimeString() { return new Machine(shift(this.getTime())).toISOString().slice(11, 19); }
    toLocaleString() { return `${this.toLocaleDateString()}, ${this.toLocaleTimeString()}`; }
    toDateString() { return this.toString().slice(0, 10); }
  }
  for (const part of ['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes', 'Seconds', 'Milliseconds']) {
    RomeDate.prototype['get' + part] = function () { return new Machine(shift(this.getTime()))['getUTC' + part](); };
    RomeDate.prototype['set' + part] = function (...values) {
      const civil = new Machine(shift(this.getTime()));
      civil['setUTC' + part](...values);
      return this.setTime(unshift(civil.getTime()));
    };
  }
  globalThis.Date = RomeDate;
  // A check that answers differently each time is no check.
  Math.random = undefined;

  const reach = (path) => path.reduce((at, step) => (at === undefined || at === null ? undefined : at[step]), data);
  const compiled = new Map();
  const NAMES = ['data', 'row', 'rowIndex', 'instance', 'form', 'component', 'value', 'input', 'result', 'valid', 'show',
    'submission', 't', '_', 'moment'];

  return {
    // Makes sure that the objects on a way exist, as they do in a browser.
    ensure(path) {
      let at = data;
      for (const step of path) {
        if (at[step] === null || typeof at[step] !== 'object') at[step] = {};
        at = at[step];
      }
    },
    set(path, value) {
      const holder = reach(path.slice(0, -1));
      if (holder === null || typeof holder !== 'object') return;
      if (value === undefined) delete holder[path[path.length - 1]];
      else holder[path[path.length - 1]] = value;
    },
    check(source) { new Function(...NAMES, source); },
    run(source, variable, call) {
      let script = compiled.get(variable + source);
      if (script === undefined) {
        script = new Function(...NAMES, `${source}\n;return ${variable};`);
        compiled.set(variable + source, script);
      }
      const local = reach(call.form) ?? {};
      const row = reach(call.row) ?? {};
      const instance = {
        root: { data, submission: { data }, form }, data: local, row, rowIndex: call.index, component: call.component,
        dataValue: call.value, getValue: () => call.value, visible: true, t: (text) => text,
      };
      instance.parent = instance.root;
      const known = {
        data: local, row, rowIndex: call.index, instance, form, component: call.component, value: call.value, input: call.input,
        result: call.result ?? true, valid: true, show: true, submission: { data }, t: (text) => text,
        _: globalThis._, moment: globalThis.moment,
      };
      return JSON.stringify(script(...NAMES.map((name) => known[name])));
    },
  };
})
