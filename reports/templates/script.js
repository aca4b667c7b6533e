// What a page can do beyond being read: say what is under the pointer in a
// chart, and show only what a reader looks for. Without it nothing is missing.
// Every word comes from the page's own tables and is handled as text, so that
// nothing that a system under test said can become an element or run.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const attributes = (el, values) => Object.entries(values).forEach(([key, value]) => el.setAttribute(key, value));
  const make = (tag, name, ...content) => {
    const el = Object.assign(document.createElement(tag), { className: name });
    el.append(...content);
    return el;
  };
  const hint = "Point at the chart, or move along it with the arrow keys.";

  // explore makes a chart a slider over its n items. nearest is the item at a
  // place (0 to 1 from the left and from the top), tell puts one into words, mark
  // shows in the chart which one is meant (-1: none); first is where keys begin.
  const explore = (plot, name, n, first, nearest, tell, mark) => {
    const said = make("p", "readout", hint);
    const within = (v) => Math.min(Math.max(v, 0), 1);
    let at = -1;
    const set = (i) => {
      at = i;
      said.replaceChildren(...(at === -1 ? [hint] : tell(at)));
      attributes(plot, { "aria-valuenow": Math.max(at, 0), "aria-valuetext": said.textContent });
      mark(at);
    };
    attributes(plot, { role: "slider", tabindex: 0, "aria-labelledby": name, "aria-valuemin": 0, "aria-valuemax": n - 1 });
    plot.classList.add("explored");
    plot.after(said);
    set(-1);
    const point = (e) => {
      const box = plot.querySelector("svg").getBoundingClientRect();
      set(nearest(within((e.clientX - box.left) / box.width), within((e.clientY - box.top) / box.height), box));
    };
    plot.addEventListener("pointermove", point);
    plot.addEventListener("pointerdown", point);
    plot.addEventListener("pointerleave", (e) => e.pointerType === "mouse" && document.activeElement !== plot && set(-1));
    plot.addEventListener("blur", () => set(-1));
    plot.addEventListener("focus", () => at === -1 && set(first));
    plot.addEventListener("keydown", (e) => {
      const to = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, PageDown: at - 10, PageUp: at + 10, Home: 0, End: n - 1 }[e.key];
      if (e.key === "Escape") set(-1);
      if (to === undefined || e.ctrlKey || e.altKey || e.metaKey) return;
      e.preventDefault();
      set(Math.min(Math.max(to, 0), n - 1));
    });
  };

  // A timeline's items are its bins; the table behind it has those with counts.
  for (const figure of all("figure[data-bins]")) {
    const bins = Number(figure.dataset.bins);
    const [rows, bands, names] = [all("tbody tr", figure), all("rect.band", figure), all(".legend .cause", figure)];
    if (rows.length + bands.length === 0) continue;
    const here = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    attributes(here, { class: "here", width: 100 / bins + "%", height: "100%" });
    figure.querySelector("svg").append(here);
    const spanOf = (row) => row.cells[0].textContent.split(" to ");
    const tell = (bin) => {
      const row = rows.find((r) => Number(r.dataset.bin) === bin);
      const before = rows.findLast((r) => bin > Number(r.dataset.bin));
      const after = rows.find((r) => Number(r.dataset.bin) > bin);
      const [from, to] = row ? spanOf(row) : [before ? spanOf(before)[1] : figure.dataset.from, after ? spanOf(after)[0] : figure.dataset.to];
      const [start, end] = row ? [bin, bin + 1] : [before ? Number(before.dataset.bin) + 1 : 0, after ? Number(after.dataset.bin) : bins];
      const counts = row ? names.map((n, i) => [n, row.cells[i + 1].textContent]).filter((c) => c[1] !== "0") : [];
      const active = bands.filter((b) => {
        const [left, width] = ["x", "width"].map((k) => (parseFloat(b.getAttribute(k)) / 100) * bins);
        return end > left && left + width > start;
      });
      const faults = [...new Set(active.map((b) => b.dataset.fault))];
      return [
        make("b", "", from + " to " + to + ":"),
        ...(counts.length ? counts.flatMap(([n, c], i) => [i ? ", " : " ", n.cloneNode(true), " " + c]) : [" none"]),
        ...(faults.length ? ["; ", make("span", "during", "faults meanwhile: " + faults.join(", "))] : []),
      ];
    };
    const mark = (bin) => attributes(here, { x: (100 * bin) / bins + "%", visibility: bin === -1 ? "hidden" : "visible" });
    explore(figure.querySelector(".plot"), figure.getAttribute("aria-labelledby"), bins, Number(rows[0]?.dataset.bin || 0), (x) => Math.min(Math.floor(x * bins), bins - 1), tell, mark);
  }

  // A score's point is a row of the table beside the chart.
  for (const plot of all(".scatter .plot")) {
    const points = all(".point", plot);
    const table = document.querySelector("table.sides");
    const heads = all("thead th", table).map((th) => th.textContent);
    const place = (p) => [Number(p.style.getPropertyValue("--x")) / 100, 1 - Number(p.style.getPropertyValue("--y")) / 100];
    const nearest = (x, y, box) => {
      const far = points.map((p) => Math.hypot((place(p)[0] - x) * box.width, (place(p)[1] - y) * box.height));
      return far.indexOf(Math.min(...far));
    };
    const tell = (i) => points[i].dataset.rows.split(" ").map((row) => {
      const [name, ...figures] = [...table.tBodies[0].rows[row].cells].map((c) => c.textContent.trim());
      return make("span", "", make("b", "", name + ":"), " " + figures.map((f, k) => heads[k + 1] + " " + f).join("; ") + ". ");
    });
    explore(plot, plot.closest("figure").getAttribute("aria-labelledby"), points.length, 0, nearest, tell, (i) => points.forEach((p, k) => p.classList.toggle("here", k === i)));
  }

  // What the filters hide, by what is asked for. Each gives the words for what is left.
  const has = (text, wanted) => (wanted || "").toLowerCase().split(/\s+/).every((word) => text.toLowerCase().includes(word));
  const countOf = (list, hidden) => list.filter((x) => !hidden(x)).length + " of " + list.length;
  const filters = {
    variants: (ask) => {
      const rows = all(".overview tbody tr:not(.first)");
      const outcomes = ask.getAll("outcome");
      for (const row of rows) {
        const outcome = row.querySelector(".outcome .chip").classList;
        const fits = has(row.parentNode.rows[0].textContent + " " + row.textContent, ask.get("text")) && (!outcomes.length || outcomes.some((o) => outcome.contains(o)));
        row.hidden = document.getElementById(row.querySelector("a").getAttribute("href").slice(1)).hidden = !fits;
      }
      for (const group of all(".overview tbody")) group.hidden = !group.querySelector("tr:not(.first, [hidden])");
      for (const group of all("details.scenario")) group.hidden = !group.querySelector(".variant:not([hidden])");
      return countOf(rows, (row) => row.hidden) + " variants shown";
    },
    cells: (ask) => {
      const grid = document.querySelector(".faultgrid");
      const [faults, tables, harm] = [[...grid.tBodies[0].rows], all("table.cells"), ask.has("harm")];
      const designs = tables.map((table) => table.closest("details"));
      const harmed = (td) => /\bh[1-5]\b/.test(td.className);
      for (const d of designs) d.hidden = !has(d.querySelector("summary").textContent, ask.get("architecture"));
      for (const f of faults) f.hidden = !has(f.cells[0].textContent, ask.get("fault")) || (harm && !designs.some((d, i) => !d.hidden && harmed(f.cells[i + 1])));
      designs.forEach((d, i) => {
        d.hidden ||= harm && !faults.some((f) => !f.hidden && harmed(f.cells[i + 1]));
        faults.forEach((f, k) => (tables[i].tBodies[0].rows[k].hidden = f.hidden));
        for (const row of grid.rows) row.cells[i + 1].hidden = d.hidden;
      });
      for (const td of all("td", grid)) td.classList.toggle("off", harm && !harmed(td));
      return countOf(faults, (f) => f.hidden) + " faults, " + countOf(designs, (d) => d.hidden) + " architectures shown";
    },
  };

  // What is asked for is kept in the page's address, so that it can be passed on.
  const asked = new URLSearchParams(location.hash.startsWith("#?") ? location.hash.slice(2) : "");
  const askedIn = (root) => new URLSearchParams(all("input", root).filter((i) => (i.type === "checkbox" ? i.checked : i.value.trim())).map((i) => [i.name, i.value.trim()]));
  const keep = () => history.replaceState(null, "", askedIn(document).size ? "#?" + askedIn(document) : location.pathname + location.search);
  const answer = (bar) => {
    const on = askedIn(bar).size > 0;
    const left = filters[bar.dataset.filter](askedIn(bar));
    bar.classList.toggle("on", on);
    bar.querySelector(".shown").textContent = on ? left : "";
  };
  const fill = (bar, from) => {
    for (const i of all("input", bar)) i.type === "checkbox" ? (i.checked = from.getAll(i.name).includes(i.value)) : (i.value = from.get(i.name) || "");
    answer(bar);
  };
  const clear = (bar) => fill(bar, new URLSearchParams());
  const bars = all(".filter");
  for (const bar of bars) {
    bar.addEventListener("input", () => answer(bar));
    bar.addEventListener("change", keep);
    bar.addEventListener("keydown", (e) => e.key === "Escape" && (clear(bar), keep()));
    bar.querySelector("button").addEventListener("click", () => (clear(bar), keep(), bar.querySelector("input").focus()));
    bar.hidden = false;
    if (asked.size) fill(bar, asked);
  }

  // A link opens what it leads to, and shows it again if a filter hides it.
  const reveal = (id) => {
    const target = document.getElementById(id || "");
    if (target?.closest("[hidden]")) bars.forEach(clear);
    for (let el = target; el; el = el.parentElement) if (el.tagName === "DETAILS") el.open = true;
    return target;
  };
  document.addEventListener("click", (e) => reveal(e.target.closest("a[href^='#']")?.getAttribute("href").slice(1)));
  reveal(location.hash.slice(1))?.scrollIntoView();
})();
