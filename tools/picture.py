"""Make the README's picture from the built site: `python -m tools.picture`, after `make book`."""

from pathlib import Path

from tests.chromium import chromium

ROOT = Path(__file__).resolve().parent.parent
FIRST_PAGE = ROOT / "_build" / "html" / "book" / "index.html"
PICTURE = ROOT / "docs" / "images" / "first-page.png"
BEGINNING = "One rainy morning, "


def main(first_page: Path = FIRST_PAGE) -> None:
    """Open the first page, let the model write a story, and take a picture of what a reader sees."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1200, "height": 720})
        page.goto(first_page.as_uri())
        page.locator("[data-explorable=live] textarea").fill(BEGINNING)
        page.locator("[data-explorable=live]").get_by_text("Load the model").click()
        page.wait_for_timeout(6000)
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURE)
        print(f"{PICTURE}: {PICTURE.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
