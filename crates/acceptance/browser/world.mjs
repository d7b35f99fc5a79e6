// The world of one script: a running demonstration, a browser, and everything that was found wrong.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { faults } from './axe.mjs';
import { WIDTHS, start } from './browser.mjs';

/** Address of the running demonstration. */
export const ORIGIN = process.env.BASE ?? 'http://127.0.0.1:8080';
/** Address of its municipality's pages. */
export const BASE = `${ORIGIN}/comune-di-bugliano`;
const width = process.env.WIDTH ?? 'desktop';
const shots = process.env.SCREENSHOTS;
/** Longest time until background work shows, on a busy machine. */
const DEADLINE = 90_000;

let wrong = 0;

/** Notes something wrong and goes on. */
export function say(text) {
  wrong += 1;
  console.log(text.slice(0, 1500));
}

/** Runs a script with `person`, which gives somebody a window of their own; ends the process with 1 when anything is wrong. */
export async function tell(name, script) {
  if (!WIDTHS[width]) throw new Error(`WIDTH is one of ${Object.keys(WIDTHS).join(', ')}`);
  if (shots) mkdirSync(shots, { recursive: true });
  const browser = await start();
  try {
    await script((role) => person(browser, name, role));
  } catch (error) {
    say(error.message);
    for (const page of browser.contexts().flatMap((context) => context.pages())) {
      const errors = await page.locator('#form-errors, .error-summary').first().innerText({ timeout: 1000 }).catch(() => '');
      console.log(`at ${page.url()} ${errors}`);
      await picture(page, `${name}-failed`).catch(() => {});
    }
  }
  await browser.close();
  console.log(wrong ? `${name} (${width}): ${wrong} faults` : `${name} (${width}): everything is in order`);
  process.exit(wrong ? 1 : 0);
}

async function picture(page, name) {
  if (shots) await page.screenshot({ path: join(shots, `${name}-${width}.png`), fullPage: true });
}

/** Somebody with a browser window of their own. */
async function person(browser, script) {
  const context = await browser.newContext({ viewport: WIDTHS[width], locale: 'it-IT', timezoneId: 'Europe/Rome', reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const heard = complaints(page);
  let allowed = null;
  /** Checks the page as it is, and keeps its picture. */
  const look = async (name) => {
    await page.waitForLoadState(); // a click comes back when the next page begins, and its parts are judged together
    (await faults(page)).forEach((fault) => say(`${name}: ${fault}`));
    heard.splice(0).filter((text) => !allowed?.test(text)).forEach((text) => say(`${name}: ${text}`));
    allowed = null;
    await picture(page, `${script}-${name}`);
  };
  /** Lets the next look pass over a status that is meant to come: browsers complain about every one from 400 on. */
  const expectStatus = (status) => { allowed = new RegExp(`status of ${status}`); };
  const button = (name) => page.getByRole('button', { name, exact: true });
  const link = (name) => page.getByRole('link', { name, exact: true });
  return { page, look, expectStatus, button, link, open: (path) => page.goto(BASE + path) };
}

/** Keeps what the page complains about: scripts that fail, what its security policy refuses, and requests to anybody else. */
function complaints(page) {
  const texts = [];
  page.on('console', (message) => message.type() === 'error' && texts.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => texts.push(`script: ${error.message}`));
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== ORIGIN) texts.push(`request to somebody else: ${request.url()}`);
  });
  return texts;
}

/** Opens the page again until it shows `text`: background work takes moments, not minutes. */
export async function until(page, text) {
  const deadline = Date.now() + DEADLINE;
  while (!(await page.locator('main').innerText()).includes(text)) {
    if (Date.now() > deadline) throw new Error(`"${text}" did not appear on ${page.url()}`);
    await page.waitForTimeout(300);
    await page.reload();
  }
}

/** Signs a member of the staff in. */
export async function signInAs({ page, button, open }, username) {
  await open('/it/login');
  await page.getByLabel('Nome utente').fill(username);
  await page.getByLabel('Password').fill('demo');
  await button('Accedi').click();
  await page.waitForURL((url) => !url.pathname.endsWith('/login'));
}

/** Signs a citizen in by the demonstration's digital identity. */
export async function signInCitizen({ page, open }, name) {
  await open('/it/login');
  await page.getByRole('button', { name }).click();
  await page.waitForURL((url) => !url.pathname.endsWith('/login'));
}
