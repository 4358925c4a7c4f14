import { DARK, declarations, LIGHT } from './palette.ts';

/** Four sizes of letters: small print, text, headings, and what is read first. */
const BASE = `
:root{color-scheme:light dark;${declarations(LIGHT)};--s1:.8125rem;--s2:1rem;--s3:1.375rem;--s4:2rem}
@media screen and (prefers-color-scheme:dark){:root{${declarations(DARK)}}}
*{box-sizing:border-box}
html{font:400 100%/1.5 system-ui,sans-serif;font-variant-numeric:tabular-nums;background:var(--paper);color:var(--text);-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-padding-top:1.5rem}
body{max-width:68rem;margin:0 auto;padding:4rem 1.25rem 5rem;overflow-wrap:anywhere}
h1,h2,h3,p,ul,ol,dl,dd,figure{margin:0;padding:0}
ul,ol{list-style:none}
h1,h2,h3{line-height:1.25;font-weight:600;text-wrap:balance}
h1{font-size:var(--s4);letter-spacing:-.015em}
h2{font-size:var(--s3);letter-spacing:-.005em}
h3,strong,b{font-size:inherit;font-weight:600}
a{color:var(--ink);text-decoration-thickness:1px;text-underline-offset:.2em}
a:hover{text-decoration-thickness:2px}
:focus-visible{outline:2px solid var(--ink);outline-offset:3px;border-radius:2px}
code{font:inherit}
.small,.name,.kind,.facts-line,nav,.keys,.basis,.change,.interval,.band,.by,summary,table,footer,.caveats,.rows time,.rows .of,.rows .what,.outcome,.sum{font-size:var(--s1)}
.small,.name,.kind,.facts-line,.basis,.by,footer,.keys,.rows .of,.sum{color:var(--muted)}
`;

const HEADER = `
.kind{margin-bottom:.25rem}
.facts-line{margin-top:.75rem;display:flex;flex-wrap:wrap;gap:.125rem 1.5rem}
.headline{font-size:var(--s3);line-height:1.45;max-width:46rem;margin-top:2rem;text-wrap:pretty}
.caveats{max-width:46rem;margin-top:1.5rem;padding-left:1rem;border-left:2px solid var(--line);color:var(--muted)}
.caveats li+li{margin-top:.25rem}
nav{margin-top:2.5rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem}
section{margin-top:3.5rem;padding-top:1.5rem;border-top:1px solid var(--line)}
h2{margin-bottom:1.5rem}
footer{margin-top:4rem;padding-top:1rem;border-top:1px solid var(--line)}
`;

const TILES = `
.tiles{display:grid;grid-template-columns:repeat(5,minmax(0,1fr));column-gap:1.75rem}
.tile{display:grid;grid-template-rows:subgrid;grid-row:span 7;row-gap:0;align-content:start}
.tile h3{font-size:var(--s1)}
.value{font-size:var(--s4);line-height:1.2;font-weight:600;letter-spacing:-.02em;margin-top:.375rem}
.value a{text-decoration:none}
.value a:hover{text-decoration:underline;text-decoration-thickness:2px}
.basis{margin-top:.125rem}
.change{margin-top:.75rem}
.interval{margin-top:.75rem;color:var(--muted)}
.interval p{margin-top:.125rem}
.band{margin-top:.75rem;color:var(--muted)}
.band strong,.change strong{color:var(--text)}
.spark{margin-top:.75rem}
.why{grid-row:2/4;margin-top:.5rem}
.why+.small{grid-row:4/7;margin-top:.75rem}
.tile svg{display:block;max-width:100%}
.parts{margin:2.5rem 0 .75rem}
@media(min-width:62rem){
.beside{display:contents}
}
@media(max-width:61.99rem){
.tiles{display:block}
.tile{grid-template-rows:auto auto 1fr;grid-row:auto;padding:1.25rem 0;border-top:1px solid var(--line)}
.tile:first-child{border-top:0;padding-top:0}
.interval:empty,.spark:empty{display:none}
}
@media(min-width:40rem) and (max-width:61.99rem){
.tile{grid-template-columns:13rem minmax(0,1fr) 10.5rem;column-gap:2rem}
.tile h3,.value,.basis,.why{grid-column:1;grid-row:auto}
.beside,.why+.small{grid-column:2;grid-row:1/4;margin:0}
.change{margin:0}
.interval,.band{margin-top:.5rem}
.spark{grid-column:3;grid-row:1/4;margin:0}
}
@media(max-width:39.99rem){
.tile{grid-template-columns:minmax(0,1fr) 8.5rem;column-gap:1rem}
.tile>*{grid-column:1/3;grid-row:auto}
.tile h3,.value{grid-column:1}
.spark{grid-column:2;grid-row:1/3;margin:0;align-self:end}
.spark svg{height:auto}
}
`;

