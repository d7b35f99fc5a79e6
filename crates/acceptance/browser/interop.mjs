// The interoperability platform from one body to another: the provider publishes by the wizard, the consumer asks, the provider verifies
// and approves, the consumer writes the purpose with its risk analysis, makes client and key, and is told that it reaches the e-service.
import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { attachment } from './documents.mjs';
import { press, tabTo } from './keyboard.mjs';
import { ORIGIN, say, tell } from './world.mjs';

const PROVIDER = 'comune-di-vallelaghi';
const CONSUMER = 'comune-di-bugliano';
const ESERVICE = 'Elenco dei numeri civici';
const PURPOSE = 'Controllo degli indirizzi';
const INTERFACE = JSON.stringify({
  openapi: '3.1.0', info: { title: 'Numeri civici', version: '1' }, servers: [{ url: 'https://api.example.it/civici' }], paths: {},
});

await tell('interop', async (person) => {
  const provider = await of(await person(), PROVIDER, 'admin');
  const consumer = await of(await person(), CONSUMER, 'admin');
  await begins(provider);
  await publishes(provider);
  await asks(consumer);
  await approves(provider);
  await writesThePurpose(consumer);
  await makesAClient(consumer);
  await asksForMore(consumer);
  await settles(provider);
  await looksAround(consumer, provider);
  await stops(provider, consumer);
  await certifies(provider, consumer);
  await exchanges(provider, consumer);
  await operators(await of(await person(), PROVIDER, 'operatore-api'), await of(await person(), CONSUMER, 'operatore-sicurezza'));
});

/** Somebody signed in at the pages of a body; `go` opens a page of the platform there. */
async function of(someone, body, username) {
  const { page, button } = someone;
  const root = `${ORIGIN}/${body}/it`;
  await page.goto(`${root}/interop`);
  await page.getByLabel('Nome utente').fill(username);
  await page.getByLabel('Password').fill('demo');
  await button('Accedi').click();
  await page.getByRole('heading', { level: 1, name: 'Interoperabilità' }).waitFor();
  /** Sends a form by its button and waits until the page that answers says so. */
  const send = async (name, said = /./) => {
    await button(name).first().click();
    await page.locator('.notice-good').filter({ hasText: said }).first().waitFor();
  };
  const row = (text) => page.getByRole('link', { name: text }).first();
  return { ...someone, send, row, go: (path) => page.goto(`${root}/interop${path}`), shows: (text) => page.getByText(text).first().waitFor() };
}

/** The first page says everything that there is, and the keyboard reaches it. */
async function begins({ page, look, link, shows }) {
  await look('home');
  for (const name of ['Catalogo e-service', 'Le tue richieste', 'Le tue finalità', 'Client', 'Interop M2M', 'I tuoi e-service', 'Finalità da evadere']) {
    if ((await link(name).count()) === 0) say(`home: no way to "${name}"`);
  }
  await press(page, link('I tuoi e-service'), 'I tuoi e-service');
  await shows('Il tuo ente non offre ancora e-service.');
}

