"use strict";
// Filters, sorts and groups what the page already holds; without it everything is there, by control.
(() => {
  const form = document.querySelector(".tools");
  const home = document.getElementById("groups");
  const status = document.querySelector(".result");
  const diagram = document.querySelector(".diagram svg");
  const sections = [...home.querySelectorAll(".group")];
  if (!sections.length) return;
  const order = { state: ["fail", "unknown", "accepted", "pass"], severity: ["critical", "high", "medium", "low", "info"] };
  const names = new Intl.Collator("en", { numeric: true });
  const make = (tag, kind, text = "") => Object.assign(document.createElement(tag), { className: kind, textContent: text });

  // --- what there is
  const rows = [];
  const byElement = new Map();
  const byId = new Map();
  let shown = sections.map((section, number) => {
    const title = section.querySelector("h3").textContent;
    const about = `${title} ${section.querySelector(".cid").textContent} ${section.dataset.c} ${section.dataset.o}`;
    const list = make("ul", "rows");
    const found = [...section.querySelectorAll(".row")].map((el, place) => ({
      el, section, number, title, about, place, id: el.firstElementChild.id, state: el.dataset.s,
      severity: el.dataset.v ?? section.dataset.v, environment: el.dataset.e ?? "environment not known",
    }));
    for (const row of found) {
      rows.push(row);
      byElement.set(row.el, row);
      byId.set(row.id, row);
    }
    section.querySelectorAll(".rows, .passed").forEach((old) => old.remove());
    section.append(list);
    return { section, list, rows: found };
  });
  const subject = (row) => (row.subject ??= row.el.querySelector(".what code").textContent);
  const file = (row) => (row.file ??= row.el.querySelector(".w")?.textContent ?? "\uffff");
  const text = (row) => (row.text ??= `${row.el.textContent} ${row.about}`.toLowerCase());
  const rank = (row, what) => order[what].indexOf(row[what]);

  // --- groups
  const keys = {
    control: (row) => [row.number],
    owner: (row) => [row.section.dataset.o || "no owner is known"],
    environment: (row) => [row.environment],
    criterion: (row) => row.section.dataset.c.split(" "),
  };
  const sorts = {
    severity: (a, b) => rank(a, "severity") - rank(b, "severity") || rank(a, "state") - rank(b, "state"),
    status: (a, b) => rank(a, "state") - rank(b, "state") || rank(a, "severity") - rank(b, "severity"),
    resource: (a, b) => names.compare(subject(a), subject(b)),
    file: (a, b) => names.compare(file(a), file(b)),
  };
  let arranged = "control severity";

  const titled = (name) => {
    const section = make("section", "group");
    const head = make("div", "head");
    head.append(make("h3", "", name));
    section.setAttribute("aria-label", name);
    section.append(head);
    return section;
  };
  // What a group of another kind must say of a finding: its control, and how grave it is.
  const labelled = (row) => {
    if (row.labelled) return;
    row.labelled = true;
    const label = make("span", "of");
    label.append(make("span", `sev v-${row.severity}`, row.severity), row.title);
    text(row);
    row.el.querySelector(".what").append(label);
  };
  // Of a finding with several criteria, the further ones show a copy, made when it is needed and filled when opened.
  const element = (row) => {
    if (row.el) return row.el;
    const line = row.of.el.querySelector(".line").cloneNode(true);
    line.removeAttribute("id");
    row.el = make("li", "row");
    if (line.tagName === "SUMMARY") {
      const details = document.createElement("details");
      details.append(line);
      row.el.append(details);
    } else row.el.append(line);
    byElement.set(row.el, row);
    return row.el;
  };
  const arrange = (by, sort) => {
    const groups = new Map();
    const taken = new Set();
    if (by !== "control") rows.forEach(labelled);
    for (const row of rows) {
      for (const key of keys[by](row)) {
        if (!groups.has(key)) groups.set(key, []);
        groups.get(key).push(taken.has(row) ? { ...row, el: null, of: row } : row);
        taken.add(row);
      }
    }
    const sorted = [...groups];
    if (by !== "control") sorted.sort((a, b) => names.compare(a[0], b[0]));
    const compare = sorts[sort];
    shown = sorted.map(([key, found]) => {
      const section = by === "control" ? sections[key] : titled(key);
      found.sort((a, b) => compare(a.of ?? a, b.of ?? b) || a.number - b.number || a.place - b.place);
      section.querySelector(".rows")?.remove();
      const list = make("ul", "rows");
      section.append(list);
      return { section, list, rows: found };
    });
    home.className = `by-${by}`;
  };

  // --- filters: what does not fit leaves the page
  const chosen = (name) => new Set([...form.querySelectorAll(`[name=${name}]:checked`)].map((box) => box.value));
  const count = (n, noun) => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
  const apply = () => {
    const [by, sort] = [form.elements.group.value, form.elements.sort.value];
    if (arranged !== `${by} ${sort}`) arrange(by, sort);
    arranged = `${by} ${sort}`;
    const [states, severities] = [chosen("state"), chosen("severity")];
    const words = form.querySelector("[type=search]").value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (row) => states.has(row.state) && severities.has(row.severity)
      && words.every((word) => text(row.of ?? row).includes(word));
    const found = new Set();
    const groups = [];
    for (const group of shown) {
      group.fit = group.rows.filter(fits);
      if (!group.fit.length) continue;
      group.fit.forEach((row) => found.add(row.of ?? row));
      group.list.replaceChildren(...group.fit.map(element));
      groups.push(group.section);
    }
    home.replaceChildren(...groups);
    status.textContent = `${count(found.size, "finding")} of ${rows.length.toLocaleString("en")} shown, in ${count(groups.length, "group")}`;
    opener.textContent = "Open all";
  };
  let waiting = 0;
  const opener = form.elements.open;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 80);
  });
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", (event) => event.preventDefault());
  opener.addEventListener("click", () => {
    const open = opener.textContent === "Open all";
    home.querySelectorAll(".row > details").forEach((one) => { one.open = open; });
    opener.textContent = open ? "Close all" : "Open all";
  });

  // --- one finding: its fix, and its path in the diagram
  const boxes = diagram ? [...diagram.querySelectorAll("[data-id]")] : [];
  const boxOf = new Map();
  for (const box of boxes) {
    for (const id of [box.dataset.id, ...(box.dataset.ids ?? "").split(" ")]) boxOf.set(id, box);
  }
  const drawn = (row) => path(row).map((id) => boxOf.get(id) ?? boxOf.get(id.replaceAll(" ", "\u00a0")));
  const highlight = (row) => {
    const along = drawn(row);
    const ids = along.map((box) => box?.dataset.id);
    const steps = new Set(ids.slice(1).map((id, place) => `${ids[place]}\n${id}`));
    boxes.forEach((box) => box.classList.toggle("ts-on", along.includes(box)));
    for (const way of diagram.querySelectorAll(".ts-way")) {
      const { source, target } = way.dataset;
      const on = steps.has(`${source}\n${target}`) || steps.has(`${target}\n${source}`);
      way.classList.toggle("on", on);
      way.querySelectorAll("path").forEach((part) => part.classList.toggle("ts-on", on));
    }
    diagram.classList.toggle("lit", along.some(Boolean));
  };
  // Twice: what is scrolled past takes its true height only once it has been near the screen.
  const shownAt = (target, how) => {
    target.scrollIntoView(how);
    requestAnimationFrame(() => requestAnimationFrame(() => target.scrollIntoView(how)));
  };
  const path = (row) => {
    const steps = [...(row.of ?? row).el.querySelectorAll(".strip [data-id]")].map((step) => step.dataset.id);
    return steps.length ? steps : [subject(row)];
  };
  const pointer = (row) => {
    const button = make("button", "go", "Show in the diagram");
    button.type = "button";
    button.addEventListener("click", () => {
      diagram.parentElement.focus({ preventScroll: true });
      highlight(row);
      shownAt(drawn(row).find(Boolean), { block: "center", inline: "center" });
    });
    return button;
  };
  const fill = (row) => {
    const details = row.el.firstElementChild;
    if (row.of && !details.querySelector(".body")) {
      const body = row.of.el.querySelector(".body").cloneNode(true);
      body.querySelector(".go")?.remove();
      details.append(body);
    }
    const body = details.querySelector(".body");
    if (!body.querySelector(".go") && drawn(row).some(Boolean)) body.append(pointer(row));
    if (row.state !== "pass" && !body.querySelector(".fix")) {
      body.append(row.section.querySelector(".fix").cloneNode(true));
    }
  };
  let printing = false;
  home.addEventListener("toggle", ({ target }) => {
    const row = byElement.get(target.parentElement);
    if (row && target.open && !printing) fill(row);
  }, true);
  home.addEventListener("focusin", ({ target }) => {
    const row = byElement.get(target.closest(".row"));
    if (diagram && row) highlight(row);
  });

  // --- links into the page, and print
  const reveal = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    const hidden = byId.get(id)?.section ?? sections.find((one) => one.querySelector("h3").id === id);
    if (hidden && !document.getElementById(id)) {
      form.reset();
      form.querySelectorAll("[type=checkbox]").forEach((box) => { box.checked = true; });
      apply();
    }
    const target = document.getElementById(id);
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    if (target?.tagName === "DETAILS") target.firstElementChild.focus({ preventScroll: true });
    if (target) shownAt(target);
  };
  addEventListener("hashchange", reveal);
  let closed = [];
  addEventListener("beforeprint", () => {
    printing = true;
    closed = [...document.querySelectorAll(":is(.table, .group:has([data-s=fail]) > .control, [data-s=fail] > details):not([open])")];
    closed.forEach((one) => {
      one.open = true;
      one.classList.add("paper");
    });
  });
  addEventListener("afterprint", () => {
    closed.forEach((one) => {
      one.open = false;
      one.classList.remove("paper");
    });
    setTimeout(() => { printing = false; });
  });

  form.hidden = false;
  apply();
  if (location.hash) reveal();
})();
