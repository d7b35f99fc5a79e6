// The whole story on a running demonstration (`sportello run --demo`): a citizen fills in an application, pays, an operator takes
// charge, asks for more, accepts, and the citizen reads the outcome. The first part is told without a mouse.
import { attachment, textOfPdf } from './documents.mjs';
import { press, tabTo, typeInto } from './keyboard.mjs';
import { BASE, say, signInAs, tell, until } from './world.mjs';

const SERVICE = 'Occupazione di suolo pubblico';
/** The day so many days from now, as date fields take it. */
const day = (ahead) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);

await tell('story', async (person) => {
  const citizen = await person();
  await findsTheService(citizen);
  await signsInByKeyboard(citizen);
  await fillsInTheFirstStepByKeyboard(citizen);
  await makesMistakesAndMendsThem(citizen);
  const detail = await sends(citizen);
  await pays(citizen, detail);

  const operator = await person();
  const id = detail.split('/').at(-2);
  await takesCharge(operator, id);
  await asksForMore(operator);
  await answers(citizen, detail);
  await decides(operator, id);
  await readsTheOutcome(citizen, detail, id);
  await findsTheDocuments(citizen);
});

async function findsTheService({ page, look, button, link, open }) {
  await open('/it/');
  await look('01-home');
  await page.getByLabel('Che cosa ti serve?').fill('suolo');
  await button('Cerca').click();
  await look('02-found');
  await link(SERVICE).click();
  await look('03-service');
}

async function signsInByKeyboard({ page, look, link }) {
  await press(page, link('Accedi al servizio').last(), 'Accedi al servizio');
  await page.waitForURL(/\/login/);
  await look('04-login');
  await press(page, page.getByRole('button', { name: 'Michelangelo Buonarroti' }), 'Michelangelo Buonarroti');
}

async function fillsInTheFirstStepByKeyboard({ page, look, button }) {
  await page.locator('.steps-title', { hasText: 'Richiedente' }).waitFor();
  if (await page.getByLabel('Codice fiscale').isEnabled()) say('the tax code of a signed-in citizen can be changed');
  await typeInto(page, 'Indirizzo email', 'michelangelo.buonarroti@example.it');
  await typeInto(page, 'Telefono', '+39 333 1234567');
  await tabTo(page, page.getByLabel('In proprio'), 'In proprio');
  await page.keyboard.press('Space');
  await look('05-applicant');
  await press(page, button('Avanti'), 'Avanti');
}

async function makesMistakesAndMendsThem({ page, look, button, expectStatus }) {
  const step = (title) => page.locator('.steps-title', { hasText: title }).waitFor();
  await step('Occupazione');
  await button('Avanti').click();
  await look('06-mistakes');
  await page.locator('#form-errors a', { hasText: 'Via o piazza' }).click();
  const focused = await page.evaluate(() => document.activeElement?.labels?.[0]?.textContent?.trim() ?? '');
  if (!focused.includes('Via o piazza')) say(`the error about "Via o piazza" leads to "${focused}"`);

  await page.getByLabel("Scopo dell'occupazione").selectOption({ label: 'Trasloco' });
  await page.getByLabel('Via o piazza').fill('Via Roma');
  await page.getByLabel(/Dal giorno/).fill(day(30));
  await page.getByLabel(/Al giorno/).fill(day(31));
  await page.getByLabel(/Dalle ore/).fill('08:00');
  await page.getByLabel(/Alle ore/).fill('13:00');
  await page.getByLabel('Superficie in metri quadrati').fill('24');
  await page.getByLabel('No', { exact: true }).check();
  await look('07-place');
  await button('Avanti').click();

  await step('Allegati');
  await page.getByLabel("Planimetria dell'area").setInputFiles(attachment('planimetria.pdf'));
  await page.getByText('planimetria.pdf caricato.').waitFor();
  await page.getByLabel('Mi impegno').check();
  await page.getByLabel('Ho letto').check();
  await look('08-attachments');
  await button('Controlla e invia').click();
  await page.getByRole('heading', { name: 'Riepilogo' }).waitFor();
  await look('09-review');

  // The server has the last word, also over what a browser let pass: here somebody has changed the answers on their way.
  await page.route('**/servizi/*/access', async (route) => {
    const body = route.request().postDataJSON();
    body.data.metri_quadri = 5000;
    await route.continue({ postData: JSON.stringify(body) });
  }, { times: 1 });
  expectStatus(422);
  await button('Invia la richiesta').click();
  await step('Occupazione');
  await page.locator('#form-errors a').first().waitFor();
  await look('10-refused');
  if ((await page.getByLabel(/Dal giorno/).inputValue()) !== day(30)) say('a date is lost when the citizen comes back to its step');
  await button('Avanti').click();
  await button('Controlla e invia').click();
}

async function sends({ page, look, button, link }) {
  await button('Invia la richiesta').click();
  await page.waitForURL(/\/detail\?done=submitted/);
  // The notice is made in the background; the page shows it without being asked.
  await link('Paga online').first().waitFor();
  await look('11-to-pay');
  return page.url().replace(/\?.*/, '');
}