async function publishes(provider) {
  const { page, look, link, send, go, shows, expectStatus } = provider;
  await go('/attributi');
  for (const [kind, name] of [['Dichiarato', 'Gestore della toponomastica'], ['Verificato', 'Convenzione firmata']]) {
    await page.getByRole('radiogroup', { name: 'Tipo' }).getByLabel(kind).check();
    await page.getByLabel('Nome', { exact: true }).fill(name);
    await page.getByLabel('Descrizione').fill(`Attributo dimostrativo: ${name}`);
    await send('Crea un attributo');
  }
  await look('attributes');
  await go('/e-service');
  await look('own-empty');
  await link('Nuovo e-service').click();
  await provider.button('Salva e continua').click();
  await page.locator('#error-summary').waitFor();
  expectStatus(422);
  await look('wizard-wrong');
  await page.getByLabel("Nome dell'e-service").fill(ESERVICE);
  await page.getByLabel('Descrizione').fill('I numeri civici del territorio comunale, con le coordinate.');
  await page.getByRole('radiogroup', { name: 'Tratta dati personali' }).getByLabel('No').check();
  await look('wizard-general');
  await send('Salva e continua');
  await page.getByLabel('Descrizione della versione').fill('Prima versione, in sola lettura.');
  await page.getByLabel('Audience del voucher').fill('api.example.it/civici');
  await page.getByLabel('Durata del voucher, in minuti').fill('10');
  await page.getByLabel('Soglia di chiamate al giorno per fruitore').fill('1000');
  await page.getByLabel('Soglia di chiamate al giorno in tutto').fill('10000');
  await look('wizard-version');
  await send('Salva e continua');
  for (const [kind, name] of [['Dichiarato', 'Gestore della toponomastica'], ['Verificato', 'Convenzione firmata']]) {
    await page.getByLabel('Tipo').selectOption({ label: kind });
    await provider.button('Filtra').click();
    await page.getByLabel(name).check();
    await look(`wizard-${kind.toLowerCase()}`);
    await send('Aggiungi agli attributi richiesti');
  }
  await look('wizard-attributes');
  await link('Continua').click();
  await page.locator('#interface').setInputFiles({ name: 'api.json', mimeType: 'application/json', buffer: Buffer.from(INTERFACE) });
  await look('wizard-interface');
  await send("Carica l'interfaccia");
  await page.getByLabel('Nome del documento').fill('Manuale operativo');
  await page.locator('#doc').setInputFiles(attachment('manuale.pdf'));
  await send('Aggiungi un documento');
  await look('wizard-files');
  await link('Continua').click();
  await look('wizard-summary');
  await send('Pubblica', 'Pubblicazione riuscita');
  await shows('https://api.example.it/civici');
  await look('published');
}

async function asks(consumer) {
  const { page, look, send, row, go } = consumer;
  await go('/catalogo');
  await page.getByLabel('Cerca nel nome').fill('civici');
  await consumer.button('Filtra').click();
  await look('catalogue');
  await row(ESERVICE).click();
  await look('catalogue-one');
  await send('Iscriviti');
  await page.getByLabel("Note per l'erogatore").fill('Ci serve per la bonifica degli indirizzi.');
  await send('Salva la bozza');
  await page.getByLabel('Nome del documento').fill('Convenzione firmata');
  await page.locator('#doc').setInputFiles(attachment('convenzione.pdf'));
  await look('request-draft');
  await send('Allega un documento');
  await send('Inoltra la richiesta', 'inoltrata');
  await look('request-sent');
  await go('/richieste');
  await look('requests');
}

async function approves({ page, look, button, send, row, go, expectStatus }) {
  await go('');
  await look('home-to-do');
  await row(`Comune di Bugliano: ${ESERVICE}`).click();
  await button('Approva').click();
  await page.locator('.notice-bad').waitFor();
  expectStatus(422);
  await look('received-refused');
  await send('Verifica un attributo');
  await look('received');
  await send('Approva', 'Approvazione riuscita');
  await go('/ricevute');
  await look('received-all');
}

async function writesThePurpose(consumer) {
  const { page, look, button, link, send, row, go, shows, expectStatus } = consumer;
  await go('/richieste');
  await row(ESERVICE).click();
  await look('request-active');
  await link('Nuova finalità').click();
  await page.getByLabel('Titolo della finalità').fill(PURPOSE);
  await page.getByLabel('Descrizione').fill('Verifica degli indirizzi nelle pratiche dei cittadini.');
  await page.getByLabel('Stima di carico: chiamate al giorno').fill('200');
  await look('purpose-general');
  await send('Salva e continua');
  await shows('Analisi del rischio');
  await look('analysis-begin');
  const italian = page.url();
  for (const [language, question] of [['de', 'Zweck des Zugriffs auf die Daten'], ['en', 'Purpose for which the data are accessed']]) {
    await page.goto(italian.replace('/it/', `/${language}/`));
    await shows(question);
    await look(`analysis-${language}`);
  }
  await page.goto(italian);
  await button('Salva e continua').click();
  await page.locator('#error-summary').waitFor();
  expectStatus(422);
  await look('analysis-wrong');
  await page.locator('#q-purpose-OTHER').check();
  await page.locator('#q-usesPersonalData-NO').check();
  await page.locator('#q-isRequestOnBehalfOfThirdParties-NO').check();
  await button('Salva e continua').click();
  await page.locator('#q-otherPurpose').fill('Controllo delle pratiche');
  await page.locator('#q-usesThirdPartyPersonalData-NO').check();
  await look('analysis-more');
  await send('Salva e continua');
  await look('purpose-summary');
  await send('Pubblica', 'Pubblicazione riuscita');
  await shows('Nessun client associato ha una chiave pubblica.');
  await look('purpose-active');
}

