// <form data-rows>: Enter goes to the same field of the next row, at the end to the button; arrows up and down likewise
const STEPS = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }
document.addEventListener('keydown', (event) => {
  const { target, key } = event
  if (!target.matches('[data-rows] td input') || !STEPS[key] || event.isComposing) return
  event.preventDefault()
  const field = target.name.replace(/^\d+/, '')
  const column = [...target.form.elements].filter((it) => it.name.replace(/^\d+/, '') === field)
  const next = column[column.indexOf(target) + STEPS[key]]
  if (next) next.focus()
  else if (key === 'Enter') target.form.querySelector('[value=enter],[value=check]').focus()
})
