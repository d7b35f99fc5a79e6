// Payments beyond one application: an operator imports dues, a citizen pays several at once, one of them is in the way, and a paper
// revenue stamp serves once.
import { attachment } from './documents.mjs';
import { press, tabTo } from './keyboard.mjs';
import { say, signInAs, signInCitizen, tell, until } from './world.mjs';

const SERVICE = 'Occupazione di suolo pubblico';
/** The day so many days from now, as date fields take it. */
const day = (ahead) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);

await tell('payments', async (person) => {
  const operator = await person();
  const vittorino = await person();
  await signInAs(operator, 'operatore');
  await importsDues(operator);
  await signInCitizen(vittorino, 'Vittorino Coliandro');
  await choosesByKeyboard(vittorino);
  await paysTogether(vittorino);
  await findsOneInTheWay(vittorino, operator);
  await usesAStampTwice(vittorino);
});

/** A notice number with its check digits: segregation code 33 and a counter. */
function notice(counter) {
  const base = `333${String(counter).padStart(13, '0')}`;
  return base + String(BigInt(base) % 93n).padStart(2, '0');
}

function dues() {
  const head = 'notice_number;amount;reason;expire_at;payer_tax_identification_number;payer_name;payer_family_name';
  const due = (counter, amount, reason) => `${notice(counter)};${amount};${reason};${day(60)};CLNVTR76P01G822Q;Vittorino;Coliandro`;
  const rows = [due(1, '45.00', 'Mensa scolastica di marzo'), due(2, '30.50', 'Trasporto scolastico'), due(3, '12.00', 'Biblioteca'), due(4, '7.25', 'Palestra'), due(5, 'molto', 'Piscina')];
  return { name: 'dovuti.csv', mimeType: 'text/csv', buffer: Buffer.from([head, ...rows].join('\n')) };
}

async function importsDues({ page, look, button, link, open, expectStatus }) {
  await open('/it/operatori/pagamenti');
  await look('ledger');
  await link('Importazione dei dovuti').click();
  await page.getByText('Quali colonne deve avere il file').click();
  await look('imports-none');
  expectStatus(422);
  await button('Importa').click();
  await page.locator('.error-summary').waitFor();
  await look('imports-mistakes');
  await page.getByLabel('Servizio').selectOption({ label: SERVICE });
  await page.getByLabel('File CSV').setInputFiles(dues());
  await button('Importa').click();
  await page.waitForURL(/importazioni\/[0-9a-f-]{36}/);
  await until(page, 'Completata con righe errate');
  await look('import-done');
  const counts = (await page.locator('.counts dd').allInnerTexts()).join(' ');
  if (counts !== '5 4 0 1') say(`five rows, four dues and a wrong one became ${counts}`);
  const table = await page.evaluate(async (url) => (await fetch(url)).text(), await link('Scarica le righe errate').getAttribute('href'));
  if (!table.includes('5;amount;')) say(`the table of wrong rows does not name the fifth: ${table}`);
  await open('/de/operatori/pagamenti/importazioni');
  await look('imports-de');
  await open('/it/operatori/pagamenti?q=Biblioteca');
  await until(page, 'Biblioteca');
  await look('ledger-found');
}

async function choosesByKeyboard({ page, look, button, open }) {
  await open('/it/pagamenti');
  for (const due of ['Mensa scolastica di marzo', 'Trasporto scolastico', 'Biblioteca', 'Palestra']) await until(page, due);
  await look('several-due');
  for (const due of ['Mensa scolastica di marzo', 'Trasporto scolastico', 'Biblioteca']) {
    await page.locator('#due').evaluate((heading) => { heading.tabIndex = -1; heading.focus(); });
    await tabTo(page, page.getByRole('checkbox', { name: new RegExp(due) }), due);
    await page.keyboard.press('Space');
  }
  await press(page, button('Paga insieme quelli scelti'), 'Paga insieme quelli scelti');
  await page.waitForURL(/\/pagamenti\/carrello/);
  const main = await page.locator('main').innerText();
  if (!main.includes('87,50')) say(`the cart does not add up: ${main}`);
  await look('cart');
}

