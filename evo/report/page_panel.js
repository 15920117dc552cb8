// One member of the front, in all that is known of it.

let inPanel = null;  // what the panel was drawn from: it is left alone while that is the same

function showPanel(number) {
  const panel = $("panel"), name = members[number], member = run.networks[name];
  const source = JSON.stringify([front.columns, front.rows[number], front.exported[number], member]);
  if (source === inPanel) return;
  inPanel = source;
  panel.querySelectorAll(".js-plotly-plot").forEach(Plotly.purge);
  panel.replaceChildren();
  make("h3", name, panel);
  panel.dataset.genome = name;
  const known = front.columns.filter((column, k) => front.rows[number][k + 1] !== null)
    .map((column) => [column.title, amount(front.rows[number][at.get(column.key)], column.kind)]);
  if (front.intervals) known.splice(1, 0, ["95 % interval", interval(number)]);
  facts(front.exported[number] ? [...known, ["exported", "yes"]] : known, panel);
  if (!member) { make("p", "Nothing more is recorded of it.", panel); return; }
  if (member.command) command(member.command, panel);
  if (member.curve.epoch.length) curve(member, panel);
  if (member.drawing) { make("h3", "Layers, before any mask", panel); make("pre", member.drawing, panel, { tabindex: "0" }); }
  if (member.sites.length) widths(member, panel);
  if (member.pruning) { make("h3", "Pruning schedule", panel); make("pre", member.pruning, panel, { tabindex: "0" }); }
  spending(member, panel);
  make("h3", "Lineage", panel);
  make("pre", member.lineage, panel, { tabindex: "0" });
  const parents = member.parents.map((parent) => members.indexOf(parent)).filter((i) => i >= 0);
  if (parents.length) {
    const line = make("p", "On the front too: ", panel);
    for (const i of parents)
      make("button", members[i], line, { class: "link", type: "button" }).addEventListener("click", () => choose(i));
  }
  const genes = make("details", null, panel);
  make("summary", "The other genes", genes);
  make("pre", member.genes, genes, { tabindex: "0" });
}

// The member that is shown has left the front while it was shown.
function farewell() {
  if (inPanel === null) return;
  inPanel = null;
  const note = make("p", "No longer on the front: others beat it by now. What is below is as it was.", null, { class: "left" });
  $("panel").prepend(note);
}

function command(text, panel) {
  make("h3", "Export it as plain PyTorch", panel);
  const box = make("div", null, panel, { class: "command" });
  const line = make("pre", text, box);
  const button = make("button", "Copy", box, { type: "button" });
  button.addEventListener("click", () => {
    const range = document.createRange();  // where the clipboard is closed, it is selected
    range.selectNodeContents(line);
    window.getSelection().removeAllRanges();
    window.getSelection().addRange(range);
    const copied = navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject();
    copied.then(() => { button.textContent = "Copied"; }, () => { button.textContent = "Selected"; });
  });
}

const line = (x, y, name, colour, more) => ({ type: "scatter", mode: "lines+markers", x, y, name,
  line: { color: colour, width: 2 }, marker: { size: 4 }, ...more });

function curve(member, panel) {
  const { epoch, metric, active_ratio, sparsity } = member.curve, last = Math.max(...epoch);
  const data = [line(epoch, metric, "learning curve", BLUE)];
  for (const [number, [stage, told]] of Object.entries(member.predicted).entries()) {
    const words = stage === "candidate" ? "as a candidate" : stageWords(stage);
    const symbol = stage === "candidate" ? "diamond-open" : "diamond";
    const place = last + .5 * (1 + number) * Math.max(1, last / 12);
    data.push({ type: "scatter", mode: "markers", x: told.females.map(() => place), y: told.females,
      name: "each predictor, " + words, showlegend: false, hoverinfo: "skip",
      marker: { color: "#8c8c8c", size: 5, opacity: .5 } });
    if (told.ensemble !== null)
      data.push({ type: "scatter", mode: "markers", x: [place], y: [told.ensemble], name: "predicted, " + words,
        hovertemplate: "predicted %{y:.4f}<extra></extra>", marker: { color: VERMILION, size: 11, symbol } });
  }
  const learnt = front.learnt, share = learnt.kind === "share", spread = metric.filter((v) => v !== null);
  const shown = [...spread, ...data.filter((one) => one.hoverinfo !== "skip").flatMap((one) => one.y)];
  make("h3", "Learning curve, and its predicted end", panel);
  const ticks = last > FEW ? {} : { tickvals: epoch };  // not where the predictions stand
  const layout = { xaxis: { title: { text: "epoch" }, ...ticks }, yaxis: { title: { text: label(learnt.title) },
    ...(share ? { tickformat: ".3~%", range: [Math.min(...shown) - .04, Math.max(learnt.better > 0 ? 1 : 0, ...shown) + .02] } : {}) } };
  plot(make("div", null, panel, { class: "plot low" }), data, layout, "Learning curve: " +
    amount(spread[0], learnt.kind) + " after the first epoch, " + amount(spread[spread.length - 1], learnt.kind) + " after the last");
  const pruned = active_ratio.some((v) => v !== null && v < 1);
  if (!(pruned || Object.keys(sparsity).length)) return;
  make("h3", "Pruning as it happened", panel);
  make("p", "The active ratio counts channel masks as well; the schedule is below.", panel, { class: "note" });
  const traces = [line(epoch, active_ratio, "active ratio", INK)];
  Object.entries(sparsity).forEach(([stage, values], i) => traces.push(line(epoch,
    values.map((v) => v === null ? null : 1 - v), "on in stage " + stage, COLOURS[i % COLOURS.length], { line: { color: COLOURS[i % COLOURS.length], width: 2, dash: "dash" } })));
  plot(make("div", null, panel, { class: "plot low" }), traces, { xaxis: { title: { text: "epoch" } },
    yaxis: { title: { text: traces.length > 1 ? "share" : "active ratio" }, tickformat: ".0%", range: [0, 1.04] } }, "Active ratio and what pruning leaves on, by epoch");
}

function widths(member, panel) {
  make("h3", "Widths before and after masks", panel);
  table([["masked together", "text"], ["channels", ""], ["on at the end", ""], ["share", ""]],
    member.sites.map(([name, channels, kept]) => [name, channels, kept, amount(channels ? kept / channels : null, "share")]),
    panel, "Counted in the checkpoint");
}

function spending(member, panel) {
  const cost = member.costs, pairs = [];
  if (cost.epochs !== undefined) pairs.push(["epochs", amount(cost.epochs, "count")]);
  if (cost.training_flops) pairs.push(["training", short(cost.training_flops) + "FLOPs"]);
  if (cost.seconds !== undefined) pairs.push(["seconds", Number(cost.seconds.toPrecision(3))]);
  if (cost.peak_bytes) pairs.push(["peak memory", short(cost.peak_bytes) + "B"]);
  if (!pairs.length) return;
  make("h3", "What its training cost", panel);
  facts(pairs, panel);
}
