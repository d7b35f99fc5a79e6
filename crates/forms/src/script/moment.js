// The part of moment.js (https://momentjs.com/docs, version 2) that scripts of forms use, on the calendar of Rome, in Italian.
globalThis.moment = (() => {
  'use strict';
  const MONTHS = ['gennaio', 'febbraio', 'marzo', 'aprile', 'maggio', 'giugno', 'luglio', 'agosto', 'settembre', 'ottobre', 'novembre', 'dicembre'];
  const DAYS = ['domenica', 'lunedì', 'martedì', 'mercoledì', 'giovedì', 'venerdì', 'sabato'];
  const UNITS = { y: 'year', M: 'month', Q: 'quarter', w: 'week', d: 'day', D: 'day', h: 'hour', m: 'minute', s: 'second', ms: 'millisecond', date: 'day', isoWeek: 'week' };
  const FIXED = { week: 604800000, day: 86400000, hour: 3600000, minute: 60000, second: 1000, millisecond: 1 };
  const ORDER = ['year', 'month', 'day', 'hour', 'minute', 'second'];
  const unit = (name) => (name === undefined ? 'millisecond' : UNITS[name] ?? UNITS[name.replace(/s$/, '')] ?? name.toLowerCase().replace(/s$/, ''));
  const pad = (number, size = 2) => String(number).padStart(size, '0');
  const TOKENS = /\[[^\]]*\]|YYYY|YY|MMMM|MMM|MM|M|DD|D|dddd|ddd|E|HH|H|hh|h|mm|m|ss|s|SSS|A|a|ZZ|Z|X|x/g;

  function parseFormat(text, format, strict) {
    const fields = { year: undefined, month: 1, day: 1, hour: 0, minute: 0, second: 0, milli: 0, half: undefined };
    const escape = (literal) => literal.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
    const names = [];
    const number = (name, exact, loose) => { names.push(name); return `(${strict ? exact : loose})`; };
    let pattern = '';
    let at = 0;
    for (const match of format.matchAll(TOKENS)) {
      pattern += escape(format.slice(at, match.index));
      at = match.index + match[0].length;
      switch (match[0]) {
        case 'YYYY': pattern += number('year', '\\d{4}', '\\d{1,4}'); break;
        case 'YY': pattern += number('short', '\\d{2}', '\\d{2}'); break;
        case 'MM': pattern += number('month', '\\d{2}', '\\d{1,2}'); break;
        case 'M': pattern += number('month', '\\d{1,2}', '\\d{1,2}'); break;
        case 'DD': pattern += number('day', '\\d{2}', '\\d{1,2}'); break;
        case 'D': pattern += number('day', '\\d{1,2}', '\\d{1,2}'); break;
        case 'HH': case 'hh': pattern += number('hour', '\\d{2}', '\\d{1,2}'); break;
        case 'H': case 'h': pattern += number('hour', '\\d{1,2}', '\\d{1,2}'); break;
        case 'mm': case 'm': pattern += number('minute', '\\d{2}', '\\d{1,2}'); break;
        case 'ss': case 's': pattern += number('second', '\\d{2}', '\\d{1,2}'); break;
        case 'SSS': pattern += number('milli', '\\d{3}', '\\d{1,3}'); break;
        case 'A': case 'a': pattern += number('half', '[AaPp][Mm]', '[AaPp][Mm]'); break;
        case 'Z': case 'ZZ': pattern += number('zone', 'Z|[+-]\\d\\d:?\\d\\d', 'Z|[+-]\\d\\d:?\\d\\d'); break;
        default: pattern += match[0][0] === '[' ? escape(match[0].slice(1, -1)) : '.+?';
      }
    }
    pattern += escape(format.slice(at));
    const found = new RegExp(`^${strict ? '' : '\\s*'}${pattern}${strict ? '$' : ''}`).exec(text);
    if (!found) return NaN;
    names.forEach((name, index) => { fields[name] = /^\d+$/.test(found[index + 1]) ? Number(found[index + 1]) : found[index + 1]; });
    if (fields.short !== undefined) fields.year = fields.short + (fields.short > 68 ? 1900 : 2000);
    if (fields.half) fields.hour = (fields.hour % 12) + (/p/i.test(fields.half) ? 12 : 0);
    const year = fields.year ?? new Date().getFullYear();
    if (fields.month < 1 || fields.month > 12 || fields.hour > 23 || fields.minute > 59 || fields.second > 59) return NaN;
    if (fields.day < 1 || fields.day > new Date(Date.UTC(year, fields.month, 0)).getUTCDate()) return NaN;
    return new Date(year, fields.month - 1, fields.day, fields.hour, fields.minute, fields.second, fields.milli).getTime();
  }

  function read(input, format, strict) {
    if (input === undefined) return Date.now();
    if (input === null || input === '') return NaN;
    if (input instanceof Moment) return input.time;
    if (input instanceof Date) return input.getTime();
    if (typeof input === 'number') return input;
    if (Array.isArray(input)) return new Date(input[0], input[1] ?? 0, input[2] ?? 1, input[3] ?? 0, input[4] ?? 0, input[5] ?? 0).getTime();
    if (typeof input === 'object') return new Date(input.year ?? input.y ?? new Date().getFullYear(), input.month ?? 0, input.day ?? input.date ?? 1).getTime();
    const text = String(input);
    for (const each of format === undefined ? [] : [].concat(format)) {
      const time = parseFormat(text, each, strict === true);
      if (!Number.isNaN(time)) return time;
    }
    if (format !== undefined) return NaN;
    // A date alone is midnight in Rome, unlike `new Date(...)`.
    return Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00` : text);
  }

  class Moment {
    constructor(time) { this.time = time; }
    get date_() { return new Date(this.time); }
    isValid() { return !Number.isNaN(this.time); }
    clone() { return new Moment(this.time); }
    valueOf() { return this.time; }
    unix() { return Math.floor(this.time / 1000); }
    toDate() { return this.date_; }
    toISOString() { return this.isValid() ? this.date_.toISOString() : null; }
    toJSON() { return this.toISOString(); }
    toString() { return this.format(); }
    locale() { return this; }
    local() { return this; }
    part_(name, value) {
      if (value === undefined) return this.date_['get' + name]();
      const date = this.date_;
      const day = date.getDate();
      if (name === 'FullYear' || name === 'Month') date.setDate(1);
      date['set' + name](value);
      if (name === 'FullYear' || name === 'Month') date.setDate(Math.min(day, new Date(Date.UTC(date.getFullYear(), date.getMonth() + 1, 0)).getUTCDate()));
      this.time = date.getTime();
      return this;
    }
    year(value) { return this.part_('FullYear', value); }
    month(value) { return this.part_('Month', value); }
    date(value) { return this.part_('Date', value); }
    hour(value) { return this.part_('Hours', value); }
    minute(value) { return this.part_('Minutes', value); }
    second(value) { return this.part_('Seconds', value); }
    millisecond(value) { return this.part_('Milliseconds', value); }
    quarter() { return Math.floor(this.month() / 3) + 1; }
    day() { return this.date_.getDay(); }
    isoWeekday() { return this.day() || 7; }
    daysInMonth() { return new Date(Date.UTC(this.year(), this.month() + 1, 0)).getUTCDate(); }
    dayOfYear() { return Math.round((Date.UTC(this.year(), this.month(), this.date()) - Date.UTC(this.year(), 0, 0)) / 86400000); }
    isLeapYear() { return new Date(Date.UTC(this.year(), 2, 0)).getUTCDate() === 29; }
    get(name) { return this[unit(name) === 'day' ? 'date' : unit(name)](); }
    set(name, value) { return this[unit(name) === 'day' ? 'date' : unit(name)](value); }
    add(amount, name) {
      if (typeof amount === 'object') { for (const [key, value] of Object.entries(amount)) this.add(value, key); return this; }
      const count = Number(amount);
      switch (unit(name)) {
        case 'year': return this.month(this.month() + 12 * count);
        case 'quarter': return this.month(this.month() + 3 * count);
        case 'month': return this.month(this.month() + count);
        case 'week': return this.date(this.date() + 7 * count);
        case 'day': return this.date(this.date() + count);
        default: this.time += count * FIXED[unit(name)]; return this;
      }
    }
    subtract(amount, name) {
      if (typeof amount === 'object') { for (const [key, value] of Object.entries(amount)) this.add(-value, key); return this; }
      return this.add(-amount, name);
    }
    startOf(name) {
      const kind = unit(name);
      if (kind === 'week') return this.startOf('day').subtract(this.isoWeekday() - 1, 'day');
      if (kind === 'quarter') return this.startOf('month').month(Math.floor(this.month() / 3) * 3);
      const kept = ORDER.indexOf(kind);
      if (kept < 0) return this;
      const date = this.date_;
      this.time = new Date(date.getFullYear(), kept < 1 ? 0 : date.getMonth(), kept < 2 ? 1 : date.getDate(),
        kept < 3 ? 0 : date.getHours(), kept < 4 ? 0 : date.getMinutes(), kept < 5 ? 0 : date.getSeconds()).getTime();
      return this;
    }
    endOf(name) { const end = this.startOf(name).add(1, unit(name)); end.time -= 1; return end; }
    months_(other) {
      const whole = (this.year() - other.year()) * 12 + this.month() - other.month();
      const anchor = other.clone().add(whole, 'month');
      const next = other.clone().add(this.time < anchor.time ? whole - 1 : whole + 1, 'month');
      return whole + (this.time - anchor.time) / Math.abs(next.time - anchor.time);
    }
    diff(input, name, exact) {
      const other = moment(input);
      const kind = unit(name);
      let size;
      if (kind === 'year') size = this.months_(other) / 12;
      else if (kind === 'quarter') size = this.months_(other) / 3;
      else if (kind === 'month') size = this.months_(other);
      else {
        const civil = (m) => m.time - (kind === 'day' || kind === 'week' ? m.date_.getTimezoneOffset() * 60000 : 0);
        size = (civil(this) - civil(other)) / FIXED[kind];
      }
      return exact ? size : Math.trunc(size) + 0;
    }
    isBefore(input, name) { const other = moment(input); return name ? this.clone().endOf(name).time < other.time : this.time < other.time; }
    isAfter(input, name) { const other = moment(input); return name ? this.clone().startOf(name).time > other.time : this.time > other.time; }
    isSame(input, name) { const other = moment(input); return name ? this.clone().startOf(name).time === other.startOf(name).time : this.time === other.time; }
    isSameOrBefore(input, name) { return this.isSame(input, name) || this.isBefore(input, name); }
    isSameOrAfter(input, name) { return this.isSame(input, name) || this.isAfter(input, name); }
    isBetween(from, to, name, bounds = '()') {
      return (bounds[0] === '[' ? this.isSameOrAfter(from, name) : this.isAfter(from, name))
        && (bounds[1] === ']' ? this.isSameOrBefore(to, name) : this.isBefore(to, name));
    }
    format(format = 'YYYY-MM-DDTHH:mm:ssZ') {
      if (!this.isValid()) return 'Invalid date';
      const named = { L: 'DD/MM/YYYY', LL: 'D MMMM YYYY', LT: 'HH:mm', LTS: 'HH:mm:ss', LLL: 'D MMMM YYYY HH:mm' };
      const zone = -this.date_.getTimezoneOffset();
      const offset = (glue) => `${zone < 0 ? '-' : '+'}${pad(Math.floor(Math.abs(zone) / 60))}${glue}${pad(Math.abs(zone) % 60)}`;
      const twelve = this.hour() % 12 || 12;
      const values = {
        YYYY: () => pad(this.year(), 4), YY: () => pad(this.year() % 100), MMMM: () => MONTHS[this.month()], MMM: () => MONTHS[this.month()].slice(0, 3),
        MM: () => pad(this.month() + 1), M: () => this.month() + 1, DD: () => pad(this.date()), D: () => this.date(),
        dddd: () => DAYS[this.day()], ddd: () => DAYS[this.day()].slice(0, 3), E: () => this.isoWeekday(),
        HH: () => pad(this.hour()), H: () => this.hour(), hh: () => pad(twelve), h: () => twelve, mm: () => pad(this.minute()), m: () => this.minute(),
        ss: () => pad(this.second()), s: () => this.second(), SSS: () => pad(this.millisecond(), 3), A: () => (this.hour() < 12 ? 'AM' : 'PM'),
        a: () => (this.hour() < 12 ? 'am' : 'pm'), Z: () => offset(':'), ZZ: () => offset(''), X: () => this.unix(), x: () => this.time,
      };
      return (named[format] ?? format).replace(TOKENS, (token) => (token[0] === '[' ? token.slice(1, -1) : values[token]()));
    }
  }
  for (const name of ['year', 'month', 'hour', 'minute', 'second', 'millisecond', 'quarter']) Moment.prototype[name + 's'] = Moment.prototype[name];
  Moment.prototype.days = Moment.prototype.day;
  Moment.prototype.weekday = Moment.prototype.day;

  const moment = (input, format, locale, strict) => new Moment(read(input, format, strict ?? locale));
  moment.unix = (seconds) => new Moment(seconds * 1000);
  moment.isMoment = (value) => value instanceof Moment;
  moment.now = () => Date.now();
  moment.locale = () => 'it';
  moment.max = (...all) => all.flat().reduce((a, b) => (a.time > b.time ? a : b));
  moment.min = (...all) => all.flat().reduce((a, b) => (a.time < b.time ? a : b));
  return moment;
})();
