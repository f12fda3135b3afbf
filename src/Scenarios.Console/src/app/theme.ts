import {
  Badge,
  Checkbox,
  convertCssVariables,
  createTheme,
  DEFAULT_THEME,
  defaultCssVariablesResolver,
  Menu,
  Modal,
  mergeMantineTheme,
  Radio,
  Switch,
  Tooltip,
} from '@mantine/core';

/** The lines that take the library's defaults to no finding of axe: contrast, target size, focus inside of menus. */
export const theme = createTheme({
  // The greys of the dark scheme with the blue of the rest.
  colors: { dark: ['#e8eaee', '#c6cbd4', '#a9b0bb', '#7d8796', '#565e6b', '#3d414a', '#262930', '#1f2126', '#191b20', '#131519'] },
  primaryColor: 'indigo',
  primaryShade: { light: 7, dark: 8 },
  autoContrast: true,
  luminanceThreshold: 0.3,
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily: 'Inter, "Segoe UI", system-ui, -apple-system, "Helvetica Neue", Roboto, "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "Cascadia Code", "SF Mono", Menlo, Consolas, "Liberation Mono", monospace',
  headings: { fontWeight: '650' },
  components: {
    Menu: Menu.extend({ defaultProps: { withInitialFocusPlaceholder: false, shadow: 'md' } }),
    Radio: Radio.extend({ defaultProps: { size: 'sm' } }),
    Checkbox: Checkbox.extend({ defaultProps: { size: 'sm' } }),
    Switch: Switch.extend({ defaultProps: { size: 'sm' } }),
    Badge: Badge.extend({ defaultProps: { variant: 'dot', tt: 'none', size: 'lg', fw: 500 } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 400, withArrow: true, events: { hover: true, focus: true, touch: false } } }),
    Modal: Modal.extend({
      // Pages scroll inside of the shell, so there is nothing to lock; the lock would also write a style element.
      defaultProps: {
        centered: false,
        yOffset: '8vh',
        lockScroll: false,
        overlayProps: { backgroundOpacity: 0.45 },
        closeButtonProps: { 'aria-label': 'Close' },
      },
    }),
  },
});

/** The library would write its variables into a style element, which the page's policy forbids; a sheet made by a script is none. */
export function adoptVariables() {
  const { variables, light, dark } = defaultCssVariablesResolver(mergeMantineTheme(DEFAULT_THEME, theme));
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    convertCssVariables(
      {
        variables,
        light: {
          ...light,
          '--mantine-color-scheme': 'light',
          '--mantine-color-dimmed': '#525a66',
          '--mantine-color-placeholder': '#6b7380',
          '--mantine-color-error': '#c92a2a',
        },
        dark: {
          ...dark,
          '--mantine-color-scheme': 'dark',
          '--mantine-color-dimmed': '#a9b0bb',
          '--mantine-color-placeholder': '#8b93a0',
          '--mantine-color-error': '#ff8787',
          '--mantine-color-body': '#1f2126',
          '--mantine-color-default': '#262930',
          '--mantine-color-default-hover': '#2f333b',
          '--mantine-color-default-border': '#3d414a',
        },
      },
      ':root',
    ),
  );
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
