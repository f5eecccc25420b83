// The editor's comforts: Tab writes spaces in the YAML, and leaving with changes asks first.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const yaml = document.querySelector("#yaml");
  let changed = false;
  document.addEventListener("input", () => {
    changed = true;
  });
  document.addEventListener("submit", () => {
    changed = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
  // Escape first, then Tab, leaves the field by keyboard.
  let leaving = false;
  yaml.addEventListener("keydown", (event) => {
    if (event.key === "Tab" && !event.shiftKey && !leaving) {
      event.preventDefault();
      yaml.setRangeText("  ", yaml.selectionStart, yaml.selectionEnd, "end");
      changed = true;
    }
    leaving = event.key === "Escape";
  });
  const first = document.querySelector('[aria-invalid="true"]');
  if (first) first.focus();
});
