// Requests to our own server.
import { text } from './page.js';

/** Sends JSON with the page's proof. Gives `{ok, status, body}`; a broken connection is `{ok: false, body: {detail}}`. */
export async function send(config, url, method, body) {
  try {
    const response = await fetch(url, {
      method,
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json', accept: 'application/json', [config.csrfHeader]: config.csrf },
      body: JSON.stringify(body),
    });
    const answer = response.status === 204 ? {} : await response.json().catch(() => ({}));
    return { ok: response.ok, status: response.status, body: answer };
  } catch {
    return { ok: false, status: 0, body: { detail: text.offline } };
  }
}
