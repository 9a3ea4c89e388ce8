// Elements of the page. Texts go in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";
const MATHML = "http://www.w3.org/1998/Math/MathML";

/** An element of HTML: attributes by name, properties (such as onclick) where they are functions. */
export function element(tag, attributes = {}, ...children) {
  return furnished(document.createElement(tag), attributes, children);
}

/** The same of SVG. */
export function shape(tag, attributes = {}, ...children) {
  return furnished(document.createElementNS(SVG, tag), attributes, children);
}

/** The same of MathML. */
export function mathElement(tag, attributes = {}, ...children) {
  return furnished(document.createElementNS(MATHML, tag), attributes, children);
}

/** A text in a picture; `anchor` is what of it stands at x, at first its start. */
export function textAt(className, x, y, content, anchor) {
  return shape("text", { class: className, x, y, "text-anchor": anchor }, content);
}

function furnished(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node[name] = value;
    else if (value !== null && value !== undefined && value !== false)
      node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function byId(id) {
  return document.getElementById(id);
}

/** Show that a button has something to do. It is not `disabled`, which would take the focus away from it. */
export function enable(id, hasWork) {
  byId(id).setAttribute("aria-disabled", !hasWork);
}

/** Let the reader have a file. */
export function downloadBlob(blob, name) {
  const url = URL.createObjectURL(blob);
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // by then it is written
}

/** Begin a page, which is told its data: what does not go is said, and then it is ready. */
export async function beginPage(what, begin) {
  try {
    await begin(JSON.parse(byId("data").textContent));
  } catch (error) {
    byId("trouble").textContent = `${what} cannot be shown: ${error.message}`;
    byId("trouble").hidden = false;
    throw error;
  } finally {
    document.documentElement.dataset.ready = "yes";
  }
}
