// What somebody does who has no mouse.
import { say } from './world.mjs';

/** Most stops of a page before the one that is looked for. */
const STOPS = 80;

/** Presses Tab until `target` has the focus, which must be seen; gives how many stops that took. */
export async function tabTo(page, target, name) {
  for (let stop = 1; stop <= STOPS; stop += 1) {
    await page.keyboard.press('Tab');
    if (!(await target.evaluate((element) => element === document.activeElement))) continue;
    const seen = await target.evaluate((element) => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
      return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none';
    });
    if (!seen) say(`keyboard: nobody sees that "${name}" has the focus`);
    return stop;
  }
  throw new Error(`keyboard: "${name}" cannot be reached by Tab on ${page.url()}`);
}

/** Reaches a field and types over what is in it. */
export async function typeInto(page, label, text) {
  const field = page.getByLabel(label).first();
  await tabTo(page, field, label);
  await page.keyboard.press('Control+A');
  await page.keyboard.type(text);
}

/** Reaches a button or link and presses Enter on it. */
export async function press(page, target, name) {
  await tabTo(page, target, name);
  await page.keyboard.press('Enter');
}
