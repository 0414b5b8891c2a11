// Without this the console does everything; with it, time passes on the page and a button shows that it works.

function left(ms) {
  if (ms <= 0) return 'over';
  const seconds = Math.floor(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (h >= 48) return `${Math.floor(h / 24)} days`;
  return h > 0 ? `${h} h ${m} min` : m > 0 ? `${m} min ${s} s` : `${s} s`;
}

const countdowns = document.querySelectorAll('time[data-until]');
function tick() {
  for (const time of countdowns) {
    const ms = Date.parse(time.dataset.until) - Date.now();
    time.textContent = left(ms);
    time.classList.toggle('soon', ms < 600_000);
  }
}
if (countdowns.length > 0) {
  tick();
  setInterval(tick, 1000);
}

// where a chart is wider than the screen, what is newest is to be seen
for (const chart of document.querySelectorAll('.newest')) chart.scrollLeft = chart.scrollWidth;

document.addEventListener('submit', (event) => {
  const button = event.submitter;
  if (!button) return;
  if (button.getAttribute('aria-busy') === 'true') event.preventDefault();
  button.setAttribute('aria-busy', 'true');
});
// a page that comes back from the browser's memory is not busy
addEventListener('pageshow', () => {
  for (const button of document.querySelectorAll('[aria-busy]')) button.removeAttribute('aria-busy');
});
