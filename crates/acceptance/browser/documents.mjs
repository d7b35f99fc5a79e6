// Documents as somebody reads them who has downloaded them.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { say } from './world.mjs';

/** Follows a link to a file and gives the text of the PDF that comes, spaces made one. */
export async function textOfPdf(page, link) {
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  const path = await download.path();
  if (!readFileSync(path).subarray(0, 5).equals(Buffer.from('%PDF-'))) throw new Error(`${download.suggestedFilename()} is no PDF`);
  if (!download.suggestedFilename().endsWith('.pdf')) say(`a PDF is called ${download.suggestedFilename()}`);
  return execFileSync('pdftotext', ['-layout', path, '-'], { encoding: 'utf8' }).replaceAll(/\s+/g, ' ');
}

/** The smallest PDF that a viewer opens: what a citizen attaches. */
export function attachment(name) {
  const body = '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n';
  return { name, mimeType: 'application/pdf', buffer: Buffer.from(body) };
}
