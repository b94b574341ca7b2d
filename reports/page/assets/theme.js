// Light or dark: as the system says, unless the reader chose.

const KEY = "tokentide-theme";

function stored() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // a file opened from disk may have no storage
  }
}

function isDark() {
  const chosen = stored();
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

export function useTheme(button, changed) {
  const apply = () => {
    const dark = isDark();
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    button.textContent = dark ? "Light" : "Dark";
    button.setAttribute("aria-label", dark ? "Use light colours" : "Use dark colours");
  };
  button.addEventListener("click", () => {
    try {
      localStorage.setItem(KEY, isDark() ? "light" : "dark");
    } catch {
      document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    }
    apply();
    changed();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    apply();
    changed();
  });
  apply();
}
