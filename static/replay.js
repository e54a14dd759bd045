// The event at which we are is in sight
const show = () => {
  const now = document.querySelector('.record [aria-current]')
  const list = now?.parentElement
  if (list) list.scrollTop = now.offsetTop - list.offsetTop - list.clientHeight / 2
}
document.addEventListener('htmx:afterSettle', show)
show()
