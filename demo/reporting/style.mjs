/** Light and dark by the reader's own setting. */
export const style = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --paper: #ffffff; --v1: #57606a; --v2: #1a7f37; --v3: #cf222e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d; --paper: #0d1117; --v1: #9198a1; --v2: #3fb950; --v3: #f85149; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { margin: 0; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); } h3, h4 { margin-bottom: .3rem; }
small, figcaption { color: var(--soft); }
table { border-collapse: collapse; } th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.key th { white-space: nowrap; padding-right: 2rem; }
.wide { overflow-x: auto; font-size: .85rem; }
figure { margin: 1.2rem 0; } svg { width: 100%; height: auto; } svg text { font-size: 11px; fill: var(--soft); }
.grid { stroke: var(--line); } .mark { stroke: var(--soft); stroke-dasharray: 2 3; }
.area.v1 { fill: var(--v1); } .area.v2 { fill: var(--v2); } .area.v3 { fill: var(--v3); } .area { opacity: .75; }
.line { fill: none; stroke-width: 2; } .line.v1 { stroke: var(--v1); } .line.v2 { stroke: var(--v2); } .line.v3 { stroke: var(--v3); }
.legend span { margin-right: 1.2rem; } .legend span::before { content: "■ "; } .legend .v1 { color: var(--v1); } .legend .v2 { color: var(--v2); } .legend .v3 { color: var(--v3); }
.facts { list-style: none; padding: 0; } .facts .yes::before { content: "✓ "; } .facts .no::before { content: "✗ "; } .yes { color: var(--v2); } .no { color: var(--v3); } .facts li { color: inherit; }
details { border: 1px solid var(--line); border-radius: 6px; padding: .5rem .8rem; margin: .5rem 0; } summary { cursor: pointer; }
pre { background: color-mix(in srgb, var(--line) 30%, transparent); padding: .6rem; overflow-x: auto; font-size: .8rem; border-radius: 6px; }
`
