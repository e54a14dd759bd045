// A usual week as a picture. The rows of the form below are the truth: the picture is drawn from them and writes to them.
const form = document.getElementById('week-form')
const picture = document.getElementById('week')
const rows = document.getElementById('rows')
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const STEP = 15 // minutes
const HOUR = 2.25 // rem

const field = (row, name) => row.querySelector(`[name$="-${name}"]`)
const minutes = (clock) => { const [hour, minute] = clock.split(':'); return hour * 60 + +minute }
const clock = (all) => `${String(Math.floor(all / 60)).padStart(2, '0')}:${String(all % 60).padStart(2, '0')}`
const between = (low, it, high) => Math.max(low, Math.min(it, high))
const make = (tag, fields, ...children) => {
  const made = Object.assign(document.createElement(tag), fields)
  made.append(...children)
  return made
}

const read = (row) => ({
  row,
  day: field(row, 'weekday').value,
  weeks: field(row, 'weeks').value,
  from: minutes(field(row, 'starts').value || '0:0'),
  to: minutes(field(row, 'ends').value || '0:0'),
})
const shown = () => [...rows.children].filter((row) => !field(row, 'DELETE').checked).map(read)
  .filter((it) => it.day !== '' && it.to > it.from)
const words = (it) => {
  const room = field(it.row, 'room').selectedOptions[0]
  const week = it.weeks === '0' ? '' : `, weeks ${it.weeks === '1' ? 'A' : 'B'}`
  return `${DAYS[it.day]}, ${clock(it.from)} to ${clock(it.to)}${week}${room?.value ? `, ${room.text}` : ''}`
}

let first = 7
let last = 21
const draw = (focus) => {
  const all = shown()
  first = Math.min(7, ...all.map((it) => Math.floor(it.from / 60)))
  last = Math.max(21, ...all.map((it) => Math.ceil(it.to / 60)))
  const hours = make('div', { className: 'hours-of-day', ariaHidden: 'true' })
  for (let hour = first; hour < last; hour++) hours.append(make('span', {}, `${hour % 12 || 12} ${hour < 12 ? 'am' : 'pm'}`))
  const days = DAYS.map((name, day) => {
    const add = make('button', { type: 'button', className: 'quiet small', ariaLabel: `Add a sitting on ${name}` }, '+')
    add.addEventListener('click', () => create(day, ...gap(day)))
    const head = make('p', { className: 'day-name' }, make('span', {}, name.slice(0, 3)), add)
    const column = make('div', { className: 'day-hours' })
    column.dataset.day = day
    column.style.height = `${(last - first) * HOUR}rem`
    column.append(...all.filter((it) => +it.day === day).map(block))
    return make('section', { ariaLabel: name }, head, column)
  })
  const about = make('p', { className: 'soft', id: 'week-help' },
    'Drag over free hours to add, a sitting to move it, its edges to change them. With the keyboard: + adds; on a sitting, arrows move it, Shift with ↑ ↓ changes its end, Delete takes it out, Enter goes to its row.')
  picture.replaceChildren(make('div', { className: 'week-grid' }, hours, ...days), about)
  picture.hidden = false
  if (focus) picture.querySelector(`[data-row="${focus.id}"]`)?.focus()
}

const block = (it) => {
  const made = make('button', {
    type: 'button', className: `block-of-hours weeks-${it.weeks}`, ariaLabel: words(it), title: words(it),
  }, make('span', {}, `${clock(it.from)}–${clock(it.to)}`), make('small', {}, field(it.row, 'room').selectedOptions[0]?.text.replace('–', '') || ''))
  made.dataset.row = it.row.id
  made.setAttribute('aria-describedby', 'week-help')
  place(made, it)
  if (field(it.row, 'valid_from').value || field(it.row, 'valid_to').value) made.classList.add('for-a-while')
  if (it.row.querySelector('[id$=-says]').textContent.trim()) made.classList.add('refused')
  return made
}
const place = (made, it) => {
  made.style.top = `${(it.from / 60 - first) * HOUR}rem`
  made.style.height = `${(it.to - it.from) / 60 * HOUR}rem`
}

// A free stretch of a day for a new sitting: after the last one, else in the morning
const gap = (day) => {
  const ends = shown().filter((it) => +it.day === day).map((it) => it.to)
  const from = between(0, ends.length ? Math.max(...ends) + 60 : 9 * 60, 23 * 60)
  return [from, Math.min(from + 180, 24 * 60 - STEP)]
}

const write = (row, { day, from, to }) => {
  field(row, 'weekday').value = day
  field(row, 'starts').value = clock(between(0, from, 24 * 60 - STEP))
  field(row, 'ends').value = clock(between(STEP, to, 24 * 60 - 1))
  draw(row)
  form.dispatchEvent(new Event('change'))
}
const create = (day, from, to) => {
  let row = [...rows.children].find((it) => field(it, 'weekday').value === '' && !field(it, 'DELETE').checked)
  if (!row) {
    const total = form.querySelector('[name$="-TOTAL_FORMS"]')
    const holder = make('div', { innerHTML: document.getElementById('empty-row').innerHTML.replaceAll('__prefix__', total.value) })
    row = holder.firstElementChild
    rows.append(row)
    total.value++
  }
  write(row, { day, from, to })
}
const remove = (row) => {
  field(row, 'DELETE').checked = true
  draw()
  form.dispatchEvent(new Event('change'))
}

