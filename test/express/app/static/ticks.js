"use strict";

const source = new EventSource("/events");
const ticks = document.getElementById("ticks");

source.addEventListener("message", (event) => {
  const tick = document.createElement("li");
  tick.textContent = `${event.data} after ${Math.round(performance.now())} ms`;
  tick.dataset.at = performance.now();
  ticks.append(tick);
  if (event.lastEventId === "5") source.close();
});
