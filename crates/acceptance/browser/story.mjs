// The whole story on a running demonstration (`sportello run --demo`): a citizen fills in an application, pays, an operator takes
// charge, asks for more, accepts, and the citizen reads the outcome. Every page on the way is checked by axe, at the width named by
// WIDTH (desktop or phone). Exits 1 when anything is wrong.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { WIDTHS, start } from './browser.mjs';
import { complaints, faults } from './axe.mjs';

const base = process.env.BASE ?? 'http://127.0.0.1:8080/comune-di-bugliano';
const width = process.env.WIDTH ?? 'desktop';
const shots = process.env.SCREENSHOTS;
if (shots) mkdirSync(shots, { recursive: true });

let wrong = 0;
const say = (text) => {
  wrong += 1;
  console.log(text.slice(0, 400));
};

/** Somebody with a browser window of their own. */
async function person(browser) {
  const context = await browser.newContext({ viewport: WIDTHS[width], reducedMotion: 'reduce', acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const heard = complaints(page);
  const look = async (name) => {
    (await faults(page)).forEach((fault) => say(`${name}: ${fault}`));
    heard.splice(0).forEach((text) => say(`${name}: ${text}`));
    if (shots) await page.screenshot({ path: join(shots, `story-${name}-${width}.png`), fullPage: true });
  };
  const button = (name) => page.getByRole('button', { name, exact: true });
  return { page, look, button };
}

/** Opens the page again until it shows `text`. Background work takes moments, not minutes. */
async function until(page, text) {
  const deadline = Date.now() + 60_000;
  while (!(await page.locator('main').innerText()).includes(text)) {
    if (Date.now() > deadline) throw new Error(`"${text}" did not appear on ${page.url()}`);
    await page.waitForTimeout(500);
    await page.reload();
  }
}

const browser = await start();
try {
  const citizen = await person(browser);
  const { page, look, button } = citizen;
  await page.goto(`${base}/it/`);
  await look('1-home');
  await page.getByLabel('Che cosa ti serve?').fill('suolo');
  await button('Cerca').click();
  await page.getByRole('link', { name: 'Occupazione di suolo pubblico' }).click();
  await look('2-service');
  await page.getByRole('link', { name: 'Accedi al servizio' }).last().click();
  await look('3-login');
  await page.getByRole('button', { name: 'Michelangelo Buonarroti' }).click();

  await page.locator('.steps-title', { hasText: 'Richiedente' }).waitFor();
  await page.getByLabel('Telefono').fill('+39 333 1234567');
  await page.getByLabel('Indirizzo email').fill('michelangelo.buonarroti@example.it');
  await page.getByLabel('in proprio', { exact: false }).first().check();
  for (const [label, value] of [['Indirizzo *', 'Via Antica Aia'], ['Comune', 'Tornimparte'], ['Provincia', 'AQ'], ['CAP', '67049'], ['Luogo di nascita', 'Pisa']]) {
    const field = page.getByRole('textbox', { name: label.replace(' *', ''), exact: false }).first();
    if ((await field.count()) && !(await field.inputValue())) await field.fill(value);
  }
  await look('4-form-applicant');
  await button('Avanti').click();

  await page.locator('.steps-title', { hasText: 'Occupazione' }).waitFor();
  await page.getByLabel("Scopo dell'occupazione").selectOption({ label: 'Trasloco' });
  await page.getByLabel('Via o piazza').fill('Via Roma');
  const day = (ahead) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);
  await page.getByRole('textbox', { name: 'Dal giorno' }).fill(day(30));
  await page.getByRole('textbox', { name: 'Al giorno', exact: true }).fill(day(31));
  await page.getByLabel('Superficie in metri quadrati').fill('24');
  await page.getByLabel('No', { exact: true }).first().check();
  await look('5-form-place');
  await button('Avanti').click();

  await page.locator('.steps-title', { hasText: 'Allegati' }).waitFor();
  const pdf = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n');
  await page.getByLabel("Planimetria dell'area").setInputFiles({ name: 'planimetria.pdf', mimeType: 'application/pdf', buffer: pdf });
  await page.getByText('planimetria.pdf caricato.').waitFor();
  await page.getByLabel('Mi impegno').check();
  await page.getByLabel('Ho letto').check();
  await button('Controlla e invia').click();
  await page.getByRole('heading', { name: 'Riepilogo' }).waitFor();
  await look('6-review');
  await button('Invia la richiesta').click();
  await page.waitForURL(/\/detail\?done=submitted/);
  const detail = page.url().replace(/\?.*/, '');

  // The notice is made in the background; the page shows it without being asked.
  await page.getByRole('link', { name: 'Paga online' }).first().waitFor();
  await look('7-to-pay');
  await page.getByRole('link', { name: 'Paga online' }).first().click();
  await look('8-provider');
  await page.getByRole('button', { name: /paga/i }).first().click();
  await page.goto(detail);
  await until(page, 'Scarica ricevuta');
  await until(page, 'Numero di protocollo');
  await look('9-paid');

  const office = await person(browser);
  await office.page.goto(`${base}/it/operatori`);
  await office.page.getByLabel('Nome utente').fill('operatore');
  await office.page.getByLabel('Password').fill('demo');
  await office.button('Accedi').click();
  await office.page.waitForURL(/\/operatori/);
  await office.look('10-inbox');
  const id = detail.split('/').at(-2);
  await office.page.goto(`${base}/it/operatori/${id}`);
  await until(office.page, 'Prendi in carico');
  await office.look('11-application');
  await office.button('Prendi in carico').click();
  await office.page.getByRole('link', { name: 'Richiedi integrazioni' }).click();
  await office.page.getByLabel('Messaggio al cittadino').fill('Serve anche la targa del camion.');
  await office.look('12-request');
  await office.button('Richiedi integrazioni').click();
  await office.page.locator('.notice-good').waitFor();

  await page.goto(detail);
  await until(page, 'Ti sono state richieste integrazioni');
  await look('13-asked');
  await page.getByLabel('Scrivi un messaggio').fill('La targa è AB123CD.');
  await button('Invia messaggio').click();
  await page.locator('.notice-good', { hasText: 'Messaggio inviato' }).waitFor();

  await office.page.goto(`${base}/it/operatori/${id}`);
  await until(office.page, 'Concludi le integrazioni');
  await office.button('Concludi le integrazioni').click();
  await office.page.goto(`${base}/it/operatori/${id}`);
  await until(office.page, 'Accetta');
  await office.page.getByRole('link', { name: 'Accetta', exact: true }).click();
  await office.page.getByLabel('Messaggio al cittadino').fill("L'occupazione è autorizzata dalle 8 alle 13.");
  await office.button('Accetta').click();
  await office.page.locator('.notice-good').waitFor();
  await office.look('14-accepted');

  await page.goto(detail);
  await until(page, 'Richiesta accolta');
  await look('15-outcome');
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('.files a').first().click()]);
  if (!(await download.path())) say('the first document cannot be downloaded');
} catch (error) {
  say(error.message);
  for (const context of browser.contexts()) {
    for (const page of context.pages()) {
      const text = await page.locator('#form-errors, .error-summary').first().innerText({ timeout: 1000 }).catch(() => '');
      console.log(`at ${page.url()} ${text}`);
      if (shots) await page.screenshot({ path: join(shots, `story-failed-${width}.png`), fullPage: true });
    }
  }
}
await browser.close();
console.log(wrong ? `${wrong} faults` : `the story is told (${width})`);
process.exit(wrong ? 1 : 0);
