// The live page: asks the server that it came from whether there is news, and draws that.

const PERIOD = 2000;  // milliseconds between questions; a server that is gone is asked less often
const WORDS = { running: "Running", finished: "Finished", interrupted: "Interrupted", "out of time": "Time limit reached", gone: "No answer" };
const page = crypto.getRandomValues(new Uint32Array(1))[0].toString(16);  // by which the server tells pages apart
const banner = make("p", null, document.querySelector("header"), { class: "live" });
const word = make("strong", "Reading the record", banner, { role: "status" });
const more = make("span", " …", banner);
let edition = "", gathered = null;  // of what is drawn

const clock = () => gathered === null ? "" : new Date(1000 * gathered).toLocaleTimeString();

function tell(state, text) {
  banner.dataset.state = state;
  // Written only when it changes: a screen reader reads it then.
  if (word.textContent !== WORDS[state]) word.textContent = WORDS[state];
  if (more.textContent !== text) more.textContent = text;
}

function progress(version) {
  const of = version.generations ? " of " + amount(version.generations, "count") : "";
  const figures = gathered === null ? " Nothing is drawn yet." : " Drawn from the record at " + clock() + ".";
  const trouble = version.trouble ? " " + version.trouble : "";
  const end = version.ends ? " This page follows it no longer; report.html in the run's folder shows the same." : "";
  return ": " + amount(version.done, "count") + of + " generations, " + amount(version.trainings, "count") +
    " trainings" + (version.state === "running" ? " so far." : ".") + figures + trouble + end;
}

// Return what the server answers, null if it does not.
async function ask(path) {
  try {
    const answer = await fetch(path, { cache: "no-store" });
    return answer.ok ? { edition: answer.headers.get("X-Edition"), data: await answer.json() } : null;
  } catch { return null; }
}

async function update() {
  const found = await ask("/data");
  if (found === null) return;
  const top = document.querySelector("main").getBoundingClientRect().top;
  const seen = [...document.querySelectorAll("main > section:not([hidden])")].find((one) => one.getBoundingClientRect().bottom > 0);
  const before = seen ? seen.getBoundingClientRect().top : top;
  edition = found.edition;
  gathered = found.data.gathered;
  document.querySelector("main").hidden = false;  // before it is drawn: a figure has to know its width
  document.title = found.data.name + ": live";
  $("name").textContent = found.data.name;
  show(found.data);
  if (seen && window.scrollY) window.scrollBy(0, seen.getBoundingClientRect().top - before);  // what is read stays put
}

async function follow() {
  const asked = await ask("/version?page=" + page + "&edition=" + edition), version = asked && asked.data;
  if (version && version.edition !== edition) {
    await update();
    if (edition === version.edition) { follow(); return; }  // tells the server that it is drawn
  }
  if (!version) tell("gone", gathered === null ? " from the server." : " from the server. The page shows what was known at " + clock() + ".");
  else if (version.done !== null) tell(version.state, progress(version));
  if (!(version && version.ends && edition === version.edition)) setTimeout(follow, version ? PERIOD : 5 * PERIOD);
}

document.querySelector("main").hidden = true;  // there is nothing in it yet
document.documentElement.style.overflowAnchor = "none";
follow();
