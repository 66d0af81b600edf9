'use strict';
// page.js - draws what tri-load wrote: one run (tri-load/1) or several side by side (tri-load-lab/1).
const data = JSON.parse(document.getElementById('data').textContent);
const main = document.querySelector('main');
const dark = matchMedia('(prefers-color-scheme: dark)');
const palette = () => dark.matches
  ? ['#5cb3f0', '#ff9d5c', '#43d6a5', '#f29ccb', '#ffd166', '#b8a1ff', '#9fd8d0', '#e07a7a']
  : ['#0067a5', '#c2500a', '#007a5a', '#a8457f', '#8a6d00', '#5a45b0', '#2f7f86', '#9c2f2f'];
const charts = [];

function add(parent, tag, text, name) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (name) node.className = name;
  parent.append(node);
  return node;
}

const digits = (v) => (v < 9.995 ? 2 : v < 99.95 ? 1 : 0);
function time(ns) {
  for (const [scale, unit] of [[1e9, 's'], [1e6, 'ms'], [1e3, 'us']])
    if (ns >= scale * 0.9995) return (ns / scale).toFixed(digits(ns / scale)) + ' ' + unit;
  return ns.toFixed(0) + ' ns';
}
function count(v) {
  if (v >= 999950) return (v / 1e6).toFixed(2) + 'M';
  if (v >= 9999.5) return (v / 1e3).toFixed(1) + 'k';
  return v.toFixed(v < 99.95 && v % 1 ? 1 : 0);
}
function bytes(v) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let i = 0;
  for (; i < 4 && v >= 1023.5; i++) v /= 1024;
  return v.toFixed(v < 99.95 && i ? 1 : 0) + ' ' + units[i];
}
const plain = (v) => (v < 0.1 ? v.toPrecision(2) : v.toFixed(digits(v)));
// a round figure of an axis, without needless zeros
const axis = (print) => (v) => print(v).replace(/\.(\d*?)0+(?=\D|$)/, (m, d) => (d ? '.' + d : ''));

// One chart. rows: [x, y1, y2 ...]; null where there is nothing.
function chart(grid, title, about, labels, rows, print, options) {
  if (!rows.length || !labels.length) return;
  const card = add(grid, 'section', undefined, 'card');
  add(card, 'h2', title);
  add(card, 'p', about, 'soft');
  const legend = add(card, 'div', undefined, 'legend');
  const box = add(card, 'div', undefined, 'chart');
  const show = (values) => {
    legend.textContent = '';
    labels.forEach((label, i) => {
      const item = add(legend, 'span');
      add(item, 'i').style.background = palette()[i % 8];
      item.append(label + (values && values[i] !== null && values[i] !== undefined ? ' ' + print(values[i]) : ''));
    });
  };
  show();
  if (typeof Dygraph === 'undefined') {
    add(box, 'p', 'This tri-load was built without its chart library (dygraphs); the table holds the figures.', 'soft');
    return;
  }
  const style = () => ({
    colors: labels.map((_, i) => palette()[i % 8]),
    gridLineColor: dark.matches ? '#2a313a' : '#dde3e9',
    axisLineColor: dark.matches ? '#4a535e' : '#b8c0c8',
  });
  // dygraphs' own logarithmic x axis draws nothing once it is padded, so x is its logarithm
  const drawn = options.xlog ? rows.map((row) => [Math.log10(row[0]), ...row.slice(1)]) : rows;
  const graph = new Dygraph(box, drawn, Object.assign({
    labels: ['x', ...labels], legend: 'never', strokeWidth: 1.8, connectSeparatedPoints: true,
    highlightCircleSize: 4, drawPoints: rows.length < 40, pointSize: 2.5, rightGap: 12,
    xRangePad: 6, yRangePad: 12,
    highlightCallback: (event, x, points) => {
      const values = labels.map((label) => (points.find((p) => p.name === label) || {}).yval);
      show(values);
    },
    unhighlightCallback: () => show(),
    axes: {
      x: Object.assign({ axisLabelFormatter: options.x, pixelsPerLabel: 60 }, options.xlog ? { ticker: powers(options.x) } : {}),
      y: Object.assign({ axisLabelFormatter: axis(print), axisLabelWidth: 62 }, print === bytes ? { ticker: powersOfTwo(options.ylog) } : {}),
    },
    logscale: !!options.ylog, includeZero: !options.ylog,
  }, style()));
  charts.push(() => { graph.updateOptions(style()); show(); });
}
const powers = (format) => (a, b) => { // ticks where x is a power of ten
  const ticks = [];
  for (let v = Math.ceil(a - 0.01); v <= b + 0.01; v++) ticks.push({ v, label: format(Math.pow(10, v)) });
  return ticks;
};

