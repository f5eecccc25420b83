// Draws each figure of a page from the JSON beside its canvas, and again when the colours change.
"use strict";

const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const VERDICTS = ["send", "digest", "hold", "suppress", "expire", "cancel"];
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const BAD_OUTCOMES = ["bounced", "failed", "dismissed", "unsubscribed", "complained"];

// A line through a chart at a moment: what is now, or a drift.
const upright = {
  id: "upright",
  afterDatasetsDraw(chart, _args, options) {
    for (const line of options.lines || []) {
      const { ctx, chartArea, scales } = chart;
      const x = scales.x.getPixelForValue(line.at);
      if (x < chartArea.left || x > chartArea.right) continue;
      ctx.save();
      ctx.strokeStyle = line.colour;
      ctx.setLineDash(line.dash || []);
      ctx.beginPath();
      ctx.moveTo(x, chartArea.top);
      ctx.lineTo(x, chartArea.bottom);
      ctx.stroke();
      if (line.label) {
        ctx.fillStyle = line.colour;
        ctx.textAlign = x > chartArea.right - 50 ? "right" : "left";
        ctx.fillText(line.label, x + (ctx.textAlign === "left" ? 5 : -5), chartArea.top + 11);
      }
      ctx.restore();
    }
  },
};

function barsAcross(names, datasets, scale, tooltip) {
  return {
    type: "bar",
    data: { labels: names, datasets },
    options: {
      indexAxis: "y",
      scales: { x: scale, y: axes.names() },
      plugins: { legend: { display: datasets.length > 1 }, tooltip: { callbacks: tooltip || {} } },
    },
  };
}

// A long sentence as lines that fit into a tooltip.
function wrapped(text, width = 64) {
  const lines = [""];
  for (const word of text.split(" ")) {
    if (lines.at(-1).length + word.length > width) lines.push("");
    lines[lines.length - 1] += (lines.at(-1) ? " " : "") + word;
  }
  return lines;
}

