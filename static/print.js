// <button data-print hidden>: the browser's own printing, at once when the address says ?print=1
for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false
  button.addEventListener('click', () => print())
}
if (new URLSearchParams(location.search).get('print') === '1') addEventListener('load', () => print())
