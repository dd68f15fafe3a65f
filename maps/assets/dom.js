/* Making elements: text always goes in as text, never as HTML. */
(function (SC) {
  "use strict";

  /** el("div", {class: "x", onclick: f}, "text", child, …); null children are left out. */
  SC.el = function (tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value === true ? "" : value);
    }
    for (const child of children.flat()) {
      if (child === null || child === undefined || child === false) continue;
      node.append(child.nodeType ? child : String(child));
    }
    return node;
  };

  SC.svg = function (tag, attributes, ...children) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };

  SC.byId = (id) => document.getElementById(id);

  SC.replace = function (node, ...children) {
    node.replaceChildren ? node.replaceChildren(...children) : ((node.textContent = ""), node.append(...children));
    return node;
  };
})((window.ServiceCircle = window.ServiceCircle || {}));
