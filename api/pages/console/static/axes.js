// Axes: time with ticks at whole hours and days of a zone, counts, shares.
"use strict";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const axes = {
  STEPS_MS: [
    ...[10, 30].map((s) => s * SECOND_MS),
    ...[1, 2, 5, 15, 30].map((m) => m * MINUTE_MS),
    ...[1, 3, 6, 12].map((h) => h * HOUR_MS),
    ...[1, 2, 7, 14, 28].map((d) => d * DAY_MS),
  ],

  // How far the clock of a zone is ahead of UTC at a moment, in milliseconds.
  offsetMs(atMs, zone) {
    const parts = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    }).formatToParts(atMs);
    const of = Object.fromEntries(parts.map((part) => [part.type, Number(part.value)]));
    const local = Date.UTC(of.year, of.month - 1, of.day, of.hour, of.minute, of.second);
    return local - Math.floor(atMs / SECOND_MS) * SECOND_MS;
  },

  words(atMs, zone, stepMs) {
    const day = stepMs >= DAY_MS;
    const how = day
      ? { weekday: "short", day: "numeric", month: "short" }
      : { hour: "2-digit", minute: "2-digit", ...(stepMs < MINUTE_MS && { second: "2-digit" }) };
    return new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...how }).format(atMs);
  },

  moment(atMs, zone) {
    const how = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
    return new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...how }).format(atMs);
  },

  // A linear scale in milliseconds whose ticks are whole hours or days of the zone.
  time(fromMs, toMs, zone, most = 9) {
    const stepMs = axes.STEPS_MS.find((step) => (toMs - fromMs) / step <= most) || 28 * DAY_MS;
    return {
      type: "linear",
      min: fromMs,
      max: toMs,
      grid: { color: theme.colour("line") },
      border: { display: false },
      afterBuildTicks(scale) {
        const ticks = [];
        const shift = axes.offsetMs(fromMs, zone);
        let at = Math.ceil((fromMs + shift) / stepMs) * stepMs - shift;
        while (at <= toMs) {
          // Where clocks change, a day's tick stays at its midnight.
          const fixed = stepMs >= DAY_MS ? at + shift - axes.offsetMs(at, zone) : at;
          if (fixed >= fromMs && fixed <= toMs) ticks.push({ value: fixed });
          at += stepMs;
        }
        scale.ticks = ticks;
      },
      ticks: {
        autoSkip: true,
        maxRotation: 0,
        callback: (value) => axes.words(value, zone, stepMs),
      },
    };
  },

  count(title, more = {}) {
    return {
      beginAtZero: true,
      border: { display: false },
      grid: { color: theme.colour("line") },
      title: { display: Boolean(title), text: title },
      ticks: { precision: 0, callback: (value) => value.toLocaleString("en-GB") },
      ...more,
    };
  },

  share(title, more = {}) {
    return {
      ...axes.count(title),
      ticks: { callback: (value) => `${Number((100 * value).toFixed(1))} %` },
      ...more,
    };
  },

  names(more = {}) {
    return { grid: { display: false }, border: { display: false }, ticks: { autoSkip: false }, ...more };
  },

  percent(value, digits = 1) {
    return `${(100 * value).toFixed(digits)} %`;
  },
};
