"use strict";
// Filters, sorts and groups what the page already holds; without it everything is there, by control.
(() => {
  const form = document.querySelector(".tools");
  const home = document.getElementById("groups");
  const status = document.querySelector(".result");
  const sections = [...home.querySelectorAll(".group")];
  if (!sections.length) return;
  const order = { state: ["fail", "unknown", "accepted", "pass"], severity: ["critical", "high", "medium", "low", "info"] };
  const names = new Intl.Collator("en", { numeric: true });
  const make = (tag, kind, text = "") => Object.assign(document.createElement(tag), { className: kind, textContent: text });
  const collected = (parts) => {
    const list = make("ul", "rows");
    parts.forEach((part) => list.append(part));
    return list;
  };

  // --- what there is
  const rows = [];
  sections.forEach((section, number) => {
    const found = [...section.querySelectorAll(".row")];
    const title = section.querySelector("h3").textContent;
    const about = `${title} ${section.querySelector(".cid").textContent} ${section.dataset.c} ${section.dataset.o}`;
    section.querySelectorAll(".rows, .passed").forEach((old) => old.remove());
    section.append(collected(found));
    for (const el of found) {
      rows.push({ el, section, number, title, about, state: el.dataset.s, severity: el.dataset.v, first: rows.length });
    }
  });
  const byElement = new Map(rows.map((row) => [row.el, row]));
  const subject = (row) => (row.subject ??= row.el.querySelector(".what code").textContent);
  const file = (row) => (row.file ??= row.el.querySelector(".w")?.textContent ?? "\uffff");
  const text = (row) => (row.text ??= `${row.el.textContent} ${row.about}`.toLowerCase());

  // --- groups
  const keys = {
    control: (row) => [row.number],
    owner: (row) => [row.section.dataset.o || "no owner is known"],
    environment: (row) => [row.el.dataset.e || "environment not known"],
    criterion: (row) => row.section.dataset.c.split(" "),
  };
  const sorts = {
    severity: (a, b) => rank(a, "severity") - rank(b, "severity") || rank(a, "state") - rank(b, "state"),
    status: (a, b) => rank(a, "state") - rank(b, "state") || rank(a, "severity") - rank(b, "severity"),
    resource: (a, b) => names.compare(subject(a), subject(b)),
    file: (a, b) => names.compare(file(a), file(b)),
  };
  const rank = (row, what) => order[what].indexOf(row[what]);
  let shown = sections.map((section) => ({ section, rows: rows.filter((row) => row.section === section) }));
  let arranged = "control severity";

  // Of a finding with several criteria, the further ones show a copy, filled when it is opened.
  const copied = (row) => {
    const el = make("li", "row");
    const details = document.createElement("details");
    details.append(row.el.querySelector("summary").cloneNode(true));
    el.append(details);
    const copy = { ...row, el, of: row };
    byElement.set(el, copy);
    return copy;
  };
  const titled = (name) => {
    const section = make("section", "group");
    const head = make("div", "head");
    head.append(make("h3", "", name));
    section.setAttribute("aria-label", name);
    section.append(head);
    return section;
  };
  const arrange = (by, sort) => {
    const groups = new Map();
    const taken = new Set();
    for (const row of rows) {
      for (const key of keys[by](row)) {
        if (!groups.has(key)) groups.set(key, []);
        groups.get(key).push(taken.has(row) ? copied(row) : row);
        taken.add(row);
      }
    }
    const sorted = [...groups];
    if (by !== "control") sorted.sort((a, b) => names.compare(a[0], b[0]));
    shown = sorted.map(([key, found]) => {
      const section = by === "control" ? sections[key] : titled(key);
      found.sort((a, b) => sorts[sort](a, b) || a.first - b.first);
      section.querySelector(".rows")?.remove();
      section.append(collected(found.map((row) => row.el)));
      found.forEach((row) => row.el.querySelector(".of")?.remove());
      if (by !== "control") {
        found.forEach((row) => row.el.querySelector(".what").append(make("span", "of", row.title)));
      }
      return { section, rows: found };
    });
    home.replaceChildren(...shown.map((group) => group.section));
  };

  // --- filters
  const chosen = (name) => new Set([...form.querySelectorAll(`[name=${name}]:checked`)].map((box) => box.value));
  const count = (n, noun) => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
  const apply = () => {
    const [by, sort] = [form.elements.group.value, form.elements.sort.value];
    if (arranged !== `${by} ${sort}`) arrange(by, sort);
    arranged = `${by} ${sort}`;
    const [states, severities] = [chosen("state"), chosen("severity")];
    const words = form.querySelector("[type=search]").value.toLowerCase().split(/\s+/).filter(Boolean);
    let [findings, groups] = [0, 0];
    for (const group of shown) {
      let any = 0;
      for (const row of group.rows) {
        const fits = states.has(row.state) && severities.has(row.severity)
          && words.every((word) => text(row.of ?? row).includes(word));
        if (row.el.hidden === fits) row.el.hidden = !fits;
        any += fits;
        findings += fits && !row.of;
      }
      if (group.section.hidden === any > 0) group.section.hidden = !any;
      groups += any > 0;
    }
    status.textContent = `${count(findings, "finding")} of ${rows.length.toLocaleString("en")} shown, in ${count(groups, "group")}`;
  };
  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 80);
  });
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", (event) => event.preventDefault());
  const opener = form.elements.open;
  opener.addEventListener("click", () => {
    const open = opener.textContent === "Open all";
    for (const { el } of shown.flatMap((group) => group.rows)) {
      if (!el.hidden) el.firstElementChild.open = open;
    }
    opener.textContent = open ? "Close all" : "Open all";
  });

  // --- one finding
  let printing = false;
  const fill = (row) => {
    const details = row.el.firstElementChild;
    if (row.of && !details.querySelector(".body")) {
      details.append(row.of.el.querySelector(".body").cloneNode(true));
    }
    const body = details.querySelector(".body");
    if (!body.querySelector(".fix") && row.state !== "pass") {
      body.append(row.section.querySelector(".fix").cloneNode(true));
    }
  };
  home.addEventListener("toggle", ({ target }) => {
    const row = byElement.get(target.parentElement);
    if (row && target.open && !printing) fill(row);
  }, true);

  // --- links into the page, and print
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.closest("[hidden]")) {
      form.reset();
      form.querySelectorAll("[type=checkbox]").forEach((box) => { box.checked = true; });
    }
    if (target.closest("#groups") && !target.isConnected) form.elements.group.value = "control";
    apply();
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.scrollIntoView();
    if (target.tagName === "DETAILS") target.firstElementChild.focus();
  };
  addEventListener("hashchange", reveal);
  let closed = [];
  addEventListener("beforeprint", () => {
    printing = true;
    closed = [...document.querySelectorAll("details:not([open])")].filter((one) => !one.closest("[hidden]"));
    closed.forEach((one) => { one.open = true; });
  });
  addEventListener("afterprint", () => {
    closed.forEach((one) => { one.open = false; });
    setTimeout(() => { printing = false; });
  });

  form.hidden = false;
  apply();
  if (location.hash) reveal();
})();
