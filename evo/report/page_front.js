// The front: a figure whose points, a list and a table whose names show a member.

let front, members, at;  // the front, its names, and where a column lies in its rows
const values = (key) => front.rows.map((row) => row[at.get(key)]);
let chosen = -1;  // the member whose panel is shown; -1 if that has left the front
let picked = null;  // its name, null until the user chooses: then it is the best
let axis = null;  // what the front is drawn against, by key

function better(axis, a, b) { return axis.better * (a - b) > 0; }

// The members that no other beats in both axes, from the best across to the best up.
function edge(across, up) {
  if (!across.better) return [];
  const x = values(across.key), y = values(up.key);
  const order = members.map((_, i) => i).sort((a, b) =>
    across.better * (x[b] - x[a]) || up.better * (y[b] - y[a]));
  const kept = [];
  for (const i of order)
    if (!kept.length || better(up, y[i], y[kept[kept.length - 1]])) kept.push(i);
  return kept;
}

// The 95 % interval of a member, in words; null where the record does not tell it.
function interval(i) {
  return front.intervals && front.intervals[i].map((end) => amount(end, front.up.kind)).join(" to ");
}

// Bars from end to end of the intervals, for plotly.
function bars(y) {
  if (!front.intervals) return {};
  const ends = front.intervals;
  return { error_y: { type: "data", symmetric: false, array: ends.map((end, i) => end[1] - y[i]),
    arrayminus: ends.map((end, i) => y[i] - end[0]), color: "#9ecae1", thickness: 3, width: 0 } };
}

// White centres on members without a lead over smaller ones beyond chance: they look hollow.
function centres(x, y) {
  const found = front.leads ? members.map((_, i) => i).filter((i) => !front.leads[i]) : [];
  return found.length ? [{ type: "scatter", mode: "markers", x: found.map((i) => x[i]), y: found.map((i) => y[i]),
    name: "no lead beyond chance", hoverinfo: "skip", marker: { color: "#ffffff", size: 7, line: { color: BLUE, width: 2 } } }] : [];
}

function scale(axis) {
  if (axis.kind === "share") return { tickformat: ".3~%" };
  const known = values(axis.key).filter((v) => v !== null);
  const wide = known.every((v) => v > 0) && Math.max(...known) > 20 * Math.min(...known);
  return wide ? { type: "log", dtick: 1 } : {};
}

// What is shown at first: the front, what was exported and the baseline, not the worst of the dominated
// nor what is far worse than most of the front.
function room(axis) {
  const without = !front.baseline ? null : axis.key === front.up.key ? front.baseline.up : axis.parameters ? front.baseline.parameters : null;
  const far = (v) => typeof axis.worst === "number" && better(axis, axis.worst, v);
  const ends = axis.key === front.up.key && front.intervals ? front.intervals.flat() : [];
  const found = [...values(axis.key), ...ends, ...(front.exported_others[axis.key] || []), without].filter((v) => v !== null && !far(v));
  const known = scale(axis).type === "log" ? found.map(Math.log10) : found;  // as plotly gives ranges
  const low = Math.min(...known), high = Math.max(...known), margin = 0.07 * (high - low) || 0.05 * Math.abs(high) || 0.05;
  return [low - margin, high + margin];
}

// Rings around the networks that were exported, in two traces: what is dominated tells its name
// itself, a member by its own point.
function rings(across, up, x, y) {
  const out = members.map((_, i) => i).filter((i) => front.exported[i]), others = front.exported_others;
  const ring = (x, y, more) => ({ type: "scatter", mode: "markers", x, y, name: "exported", legendgroup: "exported",
    marker: { color: "rgba(0,0,0,0)", size: 14, line: { color: INK, width: 2 } }, ...more });
  const found = out.length ? [ring(out.map((i) => x[i]), out.map((i) => y[i]), { hoverinfo: "skip" })] : [];
  if (others.genome.length && others[across.key])
    found.push(ring(others[across.key], others[up.key], { showlegend: !out.length, hovertemplate: "%{text}<extra></extra>",
      text: others.genome.map((name, i) => tip(name, across, up, others[across.key][i], others[up.key][i]) + "<br>exported, dominated by now") }));
  return found;
}