async function paysTogether({ page, look, button }) {
  await page.getByRole('link', { name: /^Togli.*Biblioteca/ }).click();
  await look('cart-of-two');
  await button('Paga 2 avvisi').click();
  await page.waitForURL(/\/demo\/psp\/carts\//);
  await look('provider');
  await button('Paga').click();
  await page.waitForURL(/\/pagamenti\/carrello\/esito/);
  await look('cart-back');
  await until(page, 'Hai pagato tutto');
  await look('cart-paid');
  if ((await page.getByRole('link', { name: /^Scarica ricevuta/ }).count()) !== 2) say('not each payment has its receipt');
}

/** The office cancels one of two while the citizen looks at the cart: the other is paid all the same. */
async function findsOneInTheWay({ page, look, button, open, expectStatus }, operator) {
  await open('/it/pagamenti');
  for (const due of [/Biblioteca/, /Palestra/]) await page.getByRole('checkbox', { name: due }).check();
  await button('Paga insieme quelli scelti').click();
  await button('Paga 2 avvisi').waitFor();
  await operator.open('/it/operatori/pagamenti?q=Palestra');
  await operator.link('Vittorino Coliandro').click();
  await operator.link('Annulla il pagamento').click();
  await operator.look('cancel');
  await operator.button('Sì, annulla il pagamento').click();
  await operator.page.locator('.notice-good').waitFor();
  await operator.look('cancelled');
  expectStatus(422);
  await button('Paga 2 avvisi').click();
  await page.locator('.error-summary').waitFor();
  await look('cart-refused');
  await button('Paga 1 avviso').click();
  await button('Rifiuta').click();
  await page.waitForURL(/\/esito/);
  await look('cart-not-paid');
  await page.getByRole('link', { name: 'Riprova con quelli da pagare' }).click();
  await button('Paga 1 avviso').click();
  await button('Paga').click();
  await page.waitForURL(/\/esito/);
  await until(page, 'Hai pagato tutto');
  await open('/it/pagamenti');
  await until(page, 'Non hai niente da pagare');
  await look('nothing-due');
}

/** Fills in an application with a paper stamp, up to its summary. */
async function fillsIn({ page, button, open }, stamp) {
  const step = (title) => page.locator('.steps-title', { hasText: title }).waitFor();
  await open('/it/servizi/occupazione-suolo-pubblico/access');
  await step('Richiedente');
  await page.getByLabel('Telefono').fill('0587 123456');
  await page.getByLabel('In proprio').check();
  await button('Avanti').click();
  await step('Occupazione');
  await page.getByLabel("Scopo dell'occupazione").selectOption({ label: 'Trasloco' });
  await page.getByLabel('Via o piazza').fill('Via Gramsci');
  await page.getByLabel(/Dal giorno/).fill(day(30));
  await page.getByLabel(/Al giorno/).fill(day(31));
  await page.getByLabel('Superficie in metri quadrati').fill('12');
  await page.getByLabel('No', { exact: true }).check();
  await button('Avanti').click();
  await step('Allegati');
  await page.getByLabel("Planimetria dell'area").setInputFiles(attachment('planimetria.pdf'));
  await page.getByText('planimetria.pdf caricato.').waitFor();
  await page.getByLabel('Ho già acquistato la marca da bollo').check();
  await page.getByLabel(/Numero identificativo della marca/).fill(stamp);
  await page.getByLabel(/Data della marca/).fill(day(-3));
  await page.getByLabel('Mi impegno').check();
  await page.getByLabel('Ho letto').check();
}

async function usesAStampTwice(citizen) {
  const { page, look, button, expectStatus } = citizen;
  const sends = async () => {
    await button('Controlla e invia').click();
    await page.getByRole('heading', { name: 'Riepilogo' }).waitFor();
    await button('Invia la richiesta').click();
  };
  await fillsIn(citizen, '01240000000017');
  await look('stamp');
  await sends();
  await page.waitForURL(/\/detail\?done=submitted/);
  await fillsIn(citizen, '01240000000017');
  expectStatus(422);
  await sends();
  await page.locator('#form-errors', { hasText: 'è già stata usata' }).waitFor();
  await look('stamp-used');
  await page.getByLabel(/Numero identificativo della marca/).fill('01240000000018');
  await sends();
  await page.waitForURL(/\/detail\?done=submitted/);
}
