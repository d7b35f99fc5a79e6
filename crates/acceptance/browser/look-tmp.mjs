import { chromium } from 'playwright-core';
import { faults } from './axe.mjs';
const BASE='http://127.0.0.1:8099/comune-di-bugliano';
const browser = await chromium.launch({ executablePath:'/usr/bin/chromium', args:['--headless','--no-sandbox','--disable-gpu','--disable-background-networking','--disable-component-update'] });
const pages = { cittadino:['/it/documenti','/de/documenti?q=zzz','/it/documenti/d1bbcafb-ee78-4cd1-9b8e-000000000001','/en/documenti/d1bbcafb-ee78-4cd1-9b8e-000000000002'], admin:['/it/admin','/it/admin/lettere-morte','/de/admin/lettere-morte/e1bbcafb-ee78-4cd1-9b8e-000000000001'] };
for (const [w,size] of [['desktop',{width:1280,height:900}],['phone',{width:375,height:800}]]) for (const who of Object.keys(pages)) {
  const ctx = await browser.newContext({ viewport:size, reducedMotion:'reduce' }); const page = await ctx.newPage();
  await page.goto(BASE+'/it/login');
  if (who==='admin') { await page.getByLabel('Nome utente').fill('admin'); await page.getByLabel('Password').fill('secret'); await page.getByRole('button',{name:'Accedi',exact:true}).click(); }
  else await page.locator('button[name=citizen]').first().click();
  await page.waitForURL(u=>!u.pathname.endsWith('/login'));
  for (const [i,p] of pages[who].entries()) { const r = await page.goto(BASE+p); if (p.includes('e1bb')) await page.locator('details.disclosure summary').click(); const f = await faults(page); console.log(w, who, p, r.status(), f.length? f.join('\n   '):'clean'); await page.screenshot({path:`/tmp/shots/${w}-${who}-${i}.png`, fullPage:true}); }
}
await browser.close();