async function makesAClient(consumer) {
  const { page, look, button, link, send, row, go, shows, expectStatus } = consumer;
  await go('/client/nuovo');
  await page.getByLabel('Nome', { exact: true }).fill('Client della toponomastica');
  await page.getByLabel('Sara Galli').check();
  await page.getByLabel('Ada Mininni').check();
  await look('client-new');
  await send('Crea il client');
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await page.getByLabel('Nome della chiave').fill('Chiave del server');
  await page.getByLabel('Chiave pubblica', { exact: true }).fill('non una chiave');
  await button('Carica una chiave pubblica').click();
  await page.locator('#error-summary').waitFor();
  expectStatus(422);
  await look('key-wrong');
  await page.getByLabel('Chiave pubblica', { exact: true }).fill(publicKey.export({ type: 'spki', format: 'pem' }));
  await send('Carica una chiave pubblica');
  await page.locator('#purpose').selectOption({ label: `${PURPOSE} – ${ESERVICE}` });
  await send('Associa una finalità');
  await look('client');
  await link(PURPOSE).first().click();
  await shows("Questa finalità può accedere all'e-service? Sì.");
  await look('purpose-reaches');
  await go('/client');
  await row('Client della toponomastica').waitFor();
  await look('clients');
}

async function asksForMore({ page, look, row, send, go, shows }) {
  await go('/finalita');
  await look('purposes');
  await row(PURPOSE).click();
  await page.getByLabel('Stima di carico: chiamate al giorno').fill('5000');
  await send('Cambia la stima di carico');
  await shows('5.000');
  await shows("Questa finalità può accedere all'e-service? Sì.");
}

async function settles({ page, look, row, send, go }) {
  await go('/da-evadere');
  await look('to-settle');
  await row(PURPOSE).click();
  await page.getByRole('textbox', { name: 'Data di completamento' }).fill(new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10));
  await send('Comunica la data');
  await look('to-settle-one');
  await send('Approva', 'Approvazione riuscita');
  await look('settled');
}

/** The pages that the walk has no need of. */
async function looksAround(consumer, provider) {
  for (const path of ['', '/m2m', '/client/nuovo?tipo=API', '/prova', '/ente', '/attributi']) {
    await consumer.go(path);
    await consumer.look(`consumer${path.replaceAll(/[/?=]/g, '-')}`);
  }
  await consumer.go('/prova');
  await consumer.page.getByLabel('Client assertion').fill('a.b.c');
  await consumer.button('Prova').click();
  await consumer.shows('Non superato');
  await consumer.look('tester');
  for (const path of ['/e-service', '/fruitori', '/ente']) {
    await provider.go(path);
    await provider.look(`provider${path.replaceAll('/', '-')}`);
  }
  await provider.go('/fruitori');
  await provider.row('Comune di Bugliano').click();
  await provider.look('consumer-attributes');
}

