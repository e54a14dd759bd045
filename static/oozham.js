// Comforts: every page works without them.
const all = (what, within = document) => within.querySelectorAll(what)
const one = (what, within = document) => within.querySelector(what)
const on = (what, then) => document.addEventListener(what, then)
const make = (tag, fields, ...children) => {
  const made = Object.assign(document.createElement(tag), fields)
  made.append(...children)
  return made
}

// Toasts of the desk: gone after 8 seconds, but not while somebody reads or uses them
const age = () => {
  for (const toast of all('.wide .toast:not([data-ages])')) {
    toast.dataset.ages = ''
    let left = 8
    const clock = setInterval(() => {
      if (toast.matches(':hover,:focus-within') || document.hidden) return
      if (--left > 0 && toast.isConnected) return
      clearInterval(clock)
      toast.remove()
    }, 1000)
  }
}
const say = (words) => {
  one('#messages')?.replaceChildren(make('div', { className: 'toast' }, words))
  age()
}

// <b role="timer" data-countdown="522">8:42</b>: seconds left; [data-when-over] is shown at the end
const countDown = (timer) => {
  const end = Date.now() + timer.dataset.countdown * 1000
  const bar = one('progress', timer.closest('[data-held]') || timer.parentElement)
  const voice = make('span', { className: 'hide', role: 'status' })
  timer.after(voice)
  let before = +timer.dataset.countdown
  const tick = () => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000))
    timer.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`
    if (bar) bar.value = left
    const minutes = [1, 2, 5].find((it) => left <= it * 60 && it * 60 < before)
    if (minutes) voice.textContent = `${minutes} min left`
    before = left
    if (left) return
    clearInterval(clock)
    voice.textContent = 'The time is over'
    for (const note of all('[data-when-over]')) note.hidden = false
  }
  const clock = setInterval(tick, 1000)
  tick()
}

// <form data-once>: the second click of a double click is none; back on the page, it is a form again
on('submit', (event) => {
  const { dataset } = event.target
  if (dataset.once === undefined) return
  if (dataset.once) event.preventDefault()
  dataset.once = 'sent'
})
addEventListener('pageshow', () => { for (const form of all('[data-once]')) form.dataset.once = '' })

// A question's address says only what is asked
on('htmx:configRequest', ({ detail }) => {
  if (detail.verb !== 'get') return
  for (const [name, value] of [...detail.formData]) if (value === '') detail.formData.delete(name)
})

// Live parts: what is older than what is shown is dropped
const isOlder = ({ dataset: shown }, fresh) =>
  shown.queue === fresh?.dataset.queue && +fresh?.dataset.version < +shown.version
// What somebody else has just changed nobody has read yet: a press so soon means what stood there before, and the server
// says what has happened instead. (Not after one's own press: that change was waited for.)
const UNREAD = 300 // ms
let stale = { at: 0, urls: {} }
const meant = (button) => (!onTheirWay.size && Date.now() - stale.at < UNREAD && stale.urls[button.id]) || button.formAction
const keepStale = (target) => {
  if (onTheirWay.size) return
  const urls = Object.fromEntries([...all('[formaction*="seen="][id]', target)].map((it) => [it.id, it.formAction]))
  stale = { at: Date.now(), urls: Date.now() - stale.at < UNREAD ? { ...urls, ...stale.urls } : urls }
}
let scrolled = 0 // a strip of days stays where it was pushed to
let focused = '' // a button keeps the focus when its part of the page is drawn again
on('htmx:oobBeforeSwap', (event) => {
  const { target, fragment } = event.detail
  const fresh = fragment.dataset ? fragment : fragment.firstElementChild
  if (isOlder(target, fresh)) return event.preventDefault()
  if (target.role === 'status' && target.textContent === fragment.textContent) return event.preventDefault() // said once
  if (+fresh?.dataset.version > +target.dataset.version) keepStale(target)
  if (target.contains(document.activeElement)) focused = document.activeElement.id
  scrolled = one('.strip', target)?.scrollLeft ?? scrolled
})
on('htmx:oobAfterSwap', () => {
  for (const strip of all('.strip')) strip.scrollLeft = scrolled
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true })
  focused = ''
})
on('htmx:beforeSwap', (event) => {
  const { target, serverResponse } = event.detail
  if (!target?.id || !target.dataset.version) return
  const fresh = new DOMParser().parseFromString(serverResponse, 'text/html').getElementById(target.id)
  if (isOlder(target, fresh)) event.detail.swapOverride = 'none' // its messages, out of band, still come through
})
const shown = () => {
  for (const it of all('[data-share],[data-show-keys]')) it.hidden = false
  age()
}
on('htmx:afterSettle', shown)
on('htmx:oobAfterSwap', shown)
const failed = ({ detail }) => {
  if (detail.requestConfig?.verb !== 'get') say('That did not reach the clinic. Check the connection and press again.')
}
on('htmx:sendError', failed)
on('htmx:timeout', failed)
on('htmx:responseError', failed)

// <div ws-connect="…" data-live data-poll-url="…">: asks every half minute, only while its socket is down
const fetchNow = (root) => {
  const target = one('[data-version]', root)
  if (target && window.htmx && navigator.onLine) htmx.ajax('GET', root.dataset.pollUrl, { source: root, target, swap: 'outerHTML' }).catch(() => {})
}
const isDown = (root, down) => {
  for (const note of all('[data-when-offline]', root)) note.hidden = !down
  clearTimeout(root.poll)
  if (!down) return
  root.poll = setTimeout(() => {
    if (!document.hidden) fetchNow(root)
    isDown(root, true)
  }, 20000 + Math.random() * 10000)
}
on('htmx:wsOpen', ({ target: root }) => {
  if (!root.dataset.pollUrl) return
  isDown(root, false)
  if (root.wasOpen) fetchNow(root)
  root.wasOpen = true
})
on('htmx:wsClose', ({ target, detail }) => {
  if (target.dataset.pollUrl) isDown(target, true)
  // hx-ws gives up on these
  if ([1001, 1005].includes(detail.event.code)) setTimeout(() => detail.socketWrapper?.reconnect(), 1000 + Math.random() * 4000)
})
const look = () => document.hidden || all('[data-poll-url]').forEach(fetchNow)
on('visibilitychange', look)
on('look', look) // a board that has slept asks at once

// <button form="act" formaction="…">: swaps the live part instead of loading the page; one press after the other,
// and the same press not twice while it is on its way
const onTheirWay = new Set()
let presses = Promise.resolve()
on('submit', (event) => {
  const { target: form, submitter } = event
  const target = one('[data-live] [data-version]')
  if (form.id !== 'act' || !submitter || !target || !window.htmx) return
  event.preventDefault()
  const { name, value } = submitter
  const url = meant(submitter)
  const press = url + value
  if (onTheirWay.has(press)) return
  onTheirWay.add(press)
  stale.at = 0 // whatever stood there, from now on the screen is one's own again
  const send = () => htmx.ajax('POST', url, { source: form, target: '#' + target.id, swap: 'outerHTML', values: name ? { [name]: value } : {} })
  presses = presses.then(send).catch(() => {}).finally(() => onTheirWay.delete(press))
})

// what was typed wrong is chosen, ready to be typed again
const toTheWrong = (within) => {
  const wrong = one('[aria-invalid=true]:not([type=radio],[type=checkbox])', within)
  wrong?.focus()
  wrong?.select?.()
}
on('htmx:afterSettle', ({ target }) => target.closest?.('form') && toTheWrong(target))

// who was found while typing is not who is typed now
on('input', ({ target }) => {
  if (target.name === 'name' && target.form?.elements.patient) target.form.elements.patient.value = ''
})
on('added', () => document.activeElement?.blur()) // the keys work again

// data-key="n": one key presses a button, follows a link or goes to a field; ? shows them all
const wanted = () => { try { return localStorage.keys !== 'off' } catch { return true } }
const ARROWS = { ArrowLeft: '←', ArrowRight: '→' }
// <tr data-row>: the arrows go up and down, and while a row has the focus its own keys come first (data-row-key)
const step = (key) => {
  const rows = [...all('[data-row] a[id]')].filter((link) => link.offsetParent)
  const at = rows.indexOf(document.activeElement)
  rows[key === 'ArrowDown' ? Math.min(at + 1, rows.length - 1) : Math.max(at - 1, 0)]?.focus()
  return rows.length > 0
}
const showKeys = () => {
  const rows = [...all('[data-key]')].map((it) =>
    make('li', {}, make('kbd', {}, ARROWS[it.dataset.key] || it.dataset.key), ' ', it.dataset.keyName || it.ariaLabel || it.textContent))
  if (one('[data-row]')) {
    for (const [key, name] of [['↑ ↓', 'Choose somebody'], ['c', 'Call them'], ['a', 'They have arrived'], ['r', 'Recall them'], ['⏎', 'All that can be done']]) {
      rows.push(make('li', {}, make('kbd', {}, key), ' ', name))
    }
  }
  const box = make('input', { type: 'checkbox', checked: wanted(), onchange: () => { localStorage.keys = box.checked ? 'on' : 'off' } })
  const sheet = make('dialog', { onclose: () => sheet.remove() }, make('article', {},
    make('h2', {}, 'Keys'), make('ul', { className: 'keys' }, ...rows), make('label', {}, box, 'Use these keys'),
    make('button', { onclick: () => sheet.close() }, 'Close')))
  document.body.append(sheet)
  sheet.showModal()
}
on('keydown', (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) return
  // what has just been closed keeps the focus until the next frame, but nobody types in what is not seen
  if (event.target.closest('input,textarea,select,dialog') && event.target.getClientRects().length) return
  if (event.key === '?') return showKeys()
  if (!wanted()) return
  if (/^Arrow(Up|Down)$/.test(event.key) && one('[data-row]')) return step(event.key) && event.preventDefault()
  const row = document.activeElement.closest('[data-row]')
  const it = (row && one(`[data-row-key="${CSS.escape(event.key.toLowerCase())}"]`, row)) || [...all('[data-key]')].find((button) => button.dataset.key.toLowerCase() === event.key.toLowerCase() && button.offsetParent)
  if (!it) return
  event.preventDefault()
  if (it.type === 'radio') {
    it.checked = true
    one('input:not([type=hidden],[type=radio])', it.form)?.focus()
  } else it.matches('input,textarea,select') ? it.focus() : it.click()
})
on('click', async (event) => {
  if (event.target.closest('[data-show-keys]')) return showKeys()

  // <button data-fill data-name="…" data-age="…">: somebody known is put into the form instead of typed
  const known = event.target.closest('[data-fill]')
  if (known) {
    const { form } = known
    for (const name of ['patient', 'name', 'age', 'phone']) if (form.elements[name]) form.elements[name].value = known.dataset[name] || ''
    known.closest('ul').replaceChildren()
    return one('button:not([type=button])', form).focus()
  }

  // <button hidden data-share="address" data-title="…">
  const share = event.target.closest('[data-share]')
  if (!share) return
  const url = new URL(share.dataset.share || location.href, location).href
  try {
    if (navigator.share) return await navigator.share({ title: share.dataset.title || document.title, url })
    await navigator.clipboard.writeText(url)
    say('The link is copied. Paste it in a message.')
  } catch (error) {
    if (error.name !== 'AbortError') say(`Copy this link: ${url}`)
  }
})

for (const it of all('.strip [aria-current]')) it.parentElement.scrollLeft = it.offsetLeft - it.parentElement.offsetLeft - 16
all('[data-countdown]').forEach(countDown)
shown()
toTheWrong(document)
