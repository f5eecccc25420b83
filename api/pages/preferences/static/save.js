// Saves each section as soon as something in it changes, and tells what was saved. Without this
// script the same forms have a button and go to the same address.
"use strict";

document.documentElement.classList.add("js");

(() => {
  const SHOWN_MS = 8000;
  const SETTLE_MS = 350;
  const waiting = new Map(); // by section: the timer of a change that is not sent yet
  const queued = new Map(); // by section: what to send when the answer on the last is there
  const busy = new Set();
  let fading = 0;
  let saves = 0;

  const byId = (id) => document.getElementById(id);

  function say(text, bad) {
    clearTimeout(fading);
    byId("said").textContent = bad ? "" : text;
    byId("warned").textContent = bad ? text : "";
    if (!bad) fading = setTimeout(() => { byId("said").textContent = ""; }, SHOWN_MS);
  }

  // Makes `old` like `next` in place, so that the focus and open parts stay.
  function morph(old, next) {
    if (old.nodeType !== next.nodeType || old.nodeName !== next.nodeName || old.id !== next.id) {
      old.replaceWith(next.cloneNode(true));
      return;
    }
    if (old.nodeType === Node.TEXT_NODE) {
      if (old.data !== next.data) old.data = next.data;
      return;
    }
    if (old.nodeType !== Node.ELEMENT_NODE) return;
    for (const { name } of [...old.attributes]) {
      if (!next.hasAttribute(name) && name !== "open") old.removeAttribute(name);
    }
    for (const { name, value } of next.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    const parts = [...old.childNodes];
    const wanted = [...next.childNodes];
    wanted.forEach((each, at) => {
      if (at < parts.length) morph(parts[at], each);
      else old.append(each.cloneNode(true));
    });
    parts.slice(wanted.length).forEach((each) => each.remove());
  }

  // Says anew what was saved last, and leaves what is filled in: what is turned back before the
  // answer on its turning is there must not look as if it had not been turned at all.
  function rebase(old, next) {
    const said = (section) => [...section.querySelectorAll("input[type=hidden][name^=was]")];
    const news = said(next);
    said(old).forEach((each, at) => {
      if (!news[at]) return;
      each.value = news[at].value;
      each.disabled = news[at].disabled;
    });
  }

  function show(html, saved) {
    const made = new DOMParser().parseFromString(html, "text/html");
    for (const next of made.querySelectorAll("section[id]")) {
      const form = next.querySelector("form[data-save]");
      const section = form && form.dataset.save;
      const old = byId(next.id);
      if (waiting.has(section) || queued.has(section)) {
        rebase(old, next); // changed again meanwhile
        continue;
      }
      morph(old, next);
      // A form that someone is filling in keeps what is in it, unless it is the one just saved.
      if (section === saved || !old.contains(document.activeElement)) {
        old.querySelectorAll("form").forEach((each) => each.reset());
      }
    }
    offerDeviceZone();
  }

  async function send(form, button) {
    const section = form.dataset.save;
    clearTimeout(waiting.get(section));
    waiting.delete(section);
    if (busy.has(section)) {
      queued.set(section, button);
      return;
    }
    busy.add(section);
    const fields = new FormData(form);
    if (button) fields.append(button.name, button.value);
    let answer = null;
    let ok = false;
    try {
      const response = await fetch(form.getAttribute("action"), {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRF-Token": fields.get("csrf_token") },
        body: new URLSearchParams(fields),
        credentials: "same-origin",
        keepalive: true,
      });
      ok = response.ok;
      answer = await response.json();
    } catch {
      ok = false; // no network, or an answer that is none of ours
    }
    busy.delete(section);
    if (ok) {
      show(answer.html, section);
      say(answer.message, false);
      byId("toast").dataset.saves = ++saves;
    } else {
      queued.delete(section);
      form.reset(); // to what was last saved
      say((answer && answer.message) || byId("toast").dataset.failed, true);
    }
    if (queued.has(section)) {
      const next = queued.get(section);
      queued.delete(section);
      const current = document.querySelector(`form[data-save="${section}"]`);
      if (current) send(current, next);
    }
  }

  function offerDeviceZone() {
    const offer = document.querySelector("[data-device-zone]");
    const choice = byId("zone-choice");
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const known = [...choice.options].some((each) => each.value === zone);
    offer.hidden = !known || choice.value === zone;
    const button = offer.querySelector("button");
    button.textContent = offer.dataset.deviceZone.replace("{zone}", zone.replaceAll("_", " "));
    button.onclick = () => {
      choice.value = zone;
      send(choice.form);
    };
  }

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-save]");
    if (!form || event.target.closest("[data-no-save]") || !form.checkValidity()) return;
    if (event.target.matches("[type=time], .day select")) byId("quiet-own").checked = true;
    const section = form.dataset.save;
    const settled = event.target.matches("[type=checkbox], [type=radio]");
    clearTimeout(waiting.get(section));
    waiting.set(section, setTimeout(() => send(form), settled ? 0 : SETTLE_MS));
  });

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-save]");
    if (!form) return;
    event.preventDefault();
    send(form, event.submitter);
  });

  document.addEventListener("DOMContentLoaded", offerDeviceZone);
})();
