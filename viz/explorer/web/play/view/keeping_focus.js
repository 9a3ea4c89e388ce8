// What is made anew keeps the focus.

/** Change the page: what has the focus, and is made anew by that, gets it back, by its label. */
export function keepingFocus(change) {
  const label = document.activeElement?.getAttribute("aria-label");
  change();
  if (label && document.activeElement === document.body)
    document.querySelector(`[aria-label="${CSS.escape(label)}"]`)?.focus();
}