// ── with the mouse or a pen; a finger scrolls, and adds with a tap ──
const minuteAt = (column, y) => {
  const box = column.getBoundingClientRect()
  return between(first * 60, Math.round((first + (y - box.top) / box.height * (last - first)) * 60 / STEP) * STEP, last * 60)
}
let drag = null
picture.addEventListener('pointerdown', (event) => {
  const column = event.target.closest('.day-hours')
  if (!column || event.pointerType === 'touch' || event.button) return
  const over = event.target.closest('.block-of-hours')
  const at = minuteAt(column, event.clientY)
  if (over) {
    const it = read(document.getElementById(over.dataset.row))
    const box = over.getBoundingClientRect()
    const edge = Math.min(8, box.height / 3)
    const how = event.clientY - box.top < edge ? 'from' : box.bottom - event.clientY < edge ? 'to' : 'move'
    drag = { how, it, at, over, was: { ...it }, moved: false }
  } else {
    const ghost = make('div', { className: 'block-of-hours ghost' })
    column.append(ghost)
    drag = { how: 'new', it: { day: column.dataset.day, from: at, to: at }, at, over: ghost, moved: false }
    place(ghost, drag.it)
    event.preventDefault()
  }
  picture.setPointerCapture(event.pointerId)
})
picture.addEventListener('pointermove', (event) => {
  if (!drag) return
  const column = document.elementsFromPoint(event.clientX, event.clientY).find((it) => it.matches('.day-hours')) || drag.over.parentElement
  const { how, it, was, at } = drag
  const now = minuteAt(column, event.clientY)
  if (now !== at || column !== drag.over.parentElement) drag.moved = true
  if (how === 'new') [it.from, it.to] = [Math.min(at, now), Math.max(at, now)]
  if (how === 'from') it.from = Math.min(now, was.to - STEP)
  if (how === 'to') it.to = Math.max(now, was.from + STEP)
  if (how === 'move') {
    const by = between(-was.from, now - at, 24 * 60 - STEP - was.to);
    [it.from, it.to, it.day] = [was.from + by, was.to + by, column.dataset.day]
    if (column !== drag.over.parentElement) column.append(drag.over)
  }
  place(drag.over, it)
})
const drop = () => {
  if (!drag) return
  const { how, it, at, moved } = drag
  drag = null
  if (how === 'new') return it.to > it.from ? create(it.day, it.from, it.to) : create(it.day, at, Math.min(at + 60, 24 * 60 - STEP))
  if (moved) write(it.row, it)
}
picture.addEventListener('pointerup', drop)
picture.addEventListener('pointercancel', () => { drag = null; draw() })
const goTo = (row) => {
  row.scrollIntoView({ block: 'center' })
  field(row, 'starts').focus({ preventScroll: true })
}
picture.addEventListener('dblclick', ({ target }) => {
  const over = target.closest('.block-of-hours')
  if (over) goTo(document.getElementById(over.dataset.row))
})
picture.addEventListener('click', (event) => {
  if (event.pointerType !== 'touch') return
  const over = event.target.closest('.block-of-hours')
  const column = event.target.closest('.day-hours')
  if (over) goTo(document.getElementById(over.dataset.row))
  else if (column) { const at = minuteAt(column, event.clientY); create(column.dataset.day, at, Math.min(at + 60, 24 * 60 - STEP)) }
})

// ── with the keyboard ──
picture.addEventListener('keydown', (event) => {
  const over = event.target.closest('.block-of-hours')
  if (!over) return
  const it = read(document.getElementById(over.dataset.row))
  const by = { ArrowUp: -STEP, ArrowDown: STEP }[event.key]
  const across = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
  if (event.key === 'Delete' || event.key === 'Backspace') remove(it.row)
  else if (event.key === 'Enter') goTo(it.row)
  else if (by && event.shiftKey) write(it.row, { ...it, to: between(it.from + STEP, it.to + by, 24 * 60 - STEP) })
  else if (by) { const step = between(-it.from, by, 24 * 60 - STEP - it.to); write(it.row, { ...it, from: it.from + step, to: it.to + step }) }
  else if (across) write(it.row, { ...it, day: (+it.day + across + 7) % 7 })
  else return
  event.preventDefault()
})

form.addEventListener('change', (event) => { if (event.target !== form) draw() })
document.addEventListener('htmx:afterSettle', () => { if (!drag) draw(document.activeElement?.dataset.row && document.getElementById(document.activeElement.dataset.row)) })
draw()
