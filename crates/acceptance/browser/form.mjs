// Fills in the sample form of a running preview (`cargo run -p ui --example preview`) as a citizen would: mistakes first, then right,
// to the end. Every step is checked by axe at both widths. Exits 1 when anything is wrong.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { WIDTHS, start } from './browser.mjs';
import { complaints, faults } from './axe.mjs';

const base = process.env.BASE ?? 'http://127.0.0.1:8099/comune-di-bugliano';
const shots = process.env.SCREENSHOTS;
if (shots) mkdirSync(shots, { recursive: true });

let wrong = 0;
const say = (text) => {
  wrong += 1;
  console.log(text.slice(0, 300));
};

/** Fails when the page does not show `text` in its summary of errors, or does not lead to the field by its link. */
async function expectError(page, text, label) {
  const link = page.locator('#form-errors a', { hasText: text }).first();
  await link.click();
  const focused = await page.evaluate(() => document.activeElement?.labels?.[0]?.textContent?.trim() ?? '');
  if (!focused.includes(label)) say(`the error "${text}" leads to "${focused}" instead of "${label}"`);
}

async function walk(browser, width, viewport) {
  const context = await browser.newContext({ viewport, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const heard = complaints(page);
  const look = async (name) => {
    (await faults(page)).forEach((fault) => say(`${name} (${width}): ${fault}`));
    if (shots) await page.screenshot({ path: join(shots, `form-${name}-${width}.png`), fullPage: true });
  };
  const step = (text) => page.locator('.steps-title', { hasText: text }).waitFor();
  const click = (name) => page.getByRole('button', { name, exact: true }).click();

  await page.goto(`${base}/it/login`);
  await page.locator('.person').first().click();
  await page.waitForURL((url) => !url.pathname.endsWith('/login'));
  await page.goto(`${base}/it/servizi/occupazione-suolo-pubblico/access`);
  await step('Richiedente');
  if (await page.getByLabel('Nome', { exact: false }).first().isEnabled()) say('the name of a signed-in citizen can be changed');
  await page.getByLabel('Indirizzo email').fill('');
  await click('Avanti');
  await look('1-mistakes');
  await expectError(page, 'Indirizzo email', 'Indirizzo email');
  await page.getByLabel('Indirizzo email').fill('michelangelo@example.it');
  await click('Avanti');

  await step('Occupazione');
  await look('2-empty');
  await click('Avanti');
  await look('2-mistakes');
  await expectError(page, 'Metri quadrati', 'Metri quadrati');
  await page.getByLabel('Via o piazza').fill('rifiuta');
  await page.getByRole('textbox', { name: 'Dal giorno' }).fill('2025-04-02');
  await page.getByRole('textbox', { name: 'Al giorno', exact: true }).fill('2025-04-03');
  await page.getByLabel('Metri quadrati').fill('24');
  await page.getByLabel('Motivo').selectOption('event');
  await page.getByLabel("Descrivi l'evento").fill('Festa di quartiere');
  await page.getByLabel('Sì').check();
  await page.getByLabel('Transenne').check();
  await look('2-filled');
  await click('Avanti');

  await step('Allegati');
  await click('Controlla e invia');
  await look('3-mistakes');
  await page.getByLabel("Planimetria dell'area").setInputFiles({ name: 'piazza.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4') });
  await page.getByText('piazza.pdf caricato.').waitFor();
  await page.getByRole('textbox', { name: 'Targa' }).first().fill('AB123CD');
  await page.getByLabel('Ho letto').check();
  await look('3-filled');
  await click('Controlla e invia');
  await page.getByRole('heading', { name: 'Riepilogo' }).waitFor();
  await look('4-review');

  // The server has the last word: what it refuses leads back to its field.
  await click('Invia la richiesta');
  await step('Occupazione');
  await look('5-refused');
  if ((await page.getByRole('textbox', { name: 'Dal giorno' }).inputValue()) !== '2025-04-02') say('a date is lost when the citizen comes back to its step');
  await expectError(page, 'via del Comune', 'Via o piazza');
  await page.getByLabel('Via o piazza').fill('Piazza Garibaldi');
  await click('Avanti');
  await step('Allegati');
  await click('Controlla e invia');
  await click('Invia la richiesta');
  await page.waitForURL(/\/pratiche\/.+done=submitted/);
  await look('6-sent');
  heard.filter((text) => !/status of 422/.test(text)).forEach((text) => say(`${width}: ${text}`));
  await context.close();
}

const browser = await start();
try {
  for (const [width, viewport] of Object.entries(WIDTHS)) await walk(browser, width, viewport);
} catch (error) {
  say(error.message);
}
await browser.close();
console.log(wrong ? `${wrong} faults` : 'the form works at both widths');
process.exit(wrong ? 1 : 0);