const powersOfTwo = (isLog) => (a, b, pixels) => { // bytes: 512 KiB, 1 MiB and not 977 KiB
  const ticks = [], most = Math.max(2, pixels / 40), put = (v) => ticks.push({ v, label: axis(bytes)(v) });
  if (isLog && b > 4 * Math.max(a, 1)) { // else there may be no power between them
    const low = Math.log2(Math.max(a, 1)), high = Math.log2(Math.max(b, 2));
    const step = Math.max(1, Math.ceil((high - low) / most));
    for (let k = Math.ceil(low / step) * step; k <= high; k += step) put(2 ** k);
  } else {
    let step = 1;
    while ((b - a) / step > most) step *= 2;
    for (let v = Math.ceil(a / step) * step; v <= b; v += step) put(v);
  }
  return ticks;
};

// A cell is a text, or a text and another that stands small below it.
function table(head, rows) {
  const t = add(add(main, 'div', undefined, 'scroll'), 'table');
  const tr = add(add(t, 'thead'), 'tr');
  head.forEach((text) => add(tr, 'th', text));
  const body = add(t, 'tbody');
  rows.forEach((row) => { const r = add(body, 'tr'); row.forEach((cell) => {
    const [text, below] = [cell].flat(), td = add(r, 'td', text);
    if (below) add(td, 'small', below);
  }); });
}

function spectrum(times) { // [[1/(1-q), ns]]
  const points = [];
  let seen = 0;
  for (const [value, n] of times.histogram) {
    const before = 1 / (1 - seen / times.count);
    seen += n;
    points.push([before, value]);
  }
  if (points.length) points.push([times.count, times.max]);
  return points;
}
function mergeSeries(all) { // several [[x, y]] on common x, in steps
  const xs = [...new Set(all.flatMap((s) => s.map((p) => p[0])))].sort((a, b) => a - b);
  const rows = xs.map((x) => [x]);
  all.forEach((series) => {
    let i = -1;
    rows.forEach((row) => {
      while (i + 1 < series.length && series[i + 1][0] <= row[0]) i++;
      row.push(i < 0 ? null : series[i][1] || null);
    });
  });
  if (rows.length <= 1500) return rows;
  let last = 0;
  return rows.filter((row) => row[0] > last * 1.005 && (last = row[0]));
}
const percent = (x) => {
  const nines = Math.round(Math.log10(x));
  return nines <= 0 ? '0%' : nines === 1 ? '90%' : nines === 2 ? '99%' : '99.' + '9'.repeat(nines - 2) + '%';
};

function run() {
  const r = data.response_time_ns, s = data.service_time_ns;
  const rate = data.rate ? (data.rate === data.rate_end ? count(data.rate) : count(data.rate) + ' to ' + count(data.rate_end)) + ' requests/s, ' : '';
  add(main, 'h1', data.loop + ' loop: ' + rate + data.connections + ' connections');
  add(main, 'p', data.url + ', ' + data.duration_s.toFixed(2) + ' s, ' + new Date(data.began_unix_ns / 1e6).toISOString().replace('T', ' ').slice(0, 19) + ' UTC', 'soft');
  add(main, 'p', data.self.trusted ? 'The self-check passed.' : 'This result is not to be trusted:', data.self.trusted ? 'good' : 'bad');
  data.self.findings.filter((f) => f.serious || data.self.trusted).forEach((f) => add(main, 'p', f.text, f.serious ? 'bad' : 'soft'));
  const figures = add(main, 'div', undefined, 'figures');
  const figure = (value, name) => { const f = add(figures, 'div', undefined, 'figure'); add(f, 'b', value); add(f, 'span', name); };
  figure(count(data.rps) + '/s', 'requests');
  figure(time(r.p50), 'p50 response time');
  figure(time(r.p99), 'p99');
  figure(time(r['p99.9']), 'p99.9');
  figure(count(data.errors.total), 'errors');
  if (data.server) figure((data.server.cpu_s / data.requests * 1e5).toFixed(2) + ' s', 'server CPU, 100k requests');
  if (data.server) figure(bytes(data.server.peak.pss || data.server.peak.rss), 'server memory, peak');
  const grid = add(main, 'div', undefined, 'charts');
  chart(grid, 'Latency by percentile', 'Response time runs from the intended send, service time from the real one.',
    ['response time', 'service time'], mergeSeries([spectrum(r), spectrum(s)]), time,
    { xlog: true, ylog: true, x: percent });
  const at = (name) => data.intervals.map((i) => [(i.from_s + i.until_s) / 2, ...name.map((n) => i[n] || null)]);
  const seconds = (v) => +v.toFixed(2) + ' s';
  const quantiles = ['p50', 'p90', 'p99', 'p99.9', 'max'];
  chart(grid, 'Latency over time', 'Response time of each interval.', quantiles, at(quantiles), time, { ylog: true, x: seconds });
  chart(grid, 'Throughput', 'Responses a second.', ['requests/s'], data.intervals.map((i) => [(i.from_s + i.until_s) / 2, i.rps]), count, { x: seconds });
  const kinds = Object.keys(data.errors).filter((k) => k !== 'total' && data.errors[k]);
  chart(grid, 'Errors', 'In each interval, by kind.', kinds, data.intervals.map((i) => [(i.from_s + i.until_s) / 2, ...kinds.map((k) => i.errors[k])]), count, { x: seconds });
  const watched = data.intervals.filter((i) => i.server);
  chart(grid, 'Memory of the server', 'All of its processes.', ['RSS', 'PSS'], watched.map((i) => [i.until_s, i.server.rss, i.server.pss || null]), bytes, { x: seconds });
  chart(grid, 'CPU of the server', 'CPUs in use.', ['CPUs'], watched.slice(1).map((i, n) => [i.until_s, (i.server.cpu_s - watched[n].server.cpu_s) / (i.until_s - watched[n].until_s)]), plain, { x: seconds });
  const row = (name, t) => [name, ...['p50', 'p90', 'p99', 'p99.9', 'max', 'mean'].map((k) => time(t[k]))];
  table(['', 'p50', 'p90', 'p99', 'p99.9', 'max', 'mean'],
    [['response time', r], ['service time', s], ['first byte', data.first_byte_ns], ['connect', data.connect_ns], ['TLS handshake', data.tls_handshake_ns], ['pacing error', data.pacing_error_ns], ['own delay', data.own_delay_ns]]
      .filter((x) => x[1].count).map((x) => row(...x)));
}

