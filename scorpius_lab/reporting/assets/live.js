(function () {
  var root = document.documentElement, data = JSON.parse(document.getElementById('live-figures').textContent), shown = [];
  function dark() { return root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches; }
  function themed(value) {
    var text = JSON.stringify(value);
    if (dark()) text = text.replace(/#[0-9a-f]{6}\b/g, function (hex) { return data.dark[hex] || hex; });
    return JSON.parse(text);
  }
  function draw() {
    shown.forEach(function (result) { result.finalize(); });
    shown = [];
    document.querySelectorAll('.live').forEach(function (old) { old.remove(); });
    document.querySelectorAll('.chart[data-figure]').forEach(function (chart) {
      var figure = data.figures[chart.dataset.figure];
      if (!figure) return;
      var place = document.createElement('div');
      place.className = 'live';
      var spec = themed(chart.clientWidth <= 600 ? figure.narrow : figure.wide);
      window.vegaEmbed(place, spec, { config: themed(data.config), renderer: 'svg', actions: false, ast: true }).then(function (result) {
        shown.push(result);
        var svg = place.querySelector('svg');
        if (svg) { svg.setAttribute('viewBox', '0 0 ' + svg.getAttribute('width') + ' ' + svg.getAttribute('height')); svg.removeAttribute('width'); svg.removeAttribute('height'); }
        chart.appendChild(place);
        chart.classList.add('has-live');
      }, function (problem) { console.warn('the static drawing stays: ' + problem); });
    });
  }
  draw();
  document.addEventListener('themechange', draw);
})();
