"""Pixels and active contents planted into a page are found, and what is missed does not run."""

import base64
import os
import subprocess
from pathlib import Path

import pytest

from fer_core.book.checks.policy import META, THEME_SCRIPTS, policy, sealed
from fer_core.book.checks.site import unsafe
from tests.book.browser.chromium import CHROMIUM
from tests.book.sites import FIGURE, PAGE, png, small_site, write

FACE = base64.b64encode(png(91)).decode()
URI = f"data:image/png;base64,{FACE}"
NAME = "book/report/demo/scores.html"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return small_site(tmp_path)


@pytest.mark.parametrize(
    "body",
    [
        f'<img alt="x" src="{URI}">',
        f'<img alt="x" src="data:image/png;charset=utf-8;base64,{FACE}">',
        f'<img alt="x" src="data:application/octet-stream;base64,{FACE}">',
        f'<img alt="x" src=" {URI}">',
        f'<img alt="x" src="data:image/png;base64, {FACE}">',
        '<img alt="x" src="data:image/png,%89PNG">',
        f'<img alt="x" src="&#100;ata:image/png;base64,{FACE}">',
        f'<img alt="x" src="da&#10;ta:image/png;base64,{FACE}">',
        f'<img alt="x" src="DATA:IMAGE/PNG;BASE64,{FACE}">',
        f"<img alt='x' src='{URI}'>",
        f"<img alt=x src={URI}>",
        f'<IMG ALT="x" SRC="{URI}">',
        f'<img alt="x" src="../../../_images/a.svg" srcset="{URI} 2x">',
        '<img alt="x" src="//a.example/a.png">',
        '<img alt="x" src="https://a.example/a.png">',
        '<img alt="x" src="file:///a.png">',
        f'<img alt="x" src="data:image/svg+xml,{"%3Csvg%3E"}">',
        f'<img alt="x" src="data:image/svg+xml;charset=utf8;base64,{FACE}">',
        f'<img alt="x" src="data:image/svg+xml;base64,{FACE}">',
        f'<picture><source srcset="{URI}"></picture>',
        f'<video poster="{URI}"></video>',
        f'<input type="image" src="{URI}">',
        f'<object data="{URI}"></object>',
        f'<embed src="{URI}">',
        f'<svg><image href="{URI}"/></svg>',
        '<svg><path d="M0 0"></path></svg>',
        "<svg>" + 41 * '<circle cx="1%" cy="1" r="1"></circle>' + "</svg>",
        '<svg><circle cx="1%" cy="1" r="1" fill="red"></circle></svg>',
        "<canvas></canvas>",
        f'<iframe src="{URI}"></iframe>',
        f'<p style="background: url({URI})">x</p>',
        '<p style="background: \\75rl(x)">x</p>',
        f"<style>p {{ background: url({URI}) }}</style>",
        f'<table background="{URI}"></table>',
        f'<link rel="icon" href="{URI}">',
        f'<link rel="preload" as="image" imagesrcset="{URI}" href="x">',
        '<td style="background: #818181">1</td>',
        '<td bgcolor="#818181">1</td>',
        '<font color="#818181">1</font>',
        f"<p>{'QUJD' * 200}</p>",
        f'<p title="{"QUJD" * 200}">x</p>',
        f"<p>data:image/png;base64,{'QUJD' * 200}</p>",
        f'<p data-face="{FACE}">x</p>',
        f"<table>{'<td>1</td>' * 10_001}</table>",
        f"<!--><img src={URI}> -->",
        f"<!--x--!><img src={URI}> -->",
    ],
)
def test_a_picture_in_a_page_is_found(site: Path, body: str) -> None:
    write(site, NAME, "Scores", FIGURE + body)
    assert any(fault.startswith(f"{NAME}: holds ") for fault in unsafe(site))


