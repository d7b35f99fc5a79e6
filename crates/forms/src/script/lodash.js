// The part of lodash (https://lodash.com/docs, version 4) that scripts of forms use, written for this sandbox.
globalThis._ = (() => {
  'use strict';
  const isNil = (value) => value === null || value === undefined;
  const isObject = (value) => value !== null && (typeof value === 'object' || typeof value === 'function');
  const isPlainObject = (value) => isObject(value) && [Object.prototype, null].includes(Object.getPrototypeOf(value));
  const steps = (path) => Array.isArray(path) ? path : String(path).split(/[.[\]]+/).filter((step) => step !== '');
  const get = (object, path, fallback) => {
    const found = steps(path).reduce((at, step) => (isNil(at) ? undefined : at[step]), object);
    return found === undefined ? fallback : found;
  };
  const set = (object, path, value) => {
    const way = steps(path);
    let at = object;
    way.slice(0, -1).forEach((step, index) => {
      if (!isObject(at[step])) at[step] = /^\d+$/.test(way[index + 1]) ? [] : {};
      at = at[step];
    });
    if (way.length) at[way[way.length - 1]] = value;
    return object;
  };
  const has = (object, path) => {
    const way = steps(path);
    const holder = way.length > 1 ? get(object, way.slice(0, -1)) : object;
    return !isNil(holder) && Object.prototype.hasOwnProperty.call(holder, way[way.length - 1]);
  };
  const list = (collection) => isNil(collection) ? []
    : Array.isArray(collection) || typeof collection === 'string' ? Array.from(collection) : Object.values(collection);
  const entries = (collection) => isNil(collection) ? [] : Array.isArray(collection) ? [...collection.entries()] : Object.entries(collection);
  const isEqual = (a, b) => {
    if (Object.is(a, b) || a === b) return true;
    if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false;
    if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => has(b, [key]) && isEqual(a[key], b[key]));
  };
  const matches = (pattern) => (value) => Object.keys(pattern).every((key) =>
    isPlainObject(pattern[key]) ? matches(pattern[key])(get(value, [key], {})) : isEqual(get(value, [key]), pattern[key]));
  const iteratee = (shorthand) => {
    if (typeof shorthand === 'function') return shorthand;
    if (isNil(shorthand)) return (value) => value;
    if (Array.isArray(shorthand)) return (value) => isEqual(get(value, shorthand[0]), shorthand[1]);
    return isObject(shorthand) ? matches(shorthand) : (value) => get(value, shorthand);
  };
  const isEmpty = (value) => isNil(value) || typeof value === 'number' || typeof value === 'boolean'
    || (typeof value === 'string' || Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0);
  const toNumber = (value) => (typeof value === 'number' ? value : isObject(value) ? Number(value.valueOf()) : Number(value));
  const toString = (value) => (isNil(value) ? '' : Array.isArray(value) ? value.map(toString).join(',') : String(value));
  const cloneDeep = (value) => Array.isArray(value) ? value.map(cloneDeep)
    : isPlainObject(value) ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cloneDeep(inner)])) : value;
  const rounding = (round) => (number, digits = 0) => {
    const [mantissa, exponent = 0] = String(toNumber(number)).split('e');
    const [rounded, power = 0] = String(round(Number(`${mantissa}e${Number(exponent) + digits}`))).split('e');
    return Number(`${rounded}e${Number(power) - digits}`);
  };
  const compare = (a, b) => (a === b ? 0 : isNil(a) ? 1 : isNil(b) ? -1 : a > b ? 1 : -1);
  const orderBy = (collection, by = [null], orders = []) => {
    const keys = [].concat(by).map(iteratee);
    return list(collection).sort((a, b) => {
      for (const [index, key] of keys.entries()) {
        const order = compare(key(a), key(b)) * (orders[index] === 'desc' ? -1 : 1);
        if (order) return order;
      }
      return 0;
    });
  };
  const extreme = (sign) => (collection, by) => {
    const key = iteratee(by);
    return list(collection).reduce((best, item) => (best === undefined || compare(key(item), key(best)) * sign > 0 ? item : best), undefined);
  };
  const grouped = (collection, by, add) => {
    const key = iteratee(by);
    return list(collection).reduce((groups, item) => add(groups, key(item), item), {});
  };
  const uniqBy = (collection, by) => {
    const key = iteratee(by);
    const seen = new Set();
    return list(collection).filter((item) => !seen.has(key(item)) && seen.add(key(item)));
  };
  const forEach = (collection, each) => {
    for (const [key, value] of entries(collection)) if (each(value, key, collection) === false) break;
    return collection;
  };
  const filter = (collection, by) => {
    const keep = iteratee(by);
    return entries(collection).filter(([key, value]) => keep(value, key, collection)).map(([, value]) => value);
  };
  const sumBy = (collection, by) => list(collection).map(iteratee(by)).reduce((sum, value) => (value === undefined ? sum : sum + value), 0);
  const pick = (object, ...keys) => keys.flat().reduce((out, key) => (has(object, key) ? set(out, key, get(object, key)) : out), {});
  return {
    get, set, has, isNil, isObject, isPlainObject, isEqual, isEmpty, toNumber, toString, cloneDeep, orderBy, uniqBy, forEach, filter,
    sumBy, pick, matches, iteratee, each: forEach,
    clone: (value) => (Array.isArray(value) ? [...value] : isPlainObject(value) ? { ...value } : value),
    isUndefined: (value) => value === undefined,
    isNull: (value) => value === null,
    isString: (value) => typeof value === 'string',
    isNumber: (value) => typeof value === 'number',
    isInteger: Number.isInteger,
    isFinite: Number.isFinite,
    isNaN: Number.isNaN,
    isBoolean: (value) => typeof value === 'boolean',
    isArray: Array.isArray,
    isFunction: (value) => typeof value === 'function',
    isDate: (value) => value instanceof Date,
    map: (collection, by) => { const each = iteratee(by); return entries(collection).map(([key, value]) => each(value, key, collection)); },
    flatMap: (collection, by) => entries(collection).flatMap(([key, value]) => iteratee(by)(value, key)),
    find: (collection, by) => list(collection).find(iteratee(by)),
    findIndex: (collection, by) => list(collection).findIndex(iteratee(by)),
    findKey: (object, by) => (entries(object).find(([, value]) => iteratee(by)(value)) ?? [])[0],
    reject: (collection, by) => { const drop = iteratee(by); return list(collection).filter((item) => !drop(item)); },
    some: (collection, by) => list(collection).some(iteratee(by)),
    every: (collection, by) => list(collection).every(iteratee(by)),
    reduce: (collection, fold, ...initial) => entries(collection).reduce(
      (out, [key, value], index) => (index === 0 && !initial.length ? value : fold(out, value, key)), initial[0]),
    includes: (collection, value) => (typeof collection === 'string' ? collection.includes(value) : list(collection).includes(value)),
    sum: (collection) => sumBy(collection),
    mean: (collection) => sumBy(collection) / list(collection).length,
    max: extreme(1), maxBy: extreme(1), min: extreme(-1), minBy: extreme(-1),
    uniq: (collection) => uniqBy(collection),
    compact: (collection) => list(collection).filter(Boolean),
    flatten: (collection) => list(collection).flat(),
    flattenDeep: (collection) => list(collection).flat(Infinity),
    keys: (object) => (isNil(object) ? [] : Object.keys(object)),
    values: list,
    toPairs: (object) => (isNil(object) ? [] : Object.entries(object)),
    fromPairs: (pairs) => Object.fromEntries(pairs),
    omit: (object, ...keys) => Object.fromEntries(Object.entries(object ?? {}).filter(([key]) => !keys.flat().includes(key))),
    pickBy: (object, by) => Object.fromEntries(Object.entries(object ?? {}).filter(([key, value]) => iteratee(by)(value, key))),
    mapValues: (object, by) => Object.fromEntries(Object.entries(object ?? {}).map(([key, value]) => [key, iteratee(by)(value, key)])),
    groupBy: (collection, by) => grouped(collection, by, (out, key, item) => ((out[key] ??= []).push(item), out)),
    countBy: (collection, by) => grouped(collection, by, (out, key) => ((out[key] = (out[key] ?? 0) + 1), out)),
    keyBy: (collection, by) => grouped(collection, by, (out, key, item) => ((out[key] = item), out)),
    sortBy: (collection, ...by) => orderBy(collection, by.length ? by.flat() : undefined),
    size: (collection) => (isNil(collection) ? 0 : collection.length ?? Object.keys(collection).length),
    trim: (text) => toString(text).trim(),
    toUpper: (text) => toString(text).toUpperCase(),
    toLower: (text) => toString(text).toLowerCase(),
    upperFirst: (text) => toString(text).slice(0, 1).toUpperCase() + toString(text).slice(1),
    capitalize: (text) => toString(text).slice(0, 1).toUpperCase() + toString(text).slice(1).toLowerCase(),
    startsWith: (text, start) => toString(text).startsWith(start),
    endsWith: (text, end) => toString(text).endsWith(end),
    padStart: (text, size, fill) => toString(text).padStart(size, fill),
    padEnd: (text, size, fill) => toString(text).padEnd(size, fill),
    replace: (text, ...rest) => toString(text).replace(...rest),
    split: (text, ...rest) => toString(text).split(...rest),
    repeat: (text, times) => toString(text).repeat(times),
    toInteger: (value) => Math.trunc(toNumber(value)) || 0,
    parseInt: (text, base) => parseInt(text, base),
    round: rounding(Math.round), floor: rounding(Math.floor), ceil: rounding(Math.ceil),
    clamp: (number, low, high) => Math.min(Math.max(number, low), high),
    inRange: (number, low, high) => (high === undefined ? number >= 0 && number < low : number >= low && number < high),
    range: (start, end, step = 1) => {
      const [from, to] = end === undefined ? [0, start] : [start, end];
      return Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_unused, index) => from + index * step);
    },
    times: (count, each) => Array.from({ length: count }, (_unused, index) => each(index)),
    concat: (...parts) => [].concat(...parts),
    join: (collection, glue) => list(collection).join(glue),
    head: (collection) => list(collection)[0],
    first: (collection) => list(collection)[0],
    last: (collection) => list(collection).pop(),
    nth: (collection, index) => list(collection).at(index),
    reverse: (collection) => collection.reverse(),
    indexOf: (collection, value) => list(collection).indexOf(value),
    difference: (a, ...others) => list(a).filter((item) => !others.some((other) => other.includes(item))),
    intersection: (a, ...others) => uniqBy(a).filter((item) => others.every((other) => other.includes(item))),
    union: (...lists) => uniqBy(lists.flat()),
    without: (collection, ...items) => list(collection).filter((item) => !items.includes(item)),
    zip: (...lists) => list(lists[0]).map((_unused, index) => lists.map((each) => each[index])),
    assign: Object.assign, extend: Object.assign,
    merge: function merge(target, ...sources) {
      for (const source of sources) for (const [key, value] of entries(source)) {
        if (isPlainObject(value) && isPlainObject(target[key])) merge(target[key], value);
        else if (value !== undefined) target[key] = cloneDeep(value);
      }
      return target;
    },
    defaults: (target, ...sources) => { for (const source of sources) for (const [key, value] of entries(source)) target[key] ??= value; return target; },
    defaultTo: (value, fallback) => (isNil(value) || Number.isNaN(value) ? fallback : value),
    identity: (value) => value, noop: () => undefined, constant: (value) => () => value,
    eq: Object.is, gt: (a, b) => a > b, gte: (a, b) => a >= b, lt: (a, b) => a < b, lte: (a, b) => a <= b,
    escape: (text) => toString(text).replace(/[&<>"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c]),
  };
})();
