// The pages from which a body and its suppliers send lots of messages: each of them, with what is wrong and what is empty.
import { press, tabTo, typeInto } from './keyboard.mjs';
import { say, signInAs, until } from './world.mjs';

const CODE = '01JAVB5SKRB4E6X3YV9K2M7QZC';

/** Everything that the body keeps: services, suppliers and their keys, people, settings. Then a large lot, with a second person. */
export async function office(admin, second) {
  await signInAs(admin, 'admin');
  await services(admin);
  await suppliers(admin);
  await people(admin);
  await settings(admin);
  await large(admin, second);
  await help(admin);
  await register(admin);
}

/** Presses a button that refuses, and looks at what is said. */
async function refused({ page, button, look, expectStatus }, name, shot) {
  expectStatus(422);
  await button(name).click();
  await page.locator('.error-summary').waitFor();
  await look(shot);
}

async function services(admin) {
  const { page, look, button, link, open } = admin;
  await open('/it/ioservice/servizi/nuovo');
  await look('service-new');
  for (const [label, text] of [
    ['Nome del servizio', 'Anagrafe: avvisi'],
    ['Dipartimento', 'Servizi demografici'],
    ['Ente', 'Comune di Bugliano'],
    ["Codice fiscale dell'ente", '00337460224'],
    ['Codice servizio', 'non un codice'],
    ['Chiave primaria', 'demo-use-key'],
    ['Chiave secondaria', 'demo-use-key'],
    ['Codici fiscali di prova', 'AAAAAA00A00A000A'],
  ]) await page.getByLabel(label, { exact: true }).fill(text);
  await refused(admin, 'Proponi il servizio', 'service-wrong-code');
  await page.getByLabel('Codice servizio', { exact: true }).fill(CODE);
  await page.getByLabel('Chiave primaria', { exact: true }).fill('demo-use-key');
  await page.getByLabel('Chiave secondaria', { exact: true }).fill('demo-use-key');
  await page.getByLabel('Connettore').selectOption({ label: 'Scambio di file' });
  await button('Proponi il servizio').click();
  await page.locator('.notice-good').waitFor();
  await look('service-proposed');
  await refused(admin, 'Rifiuta', 'service-refuse-why');
  await press(page, button('Attiva il servizio'), 'activate');
  await page.getByText('Attivo', { exact: true }).waitFor();
  await look('service-active');

  await refused(admin, 'Aggiungi il modello', 'template-mistakes');
  await page.getByLabel('Nome del modello').fill('Appuntamento');
  await page.getByLabel('Oggetto', { exact: true }).fill('Il suo appuntamento del {{giorno}}');
  await page.getByLabel('Testo (Markdown)').fill('Gentile {{nome}},\n\nl\'appuntamento all\'anagrafe è il **{{giorno}}**. Porti con sé un documento e una fototessera recente.');
  await button('Aggiungi il modello').click();
  await page.locator('.notice-good').waitFor();
  await page.locator('summary', { hasText: 'Appuntamento' }).click();
  await look('template');
  await link('Modifica il servizio').click();
  await look('service-change');
  await open('/it/ioservice/servizi');
  await look('services-all');
}

async function suppliers(admin) {
  const { page, look, button, link, open } = admin;
  await open('/it/ioservice/fornitori');
  await look('suppliers');
  await refused(admin, 'Aggiungi il fornitore', 'supplier-mistakes');
  await page.getByLabel('Nome del fornitore').fill('Software per Comuni S.r.l.');
  await page.getByLabel('Ultimo giorno (facoltativo)').fill('2020-01-01');
  await refused(admin, 'Aggiungi il fornitore', 'supplier-days');
  await page.getByLabel('Ultimo giorno (facoltativo)').fill('2099-12-31');
  await button('Aggiungi il fornitore').click();
  await page.getByRole('heading', { level: 1, name: 'Software per Comuni S.r.l.' }).waitFor();
  await look('supplier-no-keys');
  await press(page, button('Crea una chiave'), 'a new key');
  await page.getByText('non verrà più mostrata').waitFor();
  await look('supplier-key');
  await page.getByRole('button', { name: /^Revoca/ }).click();
  await page.locator('.notice-good').waitFor();
  await look('supplier-revoked');
  await page.getByLabel('Il fornitore può operare').uncheck();
  await button('Salva').click();
  await page.locator('.notice-good').waitFor();
  await link('Fornitori').first().click();
  await page.getByText('Fermato', { exact: true }).waitFor();
  await look('supplier-stopped');
}

async function people(admin) {
  const { page, look, button, open } = admin;
  await open('/it/ioservice/abilitati');
  await look('members');
  await refused(admin, 'Abilita', 'member-mistakes');
  await typeInto(page, 'Nome utente', 'revisore.conti');
  await page.getByLabel('Per conto di chi').selectOption({ label: 'Referente di un fornitore' });
  await refused(admin, 'Abilita', 'member-no-supplier');
  await page.getByLabel('Per conto di chi').selectOption({ label: 'Revisore: consulta soltanto' });
  await button('Abilita').click();
  await page.locator('.notice-good').waitFor();
  await look('member-added');
  await page.getByRole('button', { name: /^Togli.*revisore\.conti/ }).click();
  await page.getByText('Abilitazione tolta.').waitFor();
}

