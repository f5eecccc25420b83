// Colours of the page for canvases, read from the style sheet so that light and dark have one source.
"use strict";

const theme = {
  colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  },

  series(index) {
    return theme.colour(`series-${index % 8}`);
  },

  verdict(name) {
    return theme.colour(`verdict-${name}`) || theme.colour("series-7");
  },

  // A colour with less weight: "#rrggbb" to "rgba(...)".
  faded(colour, alpha) {
    const hex = colour.replace("#", "");
    const parts = [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16));
    return `rgba(${parts.join(", ")}, ${alpha})`;
  },

  apply() {
    const defaults = Chart.defaults;
    defaults.color = theme.colour("ink-soft");
    defaults.borderColor = theme.colour("line");
    defaults.font.family = getComputedStyle(document.body).fontFamily;
    defaults.font.size = 12;
    defaults.maintainAspectRatio = false;
    defaults.responsive = true;
    defaults.animation = false;
    defaults.plugins.legend.position = "bottom";
    defaults.plugins.legend.labels.usePointStyle = true;
    defaults.plugins.legend.labels.boxHeight = 7;
    defaults.plugins.legend.labels.padding = 14;
    defaults.plugins.tooltip.backgroundColor = theme.colour("tip");
    defaults.plugins.tooltip.titleColor = theme.colour("on-tip");
    defaults.plugins.tooltip.bodyColor = theme.colour("on-tip");
    defaults.plugins.tooltip.padding = 10;
    defaults.plugins.tooltip.cornerRadius = 8;
    defaults.plugins.tooltip.boxPadding = 4;
    defaults.elements.bar.borderRadius = 3;
    defaults.elements.point.radius = 0;
    defaults.elements.line.borderWidth = 2;
  },
};
