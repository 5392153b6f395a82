/*
 * Keeps the page as it is now: asks for its live part every other second, while somebody looks, and puts in
 * what has changed. What has not stays as it is, with the focus, the selection and the tables folded out.
 */

const PAUSE = 2000;
const LIMIT = 5000;

const main = document.querySelector("main");
const notice = document.querySelector("#notice");
let timer = 0;
/** Where the pointer is, or the finger was. */
let pointed = main;

async function renew() {
  if (document.hidden) return clearTimeout(timer);
  tell(await attempt());
  clearTimeout(timer);
  timer = setTimeout(renew, PAUSE);
}

/** What the problem is, if there is one. */
async function attempt() {
  const { status, text } = await ask();
  if (status === 0) return "dnsfwd does not answer any more.";
  if (status !== 200) return `dnsfwd answers with an error (HTTP ${status}).`;
  const next = new DOMParser().parseFromString(text, "text/html").querySelector("main");
  if (next === null) return "Something else than dnsfwd answers.";
  // Another version may look otherwise: then all of the page is needed.
  if (next.dataset.version !== main.dataset.version) location.reload();
  merge(main, next);
  read();
  document.title = main.dataset.title;
  return "";
}

async function ask() {
  try {
    const signal = AbortSignal.timeout(LIMIT);
    const response = await fetch("/fragment", { cache: "no-store", signal });
    return { status: response.status, text: await response.text() };
  } catch {
    return { status: 0, text: "" };
  }
}

/** Says that what is shown is old, and why; nothing: it is not. */
function tell(problem) {
  const isOld = problem !== "";
  const seen = document.querySelector("#time").textContent;
  const text = `${problem} This is how it was at ${seen}. Trying again every 2 seconds.`;
  document.body.classList.toggle("old", isOld);
  notice.hidden = !isOld;
  if (isOld && notice.textContent !== text) notice.textContent = text;
  if (isOld) document.title = "No answer - dnsfwd";
}

/** Makes `node` like `next`, and touches no more than what differs; attributes that only `node` has stay. */
function merge(node, next) {
  if (node.isEqualNode(next)) return;
  if (node.nodeName !== next.nodeName) return node.replaceWith(next);
  if (node.nodeType !== Node.ELEMENT_NODE) {
    node.data = next.data;
    return;
  }
  for (const { name, value } of next.attributes) {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  }
  const [old, young] = [[...node.childNodes], [...next.childNodes]];
  young.forEach((child, at) => at < old.length ? merge(old[at], child) : node.append(child));
  for (const child of old.slice(young.length)) child.remove();
}

/** Says what a chart has where the pointer is; the latest where that is elsewhere. */
function read() {
  const title = pointed.closest(".hits path")?.querySelector("title");
  const own = pointed.closest(".chart");
  for (const chart of document.querySelectorAll(".chart")) {
    const reading = chart.querySelector(".reading");
    const text = chart === own && title ? title.textContent : reading.dataset.latest;
    if (reading.textContent !== text) reading.textContent = text;
  }
}

function point({ target }) {
  pointed = target;
  read();
}

document.addEventListener("pointerover", point);
document.addEventListener("pointerdown", point);
document.addEventListener("visibilitychange", renew);
timer = setTimeout(renew, PAUSE);