// What the task gives without a search: a point where parameters are drawn, else a line across.
function baseline(across, up) {
  const found = front.baseline;
  if (!found) return [];
  const point = across.parameters;
  const known = values(across.key).filter((v) => v !== null), look = { color: VERMILION, width: 1.5, dash: "dash" };
  const x = point ? [found.parameters] : [Math.min(...known), Math.max(...known)];
  return [{ type: "scatter", mode: point ? "markers" : "lines", x, y: x.map(() => found.up), name: found.name + " (no search)",
    line: look, marker: { symbol: "x", size: 10, color: VERMILION }, hovertemplate: "%{text}<extra></extra>",
    text: x.map(() => label(found.name) + "<br>" + label(up.title) + " " + amount(found.up, up.kind) + "<br>" + amount(found.parameters, "count") + " parameters") }];
}

const tip = (name, across, up, x, y) => "<b>" + label(name) + "</b><br>" +
  label(up.title) + " " + amount(y, up.kind) + "<br>" + label(across.title) + " " + amount(x, across.kind);

const doubt = (i) => !front.intervals ? "" : "<br>95 % interval " + interval(i) +
  (front.leads[i] ? "" : "<br>no lead over smaller ones beyond chance");

let shown = {};  // the axis and the ranges that the figure was drawn with

// The ranges to draw with: of the members now, but as before while the user has zoomed, since
// plotly keeps what was zoomed only as long as it is given the same ranges.
function steady(across, up) {
  const layout = $("front-plot").layout, same = shown.key === across.key && layout;
  const zoomed = same && ["xaxis", "yaxis"].some((name) => String(layout[name].range) !== String(shown[name]));
  if (!zoomed) shown = { key: across.key, xaxis: room(across), yaxis: room(up) };
  return { xaxis: { range: [...shown.xaxis] }, yaxis: { range: [...shown.yaxis] } };
}

function drawFront() {
  const across = front.across[$("axis").value], up = front.up;
  axis = across.key;
  const x = values(across.key), y = values(up.key), kept = edge(across, up);
  const hover = members.map((name, i) => tip(name, across, up, x[i], y[i]) + doubt(i) + (front.exported[i] ? "<br>exported" : ""));
  const data = [];
  if (front.others[across.key])
    data.push({ type: "scatter", mode: "markers", x: front.others[across.key], y: front.others[up.key],
      name: "dominated", hoverinfo: "skip", marker: { color: "#a5a5a5", size: 4, opacity: .6 } });
  if (kept.length > 1)
    data.push({ type: "scatter", mode: "lines", x: kept.map((i) => x[i]), y: kept.map((i) => y[i]),
      name: "best of these two", hoverinfo: "skip",
      line: { color: "#555555", width: 1, shape: across.better < 0 ? "hv" : "vh" } });
  data.push({ type: "scatter", mode: "markers", x, y, text: hover, name: "front",
    hovertemplate: "%{text}<extra></extra>",
    marker: { color: BLUE, size: 10, line: { color: "#ffffff", width: 1 } }, ...bars(y) });
  data.push(...centres(x, y), ...rings(across, up, x, y), ...baseline(across, up));
  if (chosen >= 0)
    data.push({ type: "scatter", mode: "markers", x: [x[chosen]], y: [y[chosen]], name: "shown beside",
      hoverinfo: "skip", marker: { color: "rgba(0,0,0,0)", size: 20, line: { color: VERMILION, width: 3 } } });
  const ranges = steady(across, up);
  const layout = { uirevision: across.key, xaxis: { title: { text: label(across.title) }, ...ranges.xaxis, ...scale(across) },
    yaxis: { title: { text: label(up.title) }, ...ranges.yaxis, ...(up.kind === "share" ? { tickformat: ".3~%" } : {}) } };
  plot($("front-plot"), data, layout, "The front: " + up.title + " against " + across.title +
    "; the same members are in the list above and in the table below.");
}

