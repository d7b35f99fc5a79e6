// Makes dist/: everything the pages need, minified and compressed once, so that the binary carries only the gzip form.
// Run by `npm run build` (or `./dev assets` from the root). Nothing here reaches the network.
import { build } from 'esbuild';
import { gzipSync } from 'node:zlib';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const modules = join(root, 'node_modules');
const dist = join(root, 'dist');
const italia = join(modules, 'bootstrap-italia');
const formio = join(modules, '@formio/js');

rmSync(dist, { recursive: true, force: true });
mkdirSync(join(dist, 'fonts'), { recursive: true });

/** Writes a text file as gzip: `site.css` becomes `dist/site.css.gz`. Level 9 and no timestamp: same input, same bytes. */
function put(name, text) {
  writeFileSync(join(dist, `${name}.gz`), gzipSync(text, { level: 9 }));
}

/** Bundles one entry of ours, minified for browsers of the last years, and writes it. */
async function bundle(entry, name) {
  const result = await build({
    entryPoints: [join(root, 'assets', entry)],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: ['chrome109', 'firefox115', 'safari16'],
    legalComments: 'none',
    loader: { '.svg': 'dataurl' },
    external: ['fonts/*'],
    logLevel: 'warning',
  });
  put(name, name.endsWith('.css') ? withoutVideo(result.outputFiles[0].text) : result.outputFiles[0].text);
}

/** The style sheet without the video player, which no page has and whose font is inline, against our content security policy. */
function withoutVideo(css) {
  return css.replace(/@font-face\{[^{}]*data:[^{}]*\}/g, '').replace(/[^{}]*\.(?:vjs-|video-js)[^{}]*\{[^{}]*\}/g, '');
}

/** The icons of the sprite that templates, code and scripts name as `it-...`, and no other: 20 kB instead of 150. */
function sprite() {
  const used = new Set();
  const scan = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) scan(path);
      else for (const [name] of readFileSync(path, 'utf8').matchAll(/\bit-[a-z0-9-]+/g)) used.add(name);
    }
  };
  ['templates', 'src', 'assets/js'].forEach((folder) => scan(join(root, folder)));
  const all = readFileSync(join(italia, 'dist/svg/sprites.svg'), 'utf8');
  const symbols = [...all.matchAll(/<symbol\b[^>]*\bid="([^"]+)"[^>]*>.*?<\/symbol>/gs)].filter(([, id]) => used.has(id));
  if (symbols.length === 0) throw new Error('the sprite of bootstrap-italia has changed its shape: no symbol found');
  put('sprites.svg', `<svg xmlns="http://www.w3.org/2000/svg">${symbols.map(([symbol]) => symbol).join('')}</svg>`);
}

/** Titillium Web in the weights that the style sheet declares. woff2 is compressed already. */
function fonts() {
  const from = join(italia, 'dist/fonts/Titillium_Web');
  for (const weight of ['300', 'regular', 'italic', '600', '700']) {
    cpSync(join(from, `titillium-web-v10-latin-ext_latin-${weight}.woff2`), join(dist, 'fonts', `titillium-web-${weight}.woff2`));
  }
}

/** One text file with the licence of every package whose code or data is in dist/. */
function licences() {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const parts = ['Third-party software and fonts in the pages of Sportello.\n'];
  for (const [path, entry] of Object.entries(lock.packages).sort()) {
    if (!path || entry.dev || entry.optional || !existsSync(join(root, path))) continue;
    const folder = join(root, path);
    const texts = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).map((file) => join(folder, file));
    const body = texts.map((file) => readFileSync(file, 'utf8').trim()).join('\n\n') || `Licence: ${entry.license ?? 'see the package'}`;
    parts.push(`${path.replace(/^.*node_modules\//, '')} ${entry.version} (${entry.license ?? 'see below'})\n\n${body}\n`);
  }
  parts.push(`Titillium Web (OFL-1.1)\n\n${readFileSync(join(italia, 'dist/fonts/Titillium_Web/OFL.txt'), 'utf8').trim()}\n`);
  put('licenses.txt', parts.join(`\n${'-'.repeat(100)}\n\n`));
}

await bundle('css/site.css', 'site.css');
await bundle('css/form.css', 'form.css');
await bundle('js/site.js', 'site.js');
await bundle('js/form.js', 'form.js');
put('formio.js', readFileSync(join(formio, 'dist/formio.form.min.js'), 'utf8').replace(/\/\/# sourceMappingURL=.*$/gm, ''));
sprite();
fonts();
licences();
cpSync(join(root, 'assets/img'), join(dist, 'img'), { recursive: true });
