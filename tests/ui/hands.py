"""Who has only a keyboard, who has only what a screen reader says, and who only touches; none knows an element."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page
from screens import STAFF_PX

MOST_TABS = 120
HERE = """() => {
  const one = document.activeElement, labels = [...(one.labels ?? [])];
  const looks = (who) => [who, ...(who.labels ?? [])].flatMap((node) => [null, '::before'].map((part) => {
    const s = getComputedStyle(node, part);
    return [s.outlineStyle, s.outlineWidth, s.boxShadow, s.backgroundColor, s.color, s.clip].join();
  })).join();
  const last = window.walked;
  const left = last && last.one !== one && last.one.isConnected;
  const words = one.ariaLabel || labels.map((label) => label.innerText).join(' ') || one.innerText || one.title || '';
  const box = (labels[0] ?? one).getBoundingClientRect();
  window.walked = {one, looks: looks(one), words};
  return {
    words: words.replace(/\\s+/g, ' ').trim(),
    tag: one.tagName.toLowerCase(),
    kind: one.type ?? '',
    value: one.selectedOptions?.[0]?.text ?? one.value ?? '',
    checked: one.checked ?? null,
    in_main: one.closest('main') !== null,
    stays: Boolean(last && last.one === one),
    unseen: left && last.one !== document.body && looks(last.one) === last.looks ? last.words : '',
    shown: one === document.body || box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


class Keys:
    """Tab, Enter, Space and arrows on one page; every step of the focus must be seen, and none may be the last."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def here(self) -> dict[str, Any]:
        """What has the focus: its words, tag, kind, value, whether it is ticked and in the page's main part."""
        return dict(self.page.evaluate(HERE))

    def tab(self) -> dict[str, Any]:
        """One step; fails if the focus stays where it is or is out of sight, or if what was left had not shown it."""
        self.page.keyboard.press("Tab")
        found = self.here()
        assert not found["stays"], f"the focus cannot leave {found['words']!r}"
        assert found["unseen"] == "", f"the focus on {found['unseen']!r} cannot be seen"
        assert found["shown"], f"{found['words']!r} has the focus outside the screen"
        return found

    def to(self, words: str, tag: str = "") -> dict[str, Any]:
        """Go on until something of these words has the focus."""
        met = []
        for _ in range(MOST_TABS):
            found = self.tab()
            if found["words"].startswith(words) and found["tag"].startswith(tag):
                return found
            met.append(found["words"])
        raise AssertionError(f"{words!r} is not reached; met {met}")

    def round(self) -> list[str]:
        """Once round the page, from its first stop to its first stop again: the words of each."""
        first = self.tab()["words"]
        met = [first]
        while len(met) < MOST_TABS:
            found = self.tab()
            if found["words"] == first:
                return met
            if found["tag"] != "body":
                met.append(found["words"])
        raise AssertionError(f"no end of it: {met}")

    def press(self, key: str) -> None:
        """A key that changes something on this page."""
        self.page.keyboard.press(key)

    def go(self, key: str = "Enter") -> None:
        """A key that leads to another page."""
        with self.page.expect_navigation(wait_until="load"):
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Letters and digits."""
        self.page.keyboard.type(text)

    def choose(self, words: str) -> None:
        """In a list, by the arrow, until it says this."""
        for _ in range(30):
            if self.here()["value"] == words:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{words!r} is not in the list")


class Ears:
    """What is told of a page, and what has that role and that name; nothing else of it is known."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def told(self) -> str:
        """The page as a screen reader goes through it."""
        return self.page.locator("body").aria_snapshot()

    def find(self, role: str, name: str) -> Locator:
        """The one thing of this role and name, which is told of by both."""
        found = self.page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
        found.wait_for()
        said = re.compile(rf"{role} [\"']?.*{re.escape(name)}")
        assert said.search(self.told()), f"{role} {name!r} is not told of"
        assert found.count() == 1, f"{role} {name!r} is told of {found.count()} times"
        return found

    def hears(self, words: str) -> None:
        """These words are told, now or soon."""
        self.page.get_by_text(words).first.wait_for()
        assert words in re.sub(r"\s+", " ", self.told()), words

    def go(self, role: str, name: str) -> None:
        """Use what leads to another page."""
        found = self.find(role, name)
        with self.page.expect_navigation(wait_until="load"):
            found.click()


class Fingertip:
    """A finger on a screen that is touched: what it means is 12.7 mm each way, and nothing lies over it.

    Letters come from the keyboard of the tablet, and its own list stands for what a list shows when it is touched.
    """

    def __init__(self, page: Page) -> None:
        self.page = page

    def touch(self, target: Locator) -> None:
        """Touch this; it is scrolled to as a finger would."""
        target.wait_for()
        box = target.bounding_box()
        assert box is not None and min(box["height"], box["width"]) >= STAFF_PX, (target, box)
        target.tap()

    def go(self, target: Locator) -> None:
        """Touch what leads to another page."""
        with self.page.expect_navigation(wait_until="load"):
            self.touch(target)

    def write(self, target: Locator, text: str) -> None:
        """Touch a field, and write where the touch has put the focus."""
        self.touch(target)
        assert target.evaluate("one => one === document.activeElement"), target
        self.page.keyboard.type(text)
