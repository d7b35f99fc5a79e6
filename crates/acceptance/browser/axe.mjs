// What must hold on every page, whatever it shows.
import AxeBuilder from '@axe-core/playwright';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Everything wrong with the page as it is now, as texts: axe's findings, and a page wider than its window (WCAG 1.4.10). */
export async function faults(page) {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  const found = violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')}`));
  const wide = await page.evaluate(() => {
    const limit = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= limit) return null;
    const element = [...document.body.querySelectorAll('*')].find((one) => one.getBoundingClientRect().right > limit + 1);
    return `${element?.tagName.toLowerCase()}.${element?.className}`;
  });
  if (wide) found.push(`reflow: the page is wider than its window because of ${wide}`);
  return found;
}
