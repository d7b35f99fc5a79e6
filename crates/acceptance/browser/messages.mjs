// Messages to citizens: the inbox that looks like an app on the phone, and the pages from which a body sends lots of them.
import { readFileSync } from 'node:fs';
import { textOfPdf } from './documents.mjs';
import { press, tabTo } from './keyboard.mjs';
import { office } from './lots.mjs';
import { ORIGIN, say, signInAs, signInCitizen, tell, until } from './world.mjs';

await tell('messages', async (person) => {
  await inbox(await person());
  await newcomer(await person());
  await sender(await person());
  await office(await person(), await person());
  await guide(await person());
  await stranger(await person());
});

async function inbox(citizen) {
  const { page, look, button, link, open, expectStatus } = citizen;
  await signInCitizen(citizen, 'Michelangelo Buonarroti');
  await open('/it/messaggi');
  await until(page, 'La biblioteca comunale riapre');
  await look('list');

  const news = page.getByRole('link', { name: /La biblioteca comunale riapre/ });
  await press(page, news, 'a message');
  await page.getByRole('heading', { level: 1, name: 'La biblioteca comunale riapre' }).waitFor();
  await tabTo(page, link('Prenota un posto'), 'the first button');
  await look('message');
  if (!(await link('Prenota un posto').getAttribute('href')).startsWith('https://')) say('a call to action leads nowhere');

  await open('/it/messaggi');
  await page.getByRole('link', { name: /carta d'identità/ }).click();
  await look('deadline');
  const [download] = await Promise.all([page.waitForEvent('download'), link('Aggiungi al calendario').click()]);
  if (!readFileSync(await download.path(), 'utf8').includes('BEGIN:VEVENT')) say('the deadline is no event of a calendar');

  await open('/it/messaggi');
  await page.getByRole('link', { name: /Tassa sui rifiuti/ }).click();
  await look('payment');
  if (!(await page.locator('main').innerText()).includes('84,50')) say('the amount of a notice is not shown');

  await open('/it/messaggi');
  await page.getByRole('link', { name: /Polizia locale/ }).click();
  await look('precondition');
  if ((await page.locator('main').innerText()).includes('verbale-1')) say('the text is shown before it was confirmed');
  await button('Apri il messaggio').click();
  await page.getByRole('heading', { level: 1, name: 'Verbale della Polizia locale' }).waitFor();
  await look('remote');
  const text = await textOfPdf(page, link('verbale.pdf'));
  if (!text.includes('Verbale verbale-1')) say(`the attachment says ${text}`);

  await button('Archivia').click();
  await page.locator('.notice-good').waitFor();
  await look('archived');
  await link('Archivio').click();
  await page.getByRole('link', { name: /Polizia locale/ }).click();
  await button('Riporta tra i messaggi').click();
  await page.locator('.notice-good').waitFor();
  await open('/it/messaggi/archivio');
  await look('archive-empty');

  await page.locator('.phone-tabs').getByRole('link', { name: 'Servizi' }).click();
  await look('services');
  await link('Tributi').click();
  await look('service');
  await page.getByLabel(/Far sapere/).uncheck();
  await button('Salva').click();
  await page.locator('.notice-good').waitFor();
  await open('/it/messaggi/preferenze');
  await look('preferences');
  expectStatus(422);
  await page.getByLabel('Indirizzo email').fill('');
  await button('Salva').click();
  await page.locator('.error-summary').waitFor();
  await look('preferences-mistake');
  await page.getByLabel('Indirizzo email').fill('nuovo@example.it');
  await button('Salva').click();
  await page.getByText('nuovo@example.it').waitFor();
  await look('preferences-prove');
  await page.getByLabel('Codice ricevuto').fill(await codeFor(page, 'nuovo@example.it'));
  await button("Conferma l'indirizzo").click();
  await page.getByText('Indirizzo confermato.').waitFor();
  await open('/de/messaggi');
  await look('list-de');
}

/** The code that came to an address, from the demonstration's mailbox. */
async function codeFor(page, address) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const emails = await (await page.request.get(`${ORIGIN}/demo/mail`, { headers: { accept: 'application/json' } })).json();
    const email = emails.find(({ to }) => to === address);
    if (email) return email.subject.split(' ')[0];
    await page.waitForTimeout(200);
  }
  throw new Error(`no email came to ${address}`);
}

