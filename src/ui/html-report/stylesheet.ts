/**
 * How pages look: in light, in dark, on paper. The colours of what is kept and lost are those of Okabe and Ito, which people
 * tell apart whatever colours they see; patterns (kinds.ts) tell them apart without any.
 */

/** The style sheet of every page. */
export const stylesheet = `
:root{color-scheme:light dark;--paper:#fff;--card:#f5f6f8;--ink:#16191d;--soft:#545c66;--line:#d3d8de;--described:#0072b2;--found:#56b4e9;--found-ink:#003a5c;--lost:#d55e00;--lost-ink:#fff;--spare:#e9c46a;--spare-ink:#7a5200;--rest:#b4bac2;--inferred:#7b3fa0;--good:#00664d;--bad:#a63400;--warn:#7a5200}
@media (prefers-color-scheme:dark){:root{--paper:#14171b;--card:#1e2329;--ink:#e9ecef;--soft:#a7b0ba;--line:#3a424c;--described:#3d9bd9;--found:#a5d8f6;--found-ink:#004a75;--lost:#ff7f32;--lost-ink:#3a1500;--spare:#c99b2d;--spare-ink:#2e2200;--rest:#5b6570;--inferred:#c79be6;--good:#4fd1a5;--bad:#ff9a6b;--warn:#ecc464}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:68rem;padding:1.2rem 1.4rem 3rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif}
h1{font-size:1.45rem;line-height:1.25;margin:.2rem 0 .8rem;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:2.2rem 0 .6rem;border-bottom:1px solid var(--line);padding-bottom:.25rem}
h3{font-size:.95rem;margin:1.1rem 0 .3rem;font-weight:600;overflow-wrap:anywhere}
h3 span{font-weight:400;color:var(--soft)}
p{margin:.5rem 0;overflow-wrap:anywhere}
a{color:var(--described)}
.run,.purpose,.note,figcaption{color:var(--soft);font-size:.88rem}
.verdict{background:var(--card);border-left:.4rem solid var(--soft);padding:.8rem 1rem;border-radius:.2rem}
.verdict p{margin:.15rem 0}
.verdict .line{font-size:1.3rem;font-weight:600;line-height:1.3}
.good{border-color:var(--good)}.bad{border-color:var(--bad)}.warn{border-color:var(--warn)}
.word{font-weight:700}.good .word,td.good{color:var(--good)}.bad .word,.error{color:var(--bad)}.warn .word,.warning{color:var(--warn)}
figure{margin:0}
svg{display:block;width:100%;background:var(--card)}
.patterns{position:absolute}
.described{fill:var(--described)}.rest{fill:var(--rest)}
.found{fill:url(#p-found)}.lost{fill:url(#p-lost);stroke:var(--lost);stroke-width:1.5px;vector-effect:non-scaling-stroke}.spare{fill:url(#p-spare)}
.inferred{fill:var(--inferred)}.rate{fill:var(--soft);opacity:.55}.key{fill:var(--ink)}.end{fill:none;stroke:var(--lost);stroke-width:1.5px;stroke-dasharray:4 3;vector-effect:non-scaling-stroke}
.curve{fill:none;stroke:var(--described);stroke-width:2px;vector-effect:non-scaling-stroke}.curve.before{stroke:var(--soft);stroke-dasharray:5 3}
.grid{stroke:var(--line);stroke-width:1px;vector-effect:non-scaling-stroke}
#p-found .b{fill:var(--found)}#p-found .i{fill:var(--found-ink)}#p-lost .b{fill:var(--lost)}#p-lost .i{fill:var(--lost-ink)}#p-spare .b{fill:var(--spare)}#p-spare .i{stroke:var(--spare-ink);fill:none}
.axis{position:relative;height:1.4rem;font-size:.8rem;color:var(--soft);border-top:1px solid var(--line)}
.axis span{position:absolute;transform:translateX(-50%);white-space:nowrap}.axis span:first-child{transform:none}.axis span:last-child{transform:translateX(-100%)}
.legend{list-style:none;margin:.5rem 0;padding:0;display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;font-size:.88rem}
.legend svg{display:inline-block;width:22px;height:14px;vertical-align:-2px;background:none}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.88rem;margin:.5rem 0;min-width:50%}
caption{text-align:left;color:var(--soft);padding-bottom:.2rem}
th,td{text-align:left;vertical-align:top;padding:.28rem .9rem .28rem 0;border-bottom:1px solid var(--line);font-weight:400;overflow-wrap:anywhere}
thead th{font-weight:600}tbody th{min-width:6rem}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
details{margin:.4rem 0}summary{cursor:pointer;color:var(--soft);font-size:.88rem}
pre{background:var(--card);border:1px solid var(--line);border-radius:.2rem;padding:.55rem .8rem;margin:.2rem 0 .8rem;white-space:pre-wrap;overflow-wrap:anywhere;user-select:all}
td code{white-space:nowrap}
code{font:.9rem/1.4 ui-monospace,"DejaVu Sans Mono",monospace}
.bar{width:14rem;height:1rem}
@media print{:root{color-scheme:light;--paper:#fff;--card:#fff;--ink:#000;--soft:#333;--line:#999;--described:#0072b2;--found:#56b4e9;--found-ink:#003a5c;--lost:#d55e00;--lost-ink:#fff;--spare:#e9c46a;--spare-ink:#7a5200;--rest:#b4bac2;--inferred:#7b3fa0;--good:#00664d;--bad:#a63400;--warn:#7a5200}body{max-width:none;padding:0;font-size:10.5pt}svg,.verdict{print-color-adjust:exact;-webkit-print-color-adjust:exact}svg{border:1px solid var(--line)}.legend svg,.patterns{border:0}h2{break-after:avoid}h3{break-after:avoid}figure>div,tr,pre,.verdict{break-inside:avoid}.scroll{overflow:visible}details:not([open]){display:none}}
`;
