// Light or dark: what the reader chose, where the browser lets a page keep that; else what the reader's system has.

const THEME_KEY = "glassgrad-theme";

export function firstTheme() {
  const usual = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  try {
    const kept = localStorage.getItem(THEME_KEY);
    return ["dark", "light"].includes(kept) ? kept : usual;
  } catch {
    return usual; // a page without an origin of its own may keep nothing
  }
}

export function keepTheme(theme) {
  try {
    localStorage.setItem(THEME_KEY, theme);
  } catch {
    // it holds until the page is closed
  }
}
