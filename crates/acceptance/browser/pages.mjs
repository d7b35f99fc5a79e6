// Looks at every page of a running instance with sample data (`cargo run -p ui --example preview`), at both widths, as each role:
// axe, reflow, console. Writes screenshots into the folder named by SCREENSHOTS, if set. Exits 1 when anything is wrong.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { WIDTHS, start } from './browser.mjs';
import { complaints, faults } from './axe.mjs';

const base = process.env.BASE ?? 'http://127.0.0.1:8099/comune-di-bugliano';
const id = (status) => `a1bbcafb-ee78-4cd1-9b8e-7ddeb43${String(status).padStart(5, '0')}`;

/** Name, path, and what to do before looking. */
const PAGES = {
  nobody: [
    ['home', '/it/'],
    ['home-de', '/de/'],
    ['services', '/it/servizi'],
    ['services-none', '/it/servizi?q=zzz'],
    ['service', '/it/servizi/occupazione-suolo-pubblico'],
    ['service-suspended', '/en/servizi/certificato-residenza'],
    ['form-anonymous', '/it/servizi/segnala-disservizio/access'],
    ['login', '/it/login'],
    ['accessibility', '/it/accessibilita'],
    ['privacy', '/en/privacy'],
    ['missing', '/it/niente'],
  ],
  citizen: [
    ['applications', '/it/pratiche'],
    ['draft', `/it/pratiche/${id(1000)}/detail`],
    ['to-pay', `/it/pratiche/${id(1500)}/detail`],
    ['to-pay-failed', `/it/pratiche/${id(1500)}/detail?payment=KO`],
    ['integration', `/it/pratiche/${id(4200)}/detail`],
    ['accepted', `/it/pratiche/${id(7000)}/detail?done=submitted`],
    ['rejected', `/de/pratiche/${id(9000)}/detail`],
    ['withdraw', `/it/pratiche/${id(3000)}/withdraw`],
    ['payments', '/it/pagamenti'],
    ['payment', '/en/pagamenti/2cc87ee5-3f57-4f20-a703-e6718c21b95b'],
    ['profile', '/it/user'],
    ['logout', '/it/logout'],
    ['forbidden', '/it/admin'],
    ['form', '/it/servizi/occupazione-suolo-pubblico/access'],
  ],
  operatore: [
    ['inbox', '/it/operatori'],
    ['inbox-none', '/it/operatori?q=zzz'],
    ['operator-application', `/it/operatori/${id(4000)}`],
    ['operator-reject', `/it/operatori/${id(4000)}/reject`],
    ['operator-register', `/it/operatori/${id(2000)}/register`],
  ],
  admin: [
    ['admin', '/it/admin'],
    ['admin-services', '/it/admin/servizi'],
    ['admin-service', '/it/admin/servizi/5a1f6f3e-0000-4000-8000-000000000001'],
    ['admin-users', '/it/admin/utenti'],
    ['admin-user', '/it/admin/utenti/new'],
    ['admin-user-edit', '/it/admin/utenti/u-operator'],
    ['admin-offices', '/en/admin/uffici'],
  ],
};

async function signIn(page, who) {
  if (who === 'nobody') return;
  await page.goto(`${base}/it/login`);
  if (who === 'citizen') await page.locator('.person').first().click();
  else {
    await page.fill('#username', who);
    await page.fill('#password', 'secret');
    await page.getByRole('button', { name: 'Accedi', exact: true }).click();
  }
  await page.waitForURL((url) => !url.pathname.endsWith('/login'));
}

const shots = process.env.SCREENSHOTS;
if (shots) mkdirSync(shots, { recursive: true });
const only = process.argv.slice(2);
const browser = await start();
let wrong = 0;
let looked = 0;
for (const [width, viewport] of Object.entries(WIDTHS)) {
  for (const [who, pages] of Object.entries(PAGES)) {
    const chosen = pages.filter(([name]) => only.length === 0 || only.includes(name));
    if (chosen.length === 0) continue;
    const context = await browser.newContext({ viewport, reducedMotion: 'reduce' });
    const page = await context.newPage();
    const heard = complaints(page);
    await signIn(page, who);
    for (const [name, path] of chosen) {
      heard.length = 0;
      await page.goto(base + path, { waitUntil: 'networkidle' });
      const found = [...(await faults(page)), ...heard.filter((text) => !/status of 4\d\d/.test(text))];
      if (shots) await page.screenshot({ path: join(shots, `${name}-${width}.png`), fullPage: true });
      looked += 1;
      wrong += found.length;
      found.forEach((text) => console.log(`${name} (${width}): ${text.slice(0, 300)}`));
    }
    await context.close();
  }
}
await browser.close();
console.log(`${looked} pages looked at, ${wrong} faults`);
process.exit(wrong ? 1 : 0);