/** A suspended version stops the purpose at once, and goes on at once. */
async function stops(provider, consumer) {
  await provider.go('/e-service');
  await provider.row(ESERVICE).click();
  await provider.send('Sospendi la versione');
  await consumer.go('/finalita');
  await consumer.row(PURPOSE).click();
  await consumer.shows("La versione dell'e-service non è attiva.");
  await consumer.look('purpose-stopped');
  await provider.send('Riattiva la versione');
  await consumer.page.reload();
  await consumer.shows("Questa finalità può accedere all'e-service? Sì.");
}

/** The provider's own certified attributes: created, assigned, seen by whoever holds them, revoked. */
async function certifies({ page, look, button, link, send, go, expectStatus }, consumer) {
  await go('/attributi');
  await link('Attributi certificati dal tuo ente').click();
  await look('certify-empty');
  await page.getByLabel('Nome', { exact: true }).fill('Gestore di biblioteche');
  await page.getByLabel('Descrizione').fill('Iscritto al registro delle biblioteche');
  await send('Crea un attributo certificato');
  const assign = async () => {
    await page.getByLabel('Attributo', { exact: true }).selectOption({ label: 'Gestore di biblioteche' });
    await page.getByLabel('Ente', { exact: true }).selectOption({ label: 'Comune di Bugliano' });
  };
  await assign();
  await send('Assegna un attributo');
  await look('certify');
  await assign();
  await button('Assegna un attributo').click();
  await page.locator('.notice-bad').waitFor();
  expectStatus(422);
  await look('certify-refused');
  await consumer.go('/ente');
  await consumer.shows('Gestore di biblioteche');
  await page.getByRole('button', { name: /^Revoca.*Comune di Bugliano/ }).click();
  await page.locator('.notice-good').waitFor();
  await consumer.go('/ente');
  if ((await consumer.page.getByText('Gestore di biblioteche').count()) > 0) say('a revoked attribute is still held');
}

/** A version goes out as an archive and comes in at another body; who uses it goes out as a table. */
async function exchanges(provider, consumer) {
  await provider.go('/e-service');
  await provider.row(ESERVICE).click();
  await provider.look('own-published');
  const saved = async (name) => {
    const [download] = await Promise.all([provider.page.waitForEvent('download'), provider.link(name).click()]);
    return readFile(await download.path());
  };
  const table = String(await saved('Scarica i fruitori (CSV)'));
  if (!table.includes('ACTIVE,Comune di Bugliano')) say(`consumers: ${table}`);
  const archive = await saved('Esporta la versione (ZIP)');
  await consumer.go('/e-service');
  await consumer.link('Importa un e-service').click();
  const give = (buffer) => consumer.page.locator('#archive').setInputFiles({ name: 'servizio.zip', mimeType: 'application/zip', buffer });
  await give(Buffer.from('non un archivio'));
  await consumer.button('Importa').click();
  await consumer.page.locator('#error-summary').waitFor();
  consumer.expectStatus(422);
  await consumer.look('import-refused');
  await give(archive);
  await consumer.send('Importa');
  await consumer.shows('https://api.example.it/civici');
  await consumer.look('imported');
}

/** Each operator is offered his part alone, and refused the others. */
async function operators(ofApis, ofKeys) {
  for (const [someone, own, others] of [[ofApis, '/e-service', ['/client', '/finalita', '/ricevute']], [ofKeys, '/client', ['/catalogo', '/e-service', '/ente']]]) {
    await someone.look(`home-${own.slice(1)}`);
    await someone.go(own);
    await someone.look(`operator-${own.slice(1)}`);
    for (const path of others) {
      const answer = await someone.go(path);
      if (answer.status() !== 403) say(`${path}: ${answer.status()} instead of 403`);
      if ((await someone.page.locator(`main a[href$="/interop${path}"]`).count()) > 0) say(`${path} is offered to whoever may not use it`);
    }
    someone.expectStatus(403);
    await someone.look(`refused-${own.slice(1)}`);
  }
  await ofKeys.go('/client');
  await ofKeys.row('Client della toponomastica').click();
  await tabTo(ofKeys.page, ofKeys.page.getByLabel('Nome della chiave'), 'Nome della chiave');
  await ofKeys.look('operator-of-keys');
}