const CHARTS = `
.chart+.chart,.chart+.small,.note+.chart{margin-top:3rem}
.chart+.note{margin-top:1rem}
.note{max-width:46rem}
.lead{margin:-1rem 0 2rem}
.chart .name{margin-bottom:.25rem}
.chart h3{text-wrap:pretty}
.keys{display:flex;flex-wrap:wrap;gap:.125rem 1.25rem;margin-top:.625rem}
.keys li{display:flex;align-items:center;gap:.5rem}
.key{flex:none;width:.75rem;height:.75rem;display:block}
.key.ink{background:var(--ink)}
.key.ink2{background:var(--ink2)}
.key.ink3{background:var(--ink3)}
.key.warm{background:var(--warm)}
.key.grey,.key.grey.line{background:var(--muted)}
.key.pale{background:var(--line)}
.key.hollow{border:1.5px solid var(--muted)}
.key.dot{border-radius:50%}
.key.small{width:.5rem;height:.5rem;margin:0 .125rem}
.key.open{border:2px solid var(--warm)}
.key.upright{width:1px;margin:0 .34rem;background:var(--muted)}
.nb{white-space:nowrap}
.none{color:var(--muted)}
.key.line{height:2px;background:var(--ink)}
.drawing{margin-top:.75rem}
.drawing svg{display:block;width:100%;height:auto;overflow:visible}
.drawing text{font-size:13px;dominant-baseline:central}
.wide{max-width:48rem}
.drawing .narrow{display:none;max-width:32rem}
details.numbers{margin-top:.5rem}
summary{cursor:pointer}
details.numbers>summary,.reasons summary{color:var(--muted);width:fit-content}
@media(min-width:68rem){
.note{margin-left:17.75rem}
.chart{display:grid;grid-template-columns:15rem minmax(0,48rem);column-gap:2.75rem}
.drawing{margin-top:0}
.numbers{grid-column:2}
.keys{flex-direction:column}
.chart figcaption{padding-top:.25rem}
}
@media(max-width:42rem){
.drawing .wide{display:none}
.drawing .narrow{display:block}
}
`;

const TABLES = `
.scroll{overflow-x:auto;margin-top:.5rem}
.scroll+.small{margin-top:.75rem}
table{border-collapse:collapse;line-height:1.4}
th,td{padding:.3rem 0 .3rem 1.75rem;text-align:right;vertical-align:baseline;white-space:nowrap;font-weight:400;border-bottom:1px solid var(--grid)}
th:first-child,.t{text-align:left}
th:first-child{padding-left:0}
td.t{white-space:normal;overflow-wrap:normal;min-width:8rem}
thead th{color:var(--muted);border-color:var(--line);vertical-align:bottom}
`;

