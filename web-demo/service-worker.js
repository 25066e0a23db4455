// SPDX-License-Identifier: MIT
//
// Keeps the page for when there is no network. build.mjs puts VERSION and FILES in front of this.

/* global VERSION, FILES */
const CACHE = `heaplet-${VERSION}`;
const PAGE = new URL('index.html', self.registration.scope).href;

self.addEventListener('install', (event) => {
  const urls = FILES.map((file) => new URL(file, self.registration.scope).href);
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(urls))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', (event) => {
  const discard = async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith('heaplet-') && name !== CACHE) await caches.delete(name);
    }
    await self.clients.claim();
  };
  event.waitUntil(discard());
});

self.addEventListener('fetch', (event) => {
  const { method, mode, url } = event.request;
  if (method !== 'GET' || !url.startsWith(self.registration.scope)) return;
  const wanted = mode === 'navigate' ? PAGE : url;
  event.respondWith(answer(wanted, event.request));
});

// The network first for the page itself, so that a new version is seen at once.
async function answer(url, request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(url, { ignoreSearch: true });
  if (kept && request.mode !== 'navigate') return kept;
  try {
    return await fetch(request);
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}
