(function () {
  var root = document.documentElement, button = document.querySelector('button.theme');
  function dark() { return root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches; }
  function label() {
    if (!button) return;
    button.textContent = dark() ? 'Light' : 'Dark';
    button.setAttribute('aria-label', 'Use the ' + (dark() ? 'light' : 'dark') + ' theme');
  }
  function choose(theme) { root.dataset.theme = theme; label(); document.dispatchEvent(new Event('themechange')); }
  if (button) { button.hidden = false; label(); button.onclick = function () { choose(dark() ? 'light' : 'dark'); }; }
  var asked = /theme=(light|dark)/.exec(location.hash + location.search);
  if (asked) choose(asked[1]);
  var links = {};
  document.querySelectorAll('.toc a').forEach(function (a) { links[decodeURIComponent(a.hash.slice(1))] = a; });
  if (!window.IntersectionObserver) return;
  var visible = {};
  var watch = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) { visible[entry.target.id] = entry.isIntersecting; });
    var first = Object.keys(links).find(function (id) { return visible[id]; });
    if (!first) return;
    for (var id in links) links[id].removeAttribute('aria-current');
    links[first].setAttribute('aria-current', 'true');
  }, { rootMargin: '-10% 0px -75%' });
  Object.keys(links).forEach(function (id) { var section = document.getElementById(id); if (section) watch.observe(section); });
})();
