// The waiting room's screen: full screen, its voice, and staying alive for days. Without it the numbers are shown all the same.
const FRESH = 30000 // ms: an older call is not announced any more
const TURN = 120000 // ms: nor one that has waited longer for the calls before it
const PATIENCE = 3000 // ms until a voice must have begun
const LONGEST = 20000 // ms a voice may speak
const QUIET = 75000 // ms: the board changes every minute; when it did not, it is asked for

const root = document.querySelector('[data-live][data-now]')
const board = () => root.querySelector('#board')
const day = () => board().dataset.version.slice(0, 8)
const wait = (ms) => new Promise((done) => setTimeout(done, ms))
const read = (name) => { try { return localStorage.getItem(name) } catch { return null } }
const keep = (name, value) => { try { localStorage.setItem(name, value) } catch { /* a browser that keeps nothing */ } }

// ── The server's clock: a television's own may be minutes off
const opened = performance.getEntriesByType('navigation')[0]
let ahead = +root.dataset.now - (performance.timeOrigin + (opened?.responseStart ?? performance.now()))
const age = (at) => Date.now() + ahead - at
document.addEventListener('htmx:afterRequest', ({ detail }) => {
  const date = Date.parse(detail.xhr?.getResponseHeader('Date'))
  if (date) ahead = date - Date.now()
})

// ── What was announced today, by queue, number and how often called
const SAID = `said ${location.pathname}`
const said = () => {
  const [of, ...keys] = (read(SAID) || '').split(' ')
  return of === day() ? keys : []
}
const remember = (key) => keep(SAID, [day(), ...said(), key].join(' '))

// ── Chime and voices
let audio = null
let sounds = false
const chime = async () => {
  try {
    if (audio.state !== 'running') await Promise.race([audio.resume(), wait(500)])
    for (const [hertz, after] of [[659.26, 0], [523.25, 0.5]]) {
      const tone = audio.createOscillator()
      const loudness = audio.createGain()
      const at = audio.currentTime + after
      tone.frequency.value = hertz
      loudness.gain.setValueAtTime(0, at)
      loudness.gain.linearRampToValueAtTime(0.5, at + 0.02)
      loudness.gain.exponentialRampToValueAtTime(0.001, at + 1.2)
      tone.connect(loudness).connect(audio.destination)
      tone.start(at)
      tone.stop(at + 1.25)
    }
  } catch { /* no sound here: the voice is still tried */ }
  await wait(1500)
}
const voiceOf = (language) => {
  const voices = (window.speechSynthesis?.getVoices() || []).filter((it) => it.lang.toLowerCase().startsWith(language))
  return voices.find((it) => /[-_]in$/i.test(it.lang)) || voices[0]
}
let speaking = null // kept: Chromium forgets an utterance nobody holds, and then never says that it has ended
const speak = (words, language) => new Promise((done) => {
  const voice = voiceOf(language)
  if (!window.speechSynthesis || (language !== 'en' && !voice)) return done()
  const over = () => {
    clearTimeout(clock)
    done()
  }
  const giveUp = () => {
    speechSynthesis.cancel()
    done()
  }
  let clock = setTimeout(giveUp, PATIENCE)
  try {
    speaking = Object.assign(new SpeechSynthesisUtterance(words), { lang: `${language}-IN`, rate: 0.9, onend: over, onerror: over })
    if (voice) speaking.voice = voice
    speaking.onstart = () => {
      clearTimeout(clock)
      clock = setTimeout(giveUp, LONGEST)
    }
    speechSynthesis.speak(speaking)
  } catch {
    over()
  }
})

// ── Calls wait for each other; one that is not the current one any more is dropped
const waiting = []
let isTalking = false
const talk = async () => {
  if (isTalking) return
  isTalking = true
  for (let call; (call = waiting.shift());) {
    const isCurrent = board().dataset.inside.split(' ').includes(call.key)
    if (!isCurrent || age(call.at) > TURN || said().includes(call.key)) continue
    remember(call.key)
    await chime()
    await speak(call.en, 'en')
    await speak(call.ml, 'ml')
  }
  isTalking = false
}
const listen = () => {
  if (!sounds || !board()) return
  for (const { value: key, dataset: { at, en, ml } } of board().querySelectorAll('data[data-at]')) {
    if (age(+at) > FRESH || said().includes(key) || waiting.some((it) => it.key === key)) continue
    waiting.push({ key, at: +at, en, ml })
  }
  talk()
}

// ── The one press: full screen, a screen that stays on, and sound
const button = Object.assign(document.createElement('button'), { className: 'start', textContent: 'Start the screen with sound' })
const stayOn = () => navigator.wakeLock?.request('screen').catch(() => {})
const begin = () => {
  sounds = true
  keep('sound', 'on')
  button.remove()
  stayOn()
  document.addEventListener('visibilitychange', () => document.hidden || stayOn())
  listen()
}
const openSound = () => { try { return new AudioContext() } catch { return null } }
button.addEventListener('click', () => {
  document.documentElement.requestFullscreen?.().catch(() => {})
  audio ||= openSound()
  audio?.resume().catch(() => {})
  try { speechSynthesis.speak(new SpeechSynthesisUtterance('')) } catch { /* no voice here */ }
  begin()
})
const start = async () => {
  if (read('sound') === 'on') { // pressed before this reload: some browsers remember it too
    audio = openSound()
    if (audio) await Promise.race([audio.resume().catch(() => {}), wait(500)])
    if (audio?.state === 'running') return begin()
  }
  root.after(button)
  button.focus() // a remote control has no pointer
}

// ── Alive for days
const look = () => document.dispatchEvent(new Event('look'))
let shownAt = Date.now()
let beat = Date.now()
setInterval(() => {
  const now = Date.now()
  const hasSlept = now - beat > 15000 || now < beat
  if (hasSlept || now - shownAt > QUIET) {
    shownAt = now
    look()
  }
  beat = now
}, 5000)

// A new day's code, once a night after three: when the server answers, and not out of full screen for nothing
let loadedOn = day()
const minute = String(Math.floor(Math.random() * 60)).padStart(2, '0')
const code = (page) => [...page.querySelectorAll('script[src],link[rel=stylesheet]')].map((it) => it.getAttribute('src') || it.getAttribute('href')).join()
const renew = async () => {
  const today = day()
  if (today === loadedOn || board().querySelector('time').dateTime < `03:${minute}`) return
  loadedOn = today
  try {
    const answer = await fetch(location.href)
    if (!answer.ok) throw new Error(answer.statusText)
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    if (!document.fullscreenElement || code(page) !== code(document)) location.reload()
  } catch {
    loadedOn = '' // asked again at the next change
  }
}

const shown = () => {
  shownAt = Date.now()
  listen()
  renew()
}
document.addEventListener('htmx:oobAfterSwap', shown)
document.addEventListener('htmx:afterSettle', shown)

// Switched off: the server closes the socket and has no such page any more; its page says so
document.addEventListener('htmx:wsClose', ({ detail }) => { if (detail.event.code === 1000) setTimeout(look, 1000) })
document.addEventListener('htmx:responseError', ({ detail }) => { if (detail.xhr.status === 404) location.reload() })

start()
