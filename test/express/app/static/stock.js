"use strict";

const add = document.getElementById("add");

async function show() {
  const items = await (await fetch("/api/items")).json();
  const names = items.map((item) => {
    const line = document.createElement("li");
    line.textContent = item.name;
    return line;
  });
  document.getElementById("items").replaceChildren(...names);
}

add.addEventListener("submit", async (event) => {
  event.preventDefault();
  const response = await fetch("/api/items", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name: add.elements.name.value }),
  });
  const answer = await response.json();
  document.getElementById("problem").textContent = answer.error ?? "";
  await show();
});

show();
