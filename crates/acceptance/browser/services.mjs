// The other three services of the demonstration, each filled in to its end: a report that costs nothing, a move that is registered,
// a nursery school that is paid for when the office has accepted.
import { attachment, textOfPdf } from './documents.mjs';
import { say, signInAs, signInCitizen, tell, until } from './world.mjs';

/** The day so many days from now, as date fields take it. */
const day = (ahead) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);

await tell('services', async (person) => {
  const vittorino = await person();
  await signInCitizen(vittorino, 'Vittorino Coliandro');
  await reportsAFault(vittorino);
  await moves(vittorino);
  const nursery = await enrolsAChild(vittorino);

  const operator = await person();
  await signInAs(operator, 'operatore');
  await accepts(operator, nursery);
  await paysAfterTheDecision(vittorino, nursery);
});

/** One step of a form: its title is waited for, `answer` gives the answers, then the page is looked at and left by `button`. */
function steps({ page, look, button }, name) {
  return async (title, answer, leave = 'Avanti') => {
    await page.locator('.steps-title', { hasText: title }).waitFor();
    await answer();
    await look(`${name}-${title.toLowerCase().replaceAll(' ', '-')}`);
    await button(leave).click();
  };
}

/** The fields of the form by their labels; the label of one that is required ends with a sign. */
function fields(page) {
  const of = (label) => page.getByLabel(new RegExp(`^\\s*${label.replaceAll(/[()?]/g, '\\$&')}`));
  /** A choice of a group: several groups have a "Sì". */
  const choice = (group, label) => page.getByRole('radiogroup', { name: group }).getByLabel(label, { exact: true });
  return { of, choice, fill: (label, text, nth = 0) => of(label).nth(nth).fill(text), choose: (group, label) => choice(group, label).check() };
}

/** Sends what the summary shows; gives the address of the application's page. */
async function send({ page, look, button }, name) {
  await page.getByRole('heading', { name: 'Riepilogo' }).waitFor();
  await look(`${name}-review`);
  await button('Invia la richiesta').click();
  await page.waitForURL(/\/detail\?done=submitted/);
  return page.url().replace(/\?.*/, '');
}

async function reportsAFault(citizen) {
  const { page, look, button, open } = citizen;
  const { fill, choose } = fields(page);
  await open('/it/servizi/segnalazione/access');
  await page.getByLabel('Di che cosa si tratta').selectOption({ label: 'Illuminazione pubblica' });
  await fill('Titolo della segnalazione', 'Lampione spento in via Gramsci');
  await fill('Descrizione', 'Da tre giorni il lampione davanti al numero 1 non si accende.');
  await fill('Luogo', 'Via Gramsci 1, Bugliano');
  await choose('Quanto è urgente', 'Abbastanza');
  await page.getByLabel(/Ho letto/).check();
  await look('report-form');
  await button('Controlla e invia').click();
  await send(citizen, 'report');
  await until(page, 'Acquisita');
  await look('report-received');
  const text = await page.locator('main').innerText();
  for (const never of ['Paga online', 'Pagamento', 'protocollo']) {
    if (text.includes(never)) say(`a report that costs nothing shows "${never}"`);
  }
}

async function moves(citizen) {
  const { page, look, link, open } = citizen;
  const { of, fill, choose } = fields(page);
  await open('/it/servizi/istanza-di-residenza/access');
  const step = steps(citizen, 'move');
  await step('Richiedente', async () => {
    await fill('Telefono', '0587 123456');
    await of('Stato civile').selectOption({ label: 'Coniugato o coniugata' });
    await choose('Ha la patente di guida?', 'Sì');
    await fill('Numero della patente', 'PI1234567X');
  });
  await step('Provenienza', async () => {
    await choose('Da dove si trasferisce', 'Da un altro comune italiano');
    await fill('Comune di provenienza', 'Ponsacco');
    await fill('Abita nella nuova casa dal', day(-10));
  });
  await step('Nuova casa', async () => {
    await fill('Indirizzo', 'Via Gramsci');
    await fill('Comune', 'Bugliano');
    await fill('Provincia', 'PI');
    await fill('CAP', '56056');
    await choose("A quale titolo occupa l'alloggio", 'Contratto di locazione');
    await fill("Registrato all'Agenzia delle entrate di", 'Pontedera');
    await fill('Registrato il', day(-20));
    await fill('Numero di registrazione', '001234-2026');
    await choose("Nell'alloggio abita già qualcuno?", 'No');
  });
  await step('Familiari', async () => {
    await choose('Si trasferiscono anche dei familiari?', 'Sì');
    await fill('Nome', 'Simona');
    await fill('Cognome', 'Stefanini');
    await fill('Giorno', '17');
    await of('Mese').selectOption({ label: 'Giugno' });
    await fill('Anno', '1979');
    await fill('Luogo di nascita', 'Pisa');
    await fill('Codice fiscale', 'STFSMN79H57G702E');
    await of('Rapporto di parentela').selectOption({ label: 'Coniuge o unito civilmente' });
    await choose('Ha la patente?', 'No');
    await choose('Possiede veicoli immatricolati in Italia?', 'No');
  });
  await step('Documenti e dichiarazioni', async () => {
    await of('Documento di identità del richiedente').setInputFiles(attachment('carta.pdf'));
    await page.getByText('carta.pdf caricato.').waitFor();
    await of('Documenti di identità dei familiari').setInputFiles(attachment('familiari.pdf'));
    await page.getByText('familiari.pdf caricato.').waitFor();
    await page.getByLabel(/So che le dichiarazioni false/).check();
    await page.getByLabel(/Ho letto/).check();
  }, 'Controlla e invia');
  await send(citizen, 'move');
  await until(page, 'Numero di protocollo');
  await page.getByText('Mostra i dati che hai inviato').click();
  await look('move-registered');
  const module = await textOfPdf(page, link('Modulo compilato: Dichiarazione di residenza'));
  for (const part of ['Ponsacco', 'STFSMN79H57G702E', 'Via Gramsci']) {
    if (!module.includes(part)) say(`the form as a document does not say "${part}"`);
  }
}

