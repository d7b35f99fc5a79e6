// The browser that every check uses: Debian's Chromium, no download, no background traffic.
import { chromium } from 'playwright-core';

/** Starts the browser; the caller closes it. */
export function start() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
}

/** The widths at which every page is looked at: a desktop and a small phone. */
export const WIDTHS = { desktop: { width: 1280, height: 900 }, phone: { width: 375, height: 800 } };
