// Comforts of the code: it fills itself in, goes off when it is whole, and says how long it works.
const one = (what, within = document) => within.querySelector(what)
const field = one('input.code')
const { form } = field
let isSent = false // the same press twice would spend the code and lose the answer

const digits = (text) => [...text].map((it) => (/[൦-൯]/.test(it) ? it.charCodeAt(0) - 0xd66 : it)).join('')
const codeIn = (text) => digits(text).match(/(?<!\d)\d{3}[ -]?\d{3}(?!\d)/)?.[0].replace(/\D/, '')
const isWhole = () => /^\d{6}$/.test(digits(field.value).replace(/\s/g, ''))
const others = [...form.querySelectorAll('input:not([type=hidden])')].filter((it) => it !== field)
const goOff = () => isWhole() && others.every((it) => it.value) && form.requestSubmit()
const put = (code) => {
  field.value = code
  goOff()
}

form.addEventListener('submit', (event) => (isSent ? event.preventDefault() : (isSent = true)))
addEventListener('pageshow', () => { isSent = false })
field.addEventListener('input', goOff)
field.addEventListener('paste', (event) => {
  const code = codeIn(event.clipboardData.getData('text'))
  if (!code) return
  event.preventDefault()
  put(code)
})

// Web OTP: the browser reads the last line of our SMS, when its owner lets it
if ('OTPCredential' in window && field.autocomplete === 'one-time-code') {
  const stop = new AbortController()
  form.addEventListener('submit', () => stop.abort())
  navigator.credentials.get({ otp: { transport: ['sms'] }, signal: stop.signal }).then((otp) => put(otp.code)).catch(() => {})
}

// <… data-until="287"> and <button data-again="30">: seconds left
const clock = (left) => `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`
const count = (seconds, show) => {
  const end = Date.now() + seconds * 1000
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000))
    show(left)
    if (!left) clearInterval(timer)
  }
  const timer = setInterval(tick, 1000)
  tick()
}
const until = one('[data-until]')
if (until) {
  count(until.dataset.until, (left) => {
    until.textContent = left ? `It works for ${clock(left)} more.` : ''
    if (!left) one('[data-code-over]').hidden = false
  })
}
const again = one('[data-again]')
if (again) {
  const words = again.textContent.trim()
  count(again.dataset.again, (left) => {
    again.disabled = left > 0
    again.textContent = left ? `${words} in ${clock(left)}` : words
  })
}
