// One switch that chooses all letters.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const all = document.querySelector("#all");
  if (!all) return;
  all.hidden = false;
  const boxes = () => document.querySelectorAll('#replay input[name="place"]');
  all.addEventListener("change", () => boxes().forEach((box) => (box.checked = all.checked)));
});