async function enrolsAChild(citizen) {
  const { page, open } = citizen;
  const { of, fill, choose } = fields(page);
  await open('/it/servizi/iscrizione-asilo-nido/access');
  const step = steps(citizen, 'nursery');
  await step('Richiedente', async () => {
    await fill('Telefono cellulare', '+39 333 1234567');
    await choose('In qualità di', 'Padre');
    await of('Condizione').selectOption({ label: 'In cerca di lavoro' });
  });
  await step('Altro genitore', () => choose("C'è un altro genitore che esercita la responsabilità genitoriale?", 'No'));
  await step('Bambino o bambina', async () => {
    await fill('Nome', 'Bruno');
    await fill('Cognome', 'Coliandro');
    await choose('Sesso', 'Maschio');
    await fill('Giorno', '2');
    await of('Mese').selectOption({ label: 'Ottobre' });
    await fill('Anno', '2025');
    await fill('Luogo di nascita', 'Pontedera');
    await fill('Codice fiscale', 'CLNBRN25R02G843M');
    await fill('Cittadinanza', 'Italiana');
    await choose('È in regola con le vaccinazioni obbligatorie?', 'Sì');
    await choose('Ha allergie o intolleranze?', 'No');
    await of('Dieta').selectOption({ label: 'Nessuna particolarità' });
    await choose('Ha una disabilità certificata (legge 104/1992)?', 'No');
  });
  await step('Famiglia', async () => {
    await fill('Persone nel nucleo familiare', '3');
    await choose('È una famiglia con un solo genitore?', 'No');
    await choose('Il bambino ha fratelli o sorelle?', 'No');
  });
  await step('Nido e orario', async () => {
    await of('Prima scelta').selectOption({ label: 'Nido Arcobaleno, via dei Pini' });
    await choose('Orario', 'Fino alle 13:00');
    await fill('Da quando', await of('Da quando').getAttribute('min'));
  });
  await step('Situazione economica', async () => {
    await of('Fascia ISEE').selectOption({ label: 'Da 6.000,01 a 12.000 euro' });
    await fill('Valore ISEE in euro', '9000');
  });
  await step('Persone autorizzate', async () => {
    await fill('Nome e cognome', 'Ada Coliandro');
    await of('Rapporto').selectOption({ label: 'Nonno o nonna' });
    await fill('Codice fiscale', 'CLNDAA50A41G702Q');
    await fill('Telefono', '0587 654321');
    await fill('Chi chiamare in caso di emergenza', 'Ada Coliandro');
    await fill('Telefono per le emergenze', '0587 654321');
  });
  await step('Dichiarazioni', async () => {
    await page.getByLabel(/So che le dichiarazioni false/).check();
    await page.getByLabel(/Accetto il regolamento/).check();
    await page.getByLabel(/Ho letto/).check();
  }, 'Controlla e invia');
  return send(citizen, 'nursery');
}

async function accepts({ page, look, button, link, open }, application) {
  await open(`/it/operatori/${application.split('/').at(-2)}`);
  await until(page, 'Prendi in carico');
  await look('nursery-at-work');
  await button('Prendi in carico').click();
  await link('Accetta').click();
  await page.getByLabel('Messaggio al cittadino').fill('Benvenuto al nido.');
  await button('Accetta').click();
  await page.locator('.notice-good').waitFor();
}

async function paysAfterTheDecision({ page, look, button, link }, application) {
  await page.goto(application);
  await until(page, 'Paga online');
  await look('nursery-to-pay');
  await link('Paga online').first().click();
  await button('Paga').click();
  await page.waitForURL(/\/detail/);
  await until(page, 'Richiesta accolta');
  await look('nursery-accepted');
  const receipt = await textOfPdf(page, link('Scarica ricevuta').first());
  if (!receipt.includes('50,00')) say(`the receipt does not say what was paid: ${receipt}`);
}
