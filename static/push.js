// <form data-push="public key" hidden>: “Tell me on this phone”, where the browser can
const form = document.querySelector('[data-push]')
const can = 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window
const button = form?.querySelector('button')
const says = form?.querySelector('[role=status]')

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (it) => it.charCodeAt(0))
const send = async (to, body) => {
  const token = form.querySelector('[name=csrfmiddlewaretoken]').value
  const answer = await fetch(to, {
    method: 'POST', redirect: 'error', body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', 'X-CSRFToken': token },
  })
  if (!answer.ok) throw new Error(answer.status)
}
const draw = (subscription) => {
  form.hidden = false
  button.textContent = subscription ? 'Do not tell me on this phone' : 'Tell me on this phone'
  button.dataset.on = subscription ? 'yes' : ''
}
const turnOn = async (registration) => {
  if ((await Notification.requestPermission()) !== 'granted') {
    says.textContent = 'Your browser does not allow it: allow notifications for this page, then press again.'
    return
  }
  const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(form.dataset.push) })
  try {
    await send('/push/subscribe/', subscription)
  } catch (error) {
    await subscription.unsubscribe()
    throw error
  }
  says.textContent = 'This phone is told from now on.'
}
const turnOff = async (subscription) => {
  await send('/push/unsubscribe/', { endpoint: subscription.endpoint })
  await subscription.unsubscribe()
  says.textContent = 'This phone is not told any more.'
}

if (form && can) {
  const registration = await navigator.serviceWorker.register('/sw.js')
  const now = () => registration.pushManager.getSubscription()
  draw(await now())
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    button.disabled = true
    try {
      const subscription = await now()
      await (subscription ? turnOff(subscription) : turnOn(await navigator.serviceWorker.ready))
    } catch {
      says.textContent = 'That did not work. Check the connection and press again.'
    }
    button.disabled = false
    draw(await now())
  })
}