async function settings(admin) {
  const { page, look, button, open } = admin;
  await open('/it/ioservice/impostazioni');
  await look('settings');
  await page.getByLabel('Invia fino alle ore').fill('0');
  await page.getByLabel('Giorni di conservazione').fill('tre');
  await page.getByLabel("E-mail per l'assistenza (facoltativa)").fill('nessuno');
  await refused(admin, 'Salva', 'settings-mistakes');
  await open('/it/ioservice/impostazioni');
  await page.getByLabel('Righe oltre le quali serve una seconda persona').fill('2');
  await page.getByLabel('Righe della prima parte').fill('1');
  await button('Salva').click();
  await page.locator('.notice-good').waitFor();
  await look('settings-saved');
}

async function large(admin, second) {
  const { page, look, button, link, open } = admin;
  await open('/it/ioservice/lotti');
  const name = `Appuntamenti ${Date.now()}`;
  await page.getByLabel('Servizio e modello').selectOption({ label: 'Anagrafe: avvisi – Appuntamento' });
  await page.getByLabel('Nome del lotto (facoltativo)').fill(name);
  const rows = ['0', '5', '7', '8'].map((last) => `AAAAAA00A00A00${last}A;${name};lunedì 3 marzo`);
  const buffer = Buffer.from(`codice_fiscale;nome;giorno\n${rows.join('\n')}\n`);
  await page.getByLabel('File').setInputFiles({ name: 'appuntamenti.csv', mimeType: 'text/csv', buffer });
  await button('Consegna il lotto').click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
  const address = new URL(page.url()).pathname.replace(/^\/[^/]+/, '');
  await until(page, 'Pronto');
  await open(address);
  await look('large-ready');
  await press(page, button('Invia una prova'), 'the test');
  await page.locator('.notice-good').waitFor();
  await until(page, 'Prova riuscita il');
  await open(address);
  await look('large-tested');
  if (await button('Approva il lotto').count()) say('whoever handed the lot in may approve it');

  await signInAs(second, 'operatore');
  await second.open(address);
  await second.look('large-to-approve');
  await second.button('Approva il lotto').click();
  await second.page.locator('.notice-good').waitFor();
  await second.look('large-approved');
  await open(address);
  await button("Avvia l'invio").click();
  await page.locator('.notice-good').waitFor();
  await until(page, 'Prima parte inviata');
  await open(address);
  await look('large-staged');
  await link('Righe').click();
  await page.getByLabel('Esito').selectOption({ label: 'In coda' });
  await button('Cerca').click();
  await look('large-rows');
  await open(`${address}/righe?outcome=FALLITO`);
  await look('rows-none');
  await open(address);
  await page.getByLabel('Motivo').last().fill('Il giorno è sbagliato.');
  await button('Annulla il lotto').click();
  await page.locator('.notice-good').waitFor();
  await open(address);
  await look('large-cancelled');
  // One that cannot be read.
  await open('/it/ioservice/lotti');
  await page.getByLabel('Servizio e modello').selectOption({ label: 'Anagrafe: avvisi – senza modello' });
  await refused(admin, 'Consegna il lotto', 'lot-no-file');
  await page.getByLabel('Servizio e modello').selectOption({ label: 'Anagrafe: avvisi – senza modello' });
  await page.getByLabel('File').setInputFiles({ name: 'x.csv', mimeType: 'text/csv', buffer: Buffer.from(`nome\n${name}\n`) });
  await button('Consegna il lotto').click();
  await until(page, 'Illeggibile');
  await look('lot-unreadable');
  await open('/it/ioservice/lotti');
  await look('lots');
}

async function help(admin) {
  const { page, look, button, open } = admin;
  await open('/it/ioservice/assistenza?about=lotto');
  await refused(admin, 'Invia la richiesta', 'ticket-mistakes');
  await page.getByLabel('Oggetto della richiesta').fill('Un allegato da guardare');
  await page.getByLabel('Descrizione').fill('Nello schermo compare questo errore.\n\nChe cosa devo fare?');
  const files = page.getByLabel('Allegati (facoltativi)', { exact: true });
  await files.setInputFiles({ name: 'programma.exe', mimeType: 'application/octet-stream', buffer: Buffer.from('MZ') });
  await refused(admin, 'Invia la richiesta', 'ticket-wrong-file');
  await files.setInputFiles({ name: 'errore n. 1.txt', mimeType: 'text/plain', buffer: Buffer.from('errore') });
  await button('Invia la richiesta').click();
  await page.locator('.notice-good').waitFor();
  const take = page.getByRole('button', { name: /^Prendi in carico.*Un allegato da guardare/ });
  await tabTo(page, take, 'take');
  await take.click();
  await page.locator('.notice-good').waitFor();
  await page.getByLabel(/^Risposta.*Un allegato da guardare/).fill('Riprovi domani.');
  await page.getByRole('button', { name: /^Segna come risolta.*Un allegato da guardare/ }).click();
  await page.locator('.notice-good').waitFor();
  await look('ticket-solved');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'errore n. 1.txt' }).click()]);
  if (download.suggestedFilename() !== 'errore n. 1.txt') say(`the file of a request is called ${download.suggestedFilename()}`);
}

async function register(admin) {
  const { page, look, open } = admin;
  await open('/it/ioservice/registro');
  await look('register');
  const shown = await page.locator('main').innerText();
  for (const code of [/lot\./, /service\./, /\{"/, /\bnull\b/, /IN_INVIO/, /four_eyes/]) if (code.test(shown)) say(`the register shows the code ${code}`);
  for (const deed of ['Lotto approvato', 'Persona abilitata', 'Impostazioni modificate']) if (!shown.includes(deed)) say(`the register does not tell: ${deed}`);
}
