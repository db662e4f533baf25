"use strict";
// What is wider than a phone is moved sideways, by keys as well.
for (const table of document.querySelectorAll("article .dense")) table.tabIndex = 0;
for (const section of document.querySelectorAll("section.table")) {
  const body = section.querySelector("tbody");
  const rows = Array.from(body.rows);
  const search = section.querySelector(".search");
  const said = search.querySelector("output");
  const buttons = Array.from(section.querySelectorAll("th button"));
  const order = new Intl.Collator(document.documentElement.lang, { numeric: true });
  let texts = null;

  const number = (text) => {
    const plain = text.replace(/[\s\u00a0]/g, "").replace(",", ".");
    return /^-?\d{1,15}(\.\d+)?$/.test(plain) ? Number(plain) : NaN;
  };
  const compared = (one, other) => {
    if (one === "" || other === "") return (one === "") - (other === "");
    const [a, b] = [number(one), number(other)];
    return Number.isNaN(a) || Number.isNaN(b) ? order.compare(one, other) : a - b;
  };

  const find = (wanted) => {
    texts = texts || rows.map((row) => row.textContent.toLowerCase());
    const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    rows.forEach((row, at) => {
      row.hidden = !words.every((word) => texts[at].includes(word));
      found += !row.hidden;
    });
    const counted = search.dataset.found.replace("##", String(rows.length)).replace("#", String(found));
    said.textContent = words.length === 0 ? "" : found ? counted : search.dataset.none;
  };

  buttons.forEach((button, column) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      const head = button.parentElement;
      const down = head.getAttribute("aria-sort") === "ascending";
      buttons.forEach((each) => {
        each.parentElement.removeAttribute("aria-sort");
        each.textContent = "↕";
      });
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      button.textContent = down ? "↓" : "↑";
      const text = (row) => row.cells[column].textContent;
      const sorted = rows.slice().sort((one, other) => compared(text(one), text(other)) * (down ? -1 : 1));
      body.append(...sorted);
    });
  });

  search.hidden = false;
  let waiting = 0;
  search.querySelector("input").addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(find, 150, event.target.value);
  });
}