const measures = [
  ['rps', 'Throughput', 'Requests a second.', count], ['p50_ns', 'Median latency', 'Response time, p50.', time],
  ['p99_ns', 'Tail latency', 'Response time, p99.', time], ['cpu_s_per_100k', 'CPU', 'Seconds of the server for 100,000 requests.', plain],
  ['pss_bytes', 'Memory', 'Peak of the server (PSS).', bytes], ['bytes_per_connection', 'Memory for each connection', 'Above what the server held when idle.', bytes],
  ['switches_per_request', 'Context switches', 'Of the server, for each request.', plain], ['errors', 'Errors', 'In each run.', count],
];
function lab() {
  const cells = data.servers.flatMap((s) => s.cells);
  const counts = [...new Set(cells.map((c) => c.connections))];
  add(main, 'h1', data.servers.map((s) => s.name).join(', ') + ': ' + data.loop + ' loop');
  add(main, 'p', data.rounds + ' rounds of ' + data.duration_s + ' s, interleaved; medians' + (data.rounds > 1 ? ', and the least and the greatest' : ''), 'soft');
  if (cells.some((c) => !c.trusted))
    add(main, 'p', 'The self-check did not trust some of the runs; they are marked with ! below.', 'bad');
  const grid = add(main, 'div', undefined, 'charts');
  measures.forEach(([key, title, about, print]) => {
    const rows = counts.map((n) => [n, ...data.servers.map((s) => {
      const cell = s.cells.find((c) => c.connections === n);
      return cell && cell[key] && cell[key].median > 0 ? cell[key].median : null;
    })]).filter((row) => row.slice(1).some((v) => v !== null));
    if (counts.length > 1)
      chart(grid, title, about + ' By connections.', data.servers.map((s) => s.name), rows, print, { xlog: true, ylog: true, x: count });
  });
  table(['', 'connections', ...measures.map((m) => m[1])], counts.flatMap((n) => data.servers.map((s) => {
    const cell = s.cells.find((c) => c.connections === n);
    const spread = (of, print) => of.rounds.length > 1 && print(of.least) + ' to ' + print(of.greatest);
    return [s.name + (cell.trusted ? '' : ' !'), count(n),
      ...measures.map(([key, , , print]) => (cell[key] ? [print(cell[key].median), spread(cell[key], print)] : '-'))];
  })));
}

if (data.schema === 'tri-load/1') run(); else lab();
const f = data.fingerprint;
add(main, 'p', 'tri-load ' + f.version + '; ' + [f.cpu, f.cpus_usable + ' CPUs', bytes(f.memory), f.kernel, f.machine, f.tls, f.parser].filter(Boolean).join(', '), 'soft');
dark.addEventListener('change', () => charts.forEach((redraw) => redraw()));
