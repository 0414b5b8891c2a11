import { readFileSync } from 'node:fs';
import { baseStyle } from '../../ops/page/index.ts';
import { sha256 } from '../../ops/evidence.ts';
import { heatStyle } from '../reports/html/style.ts';
import type { ConsoleApp } from './app.ts';

const own = (name: string) => readFileSync(new URL(`assets/${name}`, import.meta.url), 'utf8');

/** Read once; a browser asks whether they changed. */
function readAssets(): Readonly<Record<string, { type: string; content: string }>> {
  return {
    'page.css': { type: 'text/css; charset=utf-8', content: baseStyle + heatStyle + own('page.css') },
    'page.js': { type: 'text/javascript; charset=utf-8', content: own('page.js') },
    'drydock.svg': { type: 'image/svg+xml', content: own('drydock.svg') },
  };
}

export function assetRoutes(app: ConsoleApp): void {
  const assets = readAssets();
  for (const [name, { type, content }] of Object.entries(assets)) {
    const etag = `"${sha256(content)}"`;
    app.get(`/assets/${name}`, (c) => {
      const headers = { 'content-type': type, 'cache-control': 'no-cache', etag };
      return c.req.header('if-none-match') === etag ? c.body(null, 304, headers) : c.body(content, 200, headers);
    });
  }
  app.get('/favicon.ico', (c) => c.redirect('/assets/drydock.svg', 301));
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
}
