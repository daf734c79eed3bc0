"""How the playground looks: one sheet of style for its parts, in light and dark."""

from . import rivals, token_flow

_LAYOUT = """<style>
.atelier .widget-vbox,.atelier .widget-hbox,.atelier .widget-box{overflow:visible}
.atelier .atelier-grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(420px,100%),1fr));gap:2px 28px;width:100%}
.atelier .atelier-control{overflow:visible;min-width:0}
.atelier .atelier-told{font-size:13px;line-height:1.35;margin:-2px 0 4px 138px;color:var(--atelier-faint,#5F6B76)}
.atelier-control .widget-toggle-buttons{display:flex;flex-flow:row nowrap;align-items:baseline;width:auto;height:auto}
.atelier-control .widget-toggle-buttons>.widget-label{flex:none;text-align:right;margin-right:8px}
.atelier .atelier-control .widget-toggle-buttons button.jupyter-button{padding:0 12px;box-shadow:none;
 border:1px solid transparent;
 text-decoration:none;font-weight:normal;outline-offset:2px}
.atelier .atelier-control .widget-toggle-buttons button.jupyter-button.mod-active{border-color:currentColor;font-weight:bold}
.atelier textarea{font:17px/1.5 Georgia,"DejaVu Serif",serif!important}
.atelier .jupyter-widget-Accordion,.atelier .jupyter-widget-Collapse{background:transparent;color:inherit}
</style>"""

STYLE = _LAYOUT + token_flow.STYLE + rivals.STYLE