// Fill a list anew if its entries have changed: one that is open stays open otherwise.
function entries(list, texts, number) {
  if (JSON.stringify(texts) !== JSON.stringify([...list.options].map((option) => option.text))) {
    list.replaceChildren();
    texts.forEach((text, i) => make("option", text, list, { value: i }));
  }
  list.value = String(number);
}

function showFront() {
  for (const part of body("front").children) part.hidden = !members.length && part.id !== "front-note";
  if (!members.length) {
    $("front-note").textContent = "The front is empty: no network has been fully trained without failing yet.";
    return;
  }
  const thinned = front.others_drawn < front.others_in_all ? " (" + front.others_drawn.toLocaleString("en-US") + " of them drawn)" : "";
  $("front-note").textContent = members.length + (members.length === 1 ? " network that no other dominates, among " : " networks that no other dominates, among ") +
    (front.others_in_all + members.length).toLocaleString("en-US") + " fully trained" + thinned +
    ". Click a point, or choose a member, to see what it is. Double-click the figure to see all points." +
    (front.intervals ? " Bars are 95 % intervals on validation data. A hollow point has no lead over smaller ones beyond chance." : "");
  const number = picked === null ? 0 : members.indexOf(picked), heights = values(front.up.key);
  entries($("axis"), front.across.map((one) => one.title), Math.max(0, front.across.findIndex((one) => one.key === axis)));
  entries($("member"), members.map((name, i) => name + ", " + amount(heights[i], front.up.kind) + (front.exported[i] ? ", exported" : "")), number);
  frontTable();
  givenTable();
  present(number);
  listen();
}

function listen() {
  if ($("front-plot").dataset.heard) return;
  $("front-plot").dataset.heard = "yes";
  $("axis").addEventListener("change", drawFront);
  $("member").addEventListener("change", () => choose(Number($("member").value)));
  $("front-plot").on("plotly_click", (event) => {
    const point = event.points.find((one) => one.data.name === "front");
    if (point) choose(point.pointNumber);
  });
}

function frontTable() {
  $("front-rows").querySelector(".scroll").replaceChildren();
  const some = front.exported.includes(true);
  const rows = front.rows.map((row, i) => {
    const name = make("button", row[0], null, { class: "link", type: "button" });
    name.addEventListener("click", () => { choose(i); $("panel").focus(); $("panel").scrollIntoView({ block: "nearest" }); });
    const exported = some ? [front.exported[i] ? "yes" : ""] : [];
    const sure = front.intervals ? [interval(i), front.leads[i] ? "" : "not beyond chance"] : [];
    return [name, ...exported, ...sure, ...row.slice(1).map((value, k) => amount(value, front.columns[k].kind))];
  });
  table([["genome", "text"], ...(some ? [["exported", "text"]] : []), ...(front.intervals ? [["95 % interval", ""], ["lead", "text"]] : []), ...front.columns.map((column) => [column.title, ""])], rows,
    $("front-rows").querySelector(".scroll"), "Members of the front, the best first");
}

// What the user gave, in a line and in the first row, and what is left of it in each member.
function givenTable() {
  const place = $("front-given"), found = front.given;
  place.hidden = !found;
  place.querySelector("div").replaceChildren();
  if (!found) return;
  const [name, ...given] = found.rows[0], said = given.map((value, k) => found.columns[k][0] + " " + amount(value, found.columns[k][1]));
  place.querySelector("summary").textContent = name[0].toUpperCase() + name.slice(1) + ": " +
    said.filter((_, k) => given[k] !== null).join(", ");
  table([["network", "text"], ...found.columns.map(([title]) => [title, ""])],
    found.rows.map(([title, ...cells]) => [title, ...cells.map((value, k) => amount(value, found.columns[k][1]))]),
    place.querySelector("div"), "The given network and the front; sizes are those of exports, bytes those of float32 weights");
}

function choose(number) {
  picked = members[number];
  present(number);
}

function present(number) {
  chosen = number;
  $("member").value = String(number);  // none, if there is no such number
  document.querySelectorAll("#front-rows tbody tr").forEach((row, i) =>
    i === number ? row.setAttribute("aria-current", "true") : row.removeAttribute("aria-current"));
  if (number < 0) farewell(); else showPanel(number);
  drawFront();
}
