// Keeps the overview's numbers and pictures as of now: asks every two seconds while it is looked at.
"use strict";

const EVERY_MS = 2000;

function put(name, text) {
  for (const each of document.querySelectorAll(`[data-tile="${name}"]`)) each.textContent = text;
}

function roughly(ms) {
  if (ms === null) return "none";
  if (ms < 1000) return "< 1 s";
  if (ms < 120000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7200000) return `${Math.round(ms / 60000)} min`;
  return ms < 172800000 ? `${Math.round(ms / 3600000)} h` : `${Math.round(ms / 86400000)} days`;
}

function fill(id, rows) {
  const body = document.querySelector(`#${id}`).closest(".card").querySelector(".as-table tbody");
  body.replaceChildren(
    ...rows.map(([name, count]) => {
      const row = document.createElement("tr");
      const head = document.createElement("th");
      const cell = document.createElement("td");
      head.scope = "row";
      head.textContent = name;
      cell.textContent = count.toLocaleString("en-GB");
      row.append(head, cell);
      return row;
    }),
  );
}

function sums(series) {
  return Object.entries(series).map(([name, counts]) => [name, counts.reduce((a, b) => a + b, 0)]);
}

function health(parts) {
  const list = document.querySelector("#health");
  list.replaceChildren(
    ...parts.map(({ part, trouble }) => {
      const row = document.createElement("li");
      const tag = document.createElement("span");
      const name = document.createElement("strong");
      const words = document.createElement("span");
      tag.className = trouble ? "tag tag-bad" : "tag tag-good";
      tag.textContent = trouble ? "trouble" : "works";
      name.textContent = part;
      words.className = "hint-inline";
      words.textContent = trouble || "";
      row.append(tag, name, words);
      return row;
    }),
  );
  if (!parts.length) list.textContent = "No part tells.";
}

function showNow(found) {
  const { tiles } = found;
  for (const name of ["per_minute", "sent", "digest", "held", "silent"]) put(name, tiles[name].toLocaleString("en-GB"));
  put("age", roughly(found.newest_age_ms));
  put("dead_letters", found.dead_letters.toLocaleString("en-GB"));
  for (const each of document.querySelectorAll("[data-share]")) {
    const share = tiles.total ? (100 * tiles[each.dataset.share]) / tiles.total : 0;
    each.textContent = `${share.toFixed(0)} % of ${tiles.total.toLocaleString("en-GB")} in ${tiles.span_min} min`;
  }
  document.querySelector("#policy-version").textContent = found.policy;
  const trouble = document.querySelector("#lag-trouble");
  trouble.hidden = !found.lag_trouble;
  trouble.textContent = found.lag_trouble ? `The lags are not known: ${found.lag_trouble}.` : "";
  document.querySelector("#lags").hidden = !found.lags.length;
  health(found.health);
  draw(document.querySelector("#flow"), { flow: found.flow, of: "verdicts" });
  draw(document.querySelector("#channels"), { flow: found.flow, of: "channels" });
  draw(document.querySelector("#reasons"), { reasons: found.reasons });
  draw(document.querySelector("#lags"), { lags: found.lags });
  fill("flow", sums(found.flow.verdicts));
  fill("channels", sums(found.flow.channels));
  fill("reasons", found.reasons.map((each) => [`${each.verdict}, ${each.reason.replaceAll("_", " ")}`, each.count]));
  fill("lags", found.lags.map((each) => [`${each.job}, ${each.topic}`, each.records]));
}

function say(text, good) {
  const live = document.querySelector("#live");
  live.classList.toggle("live-off", !good);
  const words = document.querySelector("#live-text");
  // Said again only when it changes: a screen reader would read it every time.
  if (words.textContent !== text) words.textContent = text;
}

async function again() {
  if (!document.hidden) {
    try {
      const url = document.querySelector("#tiles").dataset.url;
      const response = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (response.status === 401) {
        say("Signed out: sign in again", false);
        return;
      }
      if (!response.ok) throw new Error(String(response.status));
      showNow(await response.json());
      say("Live", true);
    } catch {
      say("No answer: trying again", false);
    }
  }
  setTimeout(again, EVERY_MS);
}

document.addEventListener("DOMContentLoaded", () => {
  showNow(JSON.parse(document.querySelector("#found").textContent));
  setTimeout(again, EVERY_MS);
});