const ROWS = `
#deployments h3,#not-counted h3,#how h3{margin:2.25rem 0 .5rem}
.sum{font-weight:400;padding-left:.25rem}
.rows{border-top:1px solid var(--line)}
.rows>li{border-bottom:1px solid var(--grid)}
.rows summary{display:grid;grid-template-columns:1rem 11rem 11rem minmax(0,1fr) minmax(0,1.1fr);gap:.125rem 1rem;align-items:baseline;padding:.5rem 0;list-style:none}
.rows summary:has(.of){grid-template-columns:1rem 9rem 10rem 8rem minmax(0,1fr) minmax(0,1.1fr)}
.rows summary::-webkit-details-marker{display:none}
.rows summary::before{content:"";width:0;height:0;border:.28rem solid transparent;border-left:.4rem solid var(--muted);align-self:center;justify-self:center}
.rows [open]>summary::before{border-left-color:transparent;border-top:.4rem solid var(--muted);margin-top:.28rem}
.rows summary:hover{background:var(--tint)}
.rows b{font-size:var(--s2)}
.rows .outcome{color:var(--muted)}
.rows .failed{color:var(--warm)}
.rows .outcome.failed{font-weight:600}
.inside{padding:.25rem 0 1.25rem 2rem;font-size:var(--s1);max-width:56rem}
.inside>*+*{margin-top:.5rem}
.inside:target{background:var(--tint)}
.changes li{display:grid;grid-template-columns:5rem minmax(0,1fr);gap:1rem;padding:.2rem 0}
.waited{text-align:right;white-space:nowrap}
.subject{overflow:hidden}
.by a{color:inherit;text-decoration-color:var(--muted)}
.label{margin-left:.25rem;padding:0 .3rem;border:1px solid var(--line);border-radius:2px;white-space:nowrap}
.label+.label{margin-left:0}
.reasons{margin-top:1.25rem;border-top:1px solid var(--line)}
.reasons>li{display:grid;grid-template-columns:5rem minmax(0,1fr);gap:1.5rem;padding:.75rem 0;border-bottom:1px solid var(--grid)}
.reasons>li>b{text-align:right}
.reasons strong{margin-right:.5rem}
.reasons details{margin-top:.25rem}
.reasons .plain{margin-top:.375rem;font-size:var(--s1)}
.plain li+li{margin-top:.125rem}
.plain time{color:var(--muted);margin-right:.5rem}
#not-counted p,.definitions dd{max-width:46rem}
.definitions{display:grid;grid-template-columns:15rem minmax(0,1fr);gap:1.25rem 2.75rem}
.facts{display:grid;grid-template-columns:15rem minmax(0,1fr);gap:.25rem 2.75rem}
dt{font-weight:600}
.facts dt{font-weight:400;color:var(--muted)}
.command{margin-top:.5rem;padding:.75rem 1rem;background:var(--tint);width:fit-content;max-width:100%}
@media(max-width:61.99rem){
.rows summary,.rows summary:has(.of){grid-template-columns:1rem minmax(0,1fr) auto}
.rows .of,.rows .what,.rows .outcome{grid-column:2/4}
}
@media(max-width:42rem){
body{padding-top:2rem}
.definitions,.facts{display:block}
dd{margin-bottom:1rem}
.facts dd{margin-bottom:.5rem}
.changes li,.reasons>li{grid-template-columns:4rem minmax(0,1fr);gap:.75rem}
.reasons>li{grid-template-columns:3.5rem minmax(0,1fr)}
.inside{padding-left:1rem}
}
`;

const PRINT = `
@page{size:A4;margin:16mm 15mm}
@media print{
html{font-size:10.5pt;background:none}
body{max-width:none;padding:0}
nav,footer,.numbers:not([open]),.reasons details:not([open]){display:none}
section{margin-top:0;break-before:page;border-top:0;padding-top:0}
#now,#lead-times{break-before:auto;margin-top:2.25rem}
h2,h3{break-after:avoid}
.chart,.tile,.rows>li,.reasons>li,tr,dd{break-inside:avoid}
dt{break-after:avoid}
.headline{margin-top:1.25rem}
.tile{padding:.75rem 0}
.chart+.chart,.chart+.small{margin-top:1.5rem}
.drawing .wide{display:block;max-width:none}
.drawing .narrow{display:none}
.rows summary,.rows summary:has(.of){grid-template-columns:9rem 10.5rem minmax(0,1fr) minmax(0,1fr);padding:.25rem 0}
.rows summary:has(.of){grid-template-columns:7rem 10rem 6rem minmax(0,1fr) minmax(0,1fr)}
.rows summary::before{display:none}
.rows .of,.rows .what,.rows .outcome{grid-column:auto}
.inside{padding-left:1rem}
.scroll{overflow:visible}
a{text-decoration:none}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`;

/** The one style sheet of the report. Its hash is in the policy of the page, so nothing else may style it. */
export const STYLES = [BASE, HEADER, TILES, CHARTS, TABLES, ROWS, PRINT].join('').trim();
