// The front: a figure whose points, a list and a table whose names show a member.

const front = run.front, members = front.rows.map((row) => row[0]);
const at = new Map(front.columns.map((column, i) => [column.key, i + 1]));
const values = (key) => front.rows.map((row) => row[at.get(key)]);
let chosen = -1;

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

function scale(axis) {
  if (axis.kind === "share") return { tickformat: ".3~%" };
  const known = values(axis.key).filter((v) => v !== null);
  const wide = known.every((v) => v > 0) && Math.max(...known) > 20 * Math.min(...known);
  return wide ? { type: "log", dtick: 1 } : {};
}

function room(axis) {  // what is shown at first: the front, not the worst of the dominated
  const known = values(axis.key).filter((v) => v !== null);
  const low = Math.min(...known), high = Math.max(...known), margin = 0.07 * (high - low) || 0.05;
  return [low - margin, high + margin];
}

function drawFront() {
  const across = front.across[$("axis").value], up = front.up;
  const x = values(across.key), y = values(up.key), kept = edge(across, up);
  const hover = members.map((name, i) => "<b>" + label(name) + "</b><br>" +
    label(up.title) + " " + amount(y[i], up.kind) + "<br>" + label(across.title) + " " + amount(x[i], across.kind));
  const data = [];
  if (front.others[across.key])
    data.push({ type: "scatter", mode: "markers", x: front.others[across.key], y: front.others[up.key],
      name: "dominated", hoverinfo: "skip", marker: { color: "#a5a5a5", size: 4, opacity: .6 } });
  if (kept.length > 1)
    data.push({ type: "scatter", mode: "lines", x: kept.map((i) => x[i]), y: kept.map((i) => y[i]),
      name: "best of these two", hoverinfo: "skip",
      line: { color: "#555", width: 1, shape: across.better < 0 ? "hv" : "vh" } });
  data.push({ type: "scatter", mode: "markers", x, y, text: hover, name: "front",
    hovertemplate: "%{text}<extra></extra>",
    marker: { color: BLUE, size: 10, line: { color: "#fff", width: 1 } } });
  if (chosen >= 0)
    data.push({ type: "scatter", mode: "markers", x: [x[chosen]], y: [y[chosen]], name: "shown beside",
      hoverinfo: "skip", marker: { color: "rgba(0,0,0,0)", size: 18, line: { color: VERMILION, width: 3 } } });
  const layout = { xaxis: { title: { text: label(across.title) }, ...scale(across) },
    yaxis: { title: { text: label(up.title) }, range: room(up), ...(up.kind === "share" ? { tickformat: ".3~%" } : {}) } };
  plot($("front-plot"), data, layout, "The front: " + up.title + " against " + across.title +
    "; the same members are in the list above and in the table below.");
  return data.findIndex((trace) => trace.name === "front");
}

function showFront() {
  if (!members.length) {
    body("front").replaceChildren(make("p", "The front is empty: nobody has grown up without failing yet."));
    return;
  }
  const thinned = front.others_drawn < front.others_in_all ? " (" + front.others_drawn.toLocaleString("en-US") + " of them drawn)" : "";
  $("front-note").textContent = members.length + " that no other beats in all objectives, among " +
    (front.others_in_all + members.length).toLocaleString("en-US") + " trained to the end" + thinned +
    ". Click a point, or choose a member, to see what it is. Double-click the figure to see all points.";
  front.across.forEach((axis, i) => make("option", axis.title, $("axis"), { value: i }));
  members.forEach((name, i) => make("option", name + ", " + amount(values(front.up.key)[i], front.up.kind), $("member"), { value: i }));
  frontTable();
  $("axis").addEventListener("change", drawFront);
  $("member").addEventListener("change", () => choose(Number($("member").value)));
  choose(0);
  $("front-plot").on("plotly_click", (event) => {
    const point = event.points.find((one) => one.data.name === "front");
    if (point) choose(point.pointNumber);
  });
}

function frontTable() {
  const rows = front.rows.map((row, i) => {
    const name = make("button", row[0], null, { class: "link", type: "button" });
    name.addEventListener("click", () => { choose(i); $("panel").focus(); $("panel").scrollIntoView({ block: "nearest" }); });
    return [name, ...row.slice(1).map((value, k) => amount(value, front.columns[k].kind))];
  });
  table([["genome", "text"], ...front.columns.map((column) => [column.title, ""])], rows,
    $("front-rows").querySelector(".scroll"), "Members of the front, the best first");
}

function choose(number) {
  chosen = number;
  $("member").value = String(number);
  document.querySelectorAll("#front-rows tbody tr").forEach((row, i) =>
    i === number ? row.setAttribute("aria-current", "true") : row.removeAttribute("aria-current"));
  showPanel(number);
  drawFront();
}