/** Whoever never used the app begins, and is told there what becomes of an application. */
async function newcomer(citizen) {
  const { page, look, button, open } = citizen;
  await signInCitizen(citizen, 'Vittorino Coliandro');
  await open('/it/messaggi');
  await look('join');
  await button('Attiva i messaggi').click();
  await page.locator('.notice-good').waitFor();
  await look('empty');

  const field = (label) => page.getByLabel(new RegExp(`^\\s*${label}`));
  await open('/it/servizi/segnalazione/access');
  await page.getByLabel('Di che cosa si tratta').selectOption({ label: 'Illuminazione pubblica' });
  await field('Titolo della segnalazione').fill('Lampione spento');
  await field('Descrizione').fill('Il lampione davanti al numero 1 non si accende.');
  await field('Luogo').fill('Via Gramsci 1, Bugliano');
  await page.getByRole('radiogroup', { name: 'Quanto è urgente' }).getByLabel('Abbastanza', { exact: true }).check();
  await page.getByLabel(/Ho letto/).check();
  await button('Controlla e invia').click();
  await page.getByRole('heading', { name: 'Riepilogo' }).waitFor();
  await button('Invia la richiesta').click();
  await page.waitForURL(/\/detail\?done=submitted/);
  const application = page.url().match(/pratiche\/([^/]+)/)[1];
  await open('/it/messaggi');
  await until(page, 'Domanda ricevuta: Segnalazione di un disservizio');
  await page.getByRole('link', { name: /Domanda ricevuta/ }).click();
  await look('status-told');
  if (!(await page.locator('main').innerText()).includes(application)) say('the message does not say which application it is about');
}

async function sender(admin) {
  const { page, look, button, link, open, expectStatus } = admin;
  await signInAs(admin, 'admin');
  await open('/it/ioservice');
  await look('lots-none');
  const rows = [
    'codice_fiscale;nome;scadenza',
    'AAAAAA00A00A000A;Anna;2030-06-16',
    'AAAAAA00A00A001A;Bruno;2030-06-16',
    'AAAAAA00A00A003A;Carla;2030-06-16',
    'SBAGLIATO;Dino;2030-06-16',
  ];
  const name = `Lotto di prova ${Date.now()}`;
  await page.getByLabel('Servizio e modello').selectOption({ label: 'Avvisi del Comune – Avviso di scadenza' });
  await page.getByLabel('Nome del lotto (facoltativo)').fill(name);
  // Another file each time: the same one is refused.
  const buffer = Buffer.from(`${rows.join('\n')}\nAAAAAA00A00A005A;Elena ${name};2030-06-16\n`);
  await page.getByLabel('File').setInputFiles({ name: 'lotto.csv', mimeType: 'text/csv', buffer });
  await button('Consegna il lotto').click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
  const address = new URL(page.url()).pathname.replace(/^\/[^/]+/, '');
  await until(page, 'Pronto');
  await open(address);
  await look('lot-ready');
  await open(`${address}/righe`);
  await look('rows');
  await link('Apri la riga 1').click();
  await look('row');
  if (!(await page.locator('.preview').innerText()).includes('Gentile Anna')) say('the preview is not what the citizen reads');
  await open(address);
  await button("Avvia l'invio").click();
  await page.locator('.notice-good').waitFor();
  await look('lot-sending');
  await open(address);
  await until(page, 'Concluso');
  await until(page, 'Consegnati');
  await look('lot-finished');
  const shown = await page.locator('.counts').innerText();
  for (const outcome of ['Scartati', 'Non iscritti', 'Non autorizzati']) if (!shown.includes(outcome)) say(`no ${outcome} among ${shown}`);
  const [report] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: /CSV/ }).click()]);
  if (readFileSync(await report.path(), 'utf8').trim().split('\n').length !== 6) say('the report has not one line for each row');

  await open('/it/ioservice/servizi');
  await look('lot-services');
  await link('Avvisi del Comune').click();
  await button('Controlla le chiavi').click();
  await page.getByText('chiave primaria: accettata').waitFor();
  await look('lot-service');
  await open('/it/ioservice/servizi/nuovo');
  expectStatus(422);
  await button('Proponi il servizio').click();
  await page.locator('.error-summary').waitFor();
  await look('lot-service-mistakes');
  await open('/it/ioservice/assistenza');
  await page.getByLabel('Oggetto della richiesta').fill('Chiavi da cambiare');
  await page.getByLabel('Descrizione').fill('Come si cambiano le chiavi di un servizio?');
  await button('Invia la richiesta').click();
  await page.locator('.notice-good').waitFor();
  await look('tickets');
  await open('/it/ioservice/registro');
  await look('audit');
  if (!(await page.locator('main').innerText()).includes('Invio avviato')) say('the register does not tell of the release');
  await open('/de/ioservice/lotti');
  await look('lots-de');
}

/** What is in the demonstration is told on a page of its own. */
async function guide({ page, look }) {
  await page.goto(`${ORIGIN}/demo`);
  await look('demo');
}

/** Citizens neither see the way there nor may go it. */
async function stranger(citizen) {
  const { page, open, expectStatus, look } = citizen;
  await signInCitizen(citizen, 'Vittorino Coliandro');
  if (await page.locator('.site-nav a[href*=ioservice]').count()) say('a citizen is offered the pages for senders');
  expectStatus(403);
  const answer = await open('/it/ioservice/lotti');
  if (answer.status() !== 403) say(`a citizen is answered ${answer.status()}`);
  await look('lots-forbidden');
}
