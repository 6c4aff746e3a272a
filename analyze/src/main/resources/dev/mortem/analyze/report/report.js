(function () {
  'use strict';
  var root = document.documentElement;
  var all = function (selector, within) {
    return Array.prototype.slice.call((within || document).querySelectorAll(selector));
  };
  var one = function (id) { return document.getElementById(id); };

  // What needs a script is hidden until there is one.
  all('[data-script]').forEach(function (element) { element.hidden = false; });

  // Expand and collapse
  var groups = all('details');
  var setAll = function (open) {
    groups.forEach(function (group) { group.open = open; });
  };
  one('expand').addEventListener('click', function () { setAll(true); });
  one('collapse').addEventListener('click', function () { setAll(false); });

  // Paper shows everything; afterwards the page is as it was.
  var before = [];
  addEventListener('beforeprint', function () {
    before = groups.map(function (group) { return group.open; });
    setAll(true);
  });
  addEventListener('afterprint', function () {
    groups.forEach(function (group, at) { group.open = before[at]; });
  });

  // Theme: as the system has it, or one of the two
  var themes = ['auto', 'light', 'dark'];
  var theme = 0;
  one('theme').addEventListener('click', function () {
    theme = (theme + 1) % themes.length;
    root.setAttribute('data-theme', themes[theme]);
    one('theme').textContent = 'Theme: ' + themes[theme];
  });

  // Search: items are thread groups, modules, locks, findings and diagnostics
  var search = one('search');
  var status = one('status');
  var texts = new Map();
  var textOf = function (element) {
    if (!texts.has(element)) {
      texts.set(element, element.textContent.toLowerCase());
    }
    return texts.get(element);
  };
  var opened = null;

  var filterGroup = function (group, wanted) {
    var rows = all('tr[data-frame]', group);
    var hits = rows.filter(function (row) { return textOf(row).indexOf(wanted) >= 0; });
    var found = hits.length > 0 || textOf(group).indexOf(wanted) >= 0;
    rows.forEach(function (row) {
      row.classList.toggle('miss', hits.length > 0 && hits.indexOf(row) < 0);
    });
    if (found) {
      group.open = true;
    }
    return found;
  };

  var highlight = function (wanted) {
    if (!window.CSS || !CSS.highlights) {
      return;
    }
    CSS.highlights.delete('found');
    if (!wanted) {
      return;
    }
    var ranges = [];
    var walker = document.createTreeWalker(one('main'), NodeFilter.SHOW_TEXT);
    while (walker.nextNode() && ranges.length < 2000) {
      var node = walker.currentNode;
      var at = node.data.toLowerCase().indexOf(wanted);
      if (at >= 0 && at + wanted.length <= node.data.length) {
        var range = new Range();
        range.setStart(node, at);
        range.setEnd(node, at + wanted.length);
        ranges.push(range);
      }
    }
    CSS.highlights.set('found', new Highlight(...ranges));
  };

  var filter = function () {
    var wanted = search.value.trim().toLowerCase();
    if (wanted && !opened) {
      opened = groups.map(function (group) { return group.open; });
    }
    var counts = {};
    all('[data-find]').forEach(function (item) {
      var kind = item.getAttribute('data-find');
      var count = counts[kind] || (counts[kind] = { found: 0, all: 0 });
      var found = !wanted ||
        (item.tagName === 'DETAILS' ? filterGroup(item, wanted) : textOf(item).indexOf(wanted) >= 0);
      item.hidden = !found;
      count.all += 1;
      count.found += found ? 1 : 0;
    });
    if (!wanted) {
      all('.miss').forEach(function (row) { row.classList.remove('miss'); });
      if (opened) {
        groups.forEach(function (group, at) { group.open = opened[at]; });
        opened = null;
      }
    } else {
      all('details[data-holds]').forEach(function (holder) { holder.open = true; });
    }
    status.textContent = wanted ? Object.keys(counts).map(function (kind) {
      return counts[kind].found + ' of ' + counts[kind].all + ' ' + kind;
    }).join(', ') : '';
    highlight(wanted);
  };

  var pending = 0;
  search.addEventListener('input', function () {
    clearTimeout(pending);
    pending = setTimeout(filter, 120);
  });
  var clear = function () {
    search.value = '';
    clearTimeout(pending);
    filter();
  };
  addEventListener('keydown', function (event) {
    var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName || '');
    if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === 'Escape' && (search.value || typing)) {
      clear();
      search.blur();
    }
  });

  // Copy the signature; an old browser, or one that refuses, at least has it selected
  var copy = one('copy');
  copy.addEventListener('click', function () {
    var source = one('signature-text');
    var done = function () {
      copy.textContent = 'Copied';
      setTimeout(function () { copy.textContent = 'Copy signature'; }, 2000);
    };
    var bySelection = function () {
      getSelection().selectAllChildren(source);
      if (document.execCommand('copy')) {
        done();
      }
    };
    if (navigator.clipboard) {
      navigator.clipboard.writeText(source.textContent).then(done, bySelection);
    } else {
      bySelection();
    }
  });
})();
