"""Texts carry no mark: among them the name decides, and where it says nothing, the guess."""

from typing import Final

from services.storage.content.reading import Guess, Reading

HTML: Final = "text/html"
MARKDOWN: Final = "text/markdown"
PLAIN: Final = "text/plain"

_WIDE: Final = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")
"""Marks of UTF-16 and UTF-32."""
_ZEROS: Final = 0.7
_CONTROL: Final = bytes(set(range(0x20)) - set(b"\t\n\r\f\x1b")) + b"\x7f"
_MOST_CONTROL: Final = 0.005
_WORDS: Final = frozenset({"code", "text"})

_NAMES: Final = """
text/plain .txt .text .log .tex .bib .org .adoc .asciidoc .srt .vtt .nfo .ini .cfg .conf .toml
text/plain .properties .env .diff .patch .cmake .gradle .dockerfile .makefile .mk .proto .graphql
text/plain .po .pot .bat .cmd .awk .sed .vim .el .lisp .scm .rkt .clj .cljs .edn .ml .mli .fs
text/plain .fsx .hs .lhs .erl .hrl .ex .exs .nim .zig .v .sv .vhd .vhdl .asm .s .pas .f .f90 .for
text/plain .jl .m .r .rmd .do .sas .sps .pro .pl .pm .t .tcl .lua .dart .groovy .vue .svelte
text/plain .tf .hcl .nix .sol .cob .cbl .ada .adb .ads .d .cr .raku .hx .gd .ino .pde
text/markdown .md .markdown .mdown .mkd .mdx .qmd
text/html .html .htm .xhtml
text/csv .csv
text/tab-separated-values .tsv .tab
text/x-rst .rst .rest
text/x-python .py .pyw .pyi .pyx
text/javascript .js .mjs .cjs .jsx
text/x-typescript .ts .tsx .mts .cts
text/x-java .java
text/x-kotlin .kt .kts
text/x-scala .scala .sc
text/x-c .c .h
text/x-c++ .cc .cpp .cxx .hh .hpp .hxx .inl
text/x-objective-c .mm
text/x-csharp .cs .csx
text/x-go .go
text/x-rust .rs
text/x-ruby .rb .rake .gemspec
text/x-php .php .phtml
text/x-swift .swift
text/x-shellscript .sh .bash .zsh .fish .ksh .ps1
text/x-sql .sql .ddl
text/css .css .scss .sass .less
text/xml .xml .xsd .xsl .xslt .rss .atom .dtd .tei
text/yaml .yaml .yml
application/json .json .jsonl .ndjson .geojson .ipynb .webmanifest
"""
SUFFIXES: Final = {
    suffix: media_type
    for media_type, *suffixes in map(str.split, _NAMES.strip().splitlines())
    for suffix in suffixes
} | {"": PLAIN}

_PROMISED: Final = """
.pdf .doc .docx .docm .dot .dotx .ppt .pptx .pptm .pps .ppsx .xls .xlsx .xlsm .xlsb .odt .ods .odp
.rtf .epub .mobi .azw .azw3 .djvu .ps .eps .ai .pages .numbers .key .one .vsdx .mdb .accdb
.png .jpg .jpeg .jpe .gif .bmp .tif .tiff .webp .heic .heif .avif .ico .psd .svg .jp2 .raw .dng
.mp3 .mp4 .m4a .m4v .wav .flac .ogg .opus .aac .avi .mov .mkv .webm .wmv .mpg .mpeg .mid
.zip .rar .7z .gz .tgz .tar .bz2 .xz .zst .jar .war .apk .iso .dmg .deb .rpm .msi .cab
.exe .dll .so .dylib .com .scr .bin .o .a .lib .class .pyc .pyd .wasm .dat .db .sqlite .sqlite3
.ttf .otf .woff .woff2 .npy .npz .pkl .parquet .h5 .onnx .pt
"""
# Names that promise what is not a text: somebody has not uploaded what they think.
_PROMISES: Final = frozenset(_PROMISED.split())
_PAGES: Final = frozenset({"", ".txt", ".text"})


def is_text(content: Reading) -> bool:
    """Whether it can be text: no zero bytes but for UTF-16 and UTF-32, hardly any controls."""
    if content.head.startswith(_WIDE) or _is_wide(content.head):
        return True
    sample = content.sample
    control = len(sample) - len(sample.translate(None, _CONTROL))
    return b"\0" not in sample and control <= len(sample) * _MOST_CONTROL


def _is_wide(head: bytes) -> bool:
    """Whether it looks like UTF-16 without a mark: Western text has zeros in every second byte."""
    odd, even = head[1::2].count(0), head[::2].count(0)
    return abs(odd - even) > _ZEROS * (len(head) // 2) and min(odd, even) == 0


def promises(suffix: str) -> bool:
    """Whether a name in this suffix promises something that we know."""
    return bool(suffix) and suffix.lower() in _PROMISES | SUFFIXES.keys()


def named(content: Reading, suffix: str) -> str | None:
    """Tell a text's media type by its name; None if that is not one of a text we know."""
    suffix = suffix.lower()
    found = SUFFIXES.get(suffix)
    if found == PLAIN and suffix in _PAGES and _is_page(content.head):
        return HTML
    return found


def guessed(suffix: str, guess: Guess) -> str | None:
    """Tell that of a text under an unknown name; None if the name promises something else."""
    known = suffix.lower() not in _PROMISES and guess.group in _WORDS
    return PLAIN if known else None


def _is_page(head: bytes) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:512].lower()
    return start.startswith((b"<!doctype html", b"<html"))
