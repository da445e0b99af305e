"""Markdown as GitHub renders it, as far as a library does."""

from html.parser import HTMLParser

from markdown_it import MarkdownIt

GFM = MarkdownIt("gfm-like", {"linkify": False})
ALLOWED_IN_MARKDOWN = {"table", "thead", "tbody", "tr", "th", "td", "h3", "p", "ul", "li", "code", "pre", "br"} | {
    "details",
    "summary",
}


class Page(HTMLParser):
    """Which elements and attributes a page has, and its text by element."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.cells, self._open = set(), set(), [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag in {"td", "code"}:
            self.cells.append("")
            self._open = True

    def handle_endtag(self, tag):
        self._open = self._open and tag not in {"td", "code"}

    def handle_data(self, data):
        if self._open:
            self.cells[-1] += data
