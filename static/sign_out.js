// <form data-sign-out>: on a phone given back, nothing is told and nothing told before is left to read
const form = document.querySelector('[data-sign-out]')
const forget = async () => {
  const registration = await navigator.serviceWorker.getRegistration('/')
  for (const shown of (await registration?.getNotifications?.()) || []) shown.close()
  const subscription = await registration?.pushManager?.getSubscription()
  if (!subscription) return
  const token = form.querySelector('[name=csrfmiddlewaretoken]').value
  const told = fetch('/push/unsubscribe/', {
    method: 'POST', redirect: 'error', body: JSON.stringify({ endpoint: subscription.endpoint }),
    headers: { 'Content-Type': 'application/json', 'X-CSRFToken': token },
  })
  await Promise.allSettled([told, subscription.unsubscribe()])
}
const twoSeconds = () => new Promise((done) => setTimeout(done, 2000)) // whoever wants out is let out

if (form && 'serviceWorker' in navigator) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    await Promise.race([forget().catch(() => {}), twoSeconds()])
    form.submit()
  }, { once: true })
}
