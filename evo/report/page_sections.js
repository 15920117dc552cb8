// The predictors and the other sections, and how the whole page is drawn, from the top down.

function mathematics(node) {
  const [tag, ...children] = node;
  const element = document.createElementNS(MATHML, ELEMENTS.includes(tag) ? tag : "mi");
  for (const child of children)
    if (Array.isArray(child)) element.appendChild(mathematics(child)); else element.textContent = String(child);
  return element;
}

const plain = (value) => String(Number(value.toPrecision(3)));
const tau = (value) => value === undefined || value === null ? "–" : (value < 0 ? "" : "+") + value.toFixed(2);

// What people call a decision about partly trained networks: juvenile, juvenile-2 and so on.
const stageWords = (stage) => stage.replace("juvenile", "partly trained").replace("-", " ");

function showPredictors() {
  const place = body("predictors"), found = run.predictors;
  if (!found.figures.length) return drop("predictors");
  make("p", "Predictors (females) predict the results of partly trained networks and decide which are trained fully. An audit checks them: some of the rejected are fully trained all the same.", place);
  facts(found.audit, place);
  figures(found.figures, place);
  if (!found.females.length) return;
  make("h3", "The predictors alive after the last generation", place);
  const decisions = found.decisions;
  table([["genome", "text"], ["kind", "text"], ["skill", ""], ["for candidates", ""], ...decisions.map((stage) => ["for " + stageWords(stage), ""]), ["results seen", ""], ["inputs, partly trained", "long"], ["inputs, candidates", "long"]],
    found.females.map((one) => [one.genome, one.kind, tau(one.skill), tau(one.skills.candidate), ...decisions.map((stage) => tau(one.skills[stage])), one.truths,
      one.inputs.juvenile, one.inputs.candidate]), place, "Skill is Kendall's τ, the most skilled first; – while no result is known of what was predicted");
  const formulas = found.females.filter((one) => Object.keys(one.formulas).length && one.truths > 0);
  if (!formulas.length) return;
  make("h3", "Their formulas", place);
  make("p", "What the best predictors that are formulas compute. Each is scaled to the objectives by least squares, so its sign and size mean nothing.", place, { class: "note" });
  for (const one of formulas.slice(0, 5)) {
    make("p", one.genome + ", skill " + tau(one.skill), place);
    for (const [stage, formula] of Object.entries(one.formulas)) {
      const box = make("div", null, place, { class: "formula", tabindex: "0", role: "group", "aria-label": "formula of " + one.genome + ", " + stage });
      make("span", stage === "candidate" ? "for candidates " : "for partly trained ", box, { class: "note" });
      const math = document.createElementNS(MATHML, "math");
      math.appendChild(mathematics(formula));
      box.appendChild(math);
    }
  }
}

// -- the other sections ------------------------------------------------------------------------

function showRun() {
  $("state").textContent = run.state;
  const place = body("run");
  facts(run.facts, place);
  if (run.chance) make("p", "Not reproducible, another machine may not repeat this (" + run.chance + ").", place);
  if (run.alarms.length) {
    const box = make("details", null, place);
    make("summary", run.alarms_in_all + (run.alarms_in_all === 1 ? " warning or error" : " warnings and errors") + (run.alarms.length < run.alarms_in_all ? ", the latest " + run.alarms.length : ""), box);
    const list = make("ul", null, box, { class: "alarms" });
    for (const text of run.alarms) make("li", text, list);
  }
}

function showGenes() {
  const place = body("genes"), numbers = run.genes.numbers;
  if (!run.genes.rows.length && !numbers.length) return drop("genes");
  figures(run.genes.figures, place);
  if (numbers.length) showNumbers(numbers, place);
  if (!run.genes.rows.length) return;
  const rows = run.genes.rows.map(([gene, value, before, after, change]) =>
    [gene, value, (change > 0 ? "+" : "−") + Math.abs(100 * change).toFixed(1), amount(before, "share"), amount(after, "share")]);
  table([["gene", "text"], ["value", "text"], ["points", ""], ["among the first fifth", ""], ["among the last fifth", ""]],
    rows, place, "Share of the individuals born that carry the value");
}

function showNumbers(numbers, place) {
  const spread = ([low, middle, high]) => plain(middle) + " (" + plain(low) + " to " + plain(high) + ")";
  make("p", "Larger: how often one of the last fifth of the individuals born has a larger value than one of the first.", place, { class: "note" });
  const rows = numbers.map((row) => [row[0], spread(row.slice(1, 4)), spread(row.slice(4, 7)), (100 * row[7]).toFixed(0) + " %"]);
  table([["gene", "text"], ["among the first fifth", ""], ["among the last fifth", ""], ["larger", ""]],
    rows, place, "Median and quartiles of genes that are numbers");
}

function showStages() {
  if (!run.stages.figures.length) return drop("stages");
  const place = body("stages");
  figures(run.stages.figures, place);
  if (run.stages.rows.length)
    table([["stage", "text"], ["members that have it", ""], ["channels", ""], ["on at the end", ""], ["share", ""]],
      run.stages.rows.map(([stage, count, channels, on]) => [stage, count, channels, on, amount(channels ? on / channels : null, "share")]),
      place, "All members of the front together");
}