const kinds = {
  flow({ flow, of }) {
    const series = flow[of];
    const order = (name) => (of === "verdicts" ? VERDICTS.indexOf(name) : name);
    const names = Object.keys(series).sort((a, b) => (order(a) < order(b) ? -1 : 1));
    const colour = (name, at) => (of === "verdicts" ? theme.verdict(name) : theme.series(at));
    const whole = (at) => flow.starts_ms[at] % (2 * MINUTE_MS) === 0;
    return {
      type: "bar",
      data: {
        labels: flow.starts_ms,
        datasets: names.map((name, at) => ({
          label: name,
          data: series[name],
          backgroundColor: colour(name, at),
          borderRadius: 1,
          categoryPercentage: 1,
          barPercentage: 0.84,
        })),
      },
      options: {
        interaction: { mode: "index", intersect: false },
        scales: {
          x: {
            ...axes.names({ stacked: true }),
            afterBuildTicks: (scale) => { scale.ticks = scale.ticks.filter((tick) => whole(tick.value)); },
            ticks: { maxRotation: 0, autoSkipPadding: 12, callback: (at) => axes.words(flow.starts_ms[at], ZONE, MINUTE_MS) },
          },
          y: { ...axes.count(`in ${flow.bucket_ms / 1000} s`), stacked: true, suggestedMax: 4 },
        },
        plugins: {
          tooltip: {
            filter: (item) => item.parsed.y > 0,
            callbacks: { title: (items) => (items.length ? axes.words(flow.starts_ms[items[0].dataIndex], ZONE, 10 * SECOND_MS) : "") },
          },
        },
      },
    };
  },

  reasons({ reasons }) {
    const names = reasons.map((each) => `${each.reason.replaceAll("_", " ")} (${each.verdict})`);
    const data = reasons.map((each) => each.count);
    const backgroundColor = reasons.map((each) => theme.verdict(each.verdict));
    return barsAcross(names, [{ data, backgroundColor, maxBarThickness: 22 }], axes.count("verdicts"), {
      label: (item) => `${reasons[item.dataIndex].verdict}: ${item.parsed.x.toLocaleString("en-GB")}`,
    });
  },

  lags({ lags }) {
    const names = lags.map((each) => `${each.job}, ${each.topic}`);
    const data = lags.map((each) => each.records);
    return barsAcross(names, [{ data, backgroundColor: theme.series(1), maxBarThickness: 18, minBarLength: 2 }], axes.count("records waiting", { suggestedMax: 10 }));
  },

  counts({ counts }) {
    const names = Object.keys(counts).map((name) => name.replaceAll("_", " "));
    return barsAcross(names, [{ data: Object.values(counts), backgroundColor: theme.verdict("suppress"), maxBarThickness: 22 }], axes.count("records"));
  },

  timeline({ timeline, zone }) {
    const { rows } = timeline;
    const good = (each) => !BAD_OUTCOMES.includes(each.outcome);
    const dots = (list) => list.map((each) => ({ x: each.at_ms, y: each.row, text: each.text }));
    const waits = timeline.holds.map((each) => ({ x: [each.from_ms, each.to_ms], y: each.row, text: each.text }));
    const mark = (label, list, colour, style, radius) => ({
      type: "scatter",
      label,
      data: dots(list),
      clip: 10,
      pointStyle: style,
      radius,
      hoverRadius: radius + 2,
      backgroundColor: colour,
      borderColor: style === "crossRot" ? colour : theme.colour("surface"),
      borderWidth: style === "crossRot" ? 2.5 : 1.5,
    });
    return {
      type: "bar",
      data: {
        labels: rows,
        datasets: [
          mark("did", timeline.events, theme.series(1), "circle", 4),
          mark("sent", timeline.sends, theme.verdict("send"), "circle", 7),
          mark("came back", timeline.outcomes.filter(good), theme.series(3), "triangle", 7),
          mark("came back badly", timeline.outcomes.filter((each) => !good(each)), theme.colour("bad"), "rectRot", 6),
          mark("not sent", timeline.silent, theme.verdict("suppress"), "crossRot", 6),
          { type: "bar", label: "held", data: waits, backgroundColor: theme.faded(theme.verdict("hold"), 0.7), grouped: false, barThickness: 12, minBarLength: 5, borderRadius: 6, borderSkipped: false },
        ],
      },
      options: {
        indexAxis: "y",
        interaction: { mode: "nearest", intersect: true },
        scales: {
          x: axes.time(timeline.from_ms, timeline.to_ms, zone, 17),
          y: axes.names({ type: "category", labels: rows, offset: true, grid: { color: theme.colour("line"), tickLength: 0 } }),
        },
        plugins: {
          legend: { display: false },
          upright: { lines: [{ at: timeline.now_ms, colour: theme.colour("ink"), label: "now" }] },
          tooltip: { displayColors: false, callbacks: { title: () => "", label: (item) => wrapped(item.raw.text) } },
        },
      },
      plugins: [upright],
    };
  },

  hours({ weights }) {
    const top = Math.max(2, ...weights);
    const data = weights.map((v, at) => ({ x: at % 24, y: WEEKDAYS[Math.floor(at / 24)].slice(0, 3), v }));
    const heat = (v) => theme.faded(theme.colour("heat"), 0.06 + 0.94 * Math.min(1, v / top));
    return {
      type: "matrix",
      data: {
        datasets: [
          {
            data,
            backgroundColor: data.map((each) => heat(each.v)),
            borderRadius: 3,
            width: ({ chart }) => (chart.chartArea || { width: 0 }).width / 24 - 2,
            height: ({ chart }) => (chart.chartArea || { height: 0 }).height / 7 - 2,
          },
        ],
      },
      options: {
        scales: {
          x: { type: "linear", offset: false, min: -0.5, max: 23.5, grid: { display: false }, border: { display: false }, afterBuildTicks: (scale) => { scale.ticks = [0, 3, 6, 9, 12, 15, 18, 21].map((value) => ({ value })); }, ticks: { callback: (value) => `${String(value).padStart(2, "0")}:00` } },
          y: { type: "category", labels: WEEKDAYS.map((day) => day.slice(0, 3)), offset: true, reverse: false, grid: { display: false }, border: { display: false } },
        },
        plugins: {
          legend: { display: false },
          tooltip: { displayColors: false, callbacks: { title: () => "", label: ({ raw }) => `${raw.y} ${String(raw.x).padStart(2, "0")}:00, ${raw.v.toFixed(2)} times an average hour` } },
        },
      },
    };
  },

  fatigue({ fatigue, zone }) {
    const points = (list) => list.map(([x, y]) => ({ x, y }));
    const ends = [fatigue.past[0][0], fatigue.rest.at(-1)[0]];
    const line = (label, data, more) => ({ label, data, borderColor: theme.series(0), pointRadius: 0, tension: 0, ...more });
    const datasets = [
      line("so far", points(fatigue.past), { fill: true, backgroundColor: theme.faded(theme.series(0), 0.14) }),
      line("nothing more sent", points(fatigue.rest), { borderDash: [5, 4] }),
    ];
    if (fatigue.planned.length) datasets.push(line("and what waits", points(fatigue.planned), { borderDash: [5, 4], borderColor: theme.verdict("hold") }));
    if (fatigue.wanted !== null) datasets.push(line("as often as wanted", ends.map((x) => ({ x, y: fatigue.wanted })), { borderColor: theme.colour("good"), borderWidth: 1.5 }));
    return {
      type: "line",
      data: { datasets },
      options: {
        interaction: { mode: "nearest", axis: "x", intersect: false },
        scales: { x: axes.time(ends[0], ends[1], zone, 8), y: axes.count("dosage (sends)", { suggestedMax: 1, ticks: {} }) },
        plugins: {
          legend: { labels: { pointStyle: "line", pointStyleWidth: 22 } },
          upright: { lines: [{ at: fatigue.now_ms, colour: theme.colour("ink"), label: "now" }] },
          tooltip: { callbacks: { title: (items) => (items.length ? axes.moment(items[0].parsed.x, zone) : ""), label: (item) => `${item.dataset.label}: ${item.parsed.y.toFixed(2)}` } },
        },
      },
      plugins: [upright],
    };
  },

  posteriors({ channels }) {
    const most = Math.min(1, Math.ceil(21 * Math.max(...channels.map((each) => each.high))) / 20);
    // A wall at 0 would flatten all other curves, and so would what is known of nobody.
    const own = channels.filter((each) => each.sent);
    const tops = (own.length ? own : channels).map((each) => Math.max(...each.density.filter(([x]) => x > 0.01 && x <= most).map(([, y]) => y)));
    return {
      type: "line",
      data: {
        datasets: channels.map((each, at) => ({
          label: each.channel,
          data: each.density.filter(([x]) => x <= most).map(([x, y]) => ({ x, y })),
          borderColor: theme.series(at),
          backgroundColor: theme.faded(theme.series(at), 0.1),
          borderDash: each.sent ? [] : [4, 4],
          fill: Boolean(each.sent),
        })),
      },
      options: {
        interaction: { mode: "nearest", intersect: false },
        scales: {
          x: { ...axes.share("rate of engagement"), type: "linear", min: 0, max: most, grid: { display: false } },
          y: { display: false, min: 0, max: 1.15 * Math.max(...tops) },
        },
        plugins: {
          legend: { labels: { pointStyle: "line", pointStyleWidth: 22 } },
          tooltip: {
            callbacks: {
              title: () => "",
              label: ({ datasetIndex }) => {
                const { channel, mean, low, high } = channels[datasetIndex];
                return `${channel}: ${axes.percent(mean)}, 95 % between ${axes.percent(low)} and ${axes.percent(high)}`;
              },
            },
          },
        },
      },
    };
  },

  quiet({ quiet }) {
    const most = Math.max(1, ...quiet.map((day) => day.spans.length));
    const days = quiet.map((day) => day.day.slice(0, 3));
    const datasets = [];
    for (let at = 0; at < most; at += 1) {
      const data = quiet.map((day) => day.spans[at] || null);
      datasets.push({ data, backgroundColor: theme.colour("night"), grouped: false, barPercentage: 0.72, borderRadius: 5, borderSkipped: false });
    }
    const clock = (value) => `${String(Math.floor(value)).padStart(2, "0")}:${String(Math.round((value % 1) * 60)).padStart(2, "0")}`;
    const chart = barsAcross(days, datasets, { min: 0, max: 24, grid: { color: theme.colour("line") }, border: { display: false }, ticks: { stepSize: 3, callback: clock } }, {
      label: ({ raw }) => `quiet ${clock(raw[0])} to ${clock(raw[1])}`,
    });
    chart.options.plugins.legend.display = false;
    return chart;
  },

  day({ hours }) {
    return {
      type: "bar",
      data: { labels: hours.map((_, hour) => `${String(hour).padStart(2, "0")}:00`), datasets: [{ data: hours, backgroundColor: theme.series(0) }] },
      options: { scales: { x: axes.names({ ticks: { maxTicksLimit: 8, maxRotation: 0 } }), y: axes.count("times average", { ticks: {} }) }, plugins: { legend: { display: false } } },
    };
  },

  worth({ types }) {
    return {
      type: "line",
      data: {
        datasets: types.map((each, at) => ({
          label: each.type,
          data: each.worth.map(([x, y]) => ({ x, y })),
          borderColor: theme.series(at),
          borderDash: at > 7 ? [5, 4] : [],
        })),
      },
      options: {
        interaction: { mode: "nearest", intersect: false },
        scales: {
          x: { type: "linear", min: 0, grid: { display: false }, border: { display: false }, title: { display: true, text: "days since the request" }, ticks: { stepSize: 1 } },
          y: axes.count("worth", { ticks: {} }),
        },
        plugins: {
          legend: { labels: { pointStyle: "line", pointStyleWidth: 22 } },
          tooltip: { callbacks: { title: (items) => (items.length ? `${items[0].parsed.x.toFixed(1)} days` : ""), label: (item) => `${item.dataset.label}: worth ${item.parsed.y.toFixed(2)}` } },
        },
      },
    };
  },

  caps({ caps }) {
    const shown = caps.filter((each) => each.per_week !== null);
    return barsAcross(shown.map((each) => each.name.replaceAll("_", " ")), [{ data: shown.map((each) => each.per_week), backgroundColor: theme.series(1), maxBarThickness: 20 }], axes.count("sends a week"), {
      label: (item) => shown[item.dataIndex].text,
    });
  },

  rates({ rates }) {
    const names = rates.map((each) => each.channel || each.name);
    return barsAcross(names, [{ data: rates.map((each) => each.rate), backgroundColor: theme.series(0), maxBarThickness: 20 }], axes.share("rate of engagement"), {
      label: (item) => axes.percent(item.parsed.x),
    });
  },

  sides({ sides }) {
    const side = (label, data, colour) => ({ label, data, backgroundColor: colour, maxBarThickness: 14 });
    return barsAcross(sides.names, [side("in force", sides.before, theme.colour("line-strong")), side("draft", sides.after, theme.series(0))], axes.count("requests"));
  },

  history({ history }) {
    const names = Object.keys(history.metrics).filter((name) => history.metrics[name].some((v) => v !== null && v <= 1.5));
    return {
      type: "line",
      data: {
        datasets: names.map((name, at) => ({
          label: name.replaceAll("_", " "),
          data: history.metrics[name].map((y, place) => ({ x: history.trained_ms[place], y })),
          borderColor: theme.series(at),
          backgroundColor: theme.series(at),
          pointRadius: 3,
          clip: 8,
          spanGaps: true,
        })),
      },
      options: {
        interaction: { mode: "nearest", axis: "x", intersect: false },
        scales: { x: axes.time(history.trained_ms[0], history.trained_ms.at(-1), ZONE, 8), y: axes.count("", { ticks: {} }) },
        plugins: {
          upright: { lines: history.drift_ms.map((at) => ({ at, colour: theme.colour("warn"), dash: [4, 4], label: "drift" })) },
          tooltip: { callbacks: { title: (items) => (items.length ? history.versions[items[0].dataIndex] : ""), label: (item) => `${item.dataset.label}: ${item.parsed.y.toPrecision(4)}` } },
        },
      },
      plugins: [upright],
    };
  },

  calibration({ bins }) {
    const top = Math.min(1, Math.ceil(10.5 * Math.max(...bins.map((each) => Math.max(each.predicted, each.observed)))) / 10);
    const most = Math.max(...bins.map((each) => each.rows));
    const few = { maxTicksLimit: 6, callback: (value) => axes.percent(value, 0) };
    const data = bins.map((each) => ({ x: each.predicted, y: each.observed, r: 4 + 10 * Math.sqrt(each.rows / most), rows: each.rows }));
    return {
      type: "bubble",
      data: {
        datasets: [
          { label: "bins", data, backgroundColor: theme.faded(theme.series(0), 0.55), borderColor: theme.series(0) },
          { type: "line", label: "right", data: [{ x: 0, y: 0 }, { x: top, y: top }], borderColor: theme.colour("line-strong"), borderDash: [4, 4], borderWidth: 1.5, pointRadius: 0 },
        ],
      },
      options: {
        clip: 20,
        scales: { x: { ...axes.share("predicted", { ticks: few }), min: 0, max: top }, y: { ...axes.share("observed", { ticks: few }), min: 0, max: top } },
        plugins: { legend: { display: false }, tooltip: { filter: (item) => item.datasetIndex === 0, callbacks: { label: ({ raw }) => `predicted ${axes.percent(raw.x)}, observed ${axes.percent(raw.y)}, ${Math.round(raw.rows).toLocaleString("en-GB")} examples` } } },
      },
    };
  },

  weights({ weights }) {
    const data = weights.map((each) => each.weight);
    const backgroundColor = data.map((value) => (value < 0 ? theme.verdict("suppress") : theme.series(0)));
    return barsAcross(weights.map((each) => each.feature), [{ data, backgroundColor, maxBarThickness: 16 }], { ...axes.count("log-odds"), ticks: {} });
  },

  gains({ gains }) {
    const spans = gains.map((each) => (each.low === null ? null : [each.low, each.high]));
    const dots = gains.map((each) => ({ x: each.value, y: each.type }));
    return {
      type: "bar",
      data: {
        labels: gains.map((each) => each.type),
        datasets: [
          { type: "scatter", label: "uplift", data: dots, backgroundColor: theme.series(0), radius: 6 },
          { type: "bar", label: "interval", data: spans, backgroundColor: theme.faded(theme.series(0), 0.3), barThickness: 10, grouped: false },
        ],
      },
      options: { indexAxis: "y", scales: { x: axes.share("added to the outcome's rate"), y: axes.names() } },
    };
  },
};

const drawn = new Map();

function draw(figure, data) {
  const canvas = figure.querySelector("canvas");
  const config = kinds[figure.dataset.chart](data);
  const old = drawn.get(figure);
  if (old && old.chart.config.type === config.type) {
    old.chart.data = config.data;
    old.chart.options = config.options;
    old.chart.update("none");
    old.data = data;
    return;
  }
  if (old) old.chart.destroy();
  drawn.set(figure, { chart: new Chart(canvas, config), data });
}

function drawAll() {
  theme.apply();
  for (const figure of document.querySelectorAll("figure[data-chart]")) {
    const known = drawn.get(figure);
    if (known) {
      known.chart.destroy();
      drawn.delete(figure);
    }
    draw(figure, known ? known.data : JSON.parse(figure.querySelector("script").textContent));
  }
  document.documentElement.dataset.drawn = "yes";
}

document.addEventListener("DOMContentLoaded", drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
