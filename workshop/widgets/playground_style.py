"""How the playground looks: one sheet of style for its parts, in light and dark."""

from . import rivals, token_flow

_LAYOUT = """<style>
.atelier .widget-vbox,.atelier .widget-hbox,.atelier .widget-box{overflow:visible}
.atelier .atelier-grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(200px,100%),1fr));gap:10px 20px;width:100%}
.atelier .atelier-sides{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(360px,100%),1fr));gap:12px 28px;width:100%}
.atelier .atelier-control{overflow:visible;min-width:0}
.atelier .atelier-told{font-size:13px;line-height:1.35;margin:0 2px;color:var(--atelier-faint,#5F6B76)}
.atelier .atelier-control .widget-hslider>.widget-label{flex:1}
.atelier .atelier-control .widget-hslider>.widget-readout{text-align:right;margin:0;padding-right:4px}
.atelier .atelier-control .widget-hslider>.slider-container{order:3;flex:1 0 calc(100% - 16px);margin:2px 8px 8px;min-width:0}
.atelier .atelier-control .widget-hbox{align-items:flex-end;flex-wrap:wrap}
.atelier .atelier-control .widget-toggle-buttons{display:flex;flex-flow:row wrap;width:auto;height:auto}
.atelier .atelier-control .widget-toggle-buttons button.jupyter-button{padding:0 7px;font-size:14px;box-shadow:none;
 border:1px solid transparent;text-decoration:none;font-weight:normal;outline-offset:2px}
.atelier .atelier-control .widget-toggle-buttons button.jupyter-button.mod-active{border-color:currentColor;font-weight:bold}
.atelier textarea{font:17px/1.5 Georgia,"DejaVu Serif",serif!important}
.atelier .jupyter-widget-Accordion,.atelier .jupyter-widget-Collapse{background:transparent;color:inherit}
.atelier .jupyter-widget-Accordion{margin-top:10px}
.atelier .atelier-buttons{flex-flow:row wrap;margin:8px 0 2px}
.atelier-playground{container-type:inline-size}
.atelier .atelier-desk{display:grid;grid-template-columns:minmax(0,1fr);gap:4px 28px}
@container (max-width:480px){.atelier-desk>.atelier-settings{order:1}}
@container (min-width:720px){
 .atelier .atelier-desk{grid-template:"settings start" auto "settings story" 1fr / 270px minmax(0,1fr)}
 .atelier-desk>.atelier-start{grid-area:start}.atelier-desk>.atelier-settings{grid-area:settings}
 .atelier-desk>.atelier-story{grid-area:story}}
</style>"""

STYLE = _LAYOUT + token_flow.STYLE + rivals.STYLE
