// rules lists what in the open page breaks rules that axe-core calls serious or
// critical (https://github.com/dequelabs/axe-core/blob/develop/doc/rule-descriptions.md),
// each under its name there, and what overflows the window. It is written from
// those descriptions and WCAG 2.2; axe-core itself is not used.
(() => {
  const broken = [];
  const where = (el) => el.tagName.toLowerCase() + (el.id ? "#" + el.id : "") + (el.getAttribute("class") ? "." + el.getAttribute("class") : "") + " " + JSON.stringify((el.textContent || "").trim().slice(0, 40));
  const breaks = (rule, el, why) => broken.push(rule + ": " + where(el) + (why ? ": " + why : ""));
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const shown = (el) => el.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && el.getClientRects().length > 0;
  const hidden = (el) => el.closest("[aria-hidden=true]") !== null;
  const name = (el) => {
    const by = (el.getAttribute("aria-labelledby") || "").split(/\s+/).filter(Boolean).map((id) => document.getElementById(id)?.textContent || "").join(" ");
    return (by || el.getAttribute("aria-label") || el.querySelector(":scope > title")?.textContent || el.getAttribute("title") || el.textContent || "").trim();
  };

  // The page as a whole.
  if (!document.title.trim()) breaks("document-title", document.documentElement);
  if (!document.documentElement.lang) breaks("html-has-lang", document.documentElement);
  const viewport = document.querySelector("meta[name=viewport]")?.content || "";
  if (/user-scalable\s*=\s*no|maximum-scale\s*=\s*[0-4](\D|$)/.test(viewport)) breaks("meta-viewport", document.documentElement, viewport);
  if (all("main, [role=main]").length !== 1) breaks("landmark-one-main", document.body);
  if (all("h1").filter(shown).length !== 1) breaks("page-has-heading-one", document.body);
  let level = 0;
  for (const h of all("h1, h2, h3, h4, h5, h6").filter((h) => !hidden(h))) {
    const next = Number(h.tagName[1]);
    if (next > level + 1) breaks("heading-order", h, "after h" + level);
    level = next;
  }
  const skip = document.querySelector("a[href^='#']");
  if (!skip || !document.getElementById(skip.getAttribute("href").slice(1))) breaks("bypass", document.body);

  // Names, identities and structure.
  const ids = new Set();
  for (const el of all("[id]")) {
    if (ids.has(el.id)) breaks("duplicate-id-aria", el);
    ids.add(el.id);
  }
  for (const attr of ["aria-labelledby", "aria-describedby", "aria-controls"])
    for (const el of all("[" + attr + "]"))
      for (const id of el.getAttribute(attr).split(/\s+/)) if (!ids.has(id)) breaks("aria-valid-attr-value", el, attr + "=" + id);
  for (const el of all("a[href]")) if (!name(el)) breaks("link-name", el);
  for (const el of all("a[href^='#']")) if (!ids.has(decodeURIComponent(el.getAttribute("href").slice(1)))) breaks("skip-link", el, el.getAttribute("href"));
  for (const el of all("button, summary, [role=button]")) if (!name(el)) breaks("button-name", el);
  for (const el of all("input:not([type=hidden]), select, textarea")) if (!el.labels?.length && !name(el)) breaks("label", el);
  for (const el of all("svg, img")) if (!hidden(el) && !name(el)) breaks("svg-img-alt", el);
  for (const el of all("svg:not([aria-hidden=true])")) if (!hidden(el) && el.getAttribute("role") !== "img") breaks("svg-img-alt", el, "role=" + el.getAttribute("role"));
  for (const el of all("[tabindex]")) if (el.tabIndex > 0) breaks("tabindex", el);
  for (const el of all("ul, ol")) for (const c of el.children) if (c.tagName !== "LI") breaks("list", c);
  for (const el of all("li")) if (!["UL", "OL", "MENU"].includes(el.parentElement.tagName)) breaks("listitem", el);
  for (const el of all("dl")) for (const c of el.children) if (!["DT", "DD", "DIV"].includes(c.tagName)) breaks("definition-list", c);
  for (const el of all("a, button, summary, [role=button]")) if (el.querySelector("a, button, input, [tabindex]")) breaks("nested-interactive", el);
  for (const table of all("table")) {
    if (!all("th", table).some((th) => th.scope)) breaks("td-has-header", table);
    for (const th of all("th", table)) if (!name(th)) breaks("empty-table-header", th);
    if (!name(table) || !(table.caption || table.hasAttribute("aria-label") || table.hasAttribute("aria-labelledby"))) breaks("table-name", table);
  }

  // What can be seen, with all details open.
  const luminance = ([r, g, b]) => {
    const f = (v) => ((v /= 255), v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
  };
  const contrast = (a, b) => {
    const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const rgba = (colour) => {
    if (!known.has(colour)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      known.set(colour, [r, g, b, a / 255]);
    }
    return known.get(colour);
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const behind = (el) => {
    const layers = [];
    for (let e = el; e; e = e.parentElement) {
      const c = rgba(getComputedStyle(e).backgroundColor);
      if (c[3] > 0) layers.unshift(c);
      if (c[3] === 1) break;
    }
    return layers.reduce((under, top) => over(top, under), [255, 255, 255, 1]);
  };
  const ink = (el) => rgba(getComputedStyle(el)[el instanceof SVGElement ? "fill" : "color"]);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const landmarks = "main, header, footer, nav, aside, [role=region], .skip, [role=main], [role=banner], [role=contentinfo]";
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const el = node.parentElement;
    if (!node.data.trim() || !shown(el) || ["STYLE", "SCRIPT"].includes(el.tagName)) continue;
    if (!el.closest(landmarks)) breaks("region", el);
    if (hidden(el)) continue;
    const style = getComputedStyle(el);
    const px = parseFloat(style.fontSize);
    const large = px >= 24 || (px >= 18.66 && Number(style.fontWeight) >= 700);
    const under = behind(el);
    const ratio = contrast(over(ink(el), under), under);
    if (ratio < (large ? 3 : 4.5)) breaks("color-contrast", el, ratio.toFixed(2));
  }
  for (const a of all("a[href]").filter(shown)) {
    const block = a.parentElement;
    const beside = [...block.childNodes].some((n) => n !== a && n.nodeType === Node.TEXT_NODE && /\p{L}{2}/u.test(n.data));
    if (!beside || getComputedStyle(a).textDecorationLine.includes("underline")) continue;
    const ratio = contrast(ink(a), ink(block));
    if (ratio < 3) breaks("link-in-text-block", a, ratio.toFixed(2));
  }
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) breaks("overflow", document.documentElement, document.documentElement.scrollWidth + " of " + width + " px");
  for (const el of all("body *").filter(shown)) {
    const style = getComputedStyle(el);
    const scrolls = /auto|scroll/.test(style.overflowX) && el.scrollWidth > el.clientWidth + 1;
    if (scrolls && el.tabIndex < 0 && !el.querySelector("a, button, summary, [tabindex]")) breaks("scrollable-region-focusable", el);
    if (el.closest("svg, .skip, .vh, .scroll, pre")) continue;
    if (el.getBoundingClientRect().right > width + 1) breaks("overflow", el, Math.round(el.getBoundingClientRect().right) + " of " + width + " px");
  }
  return JSON.stringify(broken);
})()