function showLanguage() {
  const { note, gates, memory } = run.language;
  if (!gates && !memory) return drop("language");
  const place = body("language");
  if (note) make("p", note, place, { class: "note" });
  if (gates) {
    make("p", "Gates of " + gates.genome + ", the best of the front that has some.", place);
    if (gates.rows.length)
      table([["gate", "text"], ["mean", ""], ["sd", ""], ["least", ""], ["greatest", ""]],
        gates.rows.map(([gate, ...shares]) => [gate, ...shares.map((share) => amount(share, "share"))]),
        place, "Share of the marks that are open, over " + amount(gates.positions, "count") + " positions of validation text");
    figures(gates.figures, place);
  }
  if (!memory) return;
  make("p", "The memory of " + memory.genome + ", the best of the front that has one.", place);
  if (memory.rows.length)
    table([["tier", "text"], ["slots", ""], ["filled", ""], ["uses of an entry", ""], ["attention", ""]],
      memory.rows.map(([tier, slots, held, uses, share]) => [tier, amount(slots, "count"), plain(held), uses === null ? "–" : plain(uses), amount(share, "share")]),
      place, "After " + amount(memory.tokens, "count") + " tokens of validation text with one memory; attention is the mean over them, all else of one head");
  figures(memory.figures, place);
}

function showFailures() {
  const place = body("failures");
  if (!run.failures.length) { make("p", "Nothing failed.", place); return; }
  table([["training", "text"], ["ended", "text"], ["times", ""], ["a reason, as recorded", "long"]],
    run.failures.map(([stage, status, times, reason]) => [stage, status.replace(/_/g, " "), times, reason]), place, "A failed network counts as infeasible, never as fitness zero");
}

function showProgress() {
  if (run.progress.length) figures(run.progress, body("progress")); else drop("progress");
}

function showCosts() {
  facts(run.spent, body("costs"));
  figures(run.costs, body("costs"));
}

function drop(id) { $(id).hidden = true; }

// -- the whole page ----------------------------------------------------------------------------

// By section: its name, what draws it, and what it is drawn from.
const SECTIONS = {
  run: ["Run", showRun, () => [run.state, run.facts, run.chance, run.alarms, run.alarms_in_all]],
  front: ["Front", showFront, () => [run.front, run.networks]],
  progress: ["Progress", showProgress, () => run.progress],
  predictors: ["Predictors", showPredictors, () => run.predictors],
  genes: ["Genes", showGenes, () => run.genes],
  stages: ["Stages", showStages, () => run.stages],
  language: ["Language", showLanguage, () => run.language],
  failures: ["Failures", showFailures, () => run.failures],
  costs: ["Cost", showCosts, () => [run.spent, run.costs]],
};
const drawnFrom = new Map();
const KEPT = "a, button, select, summary, [tabindex]";  // what may have the focus or be scrolled

// Draw data; what is the same as before is left alone, so that the reader is not disturbed.
function show(data) {
  run = data;
  front = run.front;
  members = front.rows.map((row) => row[0]);
  at = new Map(front.columns.map((column, i) => [column.key, i + 1]));
  for (const [id, [, draw, source]] of Object.entries(SECTIONS)) {
    const text = JSON.stringify(source());
    if (drawnFrom.get(id) === text) continue;
    drawnFrom.set(id, text);
    redraw($(id), draw);
  }
  contents();
  document.documentElement.dataset.ready = "yes";
}

// Draw a section anew; focus, scrolled tables and opened details are as they were.
function redraw(section, draw) {
  const inside = section.querySelector(".body"), before = [...section.querySelectorAll(KEPT)];
  const focus = before.indexOf(document.activeElement), left = before.map((one) => one.scrollLeft);
  const open = [...section.querySelectorAll("details")].map((one) => one.open);
  inside.style.minHeight = inside.offsetHeight + "px";  // or the window would jump meanwhile
  section.hidden = false;
  if (section.id !== "front") inside.replaceChildren();
  draw();
  inside.style.minHeight = "";
  const after = [...section.querySelectorAll(KEPT)];
  section.querySelectorAll("details").forEach((one, i) => { if (open[i]) one.open = true; });
  after.forEach((one, i) => { if (left[i]) one.scrollLeft = left[i]; });
  if (focus >= 0 && after[focus] && !section.contains(document.activeElement)) after[focus].focus({ preventScroll: true });
}

function contents() {
  const there = Object.keys(SECTIONS).filter((id) => !$(id).hidden);
  if ($("contents").dataset.there === there.join()) return;
  $("contents").dataset.there = there.join();
  $("contents").replaceChildren();
  for (const id of there) make("a", SECTIONS[id][0], $("contents"), { href: "#" + id });
}

dark.addEventListener("change", () => {
  if (!run) return;
  drawnFrom.clear();
  inPanel = null;
  show(run);
});
