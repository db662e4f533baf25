// Comforts only: every page works without this file.
"use strict";

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) return event.preventDefault();
  if (form.method !== "post" || form.hasAttribute("hx-post") || form.hasAttribute("data-repeatable")) return;
  form.dataset.sent = "yes";
  form.querySelectorAll("button").forEach((button) => button.setAttribute("aria-disabled", "true"));
});

// A page taken from the back-forward cache must be usable again.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled"));
  });
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const said = [...button.childNodes];
  button.textContent = button.dataset.copied;
  setTimeout(() => button.replaceChildren(...said), 2000);
});

// j and k walk the queue by its links; Enter opens, as on any link.
document.addEventListener("keydown", (event) => {
  const step = { j: 1, k: -1 }[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  const links = [...document.querySelectorAll(".cases tbody a")];
  links[Math.max(0, Math.min(links.length - 1, links.indexOf(document.activeElement) + step))]?.focus();
});

// A link into the error summary brings the field into view with its label, and focuses it.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".error-summary a");
  const field = link && document.querySelector(link.getAttribute("href"));
  if (!field) return;
  event.preventDefault();
  (field.closest(".field") ?? field).scrollIntoView({ block: "start" });
  field.focus({ preventScroll: true });
});

// What is marked in a text, by its characters, goes into a field beside it.
document.querySelectorAll("[data-marks]").forEach((button) => {
  const text = document.getElementById(button.dataset.marks);
  button.hidden = false;
  // Keys move and mark only where one could write; nothing is written all the same.
  text.readOnly = false;
  text.setAttribute("aria-readonly", "true");
  text.addEventListener("beforeinput", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    const into = document.getElementById(button.dataset.into);
    const place = (at) => [...text.value.slice(0, at)].length;
    if (text.selectionStart === text.selectionEnd) return text.focus();
    const marked = `${place(text.selectionStart)}-${place(text.selectionEnd)}`;
    into.value = [into.value.trim(), marked].filter(Boolean).join(" ");
  });
});
