// What all parts of the page are made of. Data reach the page as text (textContent) or as plotly's
// data, never as markup; additions to the page's scripts use `make`.
let run;  // what is shown; see `show`
const $ = (id) => document.getElementById(id);
const body = (id) => $(id).querySelector(".body");
const INK = "#1b1b1b", BLUE = "#0072B2", VERMILION = "#D55E00";
const COLOURS = [BLUE, VERMILION, "#009E73", "#8F5A8A", "#333333", "#946200", "#1F7FA8", "#A03232"];
const MANY = 4;  // lines whose names a narrow window has no room for above the figure
const COUNTED = ["generation", "epoch"], FEW = 12;  // what has no halves: up to so many have a tick each
const narrow = window.matchMedia("(max-width: 860px)");
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const PAINTED = ["line", "marker", "fillcolor", "error_y"];  // what of a trace has colours
const MATHML = "http://www.w3.org/1998/Math/MathML";
const ELEMENTS = ["mrow", "mfrac", "msqrt", "mi", "mn", "mo"];

// -- elements and texts ------------------------------------------------------------------------

function make(tag, text, parent, attributes) {
  const element = document.createElement(tag);
  if (text !== null && text !== undefined) element.textContent = String(text);
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  if (parent) parent.appendChild(element);
  return element;
}

// Plotly reads a little HTML in labels.
const label = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

function amount(value, kind) {
  if (value === null || value === undefined) return "–";
  if (typeof value !== "number") return String(value);
  if (kind === "share") return (100 * value).toFixed(2) + " %";
  if (kind === "count") return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(6)));
}

function short(value) {
  for (const [size, unit] of [[1e15, "P"], [1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]])
    if (Math.abs(value) >= size) return Number((value / size).toPrecision(3)) + " " + unit;
  return String(Number(value.toPrecision(3))) + " ";
}

function facts(pairs, parent) {
  const list = make("dl", null, parent);
  for (const [name, text] of pairs) { make("dt", name, list); make("dd", text, list); }
  return list;
}

// `columns`: pairs of heading and class (text, long, or none for numbers); cells are texts or
// elements.
function table(columns, rows, parent, caption) {
  const element = make("table", null, make("div", null, parent, { class: "scroll", tabindex: "0",
    role: "group", "aria-label": caption }));
  make("caption", caption, element);
  const head = make("tr", null, make("thead", null, element));
  for (const [heading, kind] of columns)
    make("th", heading, head, { scope: "col", class: kind ? "text" : "" });
  const inside = make("tbody", null, element);
  for (const cells of rows) {
    const row = make("tr", null, inside);
    cells.forEach((cell, i) => {
      const place = make("td", null, row, { class: columns[i][1] === "long" ? "text long" : columns[i][1] });
      if (cell instanceof Node) place.appendChild(cell); else place.textContent = String(cell);
    });
  }
  return element;
}

// -- plots -------------------------------------------------------------------------------------

// Colours as they are on the ground that is preferred: `evo/report/colours.py` has the table.
function tint(value) {
  const style = getComputedStyle(document.documentElement);
  const colour = (found) => style.getPropertyValue("--x" + found.slice(1).toLowerCase()).trim() || found;
  return JSON.parse(JSON.stringify(value).replace(/#[0-9a-f]{6}/gi, colour));
}

function painted(trace) {
  const own = PAINTED.filter((name) => trace[name] !== undefined);
  return { ...trace, ...Object.fromEntries(own.map((name) => [name, tint(trace[name])])) };
}

function look(layout, legend, below) {
  const small = narrow.matches;
  const axis = (own) => ({ gridcolor: tint("#e4e4e4"), zerolinecolor: tint("#b5b5b5"), linecolor: tint("#767676"),
    automargin: true, ...own,
    title: { standoff: 10, ...own.title } });
  return { ...layout, xaxis: axis(layout.xaxis), yaxis: axis(layout.yaxis),
    font: { family: "system-ui, Arial, sans-serif", size: small ? 12 : 13, color: tint(INK) },
    margin: { l: 52, r: 12, t: 10, b: 44 }, paper_bgcolor: tint("#ffffff"), plot_bgcolor: tint("#ffffff"),
    hovermode: "closest", dragmode: small ? false : "zoom", showlegend: legend,
    legend: { orientation: "h", x: 0, font: { size: small ? 11 : 12 },
      ...(below ? { y: -.22, yanchor: "top" } : { y: 1.02, yanchor: "bottom" }) } };
}

// What was zoomed stays so when new data come, as long as `uirevision` is the same.
function plot(place, data, layout, description) {
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", description);
  const named = data.filter((trace) => trace.showlegend !== false).length;
  const legend = layout.showlegend !== false && named > 1, below = narrow.matches && named > MANY;
  place.classList.toggle("many", below);
  const all = data.flatMap((trace) => trace.x || []);
  if (COUNTED.includes(layout.xaxis.title.text) && Math.max(...all) <= FEW) layout = { ...layout, xaxis: { dtick: 1, ...layout.xaxis } };
  return Plotly.react(place, data.map(painted), { uirevision: "same", ...look(layout, legend, below) }, { displayModeBar: false, responsive: true });
}

const plots = new Map();  // places of figures by section and title: they outlive what is around them

function figurePlace(title, parent) {
  const key = parent.closest("section").id + " " + title;
  if (!plots.has(key)) plots.set(key, make("div", null, null, { class: "plot" }));
  return plots.get(key);
}

function figures(list, parent) {
  const pair = make("div", null, parent, { class: "pair" });
  const places = list.map((one) => {
    const box = make("div", null, pair);
    make("h3", one.title, box);
    if (one.note) make("p", one.note, box, { class: "note" });
    return box.appendChild(figurePlace(one.title, parent));
  });
  // Only now is it known how wide each is.
  list.forEach((one, i) => plot(places[i], one.data, one.layout, one.title));
}
