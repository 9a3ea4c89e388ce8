// What the theme does not say to keyboards and readers of screens: what scrolls takes the focus, and the names of landmarks.
addEventListener("DOMContentLoaded", () => {
  for (const each of document.querySelectorAll(".highlight pre, .table-wrapper, .drawn, .formula")) each.tabIndex = 0;
  for (const each of document.querySelectorAll(".caption[role=heading]")) each.ariaLevel = "2";
  document.querySelector(".sidebar-drawer")?.setAttribute("aria-label", "Pages");
  document.querySelector(".toc-drawer")?.setAttribute("aria-label", "On this page");
});

// What the search shows of a name of the reference: its id has dots, which a selector reads as classes, an attribute does not.
addEventListener("DOMContentLoaded", () => {
  if (typeof Search === "undefined") return;
  const textOf = Search.htmlToText;
  Search.htmlToText = (page, anchor) => textOf(page, anchor && `[id="${anchor.slice(1)}"]`);
});
