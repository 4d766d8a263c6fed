import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

const pod: MantineColorsTuple = [
  "#EEF6F2", "#DCEDE5", "#B9DBCB", "#93C7AF", "#6BB094", "#479678", "#2C7D61", "#1F6A51", "#185642", "#103E30",
];

const font =
  '"Microsoft YaHei UI", "Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC", system-ui, sans-serif';

/** How Mantine's parts take the look of the product. Menus and dialogs fade in 120 ms and never move. */
export const theme = createTheme({
  primaryColor: "pod",
  primaryShade: 7,
  colors: { pod },
  defaultRadius: 8,
  fontFamily: font,
  headings: { fontFamily: font },
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "18px" },
  autoContrast: true,
  respectReducedMotion: true,
  black: "#1F1D1A",
  cursorType: "pointer",
  components: {
    Button: { defaultProps: { size: "sm" } },
    Modal: { defaultProps: { transitionProps: { transition: "fade", duration: 120 }, centered: true } },
    Tooltip: { defaultProps: { openDelay: 300, transitionProps: { duration: 120 } } },
    Menu: { defaultProps: { transitionProps: { transition: "fade", duration: 120 }, shadow: "md" } },
  },
});

/** Mantine's greys are cool; ours are warm and keep 3:1 for the edges of controls (WCAG 1.4.11). */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-default-border": "var(--line-2)",
    "--mantine-color-dimmed": "var(--ink-2)",
    "--mantine-color-placeholder": "#746D63",
    "--mantine-color-error": "var(--error)",
    "--mantine-color-body": "var(--card)",
    "--mantine-color-text": "var(--ink)",
    "--mantine-color-default-hover": "var(--sunk)",
  },
  dark: {},
});
