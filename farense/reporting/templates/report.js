"use strict";
(() => {
  const find = (id) => document.getElementById(id);
  const fields = ["text", "tier", "category", "outcome"].map((name) => find("f-" + name));
  const [text, tier, category, outcome] = fields;
  const questions = [...document.querySelectorAll("details.q")];
  const plain = (s) => s.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const texts = new Map();
  const textOf = (q) => {
    if (!texts.has(q)) texts.set(q, plain(q.textContent));
    return texts.get(q);
  };
  const filter = () => {
    const wanted = plain(text.value.trim());
    let shown = 0;
    for (const q of questions) {
      const keep =
        (!tier.value || q.dataset.tier === tier.value) &&
        (!category.value || q.dataset.category === category.value) &&
        (!outcome.value || q.dataset.outcome === outcome.value) &&
        (!wanted || textOf(q).includes(wanted));
      q.hidden = !keep;
      shown += keep;
    }
    find("f-count").textContent = shown;
    find("f-none").hidden = shown > 0;
  };
  for (const field of fields) field.addEventListener("input", filter);
  const options = [...document.querySelectorAll("option[data-en]")];
  for (const option of options) option.dataset.pt = option.textContent;
  const speak = () => {
    const language = find("lang-en").checked ? "en" : "pt";
    document.documentElement.lang = language;
    for (const option of options) option.textContent = option.dataset[language];
  };
  for (const input of document.querySelectorAll("[name=lang]")) input.addEventListener("change", speak);
  speak();
  const form = document.querySelector(".filter");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  filter();
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = questions.filter((q) => !q.open);
    for (const q of closed) q.open = true;
  });
  addEventListener("afterprint", () => {
    for (const q of closed) q.open = false;
  });
})();
