// Pointers and the wheel over a pane: a drag moves the picture, two fingers and the wheel zoom, a click chooses.

/** The key of the item that an event is about. */
export function keyOf(event) {
  return event.target.closest("[data-key]")?.dataset.key;
}

export function listenToPointers(pane) {
  const { svg } = pane;
  const pointers = new Map();
  let moved = 0;
  const at = (event) => {
    const { left, top } = svg.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (pointers.size === 0) moved = 0;
    pointers.set(event.pointerId, at(event));
  });
  svg.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    if (!event.buttons) return pointers.delete(event.pointerId); // it was let go somewhere else
    const now = at(event);
    moved += Math.hypot(now.x - before.x, now.y - before.y);
    if (moved > 4 && !svg.hasPointerCapture(event.pointerId)) svg.setPointerCapture(event.pointerId);
    if (pointers.size === 2) {
      const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
      const factor =
        Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
      pane.zoom(factor, { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
    } else if (moved > 4) {
      pane.moveBy(now.x - before.x, now.y - before.y);
    }
    pointers.set(event.pointerId, now);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    svg.addEventListener(end, (event) => pointers.delete(event.pointerId));
  }
  svg.addEventListener("click", (event) => {
    if (moved > 4 && event.detail > 0) return; // the end of a drag; keys and screen readers click without a pointer
    const frame = event.target.closest("[data-fold]");
    if (frame) pane.on.fold(frame.dataset.fold);
    else if (keyOf(event)) {
      pane.choose(keyOf(event));
      if (event.target.closest(".tag")) pane.bringIntoSight(keyOf(event)); // its node is in another line
    }
    else pane.on.escape();
  });
  svg.addEventListener(
    "wheel",
    (event) => {
      const embedded = window !== window.parent; // there the wheel belongs to the page around
      if (embedded && !event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      pane.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), at(event));
    },
    { passive: false },
  );
}
