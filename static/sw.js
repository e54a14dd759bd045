// Shows what we are told while no page is open; a tap opens the page it speaks of
self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

const read = (event) => { try { return event.data.json() } catch { return {} } }

self.addEventListener('push', (event) => {
  const told = read(event)
  const { title = 'Oozham', body = '', link = '/me/', id = '', tag = id } = told
  const seen = () => /^[\w-]+$/.test(id) && fetch(`/push/seen/${id}/`, { method: 'POST', keepalive: true }).catch(() => {})
  event.waitUntil(self.registration.showNotification(title, { body, tag, data: { link }, icon: '/static/icon.svg' }).then(seen))
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const link = new URL(event.notification.data?.link || '/me/', self.location)
  const to = link.origin === self.location.origin ? link.href : '/me/'
  event.waitUntil((async () => {
    const open = await self.clients.matchAll({ type: 'window' })
    const there = open.find((it) => it.url.split('#')[0] === to)
    return there ? there.focus() : self.clients.openWindow(to)
  })())
})
