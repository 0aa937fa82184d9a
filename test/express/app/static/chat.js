"use strict";

const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const socket = new WebSocket(`${scheme}//${location.host}/ws`);
const say = document.getElementById("say");

socket.addEventListener("open", () => say.classList.add("open"));
socket.addEventListener("message", (event) => {
  const line = document.createElement("li");
  line.textContent = event.data;
  document.getElementById("lines").append(line);
});
say.addEventListener("submit", (event) => {
  event.preventDefault();
  socket.send(say.elements.line.value);
});
