// Every page that the story does not come by: other languages, the staff's pages, what is empty, refused or not there. Administrators
// change a service, an office and a person, and see what they did.
import { BASE, ORIGIN, say, signInAs, signInCitizen, tell } from './world.mjs';

await tell('pages', async (person) => {
  await public_(await person());
  await citizen(await person());
  await operator(await person());
  await administrator(await person());
});

async function visit({ look, open, expectStatus }, pages) {
  for (const [name, path, status] of pages) {
    if (status) expectStatus(status);
    const answer = await open(path);
    if (answer.status() !== (status ?? 200)) say(`${path} answers ${answer.status()}`);
    await look(name);
  }
}

async function public_(nobody) {
  await nobody.page.goto(`${ORIGIN}/`);
  await nobody.look('tenants');
  await visit(nobody, [
    ['home-de', '/de/'],
    ['home-en', '/en/'],
    ['services', '/it/servizi'],
    ['services-none', '/it/servizi?q=zzz'],
    ['service-de', '/de/servizi/istanza-di-residenza'],
    ['login-en', '/en/login'],
    ['accessibility', '/it/accessibilita'],
    ['privacy', '/it/privacy'],
    ['missing', '/it/niente', 404],
    ['missing-service', '/it/servizi/niente', 404],
  ]);
  await nobody.open('/it/pratiche');
  if (!nobody.page.url().includes('/login')) say('a page for those who are signed in is shown to nobody');
}

async function citizen(citizen) {
  const { page, look, button, open } = citizen;
  await signInCitizen(citizen, 'Michelangelo Buonarroti');
  await visit(citizen, [
    ['applications-none', '/it/pratiche'],
    ['payments-none', '/it/pagamenti'],
    ['documents-none', '/it/documenti'],
    ['documents-de', '/de/documenti?q=zzz'],
    ['documents-en', '/en/documenti'],
    ['missing-document', '/it/documenti/a1bbcafb-ee78-4cd1-9b8e-7ddeb4300000', 404],
    ['profile', '/it/user'],
    ['applications-de', '/de/pratiche'],
    ['forbidden', '/it/admin', 403],
    ['missing-application', '/it/pratiche/a1bbcafb-ee78-4cd1-9b8e-7ddeb4300000/detail', 404],
  ]);
  await open('/it/user');
  await page.getByLabel('Cellulare').fill('333 7654321');
  await button('Salva').click();
  await page.locator('.notice-good').waitFor();
  await look('profile-saved');

  // A draft is kept, found again, and finished by whoever comes back.
  await open('/it/servizi/segnalazione/access');
  await page.getByLabel('Titolo della segnalazione').fill('Buca in via Roma');
  await button('Salva bozza').click();
  await page.getByText('Bozza salvata.').waitFor();
  await look('draft-kept');
  await open('/it/pratiche');
  await look('applications-draft');
  await page.getByRole('link', { name: 'Segnalazione di un disservizio' }).click();
  await look('draft');
  await page.getByRole('link', { name: 'Continua la compilazione' }).click();
  const title = page.getByLabel('Titolo della segnalazione');
  await title.waitFor();
  if ((await title.inputValue()) !== 'Buca in via Roma') say('a draft comes back without its answers');
}

async function operator(operator) {
  await operator.open('/it/login');
  await operator.page.getByLabel('Nome utente').fill('operatore');
  await operator.page.getByLabel('Password').fill('sbagliata');
  operator.expectStatus(422);
  await operator.button('Accedi').click();
  await operator.page.locator('.error-summary').waitFor();
  await operator.look('login-wrong');
  await signInAs(operator, 'operatore');
  await visit(operator, [
    ['inbox-none', '/it/operatori?q=zzz'],
    ['inbox-de', '/de/operatori'],
    ['ledger', '/it/operatori/pagamenti'],
    ['ledger-none', '/en/operatori/pagamenti?q=zzz'],
    ['missing-at-work', '/it/operatori/a1bbcafb-ee78-4cd1-9b8e-7ddeb4300000', 404],
  ]);
}

async function administrator(admin) {
  const { page, look, expectStatus, button, link, open } = admin;
  await signInAs(admin, 'admin');
  await visit(admin, [['admin', '/it/admin'], ['admin-services', '/it/admin/servizi'], ['admin-users', '/it/admin/utenti'], ['admin-en', '/en/admin'], ['admin-letters', '/it/admin/lettere-morte'], ['admin-letters-de', '/de/admin/lettere-morte']]);

  await open('/it/admin/pagamenti');
  await look('admin-payments');
  await open('/it/admin/pagamenti/sandbox');
  await page.getByLabel("Codice fiscale dell'ente").waitFor();
  await look('admin-payments-form');
  await button('Salva').click();
  await page.locator('.notice-good').waitFor();
  await open('/it/admin/protocollo');
  await look('admin-registry');
  await open('/it/admin/protocollo/sandbox');
  await page.getByLabel("Codice IPA dell'ente").waitFor();
  await look('admin-registry-form');
  await button('Salva').click();
  await page.locator('.notice-good').waitFor();

  await open('/it/admin/servizi');
  await link('Segnalazione di un disservizio').click();
  await look('admin-service');
  await page.getByLabel('Descrizione breve').fill('Segnala quello che non va: ci pensiamo noi.');
  await button('Salva').click();
  await page.locator('.notice-good').waitFor();
  await open('/it/servizi');
  if (!(await page.locator('main').innerText()).includes('ci pensiamo noi')) say('a changed description is not seen by the public');

  await open('/it/admin/uffici');
  await look('admin-offices');
  await page.getByLabel('Nome').fill('Ufficio Ambiente');
  await button('Salva').click();
  await page.locator('main', { hasText: 'Ufficio Ambiente' }).waitFor();
  await look('admin-office-made');

  await open('/it/admin/utenti');
  await link('Nuovo operatore').click();
  await look('admin-user');
  expectStatus(422);
  await button('Salva').click();
  await page.locator('.error-summary').waitFor();
  await look('admin-user-mistakes');
  await page.getByLabel('Nome', { exact: true }).fill('Nives');
  await page.getByLabel('Cognome').fill('Conti');
  await page.getByLabel('Nome utente').fill('nives.conti');
  await page.getByLabel('Password').fill('una frase lunga da ricordare');
  await page.getByLabel('Segnalazione di un disservizio').check();
  await button('Salva').click();
  await page.locator('main', { hasText: 'Nives Conti' }).waitFor();
  await look('admin-user-made');
  await open('/it/logout');
  await look('logout');
  await button('Esci').last().click();
  await page.waitForURL((url) => !url.pathname.endsWith('/logout'));

  await page.context().clearCookies();
  await page.goto(`${BASE}/it/login`);
  await page.getByLabel('Nome utente').fill('nives.conti');
  await page.getByLabel('Password').fill('una frase lunga da ricordare');
  await button('Accedi').click();
  await page.waitForURL((url) => !url.pathname.endsWith('/login'));
  if (!(await page.locator('header').innerText()).includes('Nives Conti')) say('a new operator cannot sign in');
}