ACTIVE = [
    "<script>alert(1)</script>",
    '<script src="https://a.example/x.js"></script>',
    '<script src="//a.example/x.js"></script>',
    '<script src="data:text/javascript,alert(1)"></script>',
    '<script type="module">import "https://a.example/x.js"</script>',
    '<script src="../../../_images/a.svg">alert(1)</script>',
    "<SCRIPT>alert(1)</SCRIPT>",
    "<script>let toggleHintShow = 'Click to show';alert(1)</script>",
    "<script>DOCUMENTATION_OPTIONS.pagename = ''-alert(1)-'';</script>",
    "<script>DOCUMENTATION_OPTIONS.pagename = 'book/intro';</script>",
    '<img alt="x" src="x" onerror="alert(1)">',
    "<img alt=x src=x onerror=alert(1)>",
    '<p onclick="alert(1)">x</p>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="java&#9;script:alert(1)">x</a>',
    '<a href="JaVaScript:alert(1)">x</a>',
    '<a href=" javascript:alert(1)">x</a>',
    '<a href="data:text/html,x">x</a>',
    '<a href="vbscript:x">x</a>',
    '<base href="https://a.example/">',
    '<iframe src="https://a.example/"></iframe>',
    '<iframe srcdoc="&lt;script&gt;alert(1)&lt;/script&gt;"></iframe>',
    '<object data="x.swf"></object>',
    '<meta http-equiv="refresh" content="0; url=https://a.example/">',
    '<form action="https://a.example/"></form>',
    '<button formaction="https://a.example/">x</button>',
    '<svg onload="alert(1)"></svg>',
    "<math><mi>x</mi></math>",
    '<details ontoggle="alert(1)" open>x</details>',
    '<input onfocus="alert(1)" autofocus>',
    '<link rel="stylesheet" href="https://a.example/x.css">',
    '<link rel="modulepreload" href="x.js">',
    '<link rel="dns-prefetch" href="//a.example">',
    "<style>@import url(https://a.example/x.css);</style>",
    '<a href="x.html" ping="https://a.example/">x</a>',
    "<template><script>alert(1)</script></template>",
    "<textarea></textarea>",
    "<!--><script>alert(1)</script>-->",
    "<p <script>alert(1)</script>",
    "<script>alert(1)",
]


@pytest.mark.parametrize("body", ACTIVE)
def test_an_active_content_is_found(site: Path, body: str) -> None:
    write(site, NAME, "Scores", FIGURE + body)
    assert any(fault.startswith(f"{NAME}: holds ") for fault in unsafe(site))


def page(body: str, head: str = "") -> str:
    return PAGE.format(title="Scores", body=body, head=head, up="../../../")


@pytest.mark.parametrize(
    "text",
    [
        page(FIGURE),
        sealed(page(FIGURE), NAME).replace("script-src 'self'", "script-src 'self' *"),
        sealed(page(FIGURE), NAME).replace("Content-Security-Policy", "X-Policy"),
        page(FIGURE, "<style>p { margin: 0 }</style>" + META.format(policy("", NAME))),
    ],
    ids=["none", "wider", "another name", "too late"],
)
def test_a_page_without_its_policy_is_found(site: Path, text: str) -> None:
    (site / NAME).write_text(text)
    assert unsafe(site)


def test_a_policy_names_the_theme_s_scripts_alone() -> None:
    known = "<script>let toggleHintShow = 'Click to show';</script>"
    one = policy(known, NAME)
    assert one.count("sha256-") == 1
    assert policy(known + "<script>alert(1)</script>", NAME) == one
    digest = base64.b64decode(one.split("sha256-")[1].split("'")[0]).hex()
    assert digest in THEME_SCRIPTS


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium here")
def test_a_browser_runs_nothing_that_slipped_through(tmp_path: Path) -> None:
    """Each content writes its number into the title of the page, if it runs."""
    mark = "document.title += ' ran-{}'"
    kinds = (
        "<script>{}</script>",
        '<img alt="x" src="gone.png" onerror="{}">',
        '<details open ontoggle="{}"><p>x</p></details>',
        '<svg onload="{}"></svg>',
        '<script src="data:text/javascript,{}"></script>',
        '<script type="module">{}</script>',
    )
    body = "".join(kind.format(mark.format(i)) for i, kind in enumerate(kinds))
    known = "<script>let toggleHintShow = 'Click to show';</script>"
    own = "<p id='x'></p>" + known
    titles = {}
    for name, text in {"open": page(own + body), "sealed": sealed(page(own + body), NAME)}.items():
        file = tmp_path / f"{name}.html"
        file.write_text(text.replace("<head>", "<head><title>t</title>"))
        titles[name] = dumped(file, tmp_path).split("<title>")[1].split("</title>")[0]
    assert titles["open"].count("ran-") == len(kinds)
    assert titles["sealed"] == "t"


def dumped(file: Path, home: Path) -> str:
    """The DOM of a page after its scripts, as a browser without a window has it."""
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    command += [f"--user-data-dir={home / 'profile'}", "--virtual-time-budget=2000", file.as_uri()]
    result = subprocess.run(
        command, capture_output=True, text=True, timeout=120, env={**os.environ, "HOME": str(home)}
    )
    return result.stdout