async function pays({ page, look, button, link }, detail) {
  const notice = await textOfPdf(page, link('Scarica avviso').first());
  if (!notice.includes('20,00')) say(`the notice does not say what to pay: ${notice}`);
  await link('Paga online').first().click();
  await look('12-provider');
  await button('Paga').click();
  await page.waitForURL(/\/detail/);
  await look('13-landing');
  await page.goto(detail);
  await until(page, 'Scarica ricevuta');
  await until(page, 'Numero di protocollo');
  await look('14-registered');
  const receipt = await textOfPdf(page, link('Scarica ricevuta').first());
  if (!receipt.includes('20,00')) say(`the receipt does not say what was paid: ${receipt}`);
}

async function takesCharge(operator, id) {
  const { page, look, button, open } = operator;
  await signInAs(operator, 'operatore');
  await open('/it/operatori');
  await look('15-inbox');
  await open(`/it/operatori/${id}`);
  await until(page, 'Prendi in carico');
  await look('16-application');
  await button('Prendi in carico').click();
  await page.locator('.notice-good').waitFor();
}

async function asksForMore({ page, look, expectStatus, button, link }) {
  await link('Richiedi integrazioni').click();
  expectStatus(422);
  await button('Richiedi integrazioni').click();
  await page.locator('.error-summary').waitFor();
  await look('17-no-reason');
  await page.getByLabel('Messaggio al cittadino').fill('Serve anche la targa del camion.');
  await look('18-request');
  await button('Richiedi integrazioni').click();
  await page.locator('.notice-good').waitFor();
}

async function answers({ page, look, button }, detail) {
  await page.goto(detail);
  await until(page, 'Ti sono state richieste integrazioni');
  await look('19-asked');
  await page.getByLabel('Scrivi un messaggio').fill('La targa è AB123CD.');
  await page.getByLabel('Allegati').setInputFiles(attachment('libretto.pdf'));
  await button('Invia messaggio').click();
  await page.locator('.notice-good', { hasText: 'Messaggio inviato' }).waitFor();
  await look('20-answered');
}

async function decides({ page, look, button, link, open }, id) {
  await open(`/it/operatori/${id}`);
  await until(page, 'Concludi le integrazioni');
  await look('21-answer');
  await button('Concludi le integrazioni').click();
  await until(page, 'Accetta');
  await link('Accetta').click();
  await page.getByLabel('Messaggio al cittadino').fill("L'occupazione è autorizzata dalle 8 alle 13.");
  await look('22-accept');
  await button('Accetta').click();
  await page.locator('.notice-good').waitFor();
  await look('23-accepted');
}

async function readsTheOutcome({ page, look, link }, detail, id) {
  await page.goto(detail);
  await until(page, 'Richiesta accolta');
  await until(page, "Protocollo dell'esito");
  await look('24-outcome');
  const outcome = await textOfPdf(page, link('Esito della pratica'));
  for (const part of [id, SERVICE, 'Istanza accolta', 'autorizzata dalle 8 alle 13']) {
    if (!outcome.includes(part)) say(`the outcome does not say "${part}": ${outcome}`);
  }
  const asked = await textOfPdf(page, link('Richiesta di integrazioni'));
  if (!asked.includes('targa del camion')) say(`the request does not say what was asked: ${asked}`);
  await page.goto(`${BASE}/it/pratiche`);
  await look('25-applications');
  await page.goto(`${BASE}/it/pagamenti`);
  await look('26-payments');
}

/** The documents of the story, found and fetched by keyboard alone. */
async function findsTheDocuments({ page, look, button, link }) {
  await page.goto(`${BASE}/it/documenti`);
  await until(page, '4 documenti');
  await look('27-documents');
  for (const kind of ['Domanda presentata', 'Richiesta di integrazioni', 'Risposta alla richiesta di integrazioni', 'Esito']) {
    if ((await link(kind).count()) !== 1) say(`the documents lack "${kind}"`);
  }
  await typeInto(page, 'Parole da cercare', 'esito');
  await press(page, button('Cerca'), 'Cerca');
  await page.locator('.count', { hasText: /^1 documento$/ }).waitFor();
  await look('28-documents-found');
  await press(page, link('Esito'), 'Esito');
  await page.getByRole('heading', { name: 'Esito', exact: true, level: 1 }).waitFor();
  await until(page, 'Protocollato');
  await look('29-document');
  const facts = await page.locator('dl.facts').innerText();
  if (!/Numero di protocollo\s+\d{7}\/\d{4}/.test(facts)) say(`the document does not say its number: ${facts}`);
  const file = page.locator('.files a').first();
  await tabTo(page, file, 'the file');
  const outcome = await textOfPdf(page, file);
  if (!outcome.includes('Istanza accolta')) say(`the document is another one: ${outcome}`);
}
